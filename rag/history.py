"""Conversations and their turns, kept so that each can be shown again as it was, whatever becomes of its documents."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from rag.errors import ConversationGone
from rag.store.database import Database
from rag.types import (
    Answer,
    Chunk,
    Citation,
    Conversation,
    Hit,
    Notice,
    Sentence,
    Span,
    Turn,
    TurnState,
    Verdict,
)

TITLE_LENGTH = 60


class History:
    """Raises NotFound for a conversation or turn that is not there, and the errors of the store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def conversations(self, search: str = "") -> list[Conversation]:
        """The most recently used first. search: parts of words, all of which stand in its title or questions."""
        wanted = search.casefold().split()
        with self._database.read() as db:
            found: list[Any] = db.execute(
                "SELECT id, title, created, updated, (SELECT group_concat(question, char(10)) FROM turn"
                " WHERE conversation_id = c.id) FROM conversation c ORDER BY updated DESC, id DESC"
            ).fetchall()
        # not in SQL: LIKE knows no capital Æ, Ø and Å
        return [
            Conversation(*row)
            for *row, questions in found
            if all(word in f"{row[1]}\n{questions or ''}".casefold() for word in wanted)
        ]

    def conversation(self, conversation_id: int) -> Conversation:
        with self._database.read() as db:
            row = db.execute(
                "SELECT id, title, created, updated FROM conversation WHERE id = ?", (conversation_id,)
            ).fetchone()
        if row is None:
            raise ConversationGone
        return Conversation(*row)

    def rename(self, conversation_id: int, title: str) -> None:
        """An empty title changes nothing."""
        title = " ".join(title.split())[:200]
        with self._database.write() as db:
            if title:
                db.execute("UPDATE conversation SET title = ? WHERE id = ?", (title, conversation_id))
                if not db.changes():
                    raise ConversationGone

    def delete(self, conversation_id: int) -> None:
        """With its turns. One that is not there is passed over."""
        with self._database.write() as db:
            db.execute("DELETE FROM conversation WHERE id = ?", (conversation_id,))

    def begin(self, question: str, conversation_id: int | None) -> Turn:
        """A new, empty turn; without a conversation, in a new one that is named after the question."""
        now = _now()
        with self._database.write() as db:
            if conversation_id is None:
                db.execute(
                    "INSERT INTO conversation(title, created, updated) VALUES (?, ?, ?)", (_title(question), now, now)
                )
                conversation_id = db.last_insert_rowid()
            elif not db.execute("SELECT 1 FROM conversation WHERE id = ?", (conversation_id,)).get:
                raise ConversationGone
            db.execute("UPDATE conversation SET updated = ? WHERE id = ?", (now, conversation_id))
            ordinal = db.execute(
                "SELECT coalesce(max(ordinal), 0) + 1 FROM turn WHERE conversation_id = ?", (conversation_id,)
            ).get
            db.execute(
                "INSERT INTO turn(conversation_id, ordinal, question, asked, state) VALUES (?, ?, ?, ?, 'running')",
                (conversation_id, ordinal, question, now),
            )
            return Turn(db.last_insert_rowid(), conversation_id, int(ordinal), question, now)

    def save(self, turn: Turn) -> None:
        """Keep what a turn has come to; durable on return."""
        content = {
            name: _plain(getattr(turn, name))
            for name in ("searched", "answer", "hits", "notice", "ledger", "timings_ms")
        }
        with self._database.write() as db:
            db.execute(
                "UPDATE turn SET state = ?, content = ? WHERE id = ?",
                (turn.state, json.dumps(content, ensure_ascii=False), turn.id),
            )

    def turns(self, conversation_id: int) -> list[Turn]:
        """In order."""
        return self._turns("conversation_id = ? ORDER BY ordinal", conversation_id)

    def turn(self, turn_id: int) -> Turn:
        found = self._turns("id = ?", turn_id)
        if not found:
            raise ConversationGone
        return found[0]

    def running(self) -> list[Turn]:
        """Turns that are being answered, or were when the program ended."""
        return self._turns("state = ?", TurnState.RUNNING)

    def _turns(self, condition: str, value: Any) -> list[Turn]:
        with self._database.read() as db:
            found: list[Any] = db.execute(
                f"SELECT id, conversation_id, ordinal, question, asked, state, content FROM turn WHERE {condition}",
                (value,),
            ).fetchall()
        return [_turn(*row) for row in found]


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def _title(question: str) -> str:
    line = " ".join(question.split())
    return line if len(line) <= TITLE_LENGTH else line[: TITLE_LENGTH - 1].rsplit(" ", 1)[0] + "…"


def _plain(value: Any) -> Any:
    """Dataclasses as dicts, the rest as it is."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: _plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    return value


def _turn(
    turn_id: int, conversation_id: int, ordinal: int, question: str, asked: str, state: str, content: str
) -> Turn:
    kept = json.loads(content)
    return Turn(
        turn_id,
        conversation_id,
        ordinal,
        question,
        asked,
        TurnState(state),
        kept.get("searched", ""),
        _answer(kept.get("answer")),
        tuple(_hit(h) for h in kept.get("hits", ())),
        Notice(**kept["notice"]) if kept.get("notice") else None,
        kept.get("ledger", {}),
        kept.get("timings_ms", {}),
    )


def _answer(kept: dict[str, Any] | None) -> Answer | None:
    if kept is None:
        return None
    return Answer(
        kept["answered"],
        kept["text"],
        tuple(map(_sentence, kept["sentences"])),
        tuple(map(_sentence, kept["quotes"])),
    )


def _sentence(kept: dict[str, Any]) -> Sentence:
    return Sentence(kept["text"], tuple(Citation(**c) for c in kept["citations"]), Verdict(kept["verdict"]))


def _hit(kept: dict[str, Any]) -> Hit:
    chunk = kept["chunk"]
    sentences = tuple(Span(*pair) for pair in chunk["sentences"])
    restored = Chunk(**{**chunk, "heading_path": tuple(chunk["heading_path"]), "sentences": sentences})
    return Hit(**{**kept, "chunk": restored})
