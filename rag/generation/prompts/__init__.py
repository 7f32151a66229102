"""From instructions, examples and passages to the prompt of a model."""
