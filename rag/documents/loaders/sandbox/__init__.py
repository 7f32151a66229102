"""The process with limits in which a file is read."""
