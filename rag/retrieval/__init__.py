"""Retrieval: turns a question into ranked hits."""
