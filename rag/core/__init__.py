"""What every room uses and what has no behaviour of the product: types, errors, messages, settings, events."""
