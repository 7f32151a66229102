"""The store of a library: SQLite is the source of truth, the FAISS indexes are derived from it."""
