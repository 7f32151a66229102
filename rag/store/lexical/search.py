"""Search by stems over the chunks of one space: FTS5's BM25, and how rare a stem is.

A question is stemmed in all languages of the store, each chunk in its own, see `rag.store.lexical.index`.
`benchmarks/words.py` times this and other engines.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Sequence
from itertools import accumulate
from typing import Any

import apsw
import numpy as np

from rag.store.lexical import legacy
from rag.store.lexical.index import chunk_count, quoted, table_name
from rag.store.vectors.id_sets import Ids, ranges

LEAST_CHUNKS = 1_000
HEADING_WEIGHT = 1.5
"""A stem in a heading path counts this much more in BM25 than one in the text."""
K1 = 1.2
LEAST_IDF = 1e-6
"""K1 and LEAST_IDF: as FTS5's bm25() has them."""
SCORED = 50_000
"""Chunks that are scored before it is worth while to leave some out: 17 ms, at a third of a microsecond each."""
_NO_LIMIT = 1 << 62

Ranking = list[tuple[int, float]]
"""(chunk id, score), best first, ties by id; higher is better."""


def search_lexical(
    db: apsw.Connection,
    space_id: int,
    stems: Sequence[Sequence[str]],
    n: int,
    within: Collection[tuple[int, int]] | None = None,
) -> Ranking:
    """The n best chunks by BM25 over headings and text.

    stems: for each word of the question its alternatives; a chunk need not have all of them. within: the ranges of
    chunk ids to search in, both ends included; None means all. How rare a stem is counts over the whole space in any
    case. While an older index is being moved, the two are searched with statistics of their own: what was there before
    scores as it did, and what has come since is found with the scores of a small library.
    """
    wanted = sorted({stem for alternatives in stems for stem in alternatives})
    allowed = None if within is None else ranges(within)
    if not wanted or n < 1 or (allowed is not None and not len(allowed)):
        return []
    if not legacy.exists(db, space_id):
        return _search(db, space_id, wanted, n, allowed)
    older = legacy.search(db, space_id, wanted, n, allowed)
    boundary = legacy.last_chunk(db, space_id)
    newer = np.array([(0, _NO_LIMIT)]) if allowed is None else allowed[allowed[:, 1] > boundary]
    newer = np.maximum(newer, (boundary + 1, 0))
    return _best([*older, *(_search(db, space_id, wanted, n, newer) if len(newer) else [])], n)


def rarity(db: apsw.Connection, space_id: int, stems: Iterable[str]) -> dict[str, float]:
    """Inverse document frequency over chunks, ln(1 + (n - f + 0.5) / (f + 0.5)), for each stem.

    n is taken as LEAST_CHUNKS where there are fewer: in a store of two pages every word that is there would count as
    common, and those that are not would decide alone.
    """
    if legacy.exists(db, space_id):
        boundary = legacy.last_chunk(db, space_id)
        newer = db.execute("SELECT count(*) FROM chunk WHERE space_id = ? AND id > ?", (space_id, boundary)).get
        n = legacy.chunk_count(db, space_id) + int(newer)
        frequency = {
            stem: legacy.document_frequency(db, space_id, stem) + _document_frequency(db, space_id, stem, boundary)
            for stem in stems
        }
    else:
        n = chunk_count(db, space_id)
        frequency = {stem: _document_frequency(db, space_id, stem) for stem in stems}
    n = max(n, LEAST_CHUNKS)
    return {stem: math.log(1 + (max(n - f, 0) + 0.5) / (f + 0.5)) for stem, f in frequency.items()}


def _search(db: apsw.Connection, space_id: int, stems: Sequence[str], n: int, allowed: Ids | None) -> Ranking:
    """The n best of what is in FTS5.

    It is the score that takes time, for FTS5 looks up the length of each chunk, and the commonest stems that stand in
    the most chunks add least to it. So where many would be scored, only those are that have one of the rarer stems,
    which is the same result where no chunk without one can reach the n-th best score.
    """
    frequency = {stem: f for stem in stems if (f := _document_frequency(db, space_id, stem))}
    stems = sorted(frequency, key=lambda stem: (frequency[stem], stem))
    size = _NO_LIMIT if allowed is None else int((allowed[:, 1] - allowed[:, 0] + 1).sum())
    rarer = max(1, sum(total <= SCORED for total in accumulate(frequency[stem] for stem in stems)))
    rare, common = _any(stems[:rarer]), _any(stems[rarer:])
    if common and size > SCORED:
        hits = dict(_ranked(db, space_id, rare, n, allowed))
        hits |= _ranked(db, space_id, f"({rare}) AND ({common})", n, allowed)
        best = _best(hits.items(), n)
        chunks = chunk_count(db, space_id)
        if len(best) == n and best[-1][1] > sum(_most(frequency[stem], chunks) for stem in stems[rarer:]):
            return best
    return _ranked(db, space_id, _any(stems), n, allowed) if stems else []


def _ranked(db: apsw.Connection, space_id: int, query: str, n: int, allowed: Ids | None) -> Ranking:
    """The n best matches of an FTS5 query within some ranges of ids."""
    table = table_name(space_id)
    condition = ""
    values: tuple[Any, ...] = ()
    if allowed is not None:
        first, last = int(allowed[0, 0]), int(allowed[-1, 1])
        condition, values = " AND rowid BETWEEN ? AND ?", (first, last)
        if len(allowed) > 1:
            inside = np.zeros(last - first + 1, np.uint8)
            for low, high in (allowed - first).tolist():
                inside[low : high + 1] = 1
            # a byte for each id: of a list of ids FTS5 would look up each in a search of its own
            condition += " AND substr(?, rowid - ? + 1, 1) = x'01'"
            values = (first, last, inside.tobytes(), first)
    hits = db.execute(
        f"SELECT rowid, -bm25({table}, {HEADING_WEIGHT}, 1.0) AS score FROM {table} WHERE {table} MATCH ?{condition}"
        " ORDER BY score DESC, rowid LIMIT ?",
        (query, *values, n),
    )
    return [(int(chunk_id), float(score)) for chunk_id, score in hits]


def _best(hits: Iterable[tuple[int, float]], n: int) -> Ranking:
    return sorted(hits, key=lambda hit: (-hit[1], hit[0]))[:n]


def _any(stems: Sequence[str]) -> str:
    """The FTS5 query for chunks that have any of these stems."""
    return " OR ".join(map(quoted, stems))


def _document_frequency(db: apsw.Connection, space_id: int, stem: str, after: int = 0) -> int:
    """How many of the chunks in FTS5 whose ids are above `after` have a stem."""
    table = table_name(space_id)
    count = db.execute(f"SELECT count(*) FROM {table} WHERE {table} MATCH ? AND rowid > ?", (quoted(stem), after)).get
    return int(count)


def _most(frequency: int, chunks: int) -> float:
    """What a stem of that document frequency adds to the score of a chunk, however often it stands there: a bound."""
    idf = math.log((max(chunks - frequency, 0) + 0.5) / (frequency + 0.5))
    return max(idf, LEAST_IDF) * (K1 + 1)
