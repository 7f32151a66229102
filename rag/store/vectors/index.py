"""The vectors of one space in memory, derived from the database and kept up with it.

A reader always holds one immutable view; a newer one takes its place whole. A view has a flat part, which is searched
exactly, and, where there are many vectors, an IVF part (see `rag.store.vectors`). New vectors join the flat part; when
that has grown long, a thread in the background joins both into a new IVF part, while the old view goes on answering.
Snapshots on disk only save time at the next start: on any mismatch they are set aside and the view is rebuilt from the
database.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import apsw
import numpy as np

from rag.core.background import Job
from rag.store.statements import generation
from rag.store.vectors import blobs, id_sets, snapshot, verify
from rag.store.vectors import ivf as inverted_lists
from rag.store.vectors.flat import EXACT_LIMIT, FlatIndex, Floats, ranked
from rag.store.vectors.id_sets import Ids
from rag.store.vectors.ivf import IvfIndex

logger = logging.getLogger(__name__)

OVERFETCH = 2
"""For each hit wanted so many candidates of the IVF part are scored anew."""
_NICENESS = 10


@dataclass(frozen=True, slots=True)
class _View:
    generation: int
    flat: FlatIndex
    ivf: IvfIndex | None

    @classmethod
    def empty(cls) -> _View:
        return cls(-1, FlatIndex.empty(), None)

    @property
    def count(self) -> int:
        return self.flat.count + (self.ivf.count if self.ivf is not None else 0)

    @property
    def unsettled(self) -> bool:
        """Whether the flat part is too long, or too much of the IVF part is deleted."""
        dead = self.ivf.dead if self.ivf is not None else 0
        return len(self.flat) > EXACT_LIMIT or dead > max(EXACT_LIMIT, self.count // 4)

    def joined(self) -> IvfIndex | None:
        """An IVF part of all that is alive; None where that is too little for one."""
        if not self.count or (self.ivf is None and self.flat.count <= EXACT_LIMIT):
            return None
        return inverted_lists.joined(self.ivf, list(self.flat.parts()))

    def replaced(self, ivf: IvfIndex | None) -> _View:
        """With the part that `joined` made of an earlier view: what came since stays flat, what went since is gone."""
        if ivf is None:
            return replace(self, flat=self.flat.merged(), ivf=None)
        alive = id_sets.union(self.flat.alive, self.ivf.alive) if self.ivf is not None else self.flat.alive
        newer = [
            (ids[new], vectors[new]) for ids, vectors in self.flat.parts() for new in [~id_sets.among(ivf.alive, ids)]
        ]
        flat = FlatIndex.empty().added(sum(len(ids) for ids, _ in newer), ivf.index.d, newer)
        return replace(self, flat=flat, ivf=ivf.living(id_sets.common(ivf.alive, alive)))

    def merged(self) -> FlatIndex | IvfIndex:
        """All that is alive, of which there must be some, in one index."""
        if self.ivf is None:
            return self.flat.merged()
        return (
            inverted_lists.joined(self.ivf, list(self.flat.parts())) if self.flat.count or self.ivf.dead else self.ivf
        )


class VectorIndex:
    """Search by inner product over one space. Safe to use from many threads."""

    def __init__(self, space_id: int, snapshot: Path | None = None, record: str = "") -> None:
        """record: that of the snapshot that the database knows; any other one is not its own."""
        self.space_id = space_id
        self.snapshot = snapshot
        self.quarantined: Path | None = None
        self._saved_generation = -1
        self._lock = threading.Lock()
        self._settling = Job[None]("kilde-vectors")
        self._settle_from = 0
        self._epoch = 0
        """Another one once the view was replaced by what is not made of it: then no older one may be gone on with."""
        self._view = self._load(record)

    def __len__(self) -> int:
        return self._view.count

    @property
    def generation(self) -> int:
        return self._view.generation

    def shape(self) -> dict[str, int]:
        """How it is held now: vectors in the flat part, in the IVF part, lists, and the bytes in memory of all."""
        flat, ivf = self._view.flat, self._view.ivf
        if ivf is None:
            return {"exact": len(flat), "listed": 0, "lists": 0, "bytes": flat.nbytes}
        lists = int(ivf.index.nlist)
        return {"exact": len(flat), "listed": ivf.count, "lists": lists, "bytes": flat.nbytes + ivf.nbytes}

    def catch_up(self, db: apsw.Connection) -> None:
        """Read what the database has that the view has not. Quick when there is nothing."""
        newest = generation(db)
        if newest > self._view.generation:
            with self._lock:
                if newest > self._view.generation:
                    self._view = self._caught_up(db, self._view, newest)
        if self._view.unsettled:
            self._settle_in_background()

    def _caught_up(self, db: apsw.Connection, view: _View, newest: int) -> _View:
        flat, ivf = view.flat, view.ivf
        chosen = "FROM embedding WHERE space_id = ? AND generation > ?"
        since = (self.space_id, view.generation)
        more, length = db.execute(f"SELECT count(*), (SELECT length(vector) {chosen} LIMIT 1) {chosen}", since * 2).get
        if more:
            flat = flat.added(more, length // 4, blobs.blocks(db.execute(f"SELECT {blobs.COLUMNS} {chosen}", since)))
        removed: Any = db.execute(
            "SELECT first, last FROM removal WHERE space_id = ? AND generation > ?", since
        ).fetchall()
        if removed:
            deleted = id_sets.ranges(removed)
            flat = flat.without(deleted)
            ivf = ivf.living(id_sets.without(ivf.alive, deleted)) if ivf is not None else None
        return _View(newest, flat, ivf)

    def search(
        self, db: apsw.Connection, query: Floats, k: int, allowed: Collection[tuple[int, int]] | None = None
    ) -> list[tuple[int, float]]:
        """The k nearest chunks by cosine: (chunk id, cosine in -1..1), best first, ties by id.

        query: (d,) float32, L2-normalised. allowed: ranges of chunk ids, both ends included, to choose from; None
        means all. db: has the vectors that the IVF part knows by their codes only; no chunk is found that it has not.
        """
        view = self._view
        within = None if allowed is None else id_sets.ranges(allowed)
        if view.generation <= generation(db):
            return _nearest(view, db, query, k, within)
        # another thread has read what came after the moment that `db` sees: it is passed over
        wanted = k
        while True:
            hits = _nearest(view, db, query, wanted, within)
            known = blobs.cosines(db, [chunk_id for chunk_id, _ in hits], query)
            seen = [hit for hit in hits if hit[0] in known]
            if len(seen) >= k or len(hits) < wanted:
                return seen[:k]
            wanted *= 4

    def settle(self) -> None:
        """Return when the parts are what they should be for the vectors that are in memory."""
        while self._settle_in_background():
            self._settling.wait()

    def _settle_in_background(self) -> bool:
        """False where there is nothing to do, or where it failed for so many vectors before."""
        with self._lock:
            # another thread may just have done it
            if not self._view.unsettled or len(self._view.flat) < self._settle_from:
                return False
            self._settling.start(self._settle)
            return True

    def _settle(self) -> None:
        _give_way()
        with self._lock:
            view, epoch = self._view, self._epoch
        try:
            ivf = view.joined()
        except (MemoryError, RuntimeError):  # the second is FAISS's; then all are searched exactly
            logger.warning("no lists could be made of %d vectors", view.count, exc_info=True)
            self._settle_from = 2 * len(view.flat)
            return
        with self._lock:
            if epoch == self._epoch:
                self._view = self._view.replaced(ivf)

    def save(self) -> str:
        """Write the view as the snapshot, durably; nothing where it has been written already.

        Returns the record of the file, "" where nothing was written.
        Raises DiskFull, StoreReadOnly or StoreError; the old snapshot is then still there.
        """
        if self.snapshot is None or self._view.generation <= self._saved_generation or not self._view.count:
            return ""
        self.settle()
        view = self._view
        try:
            index = view.merged()
        except (MemoryError, RuntimeError):  # as in `_settle`
            logger.warning("no snapshot could be made of %d vectors", view.count, exc_info=True)
            return ""
        record = snapshot.write(self.snapshot, self.space_id, view.generation, index)
        self._saved_generation = view.generation
        with self._lock:
            if self._view is view:  # then it goes on as it would after a start from this snapshot
                self._view = _of(view.generation, index)
                self._epoch += 1
        return record

    def rebuild(self, db: apsw.Connection) -> None:
        """Forget everything and read all vectors from the database."""
        with self._lock:
            self._view = _View.empty()
            self._epoch += 1
            self._saved_generation = -1
            self._settle_from = 0
        self.catch_up(db)

    def differences(self, db: apsw.Connection) -> int:
        """How many vectors in memory are missing in the database, extra, or not equal to it."""
        self.catch_up(db)
        view = self._view
        if view.generation > generation(db):
            return 0  # a search has moved it on past this transaction: there is nothing to compare it with
        rows = db.execute(f"SELECT {blobs.COLUMNS} FROM embedding WHERE space_id = ?", (self.space_id,))
        return verify.differences(view.flat, view.ivf, blobs.blocks(rows))

    def _load(self, record: str) -> _View:
        if self.snapshot is None or not self.snapshot.exists():
            return _View.empty()
        try:
            saved = snapshot.read(self.snapshot, record)
        except (snapshot.SnapshotDamaged, OSError):
            self.quarantined = self.snapshot.with_suffix(".damaged")
            with suppress(OSError):  # the folder may be one that can only be read
                self.snapshot.replace(self.quarantined)
            return _View.empty()
        if saved is None:
            return _View.empty()
        self._saved_generation = saved.generation
        return _of(saved.generation, saved.index)


def _of(generation: int, index: FlatIndex | IvfIndex) -> _View:
    if isinstance(index, FlatIndex):
        return _View(generation, index, None)
    return _View(generation, FlatIndex.empty(), index)


def _nearest(view: _View, db: apsw.Connection, query: Floats, k: int, within: Ids | None) -> list[tuple[int, float]]:
    ids, scores = view.flat.search(query, k, within)
    if view.ivf is not None and view.ivf.count:
        cosines = blobs.cosines(db, view.ivf.search(query, OVERFETCH * k, within).tolist(), query)
        ids = np.concatenate([ids, np.array([*cosines], np.int64)])
        scores = np.concatenate([scores, np.array([*cosines.values()], np.float32)])
    return ranked(ids, scores, k)


def _give_way() -> None:
    """Let this thread, and those that it starts, run only where nothing else wants to: searches go on meanwhile."""
    if sys.platform == "linux":  # elsewhere a thread has no niceness of its own
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)
