"""The page of the assistants."""
