"""One document: what it is, questions to it, and itself to read."""

from __future__ import annotations

from rag.ui.shell.entry_guard import inside_frame

inside_frame("pages/document.py")

from rag.ui.documents import page  # noqa: E402

page.page()
