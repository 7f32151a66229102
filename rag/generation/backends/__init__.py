"""What writes an answer: one module for each kind of model."""
