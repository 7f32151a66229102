"""The assistants: create, edit and try them, and see the votes on their answers."""

from __future__ import annotations

from rag.ui.shell.entry_guard import require_frame

require_frame("pages/assistants.py")

from rag.ui.assistants import page  # noqa: E402

page.page()
