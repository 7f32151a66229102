"""Lexical search: BM25 over the stems of chunks, in FTS5."""
