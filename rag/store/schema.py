"""The tables, which the scripts in `migrations/` create, and how an older database becomes a newer one.

`generation` counts the changes of what can be searched. Each vector carries the generation it came with, each
removal the range of chunks it took; so an index in memory, in this process or another, catches up by reading what
is newer than the generation it has.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import apsw

from rag.core.errors import StoreNewer
from rag.store import rows
from rag.store.lexical import index, legacy


def _script(version: int) -> str:
    return (Path(__file__).parent / "migrations" / f"version_{version}.sql").read_text(encoding="utf-8")


def _version_4(db: apsw.Connection) -> None:
    """Remove the FTS5 tables of before, whose tokenizer cut stems at some signs; version 6 makes new ones."""
    for space_id in rows.space_ids(db):
        for table in ("vocabulary", "words"):
            db.execute(f"DROP TABLE IF EXISTS {table}_{space_id:d}")


def _version_6(db: apsw.Connection) -> None:
    """Give each space an index in FTS5. What versions 4 and 5 had is moved later: see `rag.store.lexical.migration`."""
    for space_id in rows.space_ids(db):
        index.create_index(db, space_id)
        if not legacy.exists(db, space_id):
            index.add_stems(db, space_id, index.stored_chunks(db, space_id))


MIGRATIONS: tuple[str | Callable[[apsw.Connection], None], ...] = (
    _script(1),
    _script(2),
    _script(3),
    _version_4,
    _script(5),
    _version_6,
)
"""A script or a function for each version, in order; `PRAGMA user_version` counts those that have run."""


def check_version(db: apsw.Connection) -> None:
    """Raises StoreNewer where the database is of a version that is not known here: what it means cannot be told."""
    if int(db.pragma("user_version")) > len(MIGRATIONS):
        raise StoreNewer


def migrate(db: apsw.Connection) -> None:
    """Bring an empty or older database to the newest version, all or nothing."""
    version = int(db.pragma("user_version"))
    if version >= len(MIGRATIONS):
        return
    db.execute("BEGIN IMMEDIATE")
    try:
        version = int(db.pragma("user_version"))  # another process may have been first
        for step in MIGRATIONS[version:]:
            if isinstance(step, str):
                db.execute(step)
            else:
                step(db)
        db.pragma("user_version", len(MIGRATIONS))
        db.execute("COMMIT")
    except BaseException:
        db.execute("ROLLBACK")
        raise
