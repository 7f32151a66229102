"""What the header of a model file says, read without loading the model."""
