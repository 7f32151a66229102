"""The parts of the vector index: what is searched by brute force, what by lists, and the snapshot of both."""
