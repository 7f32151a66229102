"""The pages of the documents: the list with its upload, and one document."""
