"""The vectors that are searched one by one, in float32: all of a small store, and the newest of a large one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from rag.store.vectors.id_sets import Ids, Mask, within

Floats = npt.NDArray[np.float32]

EXACT_LIMIT = 20_000
"""More than so many join the lists: 20,000 x 384 are searched in 1 to 3 ms, 100,000 in 20 (docs/index-choice.md)."""


@dataclass(frozen=True, slots=True)
class Exact:
    """n vectors of d dimensions. alive: (n,). count: how many of them are alive.

    room_for_ids: (r,), r >= n. room_for_vectors: (r, d). Both are shared with what comes after: it is written behind
    the first n, so that adding a few does not copy all. Only the newest may be added to, by one thread at a time.
    """

    room_for_ids: Ids
    room_for_vectors: Floats
    alive: Mask
    count: int

    @classmethod
    def of(cls, ids: Ids, vectors: Floats) -> Exact:
        """All of (n,) ids with (n, d) vectors; both are kept as they are."""
        return cls(ids, vectors, np.ones(len(ids), bool), len(ids))

    @classmethod
    def empty(cls) -> Exact:
        """Without vectors, and of no dimension yet."""
        return cls.of(np.zeros(0, np.int64), np.zeros((0, 0), np.float32))

    def __len__(self) -> int:
        return len(self.alive)

    @property
    def ids(self) -> Ids:
        """(n,)."""
        return self.room_for_ids[: len(self)]

    @property
    def vectors(self) -> Floats:
        """(n, d)."""
        return self.room_for_vectors[: len(self)]

    def added(self, more: int, dimension: int, blocks: Iterable[tuple[Ids, Floats]]) -> Exact:
        """With `more` ids and vectors in all, which come in blocks (m,) and (m, d)."""
        n = len(self)
        ids, vectors = self.room_for_ids, self.room_for_vectors
        if len(ids) < n + more or vectors.shape[1] != dimension:
            room = n + more + min(max(n + more, 1_024), EXACT_LIMIT)
            ids, vectors = np.empty(room, np.int64), np.empty((room, dimension), np.float32)
            ids[:n] = self.ids
            if n:
                vectors[:n] = self.vectors
        end = n
        for new_ids, new_vectors in blocks:
            ids[end : end + len(new_ids)] = new_ids
            vectors[end : end + len(new_ids)] = new_vectors
            end += len(new_ids)
        return Exact(ids, vectors, np.concatenate([self.alive, np.ones(end - n, bool)]), self.count + end - n)

    def without(self, gone: Ids) -> Exact:
        """Less those in the ranges `gone`."""
        alive = self.alive & ~within(self.ids, gone)
        return Exact(self.room_for_ids, self.room_for_vectors, alive, int(alive.sum()))

    def after(self, n: int) -> Exact:
        """What is alive behind the first n, in memory of its own."""
        alive = self.alive[n:]
        return Exact.of(self.ids[n:][alive], self.vectors[n:][alive])

    def search(self, query: Floats, k: int, allowed: Ids | None) -> list[tuple[int, float]]:
        """The k nearest that are alive, and within the ranges `allowed`: (chunk id, cosine), ties by id, best first."""
        mask = self.alive if allowed is None else self.alive & within(self.ids, allowed)
        k = min(k, int(mask.sum()))
        if not k:
            return []
        # not by BLAS: it wakes a second thread, and waits 36 ms for it where another program has that core
        scores = np.einsum("nd,d->n", self.vectors, query)
        if k < len(scores):
            scores = np.where(mask, scores, -np.inf)
            least = np.partition(scores, len(scores) - k)[len(scores) - k]
            mask = mask & (scores >= least)  # more than k where several are equal
        places = np.flatnonzero(mask)
        found = list(zip(self.ids[places].tolist(), scores[places].tolist(), strict=True))
        found.sort(key=lambda pair: (-pair[1], pair[0]))
        return found[:k]
