"""Builds the prompt of a model from instructions, examples and passages."""
