"""Languages, sentences, stop words and table rows of a text. Pure functions."""
