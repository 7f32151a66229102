"""Keyword search over the chunks of one space: BM25 from postings that SQLite keeps and numpy adds up.

Words are stemmed before they are looked for, each chunk in its own language, and a question in all languages of the
store. A question reads a few arrays for each of its stems (see `rag.store.lexical.postings`), and no row for a chunk.
Scores are those of SQLite's FTS5, whose bm25() looks up the length of every chunk that any word of a question is in;
the tests hold the two against each other, and `benchmarks/words.py` times them and others. Everything is in ordinary
tables: a document can be found by its words in the transaction that brings it, by every process, with nothing to load,
to catch up with or to rebuild.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Sequence
from typing import Any

import apsw
import numpy as np
import numpy.typing as npt

from rag.store.integrity.checksums import check_ascending
from rag.store.lexical.postings import POSTING, Totals, read_postings, totals

LEAST_CHUNKS = 1_000
HEADING_WEIGHT = 1.5
"""A word in a heading path counts this much more in BM25 than one in the text."""
K1, B = 1.2, 0.75
"""Of BM25, as in FTS5: saturation, and how much the length of a chunk matters."""
LEAST_IDF = 1e-6
"""Of a stem that more than half of the chunks have, as in FTS5: it never counts against a chunk."""
_DENSE = 32  # with at least one posting to so many ids, adding up in an array of all ids is quicker than sorting

Ids = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


def search_lexical(
    db: apsw.Connection,
    space_id: int,
    stems: Sequence[Sequence[str]],
    n: int,
    documents: Collection[int] | None,
    page: int | None = None,
) -> list[tuple[int, float]]:
    """BM25 over headings and text: (chunk id, score), best first, ties by id; higher is better.

    stems: for each word of the question its alternatives; a chunk need not have all of them. page: of `documents`.
    How rare a stem is counts over the whole space, whatever `documents` says.
    """
    whole = totals(db, space_id)
    found = [_postings(db, space_id, stem) for stem in sorted({stem for group in stems for stem in group})]
    found = [postings for postings in found if len(postings)]
    if not found or n < 1:
        return []
    weights = np.concatenate([_bm25(postings, whole) for postings in found])
    chunks = np.concatenate([postings["chunk"] for postings in found]).astype(np.int64)
    if documents is not None:
        allowed = _allowed(db, space_id, chunks, documents, page)
        weights, chunks = weights[allowed], chunks[allowed]
    if not len(chunks):
        return []
    scores = _summed(chunks, weights)
    enough = n * len(found)  # a chunk is there once for each stem that it has
    if len(scores) > enough:
        best = scores >= np.partition(scores, -enough)[-enough]
        scores, chunks = scores[best], chunks[best]
    ids, at = np.unique(chunks, return_index=True)
    scores = scores[at]
    order = np.lexsort((ids, -scores))[:n]
    return list(zip(ids[order].tolist(), scores[order].tolist(), strict=True))


def rarity(db: apsw.Connection, space_id: int, stems: Iterable[str]) -> dict[str, float]:
    """Inverse document frequency over chunks, ln(1 + (n - f + 0.5) / (f + 0.5)), for each stem.

    n is taken as LEAST_CHUNKS where there are fewer: in a store of two pages every word that is there would count as
    common, and those that are not would decide alone.
    """
    n = max(totals(db, space_id).chunks, LEAST_CHUNKS)
    found = {}
    for stem in stems:
        size = db.execute(f"SELECT sum(length(postings)) FROM words_{space_id:d} WHERE stem = ?", (stem,)).get or 0
        f = size // POSTING.itemsize
        found[stem] = math.log(1 + (max(n - f, 0) + 0.5) / (f + 0.5))
    return found


def chunk_ranges(db: apsw.Connection, space_id: int, documents: Collection[int]) -> tuple[Ids, Ids]:
    """First and last chunk, (r,) each, of what is indexed of some documents, ascending and apart from each other."""
    table = f"words_run_{space_id:d}"
    if len(documents) <= 16:
        marks = ",".join("?" * len(documents))
        runs = db.execute(
            f"SELECT first, last FROM {table} WHERE document_id IN ({marks})", tuple(documents)
        ).fetchall()
    else:
        wanted = frozenset(documents)
        every: Iterable[Any] = db.execute(f"SELECT first, last, document_id FROM {table}")
        runs = [(first, last) for first, last, document_id in every if document_id in wanted]
    ranges = np.array(sorted(runs), np.int64).reshape(-1, 2)
    return ranges[:, 0], ranges[:, 1]


def _postings(db: apsw.Connection, space_id: int, stem: str) -> npt.NDArray[np.void]:
    """(p,) of POSTING, by chunk."""
    parts = db.execute(f"SELECT postings FROM words_{space_id:d} WHERE stem = ? ORDER BY first", (stem,))
    found = read_postings(b"".join(part[0] for part in parts))
    check_ascending(found["chunk"], "words")
    return found


def _bm25(postings: npt.NDArray[np.void], whole: Totals) -> Floats:
    """What one stem adds to the score of each of its chunks, (p,)."""
    f = len(postings)
    idf = max(math.log((max(whole.chunks - f, 0) + 0.5) / (f + 0.5)), LEAST_IDF)
    frequency = HEADING_WEIGHT * postings["heading"] + postings["body"]
    length = postings["length"] * (whole.chunks / whole.words)
    scores: Floats = idf * (K1 + 1) * frequency / (frequency + K1 * (1 - B) + K1 * B * length)
    return scores


def _summed(chunks: Ids, weights: Floats) -> Floats:
    """For each posting the sum over all postings of its chunk, (p,)."""
    lowest = int(chunks.min())
    span = int(chunks.max()) - lowest + 1
    places = chunks - lowest if span <= _DENSE * len(chunks) else np.unique(chunks, return_inverse=True)[1]
    return np.bincount(places, weights)[places].astype(np.float64, copy=False)


def _allowed(
    db: apsw.Connection, space_id: int, chunks: Ids, documents: Collection[int], page: int | None
) -> npt.NDArray[np.bool_]:
    first, last = chunk_ranges(db, space_id, documents)
    if not len(first):
        return np.zeros(len(chunks), bool)
    run = np.searchsorted(first, chunks, "right") - 1
    inside: npt.NDArray[np.bool_] = (run >= 0) & (chunks <= last[run])
    if page is None:
        return inside
    of_page = [
        row[0]
        for ends in zip(first.tolist(), last.tolist(), strict=True)
        for row in db.execute("SELECT id FROM chunk WHERE id BETWEEN ? AND ? AND page = ?", (*ends, page))
    ]
    return inside & np.isin(chunks, np.array(of_page, np.int64))
