"""The documents page with its upload, and the page of a document."""
