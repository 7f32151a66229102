"""Moves the lexical index of an older version into a new FTS5 table, while the library is in use.

The chunks are stemmed again, a batch at a time, each in a short transaction that also records the progress, so that an
interrupted migration continues there. Until the last batch is moved, search reads the old tables for the chunks that
they had at the beginning, see `rag.store.lexical.search`; then the old tables are dropped.
"""

import apsw

from rag.core.crash_points import crash_point
from rag.core.types import Notice
from rag.store.connection import Database
from rag.store.lexical import older
from rag.store.lexical.index import add_stems, stored_chunks
from rag.store.rows import space_ids

BATCH = 400
"""Chunks per transaction, which blocks other writers for a few hundredths of a second."""


def progress(db: apsw.Connection) -> Notice | None:
    """Progress over all spaces; None if nothing is left to move."""
    spaces = [older.progress(db, space_id) for space_id in _spaces(db)]
    if not spaces:
        return None
    done, chunks = (sum(counts) for counts in zip(*spaces, strict=True))
    return Notice("lexical_moving", {"done": done, "chunks": chunks})


def move_batch(database: Database) -> bool:
    """Move the next chunks, or drop tables that are done. False if there was nothing to do."""
    if database.refusal is not None:
        return False
    with database.read() as db:
        space_id = next(iter(_spaces(db)), None)
        if space_id is None:
            return False
        moved, last = older.waiting(db, space_id)
        # stemming takes most of the time and is done outside the write transaction
        batch = list(stored_chunks(db, space_id, moved, last, BATCH))
    with database.write() as db:
        if not older.exists(db, space_id) or older.moved_until(db, space_id) != moved:
            return True  # the space was dropped, or another process moved the same chunks
        if not batch:
            older.drop(db, space_id)
            crash_point("lexical: old tables dropped")
            return True
        remaining_ids = {
            row[0]
            for row in db.execute(
                "SELECT id FROM chunk WHERE space_id = ? AND id BETWEEN ? AND ?", (space_id, batch[0][0], batch[-1][0])
            )
        }
        add_stems(db, space_id, (chunk for chunk in batch if chunk[0] in remaining_ids))
        crash_point("lexical: batch moved")
        older.set_moved_until(db, space_id, batch[-1][0])
    return True


def _spaces(db: apsw.Connection) -> list[int]:
    """The spaces that are still searched in old tables."""
    return [space_id for space_id in space_ids(db) if older.exists(db, space_id)]
