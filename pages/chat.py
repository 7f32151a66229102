"""The chat: ask, and see each answer with its sources."""

from __future__ import annotations

import streamlit as st

from rag.ui.shell.entry_guard import require_frame

require_frame("pages/chat.py")

from rag.ui.chat import page, panel_view, sidebar, welcome  # noqa: E402
from rag.ui.shell.session import library  # noqa: E402

sidebar.read_address()
sidebar.sidebar()
turns = page.turns()
# one container whatever it holds, so that the question field below keeps its identity and a half-typed question
with st.container(key="conversation"):
    if turns:
        page.draw_turns(turns)
    elif library().documents.all():
        welcome.suggestions(page.ask)
    else:
        welcome.welcome(offer_upload=True)
if turns or library().documents.all():
    page.ask_field(panel_view.running_ids(live.turn for live in turns))
sidebar.write_address()
