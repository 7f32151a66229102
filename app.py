"""Kilde: ask your documents, and see the source of every sentence. Start with `streamlit run app.py`."""

from __future__ import annotations

from rag.ui import frame

page = frame.begin()
page.run()
frame.end()
