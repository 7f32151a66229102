"""The page that sets two answers side by side."""
