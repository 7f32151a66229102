"""Two answers side by side: the address names them, as in `compare?turns=7,9`."""

from __future__ import annotations

from rag.ui.shell.entry_guard import require_frame

require_frame("pages/compare.py")

from rag.ui.compare import page  # noqa: E402

page.page()
