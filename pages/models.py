"""The answer models: those on this machine with their quality and speed, and downloads."""

from __future__ import annotations

from rag.ui.shell.entry_guard import require_frame

require_frame("pages/models.py")

from rag.ui.models import page  # noqa: E402

page.page()
