"""Where everything is kept: SQLite is the truth, FAISS is derived from it."""
