"""The vectors of one space in memory, derived from the database and kept up with it.

A reader always holds one immutable view; a newer one takes its place whole. A view has two parts: vectors that are
searched exactly, and, where there are many, lists (see `rag.store.vectors`). What comes in joins the first part; when
that has grown long, a thread in the background makes new lists of both, while the old view goes on answering.
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

from rag.store.vectors import blobs, id_sets, snapshot, verify
from rag.store.vectors import ivf as in_lists
from rag.store.vectors.flat import EXACT_LIMIT, Exact, Floats
from rag.store.vectors.id_sets import Ids
from rag.store.vectors.ivf import Lists

logger = logging.getLogger(__name__)

OVERFETCH = 2
"""For each hit wanted so many candidates of the lists are scored anew."""
_NICENESS = 10


@dataclass(frozen=True, slots=True)
class _View:
    generation: int
    exact: Exact
    lists: Lists | None

    @property
    def count(self) -> int:
        return self.exact.count + (self.lists.count if self.lists is not None else 0)

    @property
    def unsettled(self) -> bool:
        """Whether the lists should be made anew."""
        dead = self.lists.dead if self.lists is not None else 0
        return len(self.exact) > EXACT_LIMIT or dead > max(EXACT_LIMIT, self.count // 4)


class VectorIndex:
    """Search by inner product over one space. Safe to use from many threads."""

    def __init__(self, space_id: int, snapshot: Path | None = None, digest: str = "") -> None:
        """digest: that of the snapshot that the database knows; any other one is not its own."""
        self.space_id = space_id
        self.snapshot = snapshot
        self.quarantined: Path | None = None
        self._saved_generation = -1
        self._lock = threading.Lock()
        self._settling: threading.Thread | None = None
        self._settle_from = 0
        self._readings = 0
        self._view = self._load(digest) or _View(-1, Exact.empty(), None)

    def __len__(self) -> int:
        return self._view.count

    @property
    def generation(self) -> int:
        return self._view.generation

    def shape(self) -> dict[str, int]:
        """How it is held now: vectors searched exactly, vectors in lists, lists, and the bytes in memory of all."""
        view = self._view
        held = view.exact.room_for_vectors.nbytes + view.exact.room_for_ids.nbytes
        if view.lists is None:
            return {"exact": len(view.exact), "listed": 0, "lists": 0, "bytes": held}
        index = view.lists.index
        held += index.ntotal * (index.code_size + 8) + index.nlist * index.d * 4 + view.lists.alive.nbytes
        return {"exact": len(view.exact), "listed": view.lists.count, "lists": int(index.nlist), "bytes": held}

    def catch_up(self, db: apsw.Connection) -> None:
        """Read what the database has that the view has not. Quick when there is nothing."""
        newest = _generation(db)
        if newest > self._view.generation:
            with self._lock:
                if newest > self._view.generation:
                    self._view = self._caught_up(db, self._view, newest)
        if self._view.unsettled:
            self._settle_in_background()

    def _caught_up(self, db: apsw.Connection, view: _View, newest: int) -> _View:
        exact, lists = view.exact, view.lists
        chosen = "FROM embedding WHERE space_id = ? AND generation > ?"
        since = (self.space_id, view.generation)
        more, length = db.execute(f"SELECT count(*), (SELECT length(vector) {chosen} LIMIT 1) {chosen}", since * 2).get
        if more:
            found = db.execute(f"SELECT {blobs.COLUMNS} {chosen}", since)
            exact = exact.added(more, length // 4, blobs.blocks(found))
        removed: Any = db.execute(
            "SELECT first, last FROM removal WHERE space_id = ? AND generation > ?", since
        ).fetchall()
        if removed:
            gone = id_sets.ranges(removed)
            exact = exact.without(gone)
            lists = lists.living(id_sets.without(lists.alive, gone)) if lists is not None else None
        return _View(newest, exact, lists)

    def search(
        self, db: apsw.Connection, query: Floats, k: int, allowed: Collection[tuple[int, int]] | None = None
    ) -> list[tuple[int, float]]:
        """The k nearest chunks by cosine: (chunk id, cosine in -1..1), best first, ties by id.

        query: (d,) float32, L2-normalised. allowed: ranges of chunk ids, both ends included, to choose from; None
        means all. db: where the vectors are that the lists have not whole; only what it has is found.
        """
        view = self._view
        within = None if allowed is None else id_sets.ranges(allowed)
        if view.generation <= _generation(db):
            return _nearest(view, db, query, k, within)
        # another thread has read what came after the moment that `db` sees: it is passed over
        wanted = k
        while True:
            found = _nearest(view, db, query, wanted, within)
            known = blobs.cosines(db, [chunk_id for chunk_id, _ in found], query)
            there = [pair for pair in found if pair[0] in known]
            if len(there) >= k or len(found) < wanted:
                return there[:k]
            wanted *= 4

    def settle(self) -> None:
        """Return when the lists are what they should be for the vectors that are in memory."""
        while self._settle_in_background():
            thread = self._settling
            if thread is not None:
                thread.join()

    def _settle_in_background(self) -> bool:
        """False where there is nothing to do, or where it failed for so many vectors before."""
        with self._lock:
            # another thread may just have done it
            if not self._view.unsettled or len(self._view.exact) < self._settle_from:
                return False
            if self._settling is None or not self._settling.is_alive():
                self._settling = threading.Thread(target=self._settle, name="kilde-vectors", daemon=True)
                self._settling.start()
            return True

    def _settle(self) -> None:
        _give_way()
        with self._lock:
            view, readings = self._view, self._readings
        taken = len(view.exact)
        try:
            lists = _lists_of(view)
        except (MemoryError, RuntimeError):  # the second is FAISS's; then all are searched exactly
            logger.warning("no lists could be made of %d vectors", view.count, exc_info=True)
            self._settle_from = 2 * taken
            return
        with self._lock:
            if readings != self._readings:
                return  # all was read anew from the database meanwhile
            now = self._view
            if lists is None:
                self._view = replace(now, exact=now.exact.after(0), lists=None)
                return
            # of what went into the new lists some may have been deleted meanwhile
            alive = id_sets.bits_of(now.exact.ids[:taken][now.exact.alive[:taken]])
            if now.lists is not None:
                alive = id_sets.both(alive, now.lists.alive)
            self._view = replace(now, exact=now.exact.after(taken), lists=lists.living(alive))

    def save(self) -> str:
        """Write the view as the snapshot, durably; nothing where it has been written already.

        Returns the digest of the file, "" where nothing was written.
        Raises DiskFull, StoreReadOnly or StoreError; the old snapshot is then still there.
        """
        if self.snapshot is None or self._view.generation <= self._saved_generation or not self._view.count:
            return ""
        self.settle()
        view = self._view
        digest = snapshot.write(self.snapshot, self.space_id, view.generation, view.exact, view.lists)
        self._saved_generation = view.generation
        return digest

    def rebuild(self, db: apsw.Connection) -> None:
        """Forget everything and read all vectors from the database."""
        with self._lock:
            self._view = _View(-1, Exact.empty(), None)
            self._readings += 1
            self._saved_generation = -1
            self._settle_from = 0
        self.catch_up(db)

    def differences(self, db: apsw.Connection) -> int:
        """How many vectors in memory are missing in the database, extra, or not equal to it."""
        self.catch_up(db)
        view = self._view
        if view.generation > _generation(db):
            return 0  # a search has moved it on past this transaction: there is nothing to compare it with
        found = db.execute(f"SELECT {blobs.COLUMNS} FROM embedding WHERE space_id = ?", (self.space_id,))
        return verify.differences(view.exact, view.lists, blobs.blocks(found))

    def _load(self, digest: str) -> _View | None:
        if self.snapshot is None or not self.snapshot.exists():
            return None
        try:
            found = snapshot.read(self.snapshot, self.space_id)
        except (snapshot.SnapshotMismatch, OSError, ValueError, KeyError, TypeError, ArithmeticError, RuntimeError):
            self.quarantined = self.snapshot.with_suffix(".damaged")
            with suppress(OSError):  # the folder may be one that can only be read
                self.snapshot.replace(self.quarantined)
            return None
        if found is None or found.digest != digest:
            # whole, but not the one that this database wrote last: of another moment, or of another database
            return None
        self._saved_generation = found.generation
        return _View(found.generation, found.exact, found.lists)


def _generation(db: apsw.Connection) -> int:
    return int(db.execute("SELECT value FROM meta WHERE key = 'generation'").get)


def _nearest(view: _View, db: apsw.Connection, query: Floats, k: int, within: Ids | None) -> list[tuple[int, float]]:
    found = view.exact.search(query, k, within)
    if view.lists is not None and view.lists.count:
        ids = view.lists.search(query, OVERFETCH * k, within)
        found += blobs.cosines(db, ids.tolist(), query).items()
    found.sort(key=lambda pair: (-pair[1], pair[0]))
    return [(chunk_id, max(-1.0, min(1.0, score))) for chunk_id, score in found[:k]]


def _lists_of(view: _View) -> Lists | None:
    """Lists of all that is alive in a view; None where that is not much."""
    exact = view.exact
    if view.count == 0 or (view.lists is None and exact.count <= EXACT_LIMIT):
        return None
    return in_lists.joined(view.lists, exact.ids[exact.alive], exact.vectors[exact.alive])


def _give_way() -> None:
    """Let this thread, and those that it starts, run only where nothing else wants to: searches go on meanwhile."""
    if sys.platform == "linux":  # elsewhere a thread has no niceness of its own
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)
