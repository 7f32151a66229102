"""The lexical index of versions 4 and 5 of the database, read until `rag.store.lexical.migration` has moved it to FTS5.

The postings of a stem are in a few rows of `words_N`, by chunk. Chunks that were added together are a row of
`words_run_N`; postings outside these runs belong to deleted chunks. Nothing is added to these tables any more.
"""

import math
from collections.abc import Collection
from typing import Any

import apsw
import numpy as np
import numpy.typing as npt

from rag.core.errors import StoreDamaged
from rag.store.integrity.checksums import check_ascending
from rag.store.vectors.id_sets import Ids, Mask

POSTING = np.dtype([("chunk", "<u4"), ("heading", "u1"), ("body", "u1"), ("length", "<u2")])
"""A chunk with a stem: its frequency in headings and in text, and the chunk's total number of stems."""
HEADING_WEIGHT = 1.5
K1, B, LEAST_IDF = 1.2, 0.75, 1e-6
"""Parameters of BM25, as in FTS5."""


def exists(db: apsw.Connection, space_id: int) -> bool:
    """Whether the space still has these tables, which go after the last batch is moved."""
    name = f"words_run_{space_id:d}"
    return db.execute("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?", (name,)).get is not None


def last_chunk(db: apsw.Connection, space_id: int) -> int:
    """The last chunk searched here; later ones are only in FTS5."""
    return int(db.execute(f"SELECT max(last) FROM words_run_{space_id:d}").get or 0)


def moved_and_all(db: apsw.Connection, space_id: int, moved_until: int) -> tuple[int, int]:
    """The number of chunks in runs up to `moved_until`, and the total."""
    row: Any = db.execute(
        "SELECT coalesce(sum(last - first + 1) FILTER (WHERE last <= ?), 0), coalesce(sum(last - first + 1), 0)"
        f" FROM words_run_{space_id:d}",
        (moved_until,),
    ).fetchone()
    return row[0], row[1]


def search(
    db: apsw.Connection, space_id: int, stems: Collection[str], n: int, allowed: Ids | None
) -> list[tuple[int, float]]:
    """Like `rag.store.lexical.search.search_lexical`, over the chunks in these tables. Raises StoreDamaged."""
    runs, chunks, length = _runs(db, space_id)
    ids, weights = [np.empty(0, np.int64)], [np.empty(0)]
    for stem in sorted(stems):
        postings = _postings(db, space_id, stem, runs)
        f = len(postings)
        idf = max(math.log((max(chunks - f, 0) + 0.5) / (f + 0.5)), LEAST_IDF)
        frequency = HEADING_WEIGHT * postings["heading"] + postings["body"]
        share = postings["length"] * (chunks / max(length, 1))
        ids.append(postings["chunk"].astype(np.int64))
        weights.append(idf * (K1 + 1) * frequency / (frequency + K1 * (1 - B) + K1 * B * share))
    candidates, places = np.unique(np.concatenate(ids), return_inverse=True)
    scores = np.bincount(places, np.concatenate(weights), len(candidates))
    if allowed is not None:
        inside = _within(candidates, allowed)
        candidates, scores = candidates[inside], scores[inside]
    best = np.lexsort((candidates, -scores))[:n]
    return list(zip(candidates[best].tolist(), scores[best].tolist(), strict=True))


def chunk_count(db: apsw.Connection, space_id: int) -> int:
    """The number of chunks searched here."""
    return _runs(db, space_id)[1]


def document_frequency(db: apsw.Connection, space_id: int, stem: str) -> int:
    """The number of chunks here that have a stem. Raises StoreDamaged."""
    return len(_postings(db, space_id, stem, _runs(db, space_id)[0]))


def remove_chunks(db: apsw.Connection, space_id: int, first: int, last: int) -> None:
    """Remove the runs of chunks `first` to `last`; their postings stay and are ignored."""
    db.execute(f"DELETE FROM words_run_{space_id:d} WHERE first >= ? AND last <= ?", (first, last))


def drop(db: apsw.Connection, space_id: int) -> None:
    """Remove the tables of a space, if any."""
    for table in ("words", "words_run", "words_total"):
        db.execute(f"DROP TABLE IF EXISTS {table}_{space_id:d}")


def is_damaged(db: apsw.Connection, space_id: int) -> bool:
    """Whether some postings are unreadable. Reads all of them."""
    runs = _runs(db, space_id)[0]
    try:
        for (stem,) in db.execute(f"SELECT DISTINCT stem FROM words_{space_id:d}"):
            _postings(db, space_id, str(stem), runs)
    except StoreDamaged:
        return True
    return False


def _runs(db: apsw.Connection, space_id: int) -> tuple[Ids, int, int]:
    """First and last chunk of each run, (r, 2), by chunk; the total numbers of chunks and stems."""
    rows = db.execute(f"SELECT first, last, words FROM words_run_{space_id:d} ORDER BY first").fetchall()
    runs = np.array(rows, np.int64).reshape(-1, 3)
    return runs[:, :2], int((runs[:, 1] - runs[:, 0] + 1).sum()), int(runs[:, 2].sum())


def _postings(db: apsw.Connection, space_id: int, stem: str, runs: Ids) -> npt.NDArray[np.void]:
    """(p,) of POSTING, by chunk, without those of deleted chunks."""
    rows = db.execute(f"SELECT postings FROM words_{space_id:d} WHERE stem = ? ORDER BY first", (stem,))
    try:
        postings = np.frombuffer(b"".join(row[0] for row in rows), POSTING)
    except (ValueError, TypeError) as error:
        raise StoreDamaged(detail="words", row=True) from error
    check_ascending(postings["chunk"], "words")
    inside: npt.NDArray[np.void] = postings[_within(postings["chunk"].astype(np.int64), runs)]
    return inside


def _within(ids: Ids, allowed: Ids) -> Mask:
    """(n,): which of (n,) ids are in the ranges `allowed`, see `rag.store.vectors.id_sets.ranges`."""
    if not len(allowed):
        return np.zeros(len(ids), bool)
    places = np.searchsorted(allowed[:, 0], ids, side="right") - 1
    inside: Mask = (places >= 0) & (ids <= allowed[places, 1])
    return inside
