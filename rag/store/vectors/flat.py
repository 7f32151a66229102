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

EXACT_LIMIT = 20_000
"""More vectors than this join the IVF part: 20,000 x 384 are searched in a millisecond, 100,000 in 20 to 30."""
SEGMENT = 4_096
"""A segment that has so many vectors is not copied again: new ones begin another segment."""
_SURPLUS = 8
"""Fetched beyond k, so that one search of a segment nearly always tells where the scores fall below the k-th."""
_ROUNDING = 1e-6
"""The scores of FAISS and of NumPy differ by less: their sums are made in another order."""


@dataclass(frozen=True, slots=True)
class FlatIndex:
    """Brute force over segments (`IndexIDMap2` of `IndexFlatIP`) that never change, since others may be searching them.

    alive: the chunks that are not deleted. count: how many they are.
    """

    segments: tuple[faiss.IndexIDMap2, ...]
    alive: Bits
    count: int

    @classmethod
    def empty(cls) -> FlatIndex:
        """Without vectors. Does not import FAISS."""
        return cls((), np.zeros(0, np.uint8), 0)

    @classmethod
    def of(cls, index: faiss.IndexIDMap2) -> FlatIndex:
        """One segment, of which nothing is deleted."""
        return cls((index,), id_sets.bits_of(_ids(index)), index.ntotal)

    def __len__(self) -> int:
        """How many vectors are held, those of deleted chunks as well."""
        return sum(segment.ntotal for segment in self.segments)

    @property
    def nbytes(self) -> int:
        """Of the vectors and the ids."""
        return sum(segment.ntotal * (4 * segment.d + 8) for segment in self.segments)

    def added(self, blocks: Iterable[tuple[Ids, Floats]]) -> FlatIndex:
        """With more ids (m,) and vectors (m, d), each block a segment; small segments before it are merged into it."""
        segments, alive, count = [*self.segments], self.alive, self.count
        for ids, vectors in blocks:
            newest: Any = _segment([(ids, vectors)])
            # only into one at least as large: so a vector is copied a dozen times at most
            while segments and segments[-1].ntotal <= min(newest.ntotal, SEGMENT - 1):
                newest = _joined(segments.pop(), newest)
            segments.append(newest)
            alive = id_sets.union(alive, id_sets.bits_of(ids))
            count += len(ids)
        return FlatIndex(tuple(segments), alive, count)

    def without(self, deleted: Ids) -> FlatIndex:
        """Less the chunks in the ranges `deleted`."""
        alive = id_sets.without(self.alive, deleted)
        return replace(self, alive=alive, count=id_sets.count(alive))

    def merged(self) -> FlatIndex:
        """The same chunks in one segment without deleted ones; there must be some."""
        if len(self.segments) == 1 and self.count == len(self):
            return self
        return FlatIndex.of(_segment(self.parts()))

    def parts(self) -> Iterator[tuple[Ids, Floats]]:
        """Ids (m,) and vectors (m, d) of the chunks alive, by segment: views into it, so keep `self` meanwhile."""
        import faiss

        for segment in self.segments:
            ids = _ids(segment)
            flat: Any = faiss.downcast_index(segment.index)
            vectors = faiss.rev_swig_ptr(flat.get_xb(), len(ids) * segment.d).reshape(-1, segment.d)
            alive = id_sets.among(self.alive, ids)
            yield (ids, vectors) if alive.all() else (ids[alive], vectors[alive])

    def search(self, query: Floats, k: int, allowed: Ids | None) -> list[tuple[int, float]]:
        """The k nearest that are alive and in the ranges `allowed`: (chunk id, cosine), best first, ties by id.

        query: (d,). The cosines are the same to the last bit as those of `rag.store.vectors.blobs.cosines`.
        """
        bits = self.alive if allowed is None else id_sets.only(self.alive, allowed)
        count = self.count if allowed is None else id_sets.count(bits)
        hits: list[tuple[int, float]] = []
        if count:
            chosen = bits if count < len(self) else None
            for segment in self.segments:
                hits += _nearest(segment, query, min(k, count), chosen)
        hits.sort(key=lambda hit: (-hit[1], hit[0]))
        return hits[:k]


def _nearest(segment: faiss.IndexIDMap2, query: Floats, k: int, bits: Bits | None) -> Iterable[tuple[int, float]]:
    """The k nearest of a segment and all that may be as near as the k-th: FAISS keeps any k of those that tie."""
    import faiss

    # a second thread is of no use to one query, and is waited for where another program has its core
    faiss.omp_set_num_threads(1)
    selector = None if bits is None else faiss.IDSelectorBitmap(bits.size, faiss.swig_ptr(bits))
    parameters: Any = None if selector is None else faiss.SearchParameters(sel=selector)  # type: ignore[call-arg]
    wanted = k + _SURPLUS
    while True:
        wanted = min(wanted, segment.ntotal)
        (scores,), (ids,) = segment.search(query.reshape(1, -1), wanted, params=parameters)
        if ids[-1] < 0 or wanted == segment.ntotal or scores[-1] < scores[k - 1] - _ROUNDING:
            break
        wanted *= 4
    ids = ids[ids >= 0]
    return zip(ids.tolist(), np.einsum("nd,d->n", segment.reconstruct_batch(ids), query).tolist(), strict=True)


def _joined(older: faiss.IndexIDMap2, newer: faiss.IndexIDMap2) -> Any:
    """A new segment; `newer` is used up."""
    import faiss

    index: Any = faiss.clone_index(older)
    index.merge_from(newer)
    return index


def _segment(blocks: Iterable[tuple[Ids, Floats]]) -> Any:
    import faiss

    index: Any = None
    for ids, vectors in blocks:
        if index is None:
            index = faiss.IndexIDMap2(faiss.IndexFlatIP(vectors.shape[1]))
        index.add_with_ids(np.ascontiguousarray(vectors), ids)
    return index


def _ids(segment: faiss.IndexIDMap2) -> Ids:
    import faiss

    ids: Ids = faiss.vector_to_array(segment.id_map)
    return ids
