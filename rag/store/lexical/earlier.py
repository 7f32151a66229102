"""An FTS5 index with the stems of an earlier version, searched until `rag.store.lexical.migration` has made them anew.

The new table takes its name, and gets what is added from then on; this one keeps the chunks that there were.
"""

from typing import Any

import apsw


def table_name(space_id: int) -> str:
    """The FTS5 table with the earlier stems of a space."""
    return f"lexical_{space_id:d}_earlier"


def exists(db: apsw.Connection, space_id: int) -> bool:
    """Whether the space still has this table, which goes after the last batch is moved."""
    name = table_name(space_id)
    return db.execute("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?", (name,)).get is not None


def put_aside(db: apsw.Connection, space_id: int, table: str) -> None:
    """Give the table of a space this name, so that a new one can be made."""
    last: Any = db.execute(f"SELECT max(id) FROM {table}_docsize").get
    db.execute(f"ALTER TABLE {table} RENAME TO {table_name(space_id)}")
    db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (_last_key(space_id), last or 0))


def last_chunk(db: apsw.Connection, space_id: int) -> int:
    """The last chunk searched here; later ones are only in the new table."""
    return int(db.execute("SELECT value FROM meta WHERE key = ?", (_last_key(space_id),)).get or 0)


def moved_and_all(db: apsw.Connection, space_id: int, moved_until: int) -> tuple[int, int]:
    """The number of chunks up to `moved_until`, and the total."""
    row: Any = db.execute(
        f"SELECT count(*) FILTER (WHERE id <= ?), count(*) FROM {table_name(space_id)}_docsize", (moved_until,)
    ).fetchone()
    return row[0], row[1]


def remove_chunks(db: apsw.Connection, space_id: int, first: int, last: int) -> None:
    """Remove chunks `first` to `last`."""
    db.execute(f"DELETE FROM {table_name(space_id)} WHERE rowid BETWEEN ? AND ?", (first, last))


def drop(db: apsw.Connection, space_id: int) -> None:
    """Remove the table of a space, if any."""
    db.execute(f"DROP TABLE IF EXISTS {table_name(space_id)}")
    db.execute("DELETE FROM meta WHERE key = ?", (_last_key(space_id),))


def is_damaged(db: apsw.Connection, space_id: int) -> bool:
    """Whether FTS5 finds its own pages at odds. Reads all of them."""
    return bool(db.execute(f"PRAGMA quick_check('{table_name(space_id)}')").get != "ok")


def _last_key(space_id: int) -> str:
    return f"lexical-last-{space_id:d}"
