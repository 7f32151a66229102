"""Vectors drawn at random, and stores that are filled with them."""

from __future__ import annotations

import numpy as np

from rag.core.types import Chunk, Page, Parsed, Space, Span
from rag.store.sqlite import SqliteStore
from rag.store.vectors.index import VectorIndex

D = 32
SPACE = Space("model", "r1", D, "q", "p", 100, 10)
LIMIT = 300
"""Vectors up to which all are compared; small, so that lists are made of hundreds."""


def drawn(n: int, seed: int = 1, clusters: int = 40) -> np.ndarray:
    """(n, D): unit vectors in clusters, as those of texts are."""
    generator = np.random.default_rng(seed)
    centres = np.random.default_rng(0).normal(size=(clusters, D))
    vectors = centres[generator.integers(0, clusters, n)] + 0.5 * generator.normal(size=(n, D))
    units: np.ndarray = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    return units


def put(store: SqliteStore, name: str, vectors: np.ndarray) -> int:
    """A document with a chunk for each vector; returns its id."""
    space = store.spaces.active()
    assert space is not None
    texts = [f"{name} {n}" for n in range(len(vectors))]
    starts = np.cumsum([0, *(len(text) + 1 for text in texts)]).tolist()
    chunks = [
        Chunk(n, 1, s, s + len(text), text, (), (Span(s, s + len(text)),), 2, "en")
        for n, (s, text) in enumerate(zip(starts, texts, strict=False))
    ]
    document = store.documents.accept(name, "text/plain", name.encode())
    assert store.queue.claim(document.id, space.id)
    assert store.documents.put(document.id, space.id, Parsed((Page(1, "\n".join(texts)),)), chunks, "en")
    ids = [chunk.id for chunk in store.chunks.of_document(document.id)]
    store.chunks.put_vectors(space.id, ids, vectors, [vector[None] for vector in vectors])
    return document.id


def index_of(store: SqliteStore) -> VectorIndex:
    space = store.spaces.active()
    assert space is not None
    return store.indexes.of(space.id)


def settled(store: SqliteStore) -> VectorIndex:
    index = index_of(store)
    with store.database.read() as db:
        index.catch_up(db)
    index.settle()
    return index


def found(store: SqliteStore, query: np.ndarray, k: int, documents: list[int] | None = None) -> list[tuple[str, float]]:
    """The texts found by meaning with their cosines."""
    candidates = store.chunks.search(query, [], k, documents)
    assert all(c.dense_score is not None for c in candidates)
    return [(c.chunk.text, c.dense_score or 0.0) for c in candidates]
