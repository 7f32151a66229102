"""Integrity of a store, for the library: health, verification and repair."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path
from typing import Any

import apsw

from rag.core.errors import NotFound
from rag.store import statements
from rag.store.integrity.repair import repair as _repair
from rag.store.integrity.verify import count_rows, lost_changes
from rag.store.integrity.verify import verify as _verify
from rag.store.sqlite import SqliteStore
from rag.store.values import Report

__all__ = ["health", "lost_changes", "verify"]


def health(store: SqliteStore) -> dict[str, Any]:
    """Versions, row counts, bytes on disk, generation, active space, last verification and progress of a migration.

    Nothing is verified.
    """
    with store.database.read() as db:
        counts = count_rows(db)
        generation = statements.generation(db)
        verified = db.execute("SELECT value FROM meta WHERE key = 'verified'").get
        space = statements.space_in_state(db, "active")
    return {
        "versions": {"SQLite": apsw.sqlite_lib_version(), "apsw": apsw.apsw_version(), "FAISS": version("faiss-cpu")},
        "counts": counts,
        "bytes": _bytes_on_disk(store.folder) if store.folder is not None else {},
        "generation": generation,
        "space": space,
        "verified": verified,
        "migration": store.migration_progress(),
    }


def verify(store: SqliteStore, *, repair: bool = False) -> Report:
    """Check the consistency of everything. repair: rebuild derived data; `problems` are then the remaining ones.

    Raises StoreReadOnly and DiskFull if a repair cannot be written.
    """
    return _repair(store) if repair else _verify(store)


def _bytes_on_disk(folder: Path) -> dict[str, int]:
    sizes = {}
    for name in ("kilde.db", "kilde.db-wal", "index", "files", "models"):
        path = folder / name
        files = [path] if path.is_file() else path.rglob("*")
        try:
            sizes[name] = sum(file.stat().st_size for file in files if file.is_file())
        except OSError as error:
            raise NotFound(name=name) from error
    return sizes
