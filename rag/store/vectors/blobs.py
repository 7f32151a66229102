"""Vectors as the database has them: in float32, and what everything in memory is derived from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

import apsw
import numpy as np

from rag.store.integrity.checksums import TAIL, check_vector
from rag.store.vectors.flat import Floats
from rag.store.vectors.id_sets import Ids

COLUMNS = f"chunk_id, vector, substr(sentences, -{TAIL})"
"""The columns that `blocks` reads; the last holds the vector's checksum, see `rag.store.integrity.checksums`."""
_ROWS = 4_096


def blocks(rows: Iterable[Any]) -> Iterator[tuple[Ids, Floats]]:
    """Rows of COLUMNS as ids (m,) and vectors (m, d), some thousands at a time: a million at once would take 4 GB.

    Raises StoreDamaged.
    """
    remaining = iter(rows)
    while block := list(islice(remaining, _ROWS)):
        yield np.array([row[0] for row in block], np.int64), _matrix(block)


def cosines(db: apsw.Connection, ids: Sequence[int], query: Floats) -> dict[int, float]:
    """By chunk id, -1..1. query: (d,), L2-normalised. Chunks that have no vector, or have gone, are left out."""
    rows: list[Any] = db.execute(
        f"SELECT {COLUMNS} FROM embedding WHERE chunk_id IN ({','.join('?' * len(ids))})", tuple(ids)
    ).fetchall()
    if not rows:
        return {}
    # not by BLAS: it wakes a second thread, and waits 36 ms for it where another program has that core
    scores = np.clip(np.einsum("nd,d->n", _matrix(rows), query), -1.0, 1.0)
    return dict(zip((row[0] for row in rows), scores.tolist(), strict=True))


def _matrix(rows: Sequence[Any]) -> Floats:
    """(m, d)."""
    whole = b"".join(check_vector(*row) for row in rows)
    return np.frombuffer(whole, np.float32).reshape(len(rows), -1)
