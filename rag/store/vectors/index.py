"""The vector index of one space in memory, derived from the database and kept up to date with it.

Readers use an immutable view, which is replaced as a whole. A view has a flat part, which is searched exactly, and, for
many vectors, an IVF part (see `rag.store.vectors`). New vectors are added to the flat part; when it has grown long, a
background thread joins both into a new IVF part, while the old view stays in use. Snapshots on disk only save time at
the next start: on any mismatch they are set aside and the view is rebuilt from the database.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
from collections.abc import Callable, Collection, Iterator
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import apsw
import numpy as np

from rag.core.background import Job
from rag.core.errors import StoreError
from rag.store.statements import generation
from rag.store.vectors import blobs, id_sets, snapshot, verify
from rag.store.vectors import ivf as inverted_lists
from rag.store.vectors.flat import EXACT_LIMIT, FlatIndex, Floats, ranked
from rag.store.vectors.id_sets import Ids
from rag.store.vectors.ivf import Blocks, IvfIndex

logger = logging.getLogger(__name__)

OVERFETCH = 2
"""Candidates of the IVF part that are rescored, per hit requested."""
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

    def joined(self, stored: Callable[[], Blocks] | None) -> IvfIndex | None:
        """An IVF part of all live vectors; None if they are too few."""
        if not self.count or (self.ivf is None and self.flat.count <= EXACT_LIMIT):
            return None
        return inverted_lists.joined(self.ivf, list(self.flat.parts()), stored)

    def replaced(self, ivf: IvfIndex | None) -> _View:
        """A view with the IVF part that `joined` made of an earlier view, updated by later additions and removals."""
        if ivf is None:
            return replace(self, flat=self.flat.merged(), ivf=None)
        alive = id_sets.union(self.flat.alive, self.ivf.alive) if self.ivf is not None else self.flat.alive
        newer = [
            (ids[new], vectors[new]) for ids, vectors in self.flat.parts() for new in [~id_sets.among(ivf.alive, ids)]
        ]
        flat = FlatIndex.empty().added(sum(len(ids) for ids, _ in newer), ivf.index.d, newer)
        return replace(self, flat=flat, ivf=ivf.living(id_sets.common(ivf.alive, alive)))

    def merged(self, stored: Callable[[], Blocks] | None) -> FlatIndex | IvfIndex:
        """All live vectors in one index; there must be some."""
        if self.ivf is None:
            return self.flat.merged()
        if not self.flat.count and not self.ivf.dead:
            return self.ivf
        return inverted_lists.joined(self.ivf, list(self.flat.parts()), stored)


class VectorIndex:
    """Search by inner product over one space. Safe to use from many threads."""

    def __init__(
        self,
        space_id: int,
        snapshot: Path | None = None,
        record: str = "",
        read: Callable[[], AbstractContextManager[apsw.Connection]] | None = None,
    ) -> None:
        """record: of the database's own snapshot; any other snapshot is ignored.

        read: lends a connection to a thread of its own, to make the lists of the IVF part anew when they have grown a
        lot; without it they stay.
        """
        self.space_id = space_id
        self.snapshot = snapshot
        self._stored = partial(self._read_stored, read) if read is not None else None
        self.quarantined: Path | None = None
        self._saved_generation = -1
        self._lock = threading.Lock()
        self._settling = Job[None]("kilde-vectors")
        self._settle_from = 0
        self._epoch = 0
        """Changes when the view is replaced by an unrelated one; work based on older views must then be dropped."""
        self._view = self._load(record)

    def __len__(self) -> int:
        return self._view.count

    @property
    def generation(self) -> int:
        return self._view.generation

    def shape(self) -> dict[str, int]:
        """The current layout: vectors in the flat part, in the IVF part, lists, and total bytes in memory."""
        flat, ivf = self._view.flat, self._view.ivf
        if ivf is None:
            return {"exact": len(flat), "listed": 0, "lists": 0, "bytes": flat.nbytes}
        lists = int(ivf.index.nlist)
        return {"exact": len(flat), "listed": ivf.count, "lists": lists, "bytes": flat.nbytes + ivf.nbytes}

    def catch_up(self, db: apsw.Connection) -> None:
        """Read changes of the database that the view lacks. Fast if there are none."""
        newest = generation(db)
        if newest > self._view.generation:
            with self._lock:
                if newest > self._view.generation:
                    self._view = self._caught_up(db, self._view, newest)
        if self._view.unsettled:
            self._settle_in_background()

    def _caught_up(self, db: apsw.Connection, view: _View, newest: int) -> _View:
        flat, ivf = view.flat, view.ivf
        source = "FROM embedding WHERE space_id = ? AND generation > ?"
        since = (self.space_id, view.generation)
        added, length = db.execute(f"SELECT count(*), (SELECT length(vector) {source} LIMIT 1) {source}", since * 2).get
        if added:
            flat = flat.added(added, length // 4, blobs.blocks(db.execute(f"SELECT {blobs.COLUMNS} {source}", since)))
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

        query: (d,) float32, L2-normalised. allowed: inclusive ranges of chunk ids; None means all. db: for the exact
        vectors of IVF candidates; only chunks in its snapshot are returned.
        """
        view = self._view
        allowed_ranges = None if allowed is None else id_sets.ranges(allowed)
        if view.generation <= generation(db):
            return _nearest(view, db, query, k, allowed_ranges)
        # the view is newer than the snapshot of `db`: skip chunks that `db` does not see
        depth = k
        while True:
            hits = _nearest(view, db, query, depth, allowed_ranges)
            cosines = blobs.cosines(db, [chunk_id for chunk_id, _ in hits], query)
            visible_hits = [hit for hit in hits if hit[0] in cosines]
            if len(visible_hits) >= k or len(hits) < depth:
                return visible_hits[:k]
            depth *= 4

    def settle(self) -> None:
        """Wait until the parts have the right sizes for the vectors in memory."""
        while self._settle_in_background():
            self._settling.wait()

    def _settle_in_background(self) -> bool:
        """Start joining the parts. False if not needed, or if it failed before for this number of vectors."""
        with self._lock:
            # another thread may just have started it
            if not self._view.unsettled or len(self._view.flat) < self._settle_from:
                return False
            self._settling.start(self._settle)
            return True

    def _settle(self) -> None:
        _give_way()
        with self._lock:
            view, epoch = self._view, self._epoch
        try:
            ivf = view.joined(self._stored)
        except (MemoryError, RuntimeError, StoreError):  # FAISS raises RuntimeError; the parts then stay
            logger.warning("no lists could be made of %d vectors", view.count, exc_info=True)
            self._settle_from = 2 * len(view.flat)
            return
        with self._lock:
            if epoch == self._epoch:
                self._view = self._view.replaced(ivf)

    def save(self) -> str:
        """Write the view as the snapshot, durably, unless it was written already.

        Returns the record of the file, "" if nothing was written. Raises DiskFull, StoreReadOnly or StoreError, and
        then keeps the old snapshot.
        """
        if self.snapshot is None or self._view.generation <= self._saved_generation or not self._view.count:
            return ""
        self.settle()
        view = self._view
        try:
            index = view.merged(self._stored)
        except (MemoryError, RuntimeError, StoreError):  # as in `_settle`
            logger.warning("no snapshot could be made of %d vectors", view.count, exc_info=True)
            return ""
        record = snapshot.write(self.snapshot, self.space_id, view.generation, index)
        self._saved_generation = view.generation
        with self._lock:
            if self._view is view:  # continue in the same state as after a start from this snapshot
                self._view = _of(view.generation, index)
                self._epoch += 1
        return record

    def rebuild(self, db: apsw.Connection) -> None:
        """Drop everything and read all vectors from the database."""
        with self._lock:
            self._view = _View.empty()
            self._epoch += 1
            self._saved_generation = -1
            self._settle_from = 0
        self.catch_up(db)

    def differences(self, db: apsw.Connection) -> int:
        """The number of vectors in memory that are missing, extra, or different from the database."""
        self.catch_up(db)
        view = self._view
        if view.generation > generation(db):
            return 0  # a search has updated the view beyond this transaction: they cannot be compared
        return verify.differences(view.flat, view.ivf, self._blocks(db))

    def _blocks(self, db: apsw.Connection) -> Blocks:
        """All vectors of the space in the database."""
        return blobs.blocks(db.execute(f"SELECT {blobs.COLUMNS} FROM embedding WHERE space_id = ?", (self.space_id,)))

    def _read_stored(self, read: Callable[[], AbstractContextManager[apsw.Connection]]) -> Iterator[tuple[Ids, Floats]]:
        with read() as db:
            yield from self._blocks(db)

    def _load(self, record: str) -> _View:
        if self.snapshot is None or not self.snapshot.exists():
            return _View.empty()
        try:
            saved = snapshot.read(self.snapshot, record)
        except (snapshot.SnapshotDamaged, OSError):
            self.quarantined = self.snapshot.with_suffix(".damaged")
            with suppress(OSError):  # the folder may be read-only
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


def _nearest(view: _View, db: apsw.Connection, query: Floats, k: int, allowed: Ids | None) -> list[tuple[int, float]]:
    ids, scores = view.flat.search(query, k, allowed)
    if view.ivf is not None and view.ivf.count:
        cosines = blobs.cosines(db, view.ivf.search(query, OVERFETCH * k, allowed).tolist(), query)
        ids = np.concatenate([ids, np.array([*cosines], np.int64)])
        scores = np.concatenate([scores, np.array([*cosines.values()], np.float32)])
    return ranked(ids, scores, k)


def _give_way() -> None:
    """Lower the priority of this thread and those that it starts, so that searches are not slowed down."""
    if sys.platform == "linux":  # other systems have no niceness per thread
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)
