"""One document: what it is, questions to it, and itself to read."""

from __future__ import annotations

from rag.ui.guard import inside_frame

inside_frame("pages/document.py")

from rag.ui import document  # noqa: E402

document.page()
