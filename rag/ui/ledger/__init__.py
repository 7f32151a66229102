"""The page that tells how an answer came about."""
