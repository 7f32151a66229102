"""Analyses of an answer that are computed afterwards, in the background."""
