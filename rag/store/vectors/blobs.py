"""Vectors as the database has them: float32, and the truth."""

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
"""What `blocks` takes; the last has the sum of the vector, see `rag.store.integrity.checksums`."""
_ROWS = 4_096


def blocks(found: Iterable[Any]) -> Iterator[tuple[Ids, Floats]]:
    """Rows of COLUMNS as ids (m,) and vectors (m, d), some thousands at a time: a million at once would take 4 GB.

    Raises StoreDamaged.
    """
    rows = iter(found)
    while part := list(islice(rows, _ROWS)):
        ids = np.array([row[0] for row in part], np.int64)
        yield ids, _matrix(part)


def cosines(db: apsw.Connection, ids: Sequence[int], query: Floats) -> dict[int, float]:
    """By chunk id, -1..1. query: (d,), L2-normalised. Those that have no vector, or have gone, are left out."""
    found: list[Any] = db.execute(
        f"SELECT {COLUMNS} FROM embedding WHERE chunk_id IN ({','.join('?' * len(ids))})", tuple(ids)
    ).fetchall()
    if not found:
        return {}
    scores = np.clip(np.einsum("nd,d->n", _matrix(found), query), -1.0, 1.0)
    return dict(zip((row[0] for row in found), scores.tolist(), strict=True))


def _matrix(found: Sequence[Any]) -> Floats:
    """(m, d)."""
    whole = b"".join(check_vector(*row) for row in found)
    return np.frombuffer(whole, np.float32).reshape(len(found), -1)
