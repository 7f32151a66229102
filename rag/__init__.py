"""Kilde: ask your documents and see for every sentence where it stands."""
