"""Trains the reader of `rag/models/reader`; see `__main__.py`."""
