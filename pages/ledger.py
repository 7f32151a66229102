"""The trace of an answer: the address names the turn, as in `ledger?turn=7`."""

from __future__ import annotations

from rag.ui.shell.entry_guard import require_frame

require_frame("pages/ledger.py")

from rag.ui.ledger import page  # noqa: E402

page.page()
