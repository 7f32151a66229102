"""A conversation as JSON: everything stored about its turns, for other programs."""

import json

from rag.conversations.sharing.content import SharedConversation
from rag.conversations.turn_format import encode_turn
from rag.core.text.invisible import without_hidden_letters

VERSION = 1


def write(shared: SharedConversation) -> bytes:
    """UTF-8; {kilde_conversation: VERSION, title, turns: [as `encode_turn` makes them]}."""
    turns = [encode_turn(turn) for turn in shared.stored_turns]
    content = {"kilde_conversation": VERSION, "title": shared.title, "turns": turns}
    return (without_hidden_letters(json.dumps(content, ensure_ascii=False, indent=2)) + "\n").encode()
