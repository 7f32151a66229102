"""What all pages share: frame, session, formatting, checks of what a browser sends."""
