"""From a file to chunks, and back from a passage to its page."""
