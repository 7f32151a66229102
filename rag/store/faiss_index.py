"""The vectors of one space in memory, derived from the database and kept up with it.

A reader always holds one immutable view; a newer one takes its place whole. Snapshots on disk only save time at
the next start: on any mismatch they are set aside and the view is rebuilt from the database.
"""

from __future__ import annotations

import hashlib
import json
import struct
import threading
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import apsw
import numpy as np
import numpy.typing as npt

from rag.store.files import write_durably

if TYPE_CHECKING:
    import faiss

MAGIC = b"KILDEIX1"
TAIL_LIMIT = 2_000
"""Vectors searched by brute force beside the index before both are joined (2,000 x 384 takes about 1 ms)."""

Floats = npt.NDArray[np.float32]
Ids = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class _View:
    """ids: (n,) chunk of each vector, those of the index first; tail: (n - index.ntotal, d); alive: (n,) bool."""

    generation: int
    ids: Ids
    alive: npt.NDArray[np.bool_]
    index: faiss.IndexFlatIP | None
    tail: Floats


class SnapshotMismatch(Exception):
    """A snapshot is not what its header says, or not of this space. Stays inside the store."""


class VectorIndex:
    """Exact inner-product search over one space. Safe to use from many threads."""

    def __init__(self, space_id: int, snapshot: Path | None = None, digest: str = "") -> None:
        """digest: SHA-256 of the snapshot that the database knows; any other one is not its own."""
        self.space_id = space_id
        self.snapshot = snapshot
        self.quarantined: Path | None = None
        self._saved_generation = -1
        self._lock = threading.Lock()
        self._view = self._load(digest) or _View(-1, _ids([]), np.zeros(0, bool), None, np.zeros((0, 0), np.float32))

    def __len__(self) -> int:
        return int(self._view.alive.sum())

    @property
    def generation(self) -> int:
        return self._view.generation

    def catch_up(self, db: apsw.Connection) -> None:
        """Read what the database has that the view has not. Quick when there is nothing."""
        newest = int(db.execute("SELECT value FROM meta WHERE key = 'generation'").get)
        if newest <= self._view.generation:
            return
        with self._lock:
            view = self._view
            if newest <= view.generation:
                return
            since = view.generation
            rows = db.execute(
                "SELECT chunk_id, vector FROM embedding WHERE space_id = ? AND generation > ? ORDER BY chunk_id",
                (self.space_id, since),
            ).fetchall()
            removals = db.execute(
                "SELECT first, last FROM removal WHERE space_id = ? AND generation > ?", (self.space_id, since)
            ).fetchall()
            self._view = _joined(_with(view, rows, removals, newest))

    def search(self, query: Floats, k: int, allowed: Collection[int] | None = None) -> list[tuple[int, float]]:
        """The k nearest chunks by cosine: (chunk id, cosine), best first, ties by id.

        query: (d,) float32, L2-normalised. allowed: chunk ids to choose from; None means all.
        """
        view = self._view
        mask = view.alive
        if allowed is not None:
            mask = mask & np.isin(view.ids, np.fromiter(allowed, np.int64, len(allowed)))
        count = min(k, int(mask.sum()))
        if count == 0:
            return []
        found: list[tuple[int, float]] = []
        indexed = view.index.ntotal if view.index is not None else 0
        if view.index is not None and mask[:indexed].any():
            found += self._search_index(view.index, view.ids, query, count, mask[:indexed])
        tail_mask = mask[indexed:]
        if tail_mask.any():
            scores = view.tail[tail_mask] @ query
            found += zip(view.ids[indexed:][tail_mask].tolist(), scores.tolist(), strict=True)
        found.sort(key=lambda pair: (-pair[1], pair[0]))
        return found[:count]

    @staticmethod
    def _search_index(
        index: faiss.IndexFlatIP, ids: Ids, query: Floats, count: int, mask: npt.NDArray[np.bool_]
    ) -> list[tuple[int, float]]:
        import faiss

        parameters: Any = None
        if not mask.all():
            bits = np.packbits(mask, bitorder="little")
            selector = faiss.IDSelectorBitmap(bits.size, faiss.swig_ptr(bits))
            parameters = faiss.SearchParameters(sel=selector)  # type: ignore[call-arg]
        scores, places = index.search(query.reshape(1, -1), min(count, index.ntotal), params=parameters)
        return [
            (int(ids[place]), float(score))
            for place, score in zip(places[0].tolist(), scores[0].tolist(), strict=True)
            if place >= 0
        ]

    def save(self) -> str:
        """Write the view as the snapshot, durably; nothing where it has been written already.

        Returns the SHA-256 of the file, "" where nothing was written.
        Raises DiskFull, StoreReadOnly or StoreError; the old snapshot is then still there.
        """
        view = self._view
        if self.snapshot is None or view.generation <= self._saved_generation or not view.alive.any():
            return ""
        vectors = _matrix(view)[view.alive]
        ids = np.ascontiguousarray(view.ids[view.alive])
        digest = hashlib.sha256(ids.data)
        digest.update(vectors.data)
        header = json.dumps(
            {
                "space": self.space_id,
                "generation": view.generation,
                "count": int(vectors.shape[0]),
                "dimension": int(vectors.shape[1]),
                "sha256": digest.hexdigest(),
            }
        ).encode()
        body = (ids.data.cast("B"), vectors.data.cast("B"))
        parts: list[bytes | memoryview] = [MAGIC, struct.pack("<I", len(header)), header, *body]
        whole = hashlib.sha256()
        for part in parts:
            whole.update(part)
        write_durably(self.snapshot, parts)
        self._saved_generation = view.generation
        return whole.hexdigest()

    def rebuild(self, db: apsw.Connection) -> None:
        """Forget everything and read all vectors from the database."""
        with self._lock:
            self._view = _View(-1, _ids([]), np.zeros(0, bool), None, np.zeros((0, 0), np.float32))
            self._saved_generation = -1
        self.catch_up(db)

    def differences(self, db: apsw.Connection) -> int:
        """How many vectors in memory are missing in the database, extra, or not equal to it."""
        self.catch_up(db)
        view = self._view
        if view.generation > int(db.execute("SELECT value FROM meta WHERE key = 'generation'").get):
            return 0  # a search has moved it on past this transaction: there is nothing to compare it with
        here = dict(zip(view.ids[view.alive].tolist(), _matrix(view)[view.alive], strict=True))
        wrong = 0
        for chunk_id, blob in db.execute("SELECT chunk_id, vector FROM embedding WHERE space_id = ?", (self.space_id,)):
            mine = here.pop(chunk_id, None)
            wrong += mine is None or mine.tobytes() != blob
        return wrong + len(here)

    def _load(self, digest: str) -> _View | None:
        if self.snapshot is None or not self.snapshot.exists():
            return None
        try:
            data = self.snapshot.read_bytes()
            view = _read_snapshot(data, self.space_id)
        except (SnapshotMismatch, OSError, ValueError, KeyError, TypeError):
            self.quarantined = self.snapshot.with_suffix(".damaged")
            self.snapshot.replace(self.quarantined)
            return None
        if hashlib.sha256(data).hexdigest() != digest:
            # whole, but not the one that this database wrote last: of another moment, or of another database
            return None
        self._saved_generation = view.generation
        return view


def _read_snapshot(data: bytes, space_id: int) -> _View:
    if data[:8] != MAGIC or len(data) < 12:
        raise SnapshotMismatch("no header")
    (length,) = struct.unpack_from("<I", data, 8)
    header = json.loads(data[12 : 12 + length])
    if not isinstance(header, dict) or header.get("space") != space_id:
        raise SnapshotMismatch("another space")
    body = memoryview(data)[12 + length :]
    count, dimension = int(header["count"]), int(header["dimension"])
    if count < 0 or dimension < 1 or len(body) != count * (8 + 4 * dimension):
        raise SnapshotMismatch("length")
    if hashlib.sha256(body).hexdigest() != header["sha256"]:
        raise SnapshotMismatch("SHA-256")
    ids = np.frombuffer(body, np.int64, count)
    vectors = np.frombuffer(body, np.float32, count * dimension, offset=count * 8).reshape(count, dimension)
    return _View(int(header["generation"]), ids, np.ones(count, bool), _flat(vectors), vectors[:0])


def _with(view: _View, rows: list[Any], removals: list[Any], generation: int) -> _View:
    """The view with vectors added and ranges of chunks removed."""
    ids, alive, tail = view.ids, view.alive, view.tail
    if rows:
        new = np.frombuffer(b"".join(row[1] for row in rows), np.float32).reshape(len(rows), -1)
        tail = new if not len(tail) else np.concatenate([tail, new])
        ids = np.concatenate([ids, _ids([row[0] for row in rows])])
        alive = np.concatenate([alive, np.ones(len(rows), bool)])
    if removals:
        alive = alive.copy()
        for first, last in removals:
            alive[(ids >= first) & (ids <= last)] = False
    return _View(generation, ids, alive, view.index, tail)


def _joined(view: _View) -> _View:
    """The view with its tail moved into the index, where it has grown long or much of the index is gone."""
    indexed = view.index.ntotal if view.index is not None else 0
    dead = len(view.alive) - int(view.alive.sum())
    if len(view.tail) <= max(TAIL_LIMIT, indexed // 10) and dead <= max(TAIL_LIMIT, indexed // 4):
        return view
    vectors = _matrix(view)[view.alive]
    ids = view.ids[view.alive]
    return _View(view.generation, ids, np.ones(len(ids), bool), _flat(vectors) if len(ids) else None, vectors[:0])


def _matrix(view: _View) -> Floats:
    """All vectors, (n, d) float32, those of the index first."""
    if view.index is None:
        return view.tail
    import faiss

    total, dimension = view.index.ntotal, view.index.d
    indexed: Floats = faiss.rev_swig_ptr(view.index.get_xb(), total * dimension).reshape(total, dimension)
    return np.concatenate([indexed, view.tail]) if len(view.tail) else indexed


def _flat(vectors: Floats) -> faiss.IndexFlatIP:
    import faiss

    index = faiss.IndexFlatIP(vectors.shape[1])
    index.add(np.ascontiguousarray(vectors))
    return index


def _ids(values: list[int]) -> Ids:
    return np.array(values, np.int64)
