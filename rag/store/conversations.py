"""Conversations and turns in SQLite."""

from typing import Any

import apsw

from rag.core.errors import ConversationGone
from rag.store.connection import DatabaseStore
from rag.store.records_protocol import ConversationRow, NewTurn, TurnRow
from rag.store.rows import select

_CONVERSATION = "id, title, created, updated, scope, archived, assistant"
_TURN = "id, conversation_id, ordinal, question, asked, state, content, parent_id, panel_id"
_TEXT = """
    (SELECT group_concat(question || char(10) || coalesce(json_extract(content, '$.answer.text'), ''), char(10))
     FROM turn WHERE conversation_id = c.id)
"""


class SqliteConversationStore(DatabaseStore):
    """Implements `ConversationStore`."""

    def conversations(self, archived: bool | None = None, *, with_text: bool = False) -> list[ConversationRow]:
        text = f"coalesce({_TEXT}, '')" if with_text else "''"
        with self._database.read() as db:
            query = (
                f"SELECT {_CONVERSATION}, {text} FROM conversation c WHERE coalesce(archived = ?, TRUE)"
                " ORDER BY updated DESC, id DESC"
            )
            return list(select(db, _conversation, query, (archived,)))

    def conversation(self, conversation_id: int) -> ConversationRow | None:
        with self._database.read() as db:
            query = f"SELECT {_CONVERSATION} FROM conversation WHERE id = ?"
            return next(select(db, _conversation, query, (conversation_id,)), None)

    def update_conversation(
        self,
        conversation_id: int,
        *,
        title: str | None = None,
        scope: str | None = None,
        archived: bool | None = None,
        assistant: int | None = None,
    ) -> None:
        with self._database.write() as db:
            db.execute(
                "UPDATE conversation SET title = coalesce(?, title), scope = coalesce(?, scope),"
                " archived = coalesce(?, archived), assistant = coalesce(?, assistant) WHERE id = ?",
                (title, scope, archived, assistant, conversation_id),
            )
            if not db.changes():
                raise ConversationGone

    def delete_conversation(self, conversation_id: int) -> None:
        with self._database.write() as db:
            db.execute("DELETE FROM conversation WHERE id = ?", (conversation_id,))

    def begin_turn(self, turn: NewTurn, conversation_id: int | None, variant_of: int | None = None) -> TurnRow:
        with self._database.write() as db:
            return begin_turn(db, turn, conversation_id, variant_of)

    def save_turn(self, turn_id: int, state: str, content: str) -> None:
        with self._database.write() as db:
            db.execute("UPDATE turn SET state = ?, content = ? WHERE id = ?", (state, content, turn_id))

    def turn(self, turn_id: int) -> TurnRow | None:
        return next(iter(self._turns("id = ?", turn_id)), None)

    def shown_turns(self, conversation_id: int) -> list[TurnRow]:
        return self._turns(
            "id IN (WITH RECURSIVE shown(id) AS (SELECT leaf FROM conversation WHERE id = ? UNION ALL SELECT parent_id"
            " FROM turn JOIN shown USING (id)) SELECT id FROM shown) ORDER BY ordinal",
            conversation_id,
        )

    def all_turns(self, conversation_id: int) -> list[TurnRow]:
        return self._turns("conversation_id = ? ORDER BY ordinal", conversation_id)

    def path_to(self, turn_id: int | None) -> list[TurnRow]:
        return self._turns(
            "id IN (WITH RECURSIVE path(id) AS (SELECT ? UNION ALL SELECT parent_id FROM turn JOIN path USING (id))"
            " SELECT id FROM path) ORDER BY ordinal",
            turn_id,
        )

    def panel_turns(self, panel_id: int) -> list[TurnRow]:
        return self._turns("panel_id = ? ORDER BY ordinal", panel_id)

    def turns_in_state(self, state: str) -> list[TurnRow]:
        return self._turns("state = ?", state)

    def variants(self, conversation_id: int, parent_id: int | None) -> list[int]:
        with self._database.read() as db:
            query = "SELECT id FROM turn WHERE conversation_id = ? AND parent_id IS ? ORDER BY ordinal"
            return list(select(db, int, query, (conversation_id, parent_id)))

    def show(self, turn_id: int) -> None:
        with self._database.write() as db:
            show_branch(db, turn_id)

    def _turns(self, condition: str, value: Any) -> list[TurnRow]:
        with self._database.read() as db:
            return list(select(db, TurnRow, f"SELECT {_TURN} FROM turn WHERE {condition}", (value,)))


def begin_turn(
    db: apsw.Connection,
    turn: NewTurn,
    conversation_id: int | None,
    variant_of: int | None = None,
    panel_id: int | None = None,
) -> TurnRow:
    """`ConversationStore.begin_turn` in the caller's transaction. panel_id: of the panel that the turn is in."""
    if conversation_id is None:
        db.execute(
            "INSERT INTO conversation(title, created, updated, scope, assistant) VALUES (?, ?, ?, ?, ?)",
            (turn.title, turn.asked, turn.asked, turn.scope, turn.assistant),
        )
        conversation_id = db.last_insert_rowid()
    row: Any
    if variant_of is None:
        row = db.execute("SELECT leaf FROM conversation WHERE id = ?", (conversation_id,)).fetchone()
    else:
        row = db.execute(
            "SELECT parent_id FROM turn WHERE id = ? AND conversation_id = ?", (variant_of, conversation_id)
        ).fetchone()
    if row is None:
        raise ConversationGone
    (parent_id,) = row
    ordinal = db.execute(
        "SELECT coalesce(max(ordinal), 0) + 1 FROM turn WHERE conversation_id = ?", (conversation_id,)
    ).get
    db.execute(
        "INSERT INTO turn(conversation_id, ordinal, question, asked, state, content, parent_id, panel_id)"
        " VALUES (?, ?, ?, ?, 'running', ?, ?, ?)",
        (conversation_id, ordinal, turn.question, turn.asked, turn.content, parent_id, panel_id),
    )
    turn_id = db.last_insert_rowid()
    db.execute("UPDATE conversation SET updated = ?, leaf = ? WHERE id = ?", (turn.asked, turn_id, conversation_id))
    return next(select(db, TurnRow, f"SELECT {_TURN} FROM turn WHERE id = ?", (turn_id,)))


def show_branch(db: apsw.Connection, turn_id: int) -> None:
    """`ConversationStore.show` as part of the caller's transaction."""
    db.execute(
        "UPDATE conversation SET leaf = (WITH RECURSIVE below(id, ordinal) AS (SELECT id, ordinal FROM turn"
        " WHERE id = ?1 UNION ALL SELECT t.id, t.ordinal FROM turn t JOIN below ON t.parent_id = below.id)"
        " SELECT id FROM below ORDER BY ordinal DESC LIMIT 1)"
        " WHERE id = (SELECT conversation_id FROM turn WHERE id = ?1)",
        (turn_id,),
    )
    if not db.changes():
        raise ConversationGone


def _conversation(*columns: Any) -> ConversationRow:
    row = ConversationRow(*columns)
    return row._replace(archived=bool(row.archived))
