"""Reproducible measurements, each one command; see README.md here."""
