"""Checksums, verification, repair and salvage of a store."""
