"""Assistants and their versions in SQLite."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from rag.core.errors import AssistantGone
from rag.store.connection import DatabaseStore
from rag.store.records_protocol import VersionRow
from rag.store.rows import select

_VERSION = "assistant_id, number, content, made"


class SqliteAssistantStore(DatabaseStore):
    """Implements `AssistantStore`."""

    def newest(self) -> list[VersionRow]:
        with self._database.read() as db:
            # with max(), SQLite takes bare columns from the row that has the maximum
            query = (
                "SELECT v.assistant_id, max(v.number), v.content, v.made FROM assistant_version v JOIN assistant a"
                " ON a.id = v.assistant_id WHERE NOT a.removed GROUP BY v.assistant_id"
            )
            return list(select(db, VersionRow, query))

    def version(self, assistant_id: int, number: int = 0) -> VersionRow | None:
        with self._database.read() as db:
            query = (
                f"SELECT {_VERSION} FROM assistant_version WHERE assistant_id = ?1"
                " AND (number = ?2 OR ?2 = 0) ORDER BY number DESC LIMIT 1"
            )
            return next(select(db, VersionRow, query, (assistant_id, number)), None)

    def versions(self, assistant_id: int) -> list[VersionRow]:
        with self._database.read() as db:
            query = f"SELECT {_VERSION} FROM assistant_version WHERE assistant_id = ? ORDER BY number DESC"
            return list(select(db, VersionRow, query, (assistant_id,)))

    def exists(self, assistant_id: int) -> bool:
        with self._database.read() as db:
            return bool(db.execute("SELECT 1 FROM assistant WHERE id = ? AND NOT removed", (assistant_id,)).get)

    def create(self, count: int, made: str, contents: Callable[[Sequence[int]], Iterable[str]]) -> list[int]:
        with self._database.write() as db:
            ids = []
            for _ in range(count):
                db.execute("INSERT INTO assistant(made) VALUES (?)", (made,))
                ids.append(db.last_insert_rowid())
            db.executemany(
                f"INSERT INTO assistant_version({_VERSION}) VALUES (?, 1, ?, ?)",
                ((assistant_id, content, made) for assistant_id, content in zip(ids, contents(ids), strict=True)),
            )
        return ids

    def add_version(self, assistant_id: int, content: str, made: str) -> int:
        with self._database.write() as db:
            row: Any = db.execute(
                "SELECT v.number, v.content FROM assistant_version v JOIN assistant a ON a.id = v.assistant_id"
                " WHERE a.id = ? AND NOT a.removed ORDER BY v.number DESC LIMIT 1",
                (assistant_id,),
            ).fetchone()
            if row is None:
                raise AssistantGone
            number, newest = row
            if content != newest:
                number += 1
                db.execute(
                    f"INSERT INTO assistant_version({_VERSION}) VALUES (?, ?, ?, ?)",
                    (assistant_id, number, content, made),
                )
        return int(number)

    def remove(self, assistant_id: int) -> None:
        with self._database.write() as db:
            db.execute("UPDATE assistant SET removed = 1 WHERE id = ?", (assistant_id,))
