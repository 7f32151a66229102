"""Documents, chunks and vectors that a store is filled with, and short questions to it."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

import numpy as np

from rag.core.types import Chunk, Page, Parsed, Space, Span
from rag.store.protocol import Store
from rag.store.values import Candidate, Vector

SPACE = Space("model", "r1", 4, "q", "p", 100, 10)
OTHER_SPACE = Space("other", "r1", 4, "", "", 50, 5)


def vector(*values: float) -> Vector:
    """L2-normalised."""
    array = np.array(values, np.float32)
    return array / np.float32(np.linalg.norm(array))


def axis(ordinal: int) -> Vector:
    """The vector of the chunk with this ordinal: near one of four axes."""
    return vector(*(np.eye(4)[ordinal % 4] + 0.1))


def active(store: Store) -> Space:
    space = store.spaces.active()
    assert space is not None
    return space


def chunks_of(texts: Sequence[str]) -> list[Chunk]:
    """A chunk for each text; they stand below each other on page 1."""
    starts = np.cumsum([0, *(len(text) + 1 for text in texts)]).tolist()
    return [
        Chunk(ordinal, 1, start, start + len(text), text, ("Top",), (Span(start, start + len(text)),), 3, "en")
        for ordinal, (start, text) in enumerate(zip(starts, texts, strict=False))
    ]


def put(store: Store, name: str, *texts: str, vectors: bool = True, replaces: int | None = None) -> int:
    """Add and index a document with a page of `texts`; returns its id."""
    document = store.documents.accept(name, "text/plain", f"{name} {texts}".encode(), replaces=replaces)
    index(store, document.id, *texts, vectors=vectors)
    return document.id


def index(store: Store, document_id: int, *texts: str, vectors: bool = True, space_id: int = 0) -> None:
    """Read a waiting document as a page of `texts`, with a chunk and an axis vector for each."""
    space_id = space_id or active(store).id
    assert store.queue.claim(document_id, space_id)
    parsed = Parsed((Page(1, "\n".join(texts)),))
    assert store.documents.put(document_id, space_id, parsed, chunks_of(texts), "en")
    if vectors:
        embed(store, document_id, space_id)


def embed(store: Store, document_id: int, space_id: int = 0) -> list[int]:
    """Give the chunks of a document their vectors; returns their ids."""
    space_id = space_id or active(store).id
    chunks = store.chunks.without_vectors(space_id, 100, document_id)
    matrix = np.stack([axis(chunk.ordinal) for chunk in chunks])
    store.chunks.put_vectors(space_id, [chunk.id for chunk in chunks], matrix, [row[None] for row in matrix])
    return [chunk.id for chunk in chunks]


def texts(candidates: Sequence[Candidate]) -> list[str]:
    return [candidate.chunk.text for candidate in candidates]


def found_by_words(store: Store, *stems: str) -> list[str]:
    return texts(store.chunks.search(None, [[stem] for stem in stems], 10))


def found_by_meaning(store: Store) -> set[str]:
    """The names of the documents that the dense search returns."""
    candidates = store.chunks.search(vector(1, 0, 0, 0), [], 50)
    return {candidate.document for candidate in candidates if candidate.dense_rank is not None}


def hash_of(data: bytes) -> str:
    return sha256(data).hexdigest()
