"""The chunks before and after a chunk in its document."""

from __future__ import annotations

import json
from collections.abc import Collection

import apsw

from rag.store.rows import CHUNK_COLUMNS, ChunkRow


def neighbours(db: apsw.Connection, space_id: int, ids: Collection[int]) -> dict[int, list[tuple[str, str]]]:
    """By chunk id the texts and languages of the chunks before and after it."""
    texts: dict[int, list[tuple[str, str]]] = {chunk_id: [] for chunk_id in ids}
    # CROSS JOIN fixes the join order; otherwise SQLite reads all chunks of the space
    for chunk_id, *columns in db.execute(
        f"SELECT i.value, {CHUNK_COLUMNS.replace('c.', 'n.')} FROM json_each(?2) i CROSS JOIN chunk c ON c.id = i.value"
        " CROSS JOIN chunk n ON n.document_id = c.document_id AND n.space_id = c.space_id"
        " AND n.ordinal IN (c.ordinal - 1, c.ordinal + 1) WHERE +c.space_id = ?1",
        (space_id, json.dumps(list(ids))),
    ):
        neighbour = ChunkRow(*columns).chunk()
        texts[chunk_id].append((neighbour.text, neighbour.language))
    return texts
