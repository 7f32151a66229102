"""Models that a user can choose beside the embedding model: one that ranks passages, one that finds answers in them."""
