"""One document: the address names it and a page of it, as in `document?id=3&page=2`."""

from __future__ import annotations

from rag.ui.shell.entry_guard import require_frame

require_frame("pages/document.py")

from rag.ui.documents import page  # noqa: E402

page.page()
