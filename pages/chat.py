"""Ask, and see each answer with its sources."""

from __future__ import annotations

import streamlit as st

from rag.ui.guard import inside_frame

inside_frame("pages/chat.py")

from rag.ui import chat, conversations, greeting, panels  # noqa: E402
from rag.ui.session import library  # noqa: E402

conversations.read_address()
conversations.sidebar()
turns = chat.turns()
# one place whatever stands in it: the question field below stays the same one, with what is typed in it already
with st.container(key="conversation"):
    if turns:
        chat.draw(turns)
    elif library().documents():
        greeting.suggestions(chat.ask)
    else:
        greeting.welcome(offer_upload=True)
if turns or library().documents():
    chat.ask_field(panels.running(live.turn for live in turns))
conversations.write_address()
