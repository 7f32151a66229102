"""Assistants: make them, try them, and see which of them answers best."""

from __future__ import annotations

from rag.ui.guard import inside_frame

inside_frame("pages/assistants.py")

from rag.ui import assistants  # noqa: E402

assistants.page()
