"""Questions as people ask them of the files that a company has; see `__main__.py`."""
