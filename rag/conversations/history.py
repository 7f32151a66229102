"""Conversations and their turns, kept so that each can be shown again as it was, whatever becomes of its documents."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import apsw

from rag.core.errors import ConversationGone
from rag.core.types import (
    NO_ASSISTANT,
    Answer,
    Chunk,
    Citation,
    Conditions,
    Conversation,
    Hit,
    Notice,
    Place,
    Scope,
    Sentence,
    Span,
    Turn,
    TurnState,
    Verdict,
)
from rag.store.connection import Database

TITLE_LENGTH = 60
SNIPPET = 110  # characters
NO_CONDITIONS = Conditions()
_CONVERSATION = "id, title, created, updated, scope, archived, assistant"
_TURN = "id, conversation_id, ordinal, question, asked, state, content, parent_id, panel_id"


@dataclasses.dataclass(frozen=True, slots=True)
class Mention:
    """Where a conversation says what was searched. turn_id: None where only its title does. snippet: what it says."""

    conversation: Conversation
    turn_id: int | None
    snippet: str


class History:
    """Raises NotFound for a conversation or turn that is not there, and the errors of the store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def conversations(self, search: str = "", *, archived: bool | None = None) -> list[Conversation]:
        """The most recently used first.

        search: parts of words, all of which stand in its title, questions or answers. archived: only those that are,
        or are not; None gives both.
        """
        wanted = search.casefold().split()
        # not in SQL: LIKE knows no capital Æ, Ø and Å
        said = "NULL"
        if wanted:
            said = (
                "(SELECT group_concat(question || char(10) || coalesce(json_extract(content, '$.answer.text'), ''),"
                " char(10)) FROM turn WHERE conversation_id = c.id)"
            )
        with self._database.read() as db:
            found: list[Any] = db.execute(
                f"SELECT {_CONVERSATION}, {said} FROM conversation c WHERE coalesce(archived = ?, TRUE)"
                " ORDER BY updated DESC, id DESC",
                (archived,),
            ).fetchall()
        return [
            _conversation(row)
            for *row, text in found
            if all(word in f"{row[1]}\n{text or ''}".casefold() for word in wanted)
        ]

    def mentions(self, search: str) -> list[Mention]:
        """The conversations that `conversations` finds, archived ones too, each with where it says what is searched.

        That is the newest turn, in any branch, whose question or answer holds all the words, else most of them.
        """
        wanted = list(dict.fromkeys(search.casefold().split()))
        if not wanted:
            return []
        return [_mention(found, self.every_turn(found.id), wanted) for found in self.conversations(search)]

    def conversation(self, conversation_id: int) -> Conversation:
        with self._database.read() as db:
            row = db.execute(f"SELECT {_CONVERSATION} FROM conversation WHERE id = ?", (conversation_id,)).fetchone()
        if row is None:
            raise ConversationGone
        return _conversation(row)

    def archive(self, conversation_id: int, archived: bool = True) -> None:
        """Put a conversation out of the way, or back."""
        self._change(conversation_id, "archived", archived)

    def set_scope(self, conversation_id: int, scope: Scope) -> None:
        """What the next questions of a conversation are asked of."""
        self._change(conversation_id, "scope", json.dumps(as_plain(scope)))

    def set_assistant(self, conversation_id: int, assistant: int) -> None:
        """Who the next questions of a conversation are asked. assistant: its id, NO_ASSISTANT or ROUTER."""
        self._change(conversation_id, "assistant", assistant)

    def _change(self, conversation_id: int, column: str, value: Any) -> None:
        with self._database.write() as db:
            db.execute(f"UPDATE conversation SET {column} = ? WHERE id = ?", (value, conversation_id))
            if not db.changes():
                raise ConversationGone

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

    def begin(
        self,
        question: str,
        conversation_id: int | None,
        conditions: Conditions = NO_CONDITIONS,
        beside: int | None = None,
    ) -> Turn:
        """A new, empty turn after the last one shown; without a conversation, in a new one named after the question.

        beside: the turn that the new one is a variant of. The branch of the new turn is shown from then on.
        """
        with self._database.write() as db:
            return begin(db, question, conversation_id, conditions, beside)

    def save(self, turn: Turn) -> None:
        """Keep what a turn has come to; durable on return."""
        content = {
            name: as_plain(getattr(turn, name))
            for name in ("searched", "answer", "hits", "notice", "ledger", "timings_ms", "conditions")
        }
        with self._database.write() as db:
            db.execute(
                "UPDATE turn SET state = ?, content = ? WHERE id = ?",
                (turn.state, json.dumps(content, ensure_ascii=False), turn.id),
            )

    def turns(self, conversation_id: int) -> list[Turn]:
        """Those of the branch that is shown, in order."""
        return self._turns(
            "id IN (WITH RECURSIVE shown(id) AS (SELECT leaf FROM conversation WHERE id = ? UNION ALL SELECT parent_id"
            " FROM turn JOIN shown USING (id)) SELECT id FROM shown) ORDER BY ordinal",
            conversation_id,
        )

    def every_turn(self, conversation_id: int) -> list[Turn]:
        """Those of all branches, in the order in which they were asked."""
        return self._turns("conversation_id = ? ORDER BY ordinal", conversation_id)

    def before(self, turn: Turn) -> list[Turn]:
        """The turns that lead to a turn, in order."""
        return self._turns(
            "id IN (WITH RECURSIVE led(id) AS (SELECT ? UNION ALL SELECT parent_id FROM turn JOIN led USING (id))"
            " SELECT id FROM led) ORDER BY ordinal",
            turn.parent_id,
        )

    def variants(self, turn: Turn) -> list[int]:
        """The ids of a turn and of those asked in its place, in order."""
        with self._database.read() as db:
            found = db.execute(
                "SELECT id FROM turn WHERE conversation_id = ? AND parent_id IS ? ORDER BY ordinal",
                (turn.conversation_id, turn.parent_id),
            )
            return [int(row[0]) for row in found]

    def show(self, turn_id: int) -> None:
        """From now on the branch of this turn is shown: down to its end that was asked last."""
        with self._database.write() as db:
            show(db, turn_id)

    def turn(self, turn_id: int) -> Turn:
        found = self._turns("id = ?", turn_id)
        if not found:
            raise ConversationGone
        return found[0]

    def of_panel(self, panel_id: int) -> list[Turn]:
        """The turns of a panel, in the order in which they were asked."""
        return self._turns("panel_id = ? ORDER BY ordinal", panel_id)

    def running(self) -> list[Turn]:
        """Turns that are being answered, or were when the program ended."""
        return self._turns("state = ?", TurnState.RUNNING)

    def _turns(self, condition: str, value: Any) -> list[Turn]:
        with self._database.read() as db:
            found: list[Any] = db.execute(
                f"SELECT {_TURN} FROM turn WHERE {condition}",
                (value,),
            ).fetchall()
        return [_turn(*row) for row in found]


def begin(
    db: apsw.Connection,
    question: str,
    conversation_id: int | None,
    conditions: Conditions = NO_CONDITIONS,
    beside: int | None = None,
    panel_id: int | None = None,
) -> Turn:
    """`History.begin` as part of the caller's transaction. panel_id: of the panel that the turn is part of."""
    now = _now()
    content = json.dumps({"conditions": as_plain(conditions)}, ensure_ascii=False)
    if conversation_id is None:
        db.execute(
            "INSERT INTO conversation(title, created, updated, scope, assistant) VALUES (?, ?, ?, ?, ?)",
            (_title(question), now, now, json.dumps(as_plain(conditions.scope)), conditions.assistant),
        )
        conversation_id = db.last_insert_rowid()
    row: Any = db.execute("SELECT leaf FROM conversation WHERE id = ?", (conversation_id,)).fetchone()
    if row is None:
        raise ConversationGone
    parent = row[0]
    if beside is not None:
        found: Any = db.execute(
            "SELECT parent_id FROM turn WHERE id = ? AND conversation_id = ?", (beside, conversation_id)
        ).fetchone()
        if found is None:
            raise ConversationGone
        parent = found[0]
    ordinal = db.execute(
        "SELECT coalesce(max(ordinal), 0) + 1 FROM turn WHERE conversation_id = ?", (conversation_id,)
    ).get
    db.execute(
        "INSERT INTO turn(conversation_id, ordinal, question, asked, state, content, parent_id, panel_id)"
        " VALUES (?, ?, ?, ?, 'running', ?, ?, ?)",
        (conversation_id, ordinal, question, now, content, parent, panel_id),
    )
    turn_id = db.last_insert_rowid()
    db.execute("UPDATE conversation SET updated = ?, leaf = ? WHERE id = ?", (now, turn_id, conversation_id))
    return Turn(
        turn_id,
        conversation_id,
        int(ordinal),
        question,
        now,
        parent_id=parent,
        conditions=conditions,
        panel_id=panel_id,
    )


def show(db: apsw.Connection, turn_id: int) -> None:
    """`History.show` as part of the caller's transaction."""
    db.execute(
        "UPDATE conversation SET leaf = (WITH RECURSIVE below(id, ordinal) AS (SELECT id, ordinal FROM turn"
        " WHERE id = ?1 UNION ALL SELECT t.id, t.ordinal FROM turn t JOIN below ON t.parent_id = below.id)"
        " SELECT id FROM below ORDER BY ordinal DESC LIMIT 1)"
        " WHERE id = (SELECT conversation_id FROM turn WHERE id = ?1)",
        (turn_id,),
    )
    if not db.changes():
        raise ConversationGone


def _mention(conversation: Conversation, turns: Sequence[Turn], wanted: Sequence[str]) -> Mention:
    best, most, text = None, 0, ""
    for turn in turns:
        said = " ".join(f"{turn.question} – {turn.answer.text if turn.answer else ''}".split())
        count = sum(word in said.casefold() for word in wanted)
        if count >= max(most, 1):
            best, most, text = turn.id, count, said
    return Mention(conversation, best, _snippet(text, wanted))


def _snippet(text: str, wanted: Sequence[str]) -> str:
    """About SNIPPET characters around the first of the words, cut between words."""
    folded = text.casefold()
    at = min((place for word in wanted if (place := folded.find(word)) >= 0), default=0)
    begin = text.rfind(" ", 0, max(0, at - SNIPPET // 3)) + 1 if at > SNIPPET // 3 else 0
    end = text.rfind(" ", begin, begin + SNIPPET) if len(text) - begin > SNIPPET else len(text)
    end = end if end > begin else begin + SNIPPET
    return f"{'…' if begin else ''}{text[begin:end]}{'…' if end < len(text) else ''}"


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def _title(question: str) -> str:
    line = " ".join(question.split())
    return line if len(line) <= TITLE_LENGTH else line[: TITLE_LENGTH - 1].rsplit(" ", 1)[0] + "…"


def as_plain(value: Any) -> Any:
    """Dataclasses as dicts, the rest as it is."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: as_plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(k): as_plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [as_plain(v) for v in value]
    return value


def _conversation(row: Sequence[Any]) -> Conversation:
    conversation_id, title, created, updated, scope, archived, assistant = row
    return Conversation(
        conversation_id, title, created, updated, scope_from(json.loads(scope)), bool(archived), assistant
    )


def scope_from(kept: Mapping[str, Any]) -> Scope:
    """The scope that `as_plain` made plain."""
    return Scope(tuple(kept.get("documents", ())), tuple(kept.get("tags", ())), kept.get("page"))


def _conditions(kept: dict[str, Any]) -> Conditions:
    return Conditions(
        scope_from(kept.get("scope", {})),
        tuple(Place(*place) for place in kept.get("pinned", ())),
        tuple(Place(*place) for place in kept.get("excluded", ())),
        tuple(kept.get("excluded_documents", ())),
        kept.get("regardless", False),
        kept.get("answer_model", ""),
        kept.get("assistant", NO_ASSISTANT),
        kept.get("assistant_version", 0),
    )


def _turn(
    turn_id: int,
    conversation_id: int,
    ordinal: int,
    question: str,
    asked: str,
    state: str,
    content: str,
    parent_id: int | None,
    panel_id: int | None,
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
        parent_id,
        _conditions(kept.get("conditions", {})),
        panel_id,
    )


def _answer(kept: dict[str, Any] | None) -> Answer | None:
    if kept is None:
        return None
    return Answer(
        kept["answered"],
        kept["text"],
        tuple(map(sentence_from, kept["sentences"])),
        tuple(map(sentence_from, kept["quotes"])),
        kept.get("doubted", False),
        kept.get("cut_off", False),
    )


def sentence_from(kept: Mapping[str, Any]) -> Sentence:
    """The sentence that `as_plain` made plain."""
    return Sentence(kept["text"], tuple(Citation(**c) for c in kept["citations"]), Verdict(kept["verdict"]))


def _hit(kept: dict[str, Any]) -> Hit:
    chunk = kept["chunk"]
    sentences = tuple(Span(*pair) for pair in chunk["sentences"])
    restored = Chunk(**{**chunk, "heading_path": tuple(chunk["heading_path"]), "sentences": sentences})
    return Hit(**{**kept, "chunk": restored})
