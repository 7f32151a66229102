"""Kilde's retrieval against what people would use instead; see README.md and `python -m benchmarks.peers --help`."""
