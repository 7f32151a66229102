"""How an answer came about: the address names the turn, as in `ledger?turn=7`."""

from __future__ import annotations

from rag.ui.guard import inside_frame

inside_frame("pages/ledger.py")

from rag.ui import ledger  # noqa: E402

ledger.page()
