"""The vectors of a space in memory, held by FAISS: a flat part that is exact, an IVF part, and the snapshot of both."""
