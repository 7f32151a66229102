"""What stands around Streamlit's server: limits, checks of origin, middleware."""
