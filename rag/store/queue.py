"""The queue of documents to index in SQLite: see `rag.store.protocol.TaskQueue` for the contracts."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

from rag.core.types import Notice, Space, State
from rag.store import statements
from rag.store.connection import Database
from rag.store.files import Files
from rag.store.rows import (
    DOCUMENT_COLUMNS,
    SPACE_COLUMNS,
    document_from,
    marks,
    notices_from,
    notices_json,
    select,
    select_dict,
    space_ids,
)
from rag.store.values import Task

# one that is to be read again has no pages until then
_LACKING = " AND d.lacking != '{}' AND EXISTS (SELECT 1 FROM page p WHERE p.document_id = d.id)"


class SqliteQueue:
    """The tasks of one database."""

    def __init__(self, database: Database, files: Files) -> None:
        self._database = database
        self._files = files

    def tasks(
        self, *states: State, limit: int | None = None, smallest_first: bool = False, lacking: bool = False
    ) -> list[Task]:
        if self._database.refusal is not None:
            return []
        query = (
            f"SELECT {DOCUMENT_COLUMNS} FROM task t JOIN document d ON d.id = t.document_id"
            f" WHERE t.space_id = ? AND t.state IN ({marks(states)}){_LACKING if lacking else ''}"
            f" ORDER BY {'d.size, d.id' if smallest_first else 'd.id'} LIMIT ?"
        )
        row_limit = -1 if limit is None else limit
        with self._database.read() as db:
            spaces = list(select(db, Space, f"SELECT {SPACE_COLUMNS} FROM space ORDER BY state = 'building'"))
            return [
                Task(document, space, document.state)
                for space in spaces
                for document in select(db, document_from, query, (space.id, *states, row_limit))
            ]

    def set_state(self, document_id: int, space_id: int, state: State, notices: Sequence[Notice] = ()) -> bool:
        with self._database.write() as db:
            db.execute(
                "UPDATE task SET state = ?, notices = ? WHERE document_id = ? AND space_id = ?",
                (state, notices_json(notices), document_id, space_id),
            )
            return bool(db.changes())

    def claim(self, document_id: int, space_id: int) -> bool:
        with self._database.write() as db:
            db.execute(
                "UPDATE task SET state = 'reading', pages_done = 0 WHERE document_id = ? AND space_id = ?"
                " AND state = 'waiting'",
                (document_id, space_id),
            )
            return bool(db.changes())

    def set_pages_done(self, document_id: int, space_id: int, done: int, pages: int) -> None:
        with self._database.write() as db:
            db.execute(
                "UPDATE task SET pages_done = ?, pages = ? WHERE document_id = ? AND space_id = ?",
                (done, pages, document_id, space_id),
            )

    def recount(self, document_id: int, space_id: int) -> None:
        with self._database.write() as db:
            statements.recount(db, document_id, space_id)

    def recover(self, being_read: Collection[tuple[int, int]] = ()) -> None:
        with self._database.write() as db:
            rows: Any = db.execute("SELECT document_id, space_id FROM task WHERE state = 'reading'")
            db.executemany(
                "UPDATE task SET state = 'waiting' WHERE document_id = ? AND space_id = ?", set(rows) - set(being_read)
            )

    def stop(self, ids: Collection[int] | None) -> None:
        with self._database.write() as db:
            only = "" if ids is None else f" AND document_id IN ({marks(ids)})"
            db.execute(
                "UPDATE task SET state = 'stopped' WHERE state IN ('waiting', 'reading', 'findable')"
                f" AND space_id = (SELECT id FROM space WHERE state = 'active'){only}",
                tuple(ids or ()),
            )
            # a document that is not findable yet is not read for a space being built either
            db.execute(
                "UPDATE task SET state = 'stopped' WHERE state IN ('waiting', 'reading') AND document_id IN (SELECT"
                " t.document_id FROM task t JOIN space s ON s.id = t.space_id WHERE s.state = 'active'"
                " AND t.state = 'stopped' AND t.chunks = 0)"
            )

    def resume(self, ids: Collection[int]) -> None:
        with self._database.write() as db:
            db.execute(
                # while another space is built, its pages may have been recognised since: it is cut anew
                "UPDATE task SET state = iif(chunks > 0 AND EXISTS (SELECT 1 FROM page p WHERE p.document_id ="
                " task.document_id) AND NOT EXISTS (SELECT 1 FROM space WHERE state = 'building'),"
                " 'findable', 'waiting')"
                f" WHERE state = 'stopped' AND document_id IN ({marks(ids)})",
                tuple(ids),
            )

    def requeue(self, ids: Collection[int]) -> None:
        with self._database.write() as db:
            for document_id in ids:
                db.execute(
                    "UPDATE task SET state = 'waiting', notices = '[]' WHERE document_id = ?"
                    " AND (state IN ('failed', 'stopped') OR space_id = (SELECT id FROM space WHERE state = 'active'))",
                    (document_id,),
                )
                sha256 = db.execute("SELECT sha256 FROM document WHERE id = ?", (document_id,)).get
                if sha256 is not None and self._files.path(sha256).exists():
                    # without stored pages it is read again from the original
                    db.execute("DELETE FROM page WHERE document_id = ?", (document_id,))

    def start_over(self, ids: Collection[int]) -> None:
        with self._database.write() as db:
            for document_id in ids:
                for space_id in space_ids(db):
                    statements.remove_chunks(db, document_id, space_id)
                db.execute("DELETE FROM page WHERE document_id = ?", (document_id,))
                db.execute(
                    "UPDATE task SET state = 'waiting', notices = '[]', chunks = 0, chunks_done = 0, pages_done = 0"
                    " WHERE document_id = ?",
                    (document_id,),
                )

    def accept_partial(self, document_id: int) -> None:
        with self._database.write() as db:
            notices_by_space = select_dict(
                db, int, notices_from, "SELECT space_id, notices FROM task WHERE document_id = ?", (document_id,)
            )
            for space_id, notices in notices_by_space.items():
                accepted = [
                    replace(notice, values={**notice.values, "kept": True}) if notice.asks else notice
                    for notice in notices
                ]
                db.execute(
                    "UPDATE task SET notices = ? WHERE document_id = ? AND space_id = ?",
                    (notices_json(accepted), document_id, space_id),
                )
