"""Lexical search over the chunks of one space with FTS5's BM25, and the rarity of stems.

A question is stemmed in all languages of the store, each chunk in its own language, see `rag.store.lexical.index`.
`benchmarks/words.py` times this and other engines.
"""

import math
from collections.abc import Collection, Iterable, Sequence
from itertools import accumulate
from typing import Any

import apsw
import numpy as np

from rag.store.lexical import earlier, legacy, older
from rag.store.lexical.index import chunks_of, quoted, table_name
from rag.store.vectors.id_sets import Ids, ranges

LEAST_CHUNKS = 1_000
HEADING_WEIGHT = 1.5
"""Weight in BM25 of a stem in a heading path, relative to one in the text."""
K1 = 1.2
LEAST_IDF = 1e-6
"""K1 and LEAST_IDF: as FTS5's bm25() has them."""
SCORED = 50_000
"""Chunks from which on pruning pays: scoring these takes 17 ms, a third of a microsecond each."""
_NO_LIMIT = 1 << 62

Ranking = list[tuple[int, float]]
"""(chunk id, score), best first, ties by id; higher is better."""


def search_lexical(
    db: apsw.Connection,
    space_id: int,
    stems: Sequence[Sequence[str]],
    n: int,
    chunk_ranges: Collection[tuple[int, int]] | None = None,
) -> Ranking:
    """The n best chunks by BM25 over headings and text.

    stems: for each word of the question its alternatives; a chunk need not have all of them. chunk_ranges: inclusive
    ranges of chunk ids to search in; None means all. Document frequencies always count over the whole space. While an
    older index is being moved, old and new index are searched with their own statistics: old chunks score as before,
    and newer ones score as in a small library.
    """
    terms = sorted({stem for alternatives in stems for stem in alternatives})
    allowed = None if chunk_ranges is None else ranges(chunk_ranges)
    if not terms or n < 1 or (allowed is not None and not len(allowed)):
        return []
    table = table_name(space_id)
    if not older.exists(db, space_id):
        return _search(db, table, terms, n, allowed)
    if earlier.exists(db, space_id):
        hits = _search(db, earlier.table_name(space_id), terms, n, allowed)
    else:
        hits = legacy.search(db, space_id, terms, n, allowed)
    boundary = older.last_chunk(db, space_id)
    newer = np.array([(0, _NO_LIMIT)]) if allowed is None else allowed[allowed[:, 1] > boundary]
    newer = np.maximum(newer, (boundary + 1, 0))
    return _best([*hits, *(_search(db, table, terms, n, newer) if len(newer) else [])], n)


def rarity(db: apsw.Connection, space_id: int, stems: Iterable[str]) -> dict[str, float]:
    """Inverse document frequency over chunks, ln(1 + (n - f + 0.5) / (f + 0.5)), for each stem.

    n is at least LEAST_CHUNKS: in a store of two pages every word that occurs would otherwise count as common, and only
    missing words would matter.
    """
    table = table_name(space_id)
    if older.exists(db, space_id):
        boundary = older.last_chunk(db, space_id)
        newer = db.execute("SELECT count(*) FROM chunk WHERE space_id = ? AND id > ?", (space_id, boundary)).get
        n = _older_chunks(db, space_id) + int(newer)
        frequency = {
            stem: _older_frequency(db, space_id, stem) + document_frequency(db, table, stem, boundary) for stem in stems
        }
    else:
        n = chunks_of(db, table)
        frequency = {stem: document_frequency(db, table, stem) for stem in stems}
    n = max(n, LEAST_CHUNKS)
    return {stem: math.log(1 + (max(n - f, 0) + 0.5) / (f + 0.5)) for stem, f in frequency.items()}


def _older_chunks(db: apsw.Connection, space_id: int) -> int:
    if earlier.exists(db, space_id):
        return chunks_of(db, earlier.table_name(space_id))
    return legacy.chunk_count(db, space_id)


def _older_frequency(db: apsw.Connection, space_id: int, stem: str) -> int:
    if earlier.exists(db, space_id):
        return document_frequency(db, earlier.table_name(space_id), stem)
    return legacy.document_frequency(db, space_id, stem)


def _search(db: apsw.Connection, table: str, stems: Sequence[str], n: int, allowed: Ids | None) -> Ranking:
    """The n best chunks in FTS5.

    Scoring dominates the time, as FTS5 looks up the length of each chunk. The most common stems match the most chunks
    and add least to the score. With many matches, therefore, only chunks with one of the rarer stems are scored, which
    gives the same result if no chunk without one can reach the n-th best score.
    """
    frequency = {stem: f for stem in stems if (f := document_frequency(db, table, stem))}
    stems = sorted(frequency, key=lambda stem: (frequency[stem], stem))
    size = _NO_LIMIT if allowed is None else int((allowed[:, 1] - allowed[:, 0] + 1).sum())
    rarer = max(1, sum(total <= SCORED for total in accumulate(frequency[stem] for stem in stems)))
    rare, common = _any(stems[:rarer]), _any(stems[rarer:])
    if common and size > SCORED:
        hits = dict(_ranked(db, table, rare, n, allowed))
        hits |= _ranked(db, table, f"({rare}) AND ({common})", n, allowed)
        best = _best(hits.items(), n)
        chunks = chunks_of(db, table)
        if len(best) == n and best[-1][1] > sum(_most(frequency[stem], chunks) for stem in stems[rarer:]):
            return best
    return _ranked(db, table, _any(stems), n, allowed) if stems else []


def _ranked(db: apsw.Connection, table: str, query: str, n: int, allowed: Ids | None) -> Ranking:
    """The n best matches of an FTS5 query within some ranges of ids."""
    condition = ""
    values: tuple[Any, ...] = ()
    if allowed is not None:
        first, last = int(allowed[0, 0]), int(allowed[-1, 1])
        condition, values = " AND rowid BETWEEN ? AND ?", (first, last)
        if len(allowed) > 1:
            inside = np.zeros(last - first + 1, np.uint8)
            for low, high in (allowed - first).tolist():
                inside[low : high + 1] = 1
            # one byte per id: with a list of ids FTS5 would run a separate look-up for each
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
    """The FTS5 query for chunks with any of these stems."""
    return " OR ".join(map(quoted, stems))


def document_frequency(db: apsw.Connection, table: str, stem: str, after: int = 0) -> int:
    """The number of chunks in an FTS5 table with ids above `after` that have a stem, or stems next to each other."""
    count = db.execute(f"SELECT count(*) FROM {table} WHERE {table} MATCH ? AND rowid > ?", (quoted(stem), after)).get
    return int(count)


def _most(frequency: int, chunks: int) -> float:
    """Upper bound of what a stem of this document frequency adds to a score, however often it occurs."""
    idf = math.log((max(chunks - frequency, 0) + 0.5) / (frequency + 0.5))
    return max(idf, LEAST_IDF) * (K1 + 1)
