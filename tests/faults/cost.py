"""What the checksums cost: the same work with and without them, in turn."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from rag.core.types import Chunk, Page, Parsed, Space, Span
from rag.store.integrity import checksums
from rag.store.sqlite import SqliteStore
from tests.faults.child import in_child
from tests.faults.rows import Row, Size

D = 384
PER_DOCUMENT = 50


def cost(seed: int, size: Size) -> Row:
    """Medians of rounds in turn: to index, to read all vectors at the start, to search, to list."""
    began = time.monotonic()
    chunks = 5_000 if size.kills >= 100 else 500
    rounds = 5 if size.kills >= 100 else 1
    took: dict[bool, list[dict[str, float]]] = {True: [], False: []}
    for _ in range(rounds):
        for with_sums in (True, False):
            took[with_sums].append(in_child(lambda w=with_sums: _timed(w, chunks, seed)))  # type: ignore[misc]
    told = {
        f"{what}, with and without": " / ".join(
            f"{np.median([one[what] for one in took[with_sums]]):.3g}" for with_sums in (True, False)
        )
        for what in took[True][0]
    }
    return Row(f"cost of checksums, {chunks} chunks", rounds, {}, told, round(time.monotonic() - began, 1))


def _timed(with_sums: bool, count: int, seed: int) -> dict[str, float]:
    if not with_sums:
        checksums.vfs = lambda: None  # type: ignore[assignment]
        checksums.check_row = lambda *_: None  # type: ignore[assignment]
        checksums.check_vector = lambda chunk_id, vector, tail: vector  # type: ignore[assignment]
        from rag.store.vectors import blobs

        blobs.check_vector = lambda chunk_id, vector, tail: vector  # type: ignore[attr-defined]
    took = {}
    with tempfile.TemporaryDirectory(prefix="kilde-cost-") as root:
        folder = Path(root) / "library"
        vectors = np.random.default_rng(seed).normal(size=(count, D)).astype(np.float32)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        store = SqliteStore(folder)
        began = time.perf_counter()
        for first in range(0, count, PER_DOCUMENT):
            _put(store, first, vectors[first : first + PER_DOCUMENT])
        took["index s"] = time.perf_counter() - began
        store.close()
        took["database MB"] = (folder / "kilde.db").stat().st_size / 1e6
        began = time.perf_counter()
        store = SqliteStore(folder)
        store.chunks.search(vectors[0], [], 10)
        took["open and read all vectors ms"] = 1000 * (time.perf_counter() - began)
        began = time.perf_counter()
        for number in range(200):
            store.chunks.search(vectors[number], [[f"word{number}"], ["common"]], 20)
        took["a search ms"] = 1000 * (time.perf_counter() - began) / 200
        began = time.perf_counter()
        for document in store.documents.all():
            store.documents.pages(document.id)
        took["read all pages ms"] = 1000 * (time.perf_counter() - began)
        store.close()
    return took


def _put(store: SqliteStore, first: int, vectors: np.ndarray) -> None:
    space = store.spaces.ensure(Space("model", "r", D, "", "", 200, 20))
    rest = "as are these other words. " * 20
    texts = [f"word{first + n} is common here and there, {rest}" for n in range(len(vectors))]
    document = store.documents.accept(f"d{first}.txt", "text/plain", f"document {first}".encode())
    starts = np.cumsum([0, *(len(t) + 1 for t in texts)]).tolist()
    chunks: list[Any] = [
        Chunk(n, 1, s, s + len(t), t, (), (Span(s, s + len(t)),) * 5, 90, "en")
        for n, (s, t) in enumerate(zip(starts, texts, strict=False))
    ]
    assert store.queue.claim(document.id, space.id)
    assert store.documents.put(document.id, space.id, Parsed((Page(1, "\n".join(texts)),)), chunks, "en")
    ids = [c.id for c in store.chunks.without_vectors(space.id, len(texts), document.id)]
    store.chunks.put_vectors(space.id, ids, vectors, [np.repeat(v[None], 5, 0) for v in vectors])
