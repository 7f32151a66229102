"""How an answer came about: the address names the turn, as in `ledger?turn=7`."""

from __future__ import annotations

from rag.ui.shell.entry_guard import inside_frame

inside_frame("pages/ledger.py")

from rag.ui.ledger import page  # noqa: E402

page.page()
