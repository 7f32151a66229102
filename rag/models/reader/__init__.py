"""Reads a question and passages together: does a passage answer, and which of its sentences.

The model is the embedding model's embeddings and lower layers, which are shared in memory, with upper layers and heads
of its own. `training/` makes them.
"""
