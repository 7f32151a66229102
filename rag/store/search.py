"""The two searches over one space, in one read transaction: by words, and by meaning."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence

import apsw
import numpy as np

from rag.core.types import Chunk, Place
from rag.store import rows
from rag.store.integrity.checksums import without_checksum
from rag.store.lexical.search import search_lexical
from rag.store.protocol import Candidate, Vector
from rag.store.vectors.blobs import cosines
from rag.store.vectors.index import VectorIndex


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
        dense = index.search(db, vector, n, allowed)
    lexical = search_lexical(db, space_id, stems, n, documents, page)
    dense_of = {chunk_id: (score, rank) for rank, (chunk_id, score) in enumerate(dense, 1)}
    lexical_of = {chunk_id: (score, rank) for rank, (chunk_id, score) in enumerate(lexical, 1)}
    found = list(dict.fromkeys([*dense_of, *lexical_of, *_chunks_at(db, space_id, pinned)]))
    # a chunk that only the words found has a cosine all the same: without it the two could not be weighed
    others = {} if vector is None else cosines(db, [i for i in found if i not in dense_of], vector)
    chunks = get_chunks(db, space_id, found)
    return [
        Candidate(
            chunk=chunks[i][0],
            document=chunks[i][1],
            sha256=chunks[i][2],
            dense_score=dense_of[i][0] if i in dense_of else others.get(i),
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
    return {row[9]: (rows.chunk(row), row[-2], row[-1]) for row in found}


def sentence_vectors(db: apsw.Connection, ids: Collection[int]) -> dict[int, Vector]:
    """By chunk id: (sentences, d) float32. A chunk without vectors is left out."""
    found = db.execute(
        f"SELECT chunk_id, sentences, length(vector) / 4 FROM embedding WHERE chunk_id IN ({','.join('?' * len(ids))})",
        tuple(ids),
    )
    return {
        chunk_id: np.frombuffer(without_checksum(chunk_id, blob, 2 * dimension), np.float16)
        .reshape(-1, dimension)
        .astype(np.float32)
        for chunk_id, blob, dimension in found
    }


def _chunk_ids(
    db: apsw.Connection, space_id: int, documents: Collection[int], page: int | None
) -> list[tuple[int, int]]:
    """The ranges of ids of the chunks of some documents, or of one page of them."""
    if page is not None:
        found = db.execute(
            "SELECT id, id FROM chunk WHERE space_id = ? AND page = ?"
            " AND document_id IN (SELECT value FROM json_each(?))",
            (space_id, page, json.dumps(list(documents))),
        )
    else:
        # the chunks of a document are one unbroken range, in order: two look-ups, not one for each chunk
        end = "(SELECT id FROM chunk WHERE document_id = d.value AND space_id = ?1 ORDER BY ordinal {} LIMIT 1)"
        found = db.execute(
            f"SELECT {end.format('ASC')} AS first, {end.format('DESC')} FROM json_each(?2) d WHERE first IS NOT NULL",
            (space_id, json.dumps(list(documents))),
        )
    return [(int(first), int(last)) for first, last in found]


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
