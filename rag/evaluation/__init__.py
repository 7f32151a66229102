"""Saved questions, their runs, and the metrics of a run."""
