"""What the pages are made of: the only part of Kilde that knows Streamlit."""
