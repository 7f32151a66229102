"""Ask, and see each answer with its sources."""

from __future__ import annotations

from rag.types import TurnState
from rag.ui.guard import inside_frame

inside_frame("pages/chat.py")

from rag.ui import chat, conversations, greeting  # noqa: E402
from rag.ui.session import library  # noqa: E402

conversations.read_address()
conversations.sidebar()
turns = chat.turns()
if turns:
    chat.draw(turns)
elif library().documents():
    greeting.suggestions(chat.ask)
else:
    greeting.welcome(offer_upload=True)
if turns or library().documents():
    running = [live.turn.id for live in turns if live.turn.state is TurnState.RUNNING]
    chat.ask_field(running[-1] if running else None)
conversations.write_address()
