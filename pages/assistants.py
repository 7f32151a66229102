"""Assistants: make them, try them, and see which of them answers best."""

from __future__ import annotations

from rag.ui.shell.entry_guard import inside_frame

inside_frame("pages/assistants.py")

from rag.ui.assistants import page  # noqa: E402

page.page()
