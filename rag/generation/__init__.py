"""Generates answers from passages, by quoting them or with a language model."""
