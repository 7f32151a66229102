"""What stands before and after a chunk in its document."""

from __future__ import annotations

import json
from collections.abc import Collection

import apsw

from rag.store.rows import CHUNK_COLUMNS, chunk


def neighbours(db: apsw.Connection, space_id: int, ids: Collection[int]) -> dict[int, list[tuple[str, str]]]:
    """By chunk id the chunk before it and the one after it, where there are such: (text, language) of each."""
    found: dict[int, list[tuple[str, str]]] = {chunk_id: [] for chunk_id in ids}
    # CROSS JOIN keeps the order: SQLite would rather read all chunks of the space
    near = db.execute(
        f"SELECT i.value, {CHUNK_COLUMNS.replace('c.', 'n.')} FROM json_each(?2) i CROSS JOIN chunk c ON c.id = i.value"
        " CROSS JOIN chunk n ON n.document_id = c.document_id AND n.space_id = c.space_id"
        " AND n.ordinal IN (c.ordinal - 1, c.ordinal + 1) WHERE +c.space_id = ?1",
        (space_id, json.dumps(list(ids))),
    )
    for chunk_id, *row in near:
        neighbour = chunk(row)
        found[chunk_id].append((neighbour.text, neighbour.language))
    return found
