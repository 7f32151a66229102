"""A conversation as JSON: everything that is kept of its turns, the ledger included, for another program."""

from __future__ import annotations

import json

from rag.history import as_plain
from rag.sharing.content import Shared

VERSION = 1


def write(shared: Shared) -> bytes:
    """UTF-8; {kilde_conversation: VERSION, title, turns: [rag.types.Turn as an object]}."""
    turns = [as_plain(turn) for turn in shared.turns]
    content = {"kilde_conversation": VERSION, "title": shared.title, "turns": turns}
    return (json.dumps(content, ensure_ascii=False, indent=2) + "\n").encode()
