"""The two searches over one space, in one read transaction. FTS5 for words, the vector index for meaning.

Words are stemmed before they reach FTS5, each chunk in its own language, and a question in all languages of the
store: so the database holds a plain, contentless FTS5 table that any SQLite can check, and no code of ours runs
inside it.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Sequence

import apsw
import numpy as np

from rag.store import rows
from rag.store.faiss_index import VectorIndex
from rag.store.protocol import Candidate, Vector
from rag.text import stems
from rag.types import Chunk, Place

LEAST_CHUNKS = 1_000
HEADING_WEIGHT = 1.5
"""A word in a heading path counts this much more in BM25 than one in the text."""


def create_words(db: apsw.Connection, space_id: int) -> None:
    """The table of words of a space. tokenchars: so that codes such as iso-27001 stay whole."""
    db.execute(
        f"CREATE VIRTUAL TABLE words_{space_id:d} USING fts5(heading, body, content='', contentless_delete=1,"
        " tokenize=\"unicode61 remove_diacritics 0 tokenchars '-_./§'\")"
    )
    db.execute(f"CREATE VIRTUAL TABLE vocabulary_{space_id:d} USING fts5vocab(words_{space_id:d}, 'row')")


def drop_words(db: apsw.Connection, space_id: int) -> None:
    """Take away the words of a space."""
    db.execute(f"DROP TABLE IF EXISTS vocabulary_{space_id:d}")
    db.execute(f"DROP TABLE IF EXISTS words_{space_id:d}")


def add_words(db: apsw.Connection, space_id: int, chunks: Iterable[tuple[int, Chunk]], fallback: str) -> None:
    """chunks: with their ids. fallback: the language of a chunk that has none of its own."""
    db.executemany(
        f"INSERT INTO words_{space_id:d}(rowid, heading, body) VALUES (?, ?, ?)",
        (
            (
                chunk_id,
                " ".join(stems(" ".join(chunk.heading_path), chunk.language or fallback)),
                " ".join(stems(chunk.text, chunk.language or fallback)),
            )
            for chunk_id, chunk in chunks
        ),
    )


def remove_words(db: apsw.Connection, space_id: int, first: int, last: int) -> None:
    """Take away those of chunks `first` to `last`, both included."""
    db.execute(f"DELETE FROM words_{space_id:d} WHERE rowid BETWEEN ? AND ?", (first, last))


def search_lexical(
    db: apsw.Connection,
    space_id: int,
    stems: Sequence[Sequence[str]],
    n: int,
    documents: Collection[int] | None,
    page: int | None = None,
) -> list[tuple[int, float]]:
    """BM25 over headings and text: (chunk id, score), best first; higher is better.

    stems: for each word of the question its alternatives; a chunk need not have all of them. page: of `documents`.
    """
    alternatives = sorted({stem for group in stems for stem in group})
    if not alternatives:
        return []
    question = " OR ".join('"' + stem.replace('"', '""') + '"' for stem in alternatives)
    table = f"words_{space_id:d}"
    ranked = f"bm25({table}, {HEADING_WEIGHT}, 1.0)"
    if documents is None:
        found = db.execute(
            f"SELECT rowid, -{ranked} AS score FROM {table} WHERE {table} MATCH ? ORDER BY score DESC, rowid LIMIT ?",
            (question, n),
        )
    else:
        marks = ",".join("?" * len(documents))
        found = db.execute(
            f"SELECT {table}.rowid, -{ranked} AS score FROM {table} JOIN chunk ON chunk.id = {table}.rowid"
            f" WHERE {table} MATCH ? AND chunk.document_id IN ({marks}) AND chunk.page = coalesce(?, chunk.page)"
            f" ORDER BY score DESC, {table}.rowid LIMIT ?",
            (question, *documents, page, n),
        )
    return [(int(chunk_id), float(score)) for chunk_id, score in found]


def search(
    db: apsw.Connection,
    space_id: int,
    index: VectorIndex,
    vector: Vector | None,
    stems: Sequence[Sequence[str]],
    n: int,
    documents: Collection[int] | None,
    page: int | None = None,
    pinned: Collection[Place] = (),
) -> list[Candidate]:
    """Up to n candidates of each search, without doubles, those of the vector search first; then the pinned ones."""
    index.catch_up(db)
    dense: list[tuple[int, float]] = []
    if vector is not None:
        allowed = None if documents is None else _chunk_ids(db, space_id, documents, page)
        dense = index.search(vector, n, allowed)
    lexical = search_lexical(db, space_id, stems, n, documents, page)
    dense_of = {chunk_id: (score, rank) for rank, (chunk_id, score) in enumerate(dense, 1)}
    lexical_of = {chunk_id: (score, rank) for rank, (chunk_id, score) in enumerate(lexical, 1)}
    found = list(dict.fromkeys([*dense_of, *lexical_of, *_chunks_at(db, space_id, pinned)]))
    # a chunk that only the words found has a cosine all the same: without it the two could not be weighed
    cosines = {} if vector is None else _cosines(db, [i for i in found if i not in dense_of], vector)
    chunks = get_chunks(db, space_id, found)
    return [
        Candidate(
            chunk=chunks[i][0],
            document=chunks[i][1],
            sha256=chunks[i][2],
            dense_score=dense_of[i][0] if i in dense_of else cosines.get(i),
            dense_rank=dense_of[i][1] if i in dense_of else None,
            lexical_score=lexical_of[i][0] if i in lexical_of else None,
            lexical_rank=lexical_of[i][1] if i in lexical_of else None,
        )
        for i in found
        if i in chunks  # the index may be a moment ahead of this transaction
    ]


def get_chunks(db: apsw.Connection, space_id: int, ids: Collection[int]) -> dict[int, tuple[Chunk, str, str]]:
    """By id: the chunk, its document's name and SHA-256. Those that are gone are left out."""
    found = db.execute(
        f"SELECT {rows.CHUNK_COLUMNS}, d.name, d.sha256 FROM chunk c JOIN document d ON d.id = c.document_id"
        f" WHERE c.space_id = ? AND c.id IN ({','.join('?' * len(ids))})",
        (space_id, *ids),
    )
    return {row[9]: (rows.chunk(row), row[11], row[12]) for row in found}


def sentence_vectors(db: apsw.Connection, ids: Collection[int]) -> dict[int, Vector]:
    """By chunk id: (sentences, d) float32. A chunk without vectors is left out."""
    found = db.execute(
        f"SELECT chunk_id, sentences, length(vector) / 4 FROM embedding WHERE chunk_id IN ({','.join('?' * len(ids))})",
        tuple(ids),
    )
    return {
        chunk_id: np.frombuffer(blob, np.float16).reshape(-1, dimension).astype(np.float32)
        for chunk_id, blob, dimension in found
    }


def rarity(db: apsw.Connection, space_id: int, stems: Iterable[str]) -> dict[str, float]:
    """Inverse document frequency over chunks, ln(1 + (n - f + 0.5) / (f + 0.5)), for each stem.

    n is taken as LEAST_CHUNKS where there are fewer: in a store of two pages every word that is there would count as
    common, and those that are not would decide alone.
    """
    n = max(int(db.execute("SELECT count(*) FROM chunk WHERE space_id = ?", (space_id,)).get), LEAST_CHUNKS)
    found = {}
    for stem in stems:
        f = db.execute(f"SELECT doc FROM vocabulary_{space_id:d} WHERE term = ?", (stem,)).get or 0
        found[stem] = math.log(1 + (max(n - f, 0) + 0.5) / (f + 0.5))
    return found


def _chunk_ids(db: apsw.Connection, space_id: int, documents: Collection[int], page: int | None) -> set[int]:
    marks = ",".join("?" * len(documents))
    found = db.execute(
        f"SELECT id FROM chunk WHERE space_id = ? AND document_id IN ({marks}) AND page = coalesce(?, page)",
        (space_id, *documents, page),
    )
    return {row[0] for row in found}


def _chunks_at(db: apsw.Connection, space_id: int, places: Collection[Place]) -> list[int]:
    """For each place the chunk that shares most with it: the chunks may have been cut anew since."""
    found = (
        db.execute(
            "SELECT c.id FROM chunk c JOIN document d ON d.id = c.document_id WHERE c.space_id = ?1 AND d.sha256 = ?2"
            ' AND c.page = ?3 AND c.start < ?5 AND c."end" > ?4'
            ' ORDER BY min(c."end", ?5) - max(c.start, ?4) DESC LIMIT 1',
            (space_id, *place),
        ).get
        for place in places
    )
    return [int(chunk_id) for chunk_id in found if chunk_id is not None]


def _cosines(db: apsw.Connection, ids: Sequence[int], vector: Vector) -> dict[int, float]:
    found = db.execute(
        f"SELECT chunk_id, vector FROM embedding WHERE chunk_id IN ({','.join('?' * len(ids))})", tuple(ids)
    )
    return {chunk_id: float(np.frombuffer(blob, np.float32) @ vector) for chunk_id, blob in found}
