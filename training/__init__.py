"""Training of what Kilde brings along; never imported by `rag/`."""
