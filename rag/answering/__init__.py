"""One question's way: routed, retrieved, judged, quoted or written, checked, recorded."""
