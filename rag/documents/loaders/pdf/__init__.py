"""PDF files: their text, their layout, their forms, and their pages as pictures."""
