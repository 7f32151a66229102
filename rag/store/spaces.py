"""Spaces in SQLite: see `rag.store.protocol.Spaces` for the contracts."""

from dataclasses import replace
from datetime import UTC, datetime

import apsw

from rag.core.crash_points import crash_point
from rag.core.errors import NotFound
from rag.core.types import Space, State
from rag.store.connection import Database
from rag.store.lexical import index
from rag.store.rows import select_dict
from rag.store.statements import next_generation, open_tasks, space_in_state, space_with_id
from rag.store.values import SpaceProgress
from rag.store.vector_indexes import VectorIndexes

_ENDED = (State.READY, State.STOPPED, State.FAILED)


class SqliteSpaces:
    """The spaces of one database."""

    def __init__(self, database: Database, indexes: VectorIndexes) -> None:
        self._database = database
        self._indexes = indexes

    def active(self) -> Space | None:
        with self._database.read() as db:
            return space_in_state(db, "active")

    def building(self) -> Space | None:
        with self._database.read() as db:
            return space_in_state(db, "building")

    def ensure(self, space: Space) -> Space:
        active = self.active()
        if active is not None:
            return active
        with self._database.write() as db:
            # another thread or process may have created it first
            return space_in_state(db, "active") or _insert(db, space, "active")

    def bind(self, space_id: int, space: Space) -> Space:
        with self._database.write() as db:
            db.execute(
                "UPDATE space SET model = ?, revision = ?, dimension = ?, query_prefix = ?, passage_prefix = ?"
                " WHERE id = ? AND NOT EXISTS (SELECT 1 FROM embedding WHERE space_id = space.id)",
                (space.model, space.revision, space.dimension, space.query_prefix, space.passage_prefix, space_id),
            )
            bound = space_with_id(db, space_id)
        if bound is None:
            raise NotFound(name=f"space {space_id}")
        return bound

    def begin(self, space: Space) -> Space:
        with self._database.write() as db:
            self._drop_building(db)
            space = _insert(db, space, "building")
            db.execute(
                "INSERT INTO task(document_id, space_id, state, notices, pages)"
                " SELECT t.document_id, ?, iif(t.state = 'stopped' AND t.chunks = 0, 'stopped', 'waiting'), '[]',"
                " t.pages FROM task t JOIN space s ON s.id = t.space_id WHERE s.state = 'active'",
                (space.id,),
            )
        return space

    def drop_building(self) -> None:
        with self._database.write() as db:
            self._drop_building(db)

    def switch(self) -> Space:
        with self._database.write() as db:
            building = space_in_state(db, "building")
            if building is None or open_tasks(db, building.id):
                raise NotFound(name="space")
            active = space_in_state(db, "active")
            if active is not None:
                self._drop(db, active.id)
            crash_point("switch: old space dropped")
            db.execute("UPDATE space SET state = 'active' WHERE id = ?", (building.id,))
            return building

    def progress(self, space_id: int) -> SpaceProgress:
        with self._database.read() as db:
            states = select_dict(
                db, str, int, "SELECT state, count(*) FROM task WHERE space_id = ? GROUP BY state", (space_id,)
            )
            # without a task the sums are NULL
            pages, pages_done, chunks, chunks_done = db.execute(
                "SELECT ifnull(sum(pages), 0), ifnull(sum(pages_done), 0), ifnull(sum(chunks), 0),"
                " ifnull(sum(chunks_done), 0) FROM task WHERE space_id = ? AND state NOT IN ('failed', 'stopped')",
                (space_id,),
            ).get
            pages_lacking = db.execute(
                "SELECT ifnull(sum(t.pages - t.pages_done), 0) FROM task t JOIN document d ON d.id = t.document_id"
                " WHERE t.space_id = ? AND t.state = 'findable' AND d.lacking != '{}'",
                (space_id,),
            ).get
        ended = sum(states.get(state, 0) for state in _ENDED)
        return SpaceProgress(sum(states.values()), ended, pages, pages_done, chunks, chunks_done, states, pages_lacking)

    def _drop_building(self, db: apsw.Connection) -> None:
        building = space_in_state(db, "building")
        if building is not None:
            self._drop(db, building.id)

    def _drop(self, db: apsw.Connection, space_id: int) -> None:
        index.drop_index(db, space_id)
        db.execute("DELETE FROM embedding WHERE space_id = ?", (space_id,))
        db.execute("DELETE FROM removal WHERE space_id = ?", (space_id,))
        self._indexes.forget(db, space_id)
        db.execute("DELETE FROM space WHERE id = ?", (space_id,))
        next_generation(db)


def _insert(db: apsw.Connection, space: Space, state: str) -> Space:
    db.execute(
        "INSERT INTO space(model, revision, dimension, query_prefix, passage_prefix, chunk_size, overlap, state,"
        " created) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            space.model,
            space.revision,
            space.dimension,
            space.query_prefix,
            space.passage_prefix,
            space.chunk_size,
            space.overlap,
            state,
            datetime.now(UTC).isoformat(timespec="seconds"),
        ),
    )
    stored = replace(space, id=db.last_insert_rowid())
    index.create_index(db, stored.id)
    if state == "active":  # for a space being built the caller decides what is queued
        db.execute(
            "INSERT OR IGNORE INTO task(document_id, space_id, state) SELECT id, ?, 'waiting' FROM document",
            (stored.id,),
        )
    return stored
