"""Resumable, verified downloads of models from the hub."""
