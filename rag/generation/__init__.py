"""How an answer is made from passages: by quoting them, or written by a language model."""
