"""Reads the float32 vectors in the database, from which everything in memory is derived."""

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
    """Rows of COLUMNS as ids (m,) and vectors (m, d), some thousands at a time, as a million at once takes 4 GB.

    Raises StoreDamaged.
    """
    remaining = iter(rows)
    while block := list(islice(remaining, _ROWS)):
        yield np.array([row[0] for row in block], np.int64), _matrix(block)


def cosines(db: apsw.Connection, ids: Sequence[int], query: Floats) -> dict[int, float]:
    """Cosines by chunk id, -1..1. query: (d,), L2-normalised. Chunks without vectors are left out."""
    rows: list[Any] = db.execute(
        f"SELECT {COLUMNS} FROM embedding WHERE chunk_id IN ({','.join('?' * len(ids))})", tuple(ids)
    ).fetchall()
    if not rows:
        return {}
    # einsum instead of BLAS, whose second thread delays it by 36 ms if another program has that core
    scores = np.clip(np.einsum("nd,d->n", _matrix(rows), query), -1.0, 1.0)
    return dict(zip((row[0] for row in rows), scores.tolist(), strict=True))


def _matrix(rows: Sequence[Any]) -> Floats:
    """(m, d)."""
    data = b"".join(check_vector(*row) for row in rows)
    return np.frombuffer(data, np.float32).reshape(len(rows), -1)
