"""The sources of model files: a package, a folder, the hub."""
