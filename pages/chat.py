"""Ask, and see each answer with its sources."""

from __future__ import annotations

import streamlit as st

from rag.ui.shell.entry_guard import inside_frame

inside_frame("pages/chat.py")

from rag.ui.chat import page, panel_view, sidebar, welcome  # noqa: E402
from rag.ui.shell.session import library  # noqa: E402

sidebar.read_address()
sidebar.sidebar()
turns = page.turns()
# one place whatever stands in it: the question field below stays the same one, with what is typed in it already
with st.container(key="conversation"):
    if turns:
        page.draw(turns)
    elif library().documents.all():
        welcome.suggestions(page.ask)
    else:
        welcome.welcome(offer_upload=True)
if turns or library().documents.all():
    page.ask_field(panel_view.running(live.turn for live in turns))
sidebar.write_address()
