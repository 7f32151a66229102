"""The models that can write answers: what is here, how good and how fast it is, and how to get a better one."""

from __future__ import annotations

from rag.ui.shell.entry_guard import inside_frame

inside_frame("pages/models.py")

from rag.ui.models import page  # noqa: E402

page.page()
