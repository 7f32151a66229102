"""The page of the saved questions."""
