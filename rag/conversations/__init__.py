"""Stores and presents conversations: their turns, panels, comparisons of two answers, and shared files."""
