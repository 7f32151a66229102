"""The vector indexes of all spaces in memory and their snapshots on disk, derived from the database."""

import threading
from pathlib import Path

import apsw

from rag.core.crash_points import crash_point
from rag.store.connection import Database
from rag.store.statements import space_in_state
from rag.store.vectors.index import VectorIndex


class VectorIndexes:
    """One index for each space, loaded at its first use. Safe to use from many threads."""

    def __init__(self, database: Database, folder: Path | None) -> None:
        """folder: of the snapshots; None disables them."""
        self._database = database
        self._folder = folder
        self._guard = threading.Lock()
        self._by_space: dict[int, VectorIndex] = {}

    def of(self, space_id: int) -> VectorIndex:
        with self._guard:
            if space_id not in self._by_space:
                snapshot = self._folder / f"space-{space_id}.faiss" if self._folder else None
                record = self.snapshot_record(space_id) if snapshot else ""
                self._by_space[space_id] = VectorIndex(space_id, snapshot, record, self._database.read)
            return self._by_space[space_id]

    def forget(self, db: apsw.Connection, space_id: int) -> None:
        """Drop the index of a space that the transaction of `db` deletes; the next snapshot deletes its file."""
        db.execute("DELETE FROM meta WHERE key = ?", (_record_key(space_id),))
        with self._guard:
            self._by_space.pop(space_id, None)

    def snapshot_record(self, space_id: int) -> str:
        """The record of the snapshot that this database wrote last; "" if there is none."""
        with self._database.read() as db:
            return str(db.execute("SELECT value FROM meta WHERE key = ?", (_record_key(space_id),)).get or "")

    def rebuild(self) -> None:
        """Read the vectors of the active space from the database again, and save them."""
        with self._database.read() as db:
            active = space_in_state(db, "active")
            if active is not None:
                self.of(active.id).rebuild(db)
        self.save()

    def save(self) -> None:
        """Write the snapshot of the active space, and delete the snapshots of spaces that were dropped."""
        if self._folder is None or self._database.refusal is not None:
            return
        with self._database.read() as db:
            active, building = space_in_state(db, "active"), space_in_state(db, "building")
            if active is None:
                return
            index = self.of(active.id)
            index.catch_up(db)
        record = index.save()
        crash_point("snapshot: written")
        if record:
            with self._database.write() as db:
                db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (_record_key(active.id), record))
        current = {f"space-{space.id}" for space in (active, building) if space is not None}
        for path in self._folder.glob("space-*.faiss"):
            if path.stem not in current:
                path.unlink(missing_ok=True)


def _record_key(space_id: int) -> str:
    return f"snapshot-{space_id}"
