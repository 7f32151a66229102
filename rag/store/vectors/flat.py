"""The exact part of the vectors, in float32: all of a small store, and the newest vectors of a large one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from rag.store.vectors import id_sets
from rag.store.vectors.id_sets import Bits, Ids

if TYPE_CHECKING:
    import faiss

Floats = npt.NDArray[np.float32]
Bytes = npt.NDArray[np.uint8]

EXACT_LIMIT = 20_000
"""More vectors than this join the IVF part: 20,000 x 384 are searched in a millisecond, 100,000 in 20 to 30."""
_SURPLUS = 8
"""Fetched beyond k, so that one search nearly always tells where the scores fall below the k-th."""
_ROUNDING = 1e-6
"""The scores of FAISS and of NumPy differ by less: their sums are made in another order."""


@dataclass(frozen=True, slots=True)
class Tail:
    """n vectors that came since the base was made, in arrays with room for more.

    room_for_ids: (r,), r >= n. room_for_vectors: (r, d). Both are shared with later tails, which are written behind the
    first n: adding to a FAISS index would crash the searches under way in it, and a copy for each batch would be slow.
    Only the newest tail may be added to, by one thread at a time.
    """

    room_for_ids: Ids
    room_for_vectors: Floats
    n: int = 0

    @property
    def ids(self) -> Ids:
        """(n,)."""
        return self.room_for_ids[: self.n]

    @property
    def vectors(self) -> Floats:
        """(n, d)."""
        return self.room_for_vectors[: self.n]

    def added(self, more: int, dimension: int, blocks: Iterable[tuple[Ids, Floats]]) -> Tail:
        """With `more` ids and vectors in all, which come in blocks (m,) and (m, d)."""
        ids, vectors, end = self.room_for_ids, self.room_for_vectors, self.n
        if len(ids) < end + more or vectors.shape[1] != dimension:
            room = end + more + min(max(end + more, 1_024), EXACT_LIMIT)
            ids, vectors = np.empty(room, np.int64), np.empty((room, dimension), np.float32)
            ids[:end] = self.ids
            if end:
                vectors[:end] = self.vectors
        for new_ids, new_vectors in blocks:
            ids[end : end + len(new_ids)] = new_ids
            vectors[end : end + len(new_ids)] = new_vectors
            end += len(new_ids)
        return Tail(ids, vectors, end)

    def search(self, query: Floats, k: int, bits: Bits | None) -> tuple[Ids, Floats]:
        """The k nearest of those in `bits`, and any that tie with the k-th: ids and cosines."""
        # not by BLAS: it wakes a second thread, and waits 36 ms for it where another program has that core
        ids, scores = self.ids, np.einsum("nd,d->n", self.vectors, query)
        if bits is not None:
            chosen = id_sets.among(bits, ids)
            ids, scores = ids[chosen], scores[chosen]
        if k < len(scores):
            near = scores >= np.partition(scores, len(scores) - k)[len(scores) - k]
            ids, scores = ids[near], scores[near]
        return ids, scores


_NOTHING = Tail(np.zeros(0, np.int64), np.zeros((0, 0), np.float32))


@dataclass(frozen=True, slots=True)
class FlatIndex:
    """A FAISS index that never changes, since others may be searching it, and the vectors that came after it.

    base: an `IndexIDMap2` of `IndexFlatIP`. alive: the chunks that are not deleted. count: how many they are.
    """

    base: faiss.IndexIDMap2 | None
    tail: Tail
    alive: Bits
    count: int

    @classmethod
    def empty(cls) -> FlatIndex:
        """Without vectors."""
        return cls(None, _NOTHING, np.zeros(0, np.uint8), 0)

    @classmethod
    def of(cls, base: faiss.IndexIDMap2) -> FlatIndex:
        """All of `base`, of which nothing is deleted."""
        return cls(base, _NOTHING, id_sets.bits_of(_content(base)[0]), base.ntotal)

    def __len__(self) -> int:
        """How many vectors are held, those of deleted chunks as well."""
        return self.tail.n + (self.base.ntotal if self.base is not None else 0)

    @property
    def nbytes(self) -> int:
        """Of the vectors and the ids."""
        base = self.base.ntotal * (4 * self.base.d + 8) if self.base is not None else 0
        return base + self.tail.room_for_vectors.nbytes + self.tail.room_for_ids.nbytes

    def added(self, more: int, dimension: int, blocks: Iterable[tuple[Ids, Floats]]) -> FlatIndex:
        """With `more` ids and vectors in all, which come in blocks (m,) and (m, d)."""
        tail = self.tail.added(more, dimension, blocks)
        alive = id_sets.union(self.alive, id_sets.bits_of(tail.ids[self.tail.n :]))
        return FlatIndex(self.base, tail, alive, self.count + tail.n - self.tail.n)

    def without(self, deleted: Ids) -> FlatIndex:
        """Less the chunks in the ranges `deleted`."""
        alive = id_sets.without(self.alive, deleted)
        return replace(self, alive=alive, count=id_sets.count(alive))

    def merged(self) -> FlatIndex:
        """The same chunks in one base, without deleted ones and without a tail."""
        if self.count == len(self) and not self.tail.n:
            return self
        if not self.count:
            return FlatIndex.empty()
        import faiss

        parts = list(self.parts())
        index: Any = faiss.IndexIDMap2(faiss.IndexFlatIP(parts[0][1].shape[1]))
        for ids, vectors in parts:
            index.add_with_ids(np.ascontiguousarray(vectors), ids)
        return FlatIndex.of(open_base(faiss.serialize_index(index)))

    def parts(self) -> Iterator[tuple[Ids, Floats]]:
        """Ids (m,) and vectors (m, d) of the chunks alive: views where nothing is deleted, so keep `self` meanwhile."""
        for ids, vectors in (
            *([_content(self.base)] if self.base is not None else []),
            (self.tail.ids, self.tail.vectors),
        ):
            alive = id_sets.among(self.alive, ids)
            if alive.any():
                yield (ids, vectors) if alive.all() else (ids[alive], vectors[alive])

    def search(self, query: Floats, k: int, allowed: Ids | None) -> tuple[Ids, Floats]:
        """The k nearest that are alive and in the ranges `allowed`, and some more: their ids and cosines, (m,).

        query: (d,). The cosines are the same to the last bit as those of `rag.store.vectors.blobs.cosines`.
        """
        bits = self.alive if allowed is None else id_sets.only(self.alive, allowed)
        count = self.count if allowed is None else id_sets.count(bits)
        k = min(k, count)
        chosen = bits if count < len(self) else None
        hits = [self.tail.search(query, k, chosen)] if k and self.tail.n else []
        if k and self.base is not None:
            hits.append(_nearest(self.base, query, k, chosen))
        if len(hits) == 1:
            return hits[0]
        no_hits = (np.zeros(0, np.int64), np.zeros(0, np.float32))
        ids, scores = zip(no_hits, *hits, strict=True)
        return np.concatenate(ids), np.concatenate(scores)


def ranked(ids: Ids, scores: Floats, k: int) -> list[tuple[int, float]]:
    """The k best of ids (m,) and cosines (m,): (chunk id, cosine in -1..1), best first, ties by id."""
    order = np.lexsort((ids, -scores))[:k]
    return list(zip(ids[order].tolist(), np.clip(scores[order], -1, 1).tolist(), strict=True))


def open_base(data: Bytes) -> faiss.IndexIDMap2:
    """The flat index that `faiss.serialize_index` made `data` of. FAISS must be able to trust these bytes.

    Its vectors stay in `data`: NumPy's memory has huge pages, and is searched a quarter sooner than FAISS's own.
    """
    import faiss

    library: Any = faiss  # its type stubs are not complete
    index = library.read_index(library.ZeroCopyIOReader(library.swig_ptr(data), data.size))
    index.referenced_objects = [data]
    return index  # type: ignore[no-any-return]


def _nearest(base: faiss.IndexIDMap2, query: Floats, k: int, bits: Bits | None) -> tuple[Ids, Floats]:
    """The k nearest of those in `bits`, and all that may be as near as the k-th: where some tie, FAISS keeps any."""
    import faiss

    # a second thread is of no use to one query, and is waited for where another program has its core
    faiss.omp_set_num_threads(1)
    selector = None if bits is None else faiss.IDSelectorBitmap(bits.size, faiss.swig_ptr(bits))
    parameters: Any = None if selector is None else faiss.SearchParameters(sel=selector)  # type: ignore[call-arg]
    wanted = k + _SURPLUS
    while True:
        wanted = min(wanted, base.ntotal)
        (scores,), (ids,) = base.search(query.reshape(1, -1), wanted, params=parameters)
        if ids[-1] < 0 or wanted == base.ntotal or scores[-1] < scores[k - 1] - _ROUNDING:
            ids = ids[ids >= 0]
            return ids, np.einsum("nd,d->n", base.reconstruct_batch(ids), query)
        wanted *= 4


def _content(base: faiss.IndexIDMap2) -> tuple[Ids, Floats]:
    """The ids (n,), and the vectors (n, d): a view into the index."""
    import faiss

    flat: Any = faiss.downcast_index(base.index)
    vectors: Floats = faiss.rev_swig_ptr(flat.get_xb(), base.ntotal * base.d).reshape(-1, base.d)
    return faiss.vector_to_array(base.id_map), vectors
