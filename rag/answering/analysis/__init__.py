"""What is computed about an answer after it was given, in the background."""
