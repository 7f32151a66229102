"""Dense and lexical search over one space, in one read transaction, and the surroundings of its hits."""

import json
from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

import apsw
import numpy as np

from rag.core.types import Chunk, Place
from rag.store.integrity.checksums import without_checksum
from rag.store.lexical.search import search_lexical
from rag.store.rows import CHUNK_COLUMNS, ChunkRow, marks, select
from rag.store.values import Candidate, Vector
from rag.store.vectors.blobs import cosines
from rag.store.vectors.index import VectorIndex


class StoredChunk(NamedTuple):
    """A chunk with the name and SHA-256 of its document."""

    chunk: Chunk
    document: str
    sha256: str


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
    """See `rag.store.protocol.ChunkSearch.search`. Each chunk is listed once, at its first occurrence."""
    index.catch_up(db)
    allowed_ranges = None if documents is None else chunk_ranges(db, space_id, documents, page)
    dense = [] if vector is None else index.search(db, vector, n, allowed_ranges)
    lexical = search_lexical(db, space_id, stems, n, allowed_ranges)
    dense_score, dense_rank = dict(dense), _ranks(dense)
    lexical_score, lexical_rank = dict(lexical), _ranks(lexical)
    ids = list(dict.fromkeys([*dense_score, *lexical_score, *_chunks_at(db, space_id, pinned)]))
    if vector is not None:
        # fusion also needs the cosine of chunks that only the lexical search returned
        dense_score |= cosines(db, [chunk_id for chunk_id in ids if chunk_id not in dense_score], vector)
    chunks = get_chunks(db, space_id, ids)
    return [
        Candidate(
            *chunks[chunk_id],
            dense_score=dense_score.get(chunk_id),
            dense_rank=dense_rank.get(chunk_id),
            lexical_score=lexical_score.get(chunk_id),
            lexical_rank=lexical_rank.get(chunk_id),
        )
        for chunk_id in ids
        if chunk_id in chunks  # the index may be slightly ahead of this transaction
    ]


def _ranks(results: Sequence[tuple[int, float]]) -> dict[int, int]:
    """By chunk id its rank from 1. results: chunk ids with scores, best first."""
    return {chunk_id: rank for rank, (chunk_id, _) in enumerate(results, 1)}


def get_chunks(db: apsw.Connection, space_id: int, ids: Collection[int]) -> dict[int, StoredChunk]:
    """Chunks by id, without deleted ones."""
    stored = select(
        db,
        _stored_chunk,
        f"SELECT d.name, d.sha256, {CHUNK_COLUMNS} FROM chunk c JOIN document d ON d.id = c.document_id"
        f" WHERE c.space_id = ? AND c.id IN ({marks(ids)})",
        (space_id, *ids),
    )
    return {row.chunk.id: row for row in stored}


def _stored_chunk(document: str, sha256: str, *columns: Any) -> StoredChunk:
    return StoredChunk(ChunkRow(*columns).chunk(), document, sha256)


def sentence_vectors(db: apsw.Connection, ids: Collection[int]) -> dict[int, Vector]:
    """By chunk id (sentences, d) float32; chunks without vectors are left out."""
    query = f"SELECT chunk_id, sentences, length(vector) / 4 FROM embedding WHERE chunk_id IN ({marks(ids)})"
    return {
        chunk_id: np.frombuffer(without_checksum(chunk_id, blob, 2 * dimension), np.float16)
        .reshape(-1, dimension)
        .astype(np.float32)
        for chunk_id, blob, dimension in db.execute(query, tuple(ids))
    }


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


def continued(db: apsw.Connection, space_id: int, ids: Collection[int], most: int) -> dict[int, str]:
    """By chunk id how its page goes on behind it: at most `most` characters, up to the next chunk of other headings."""
    query = (
        'SELECT c.id, substr(p.text, c."end" + 1, ?3), (SELECT min(n.start) - c."end" FROM chunk n'
        " WHERE n.document_id = c.document_id AND n.space_id = c.space_id AND n.ordinal > c.ordinal"
        " AND n.page = c.page AND n.heading_path <> c.heading_path)"
        " FROM json_each(?2) i CROSS JOIN chunk c ON c.id = i.value"
        " CROSS JOIN page p ON p.document_id = c.document_id AND p.number = c.page WHERE +c.space_id = ?1"
    )
    rows = db.execute(query, (space_id, json.dumps(list(ids)), most))
    return {chunk_id: text if until is None else text[: max(0, until)] for chunk_id, text, until in rows}


def chunk_ranges(
    db: apsw.Connection, space_id: int, documents: Collection[int], page: int | None = None
) -> list[tuple[int, int]]:
    """Inclusive ranges of chunk ids of some documents, or of one page of them."""
    if page is not None:
        query = (
            "SELECT id, id FROM chunk WHERE space_id = ?1 AND page = ?3"
            " AND document_id IN (SELECT value FROM json_each(?2))"
        )
        rows: Any = db.execute(query, (space_id, json.dumps(list(documents)), page))
        return list(rows)
    # the chunks of a document are one contiguous range: two look-ups instead of one per chunk
    end = "(SELECT id FROM chunk WHERE document_id = d.value AND space_id = ?1 ORDER BY ordinal {} LIMIT 1)"
    query = f"SELECT {end.format('ASC')} AS first, {end.format('DESC')} FROM json_each(?2) d WHERE first IS NOT NULL"
    rows = db.execute(query, (space_id, json.dumps(list(documents))))
    return list(rows)


def _chunks_at(db: apsw.Connection, space_id: int, places: Collection[Place]) -> list[int]:
    """For each place the id of the chunk with the largest overlap, as chunk boundaries may have changed."""
    query = (
        "SELECT c.id FROM chunk c JOIN document d ON d.id = c.document_id WHERE c.space_id = ?1 AND d.sha256 = ?2"
        ' AND c.page = ?3 AND c.start < ?5 AND c."end" > ?4'
        ' ORDER BY min(c."end", ?5) - max(c.start, ?4) DESC LIMIT 1'
    )
    return [chunk_id for place in places for chunk_id in select(db, int, query, (space_id, *place))]
