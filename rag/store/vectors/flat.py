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
"""More vectors than this move to the IVF part: 20,000 x 384 are searched in a millisecond, 100,000 in 20 to 30."""
_SURPLUS = 8
"""Hits fetched beyond k, so that one search nearly always includes all ties with the k-th."""
_ROUNDING = 1e-6
"""Upper bound of the difference between scores of FAISS and NumPy, which sum in different orders."""


@dataclass(frozen=True, slots=True)
class Tail:
    """n vectors added since the base was built, in arrays with spare capacity.

    room_for_ids: (r,), r >= n. room_for_vectors: (r, d). Both are shared with later tails, which write behind the first
    n: adding to a FAISS index would crash concurrent searches, and copying for each batch would be slow. Only the
    newest tail may be extended, by one thread at a time.
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

    def added(self, count: int, dimension: int, blocks: Iterable[tuple[Ids, Floats]]) -> Tail:
        """A tail with `count` more ids and vectors, given in blocks (m,) and (m, d)."""
        ids, vectors, end = self.room_for_ids, self.room_for_vectors, self.n
        if len(ids) < end + count or vectors.shape[1] != dimension:
            room = end + count + min(max(end + count, 1_024), EXACT_LIMIT)
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
        # einsum instead of BLAS, whose second thread delays it by 36 ms if another program has that core
        ids, scores = self.ids, np.einsum("nd,d->n", self.vectors, query)
        if bits is not None:
            members = id_sets.among(bits, ids)
            ids, scores = ids[members], scores[members]
        if k < len(scores):
            near = scores >= np.partition(scores, len(scores) - k)[len(scores) - k]
            ids, scores = ids[near], scores[near]
        return ids, scores


_NOTHING = Tail(np.zeros(0, np.int64), np.zeros((0, 0), np.float32))


@dataclass(frozen=True, slots=True)
class FlatIndex:
    """An immutable FAISS index, which may be searched concurrently, and the vectors added after it.

    base: an `IndexIDMap2` of `IndexFlatIP`. alive: the chunks that are not deleted. count: their number.
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
        """An index with all of `base` alive."""
        return cls(base, _NOTHING, id_sets.bits_of(_content(base)[0]), base.ntotal)

    def __len__(self) -> int:
        """The number of vectors held, including deleted chunks."""
        return self.tail.n + (self.base.ntotal if self.base is not None else 0)

    @property
    def nbytes(self) -> int:
        """Bytes of the vectors and ids."""
        base = self.base.ntotal * (4 * self.base.d + 8) if self.base is not None else 0
        return base + self.tail.room_for_vectors.nbytes + self.tail.room_for_ids.nbytes

    def added(self, count: int, dimension: int, blocks: Iterable[tuple[Ids, Floats]]) -> FlatIndex:
        """An index with `count` more ids and vectors, given in blocks (m,) and (m, d)."""
        tail = self.tail.added(count, dimension, blocks)
        alive = id_sets.union(self.alive, id_sets.bits_of(tail.ids[self.tail.n :]))
        return FlatIndex(self.base, tail, alive, self.count + tail.n - self.tail.n)

    def without(self, deleted: Ids) -> FlatIndex:
        """An index without the chunks in the ranges `deleted`."""
        alive = id_sets.without(self.alive, deleted)
        return replace(self, alive=alive, count=id_sets.count(alive))

    def merged(self) -> FlatIndex:
        """The same chunks in one base, without deleted vectors and without a tail."""
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
        """Ids (m,) and vectors (m, d) of the live chunks. They may be views, so keep a reference to `self`."""
        for ids, vectors in (
            *([_content(self.base)] if self.base is not None else []),
            (self.tail.ids, self.tail.vectors),
        ):
            alive = id_sets.among(self.alive, ids)
            if alive.any():
                yield (ids, vectors) if alive.all() else (ids[alive], vectors[alive])

    def search(self, query: Floats, k: int, allowed: Ids | None) -> tuple[Ids, Floats]:
        """Ids and cosines, (m,), of the k nearest live chunks in the ranges `allowed`, and some more.

        query: (d,). The cosines are bitwise equal to those of `rag.store.vectors.blobs.cosines`.
        """
        bits = self.alive if allowed is None else id_sets.only(self.alive, allowed)
        count = self.count if allowed is None else id_sets.count(bits)
        k = min(k, count)
        filter_bits = bits if count < len(self) else None
        hits = [self.tail.search(query, k, filter_bits)] if k and self.tail.n else []
        if k and self.base is not None:
            hits.append(_nearest(self.base, query, k, filter_bits))
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
    """The flat index that was serialized to `data` by `faiss.serialize_index`. The bytes must be trusted.

    Its vectors stay in `data`: NumPy's memory has huge pages, which makes searches a quarter faster.
    """
    import faiss

    library: Any = faiss  # its type stubs are incomplete
    index = library.read_index(library.ZeroCopyIOReader(library.swig_ptr(data), data.size))
    index.referenced_objects = [data]
    return index  # type: ignore[no-any-return]


def _nearest(base: faiss.IndexIDMap2, query: Floats, k: int, bits: Bits | None) -> tuple[Ids, Floats]:
    """The k nearest of those in `bits`, and all that may tie with the k-th, of which FAISS would return any."""
    import faiss

    # a second thread does not help a single query, and delays it if another program has its core
    faiss.omp_set_num_threads(1)
    selector = None if bits is None else faiss.IDSelectorBitmap(bits.size, faiss.swig_ptr(bits))
    parameters: Any = None if selector is None else faiss.SearchParameters(sel=selector)  # type: ignore[call-arg]
    depth = k + _SURPLUS
    while True:
        depth = min(depth, base.ntotal)
        (scores,), (ids,) = base.search(query.reshape(1, -1), depth, params=parameters)
        if ids[-1] < 0 or depth == base.ntotal or scores[-1] < scores[k - 1] - _ROUNDING:
            ids = ids[ids >= 0]
            return ids, np.einsum("nd,d->n", base.reconstruct_batch(ids), query)
        depth *= 4


def _content(base: faiss.IndexIDMap2) -> tuple[Ids, Floats]:
    """The ids (n,), and the vectors (n, d): a view into the index."""
    import faiss

    flat: Any = faiss.downcast_index(base.index)
    vectors: Floats = faiss.rev_swig_ptr(flat.get_xb(), base.ntotal * base.d).reshape(-1, base.d)
    return faiss.vector_to_array(base.id_map), vectors
