"""The schema of the database, created by the scripts in `migrations/`, and its migrations.

`generation` counts changes of the searchable content. Each vector is stored with its generation, and each removal with
its range of chunks, so that an index in memory, in any process, catches up by reading everything newer than its own
generation.
"""

from collections.abc import Callable
from pathlib import Path

import apsw

from rag.core.errors import StoreNewer
from rag.store import rows
from rag.store.lexical import earlier, index, legacy, older


def _script(version: int) -> str:
    return (Path(__file__).parent / "migrations" / f"version_{version}.sql").read_text(encoding="utf-8")


def _version_4(db: apsw.Connection) -> None:
    """Remove the earlier FTS5 tables, whose tokenizer split stems at some signs; version 6 creates new ones."""
    for space_id in rows.space_ids(db):
        for table in ("vocabulary", "words"):
            db.execute(f"DROP TABLE IF EXISTS {table}_{space_id:d}")


def _version_6(db: apsw.Connection) -> None:
    """Create an FTS5 index for each space. Older data is moved later, see `rag.store.lexical.migration`."""
    for space_id in rows.space_ids(db):
        index.create_index(db, space_id)


def _version_7(db: apsw.Connection) -> None:
    """Set the stems of earlier versions aside, to be made anew: they had the digits of a number as words."""
    for space_id in rows.space_ids(db):
        table = index.table_name(space_id)
        last = older.last_chunk(db, space_id) if legacy.exists(db, space_id) else 0
        is_empty = db.execute(f"SELECT 1 FROM {table}_docsize LIMIT 1").get is None
        if not last and not is_empty:
            earlier.put_aside(db, space_id, table)
            index.create_index(db, space_id)
            continue
        db.execute(f"DROP TABLE {table}")
        index.create_index(db, space_id)
        if last:
            older.set_moved_until(db, space_id, 0)
        # what is in no older table, because it came later or there is none
        index.add_stems(db, space_id, index.stored_chunks(db, space_id, last))


MIGRATIONS: tuple[str | Callable[[apsw.Connection], None], ...] = (
    _script(1),
    _script(2),
    _script(3),
    _version_4,
    _script(5),
    _version_6,
    _version_7,
    _script(8),
    _script(9),
    _script(10),
)
"""A script or function for each version, in order; `PRAGMA user_version` counts those that were run."""


def check_version(db: apsw.Connection) -> None:
    """Raises StoreNewer if the database is of an unknown, newer version."""
    if int(db.pragma("user_version")) > len(MIGRATIONS):
        raise StoreNewer


def migrate(db: apsw.Connection) -> None:
    """Migrate an empty or older database to the newest version, atomically."""
    version = int(db.pragma("user_version"))
    if version >= len(MIGRATIONS):
        return
    db.execute("BEGIN IMMEDIATE")
    try:
        version = int(db.pragma("user_version"))  # another process may have migrated it first
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
