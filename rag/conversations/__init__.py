"""What is kept of talks: conversations and their turns, panels, comparisons of two answers."""
