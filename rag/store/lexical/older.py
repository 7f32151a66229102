"""The index of an older version, of either kind, and how much of it has been moved to the table of this one."""

from typing import Protocol

import apsw

from rag.store.lexical import earlier, legacy


class _Kind(Protocol):
    def last_chunk(self, db: apsw.Connection, space_id: int) -> int: ...

    def moved_and_all(self, db: apsw.Connection, space_id: int, moved_until: int) -> tuple[int, int]: ...

    def remove_chunks(self, db: apsw.Connection, space_id: int, first: int, last: int) -> None: ...

    def is_damaged(self, db: apsw.Connection, space_id: int) -> bool: ...


def exists(db: apsw.Connection, space_id: int) -> bool:
    """Whether an older index of the space is still searched."""
    return earlier.exists(db, space_id) or legacy.exists(db, space_id)


def last_chunk(db: apsw.Connection, space_id: int) -> int:
    """The last chunk searched in the older index; later ones are only in the new one."""
    return _kind(db, space_id).last_chunk(db, space_id)


def moved_until(db: apsw.Connection, space_id: int) -> int:
    """The last chunk moved, 0 before the first."""
    return int(db.execute("SELECT value FROM meta WHERE key = ?", (_moved_key(space_id),)).get or 0)


def set_moved_until(db: apsw.Connection, space_id: int, chunk_id: int) -> None:
    """Record the last chunk moved, in the transaction that moves it."""
    db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (_moved_key(space_id), chunk_id))


def waiting(db: apsw.Connection, space_id: int) -> tuple[int, int]:
    """The ids (after, last] of chunks that are not in the new index yet."""
    return (moved_until(db, space_id), last_chunk(db, space_id)) if exists(db, space_id) else (0, 0)


def progress(db: apsw.Connection, space_id: int) -> tuple[int, int]:
    """The number of chunks moved, and the total."""
    return _kind(db, space_id).moved_and_all(db, space_id, moved_until(db, space_id))


def remove_chunks(db: apsw.Connection, space_id: int, first: int, last: int) -> None:
    """Remove chunks `first` to `last`, if there is an older index."""
    if exists(db, space_id):
        _kind(db, space_id).remove_chunks(db, space_id, first, last)


def drop(db: apsw.Connection, space_id: int) -> None:
    """Remove the older index of a space, if any."""
    earlier.drop(db, space_id)
    legacy.drop(db, space_id)
    db.execute("DELETE FROM meta WHERE key = ?", (_moved_key(space_id),))


def is_damaged(db: apsw.Connection, space_id: int) -> bool:
    """Whether there is an older index and it cannot be read. Reads all of it."""
    return exists(db, space_id) and _kind(db, space_id).is_damaged(db, space_id)


def _kind(db: apsw.Connection, space_id: int) -> _Kind:
    return earlier if earlier.exists(db, space_id) else legacy


def _moved_key(space_id: int) -> str:
    return f"lexical-moved-{space_id:d}"
