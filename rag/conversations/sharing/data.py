"""A conversation as JSON: everything that is kept of its turns, the ledger included, for another program."""

from __future__ import annotations

import json

from rag.conversations.history import as_plain
from rag.conversations.sharing.content import SharedConversation
from rag.core.text.invisible import without_hidden_letters

VERSION = 1


def write(shared: SharedConversation) -> bytes:
    """UTF-8; {kilde_conversation: VERSION, title, turns: [rag.core.types.Turn as an object]}."""
    turns = [as_plain(turn) for turn in shared.turns]
    content = {"kilde_conversation": VERSION, "title": shared.title, "turns": turns}
    return (without_hidden_letters(json.dumps(content, ensure_ascii=False, indent=2)) + "\n").encode()
