"""Reads metadata from the headers of model files without loading the models."""
