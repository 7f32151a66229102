"""Models fetched from a hub or a server, resumable and checked."""
