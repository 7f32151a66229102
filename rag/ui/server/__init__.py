"""The middleware around Streamlit's server: limits and origin checks; and a patch of its script runner."""
