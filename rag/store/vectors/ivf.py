"""The large part of the vectors: FAISS's inverted lists (IVF), with one byte per dimension (SQ8).

A query searches the lists with the nearest centres. As the bytes are approximate, the candidates found are rescored
with the float32 vectors of the database. For the choice of index and constants see docs/index-choice.md.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from rag.store.vectors import id_sets
from rag.store.vectors.flat import Floats
from rag.store.vectors.id_sets import Bits, Ids

if TYPE_CHECKING:
    import faiss

PROBES = 64
"""Lists probed by an unfiltered search."""
TRAINING = 32
"""Training vectors per centre. More took longer without finding more."""
ITERATIONS = 6
MARGIN = 0.1
"""Margin of the byte range beyond the training vectors, as later vectors may lie outside their range."""
RETRAINED_AT = 4
"""Growth factor of the number of vectors at which the centres are trained again."""

Blocks = Iterable[tuple[Ids, Floats]]
"""Ids (m,) with vectors (m, d), some thousands at a time."""


@dataclass(frozen=True, slots=True)
class IvfIndex:
    """index: immutable. alive: the chunks that are not deleted. count: their number.

    trained: the number of vectors when the centres were trained.
    """

    index: faiss.IndexIVFScalarQuantizer
    alive: Bits
    count: int
    trained: int

    @classmethod
    def of(cls, index: faiss.IndexIVFScalarQuantizer, trained: int) -> IvfIndex:
        """An IVF part with all of `index` alive."""
        ivf = cls(index, np.zeros(0, np.uint8), index.ntotal, trained)
        return replace(ivf, alive=id_sets.bits_of(np.concatenate([ids for ids, _ in ivf._lists()])))

    @property
    def dead(self) -> int:
        """The number of deleted vectors still in the lists."""
        return int(self.index.ntotal) - self.count

    @property
    def nbytes(self) -> int:
        """Bytes of codes, ids, centres and bitmap."""
        index = self.index
        return int(index.ntotal * (index.code_size + 8) + index.nlist * index.d * 4 + self.alive.nbytes)

    def living(self, bits: Bits) -> IvfIndex:
        """The same vectors with only those in `bits` still alive."""
        return replace(self, alive=bits, count=id_sets.count(bits))

    def search(self, query: Floats, n: int, allowed: Ids | None) -> Ids:
        """Ids of approximately the n nearest live chunks in the ranges `allowed`; fewer only if there are not n.

        query: (d,). If few chunks are allowed, or many were deleted since training, more lists are probed, so that the
        same number of vectors is compared.
        """
        import faiss

        bits = self.alive if allowed is None else id_sets.only(self.alive, allowed)
        count = self.count if allowed is None else id_sets.count(bits)
        if count <= n:
            return id_sets.ids_of(bits)
        faiss.omp_set_num_threads(1)  # see `rag.store.vectors.flat`
        selector = faiss.IDSelectorBitmap(bits.size, faiss.swig_ptr(bits)) if count < self.index.ntotal else None
        lists = int(self.index.nlist)
        probes = min(lists, max(PROBES, math.ceil(PROBES * self.trained / count)))
        while True:
            parameters: Any = faiss.SearchParametersIVF(nprobe=probes, sel=selector)  # type: ignore[call-arg]
            _, labels = self.index.search(query.reshape(1, -1), n, params=parameters)
            ids: Ids = labels[0][labels[0] >= 0]
            if len(ids) == n or probes == lists:
                return ids
            probes = lists

    def _lists(self) -> Iterator[tuple[Ids, Any]]:
        """Ids (m,) and codes (m, d) uint8 of each list, as views into the index, which must be kept alive."""
        import faiss

        inverted: Any = self.index.invlists
        for number in range(self.index.nlist):
            m = inverted.list_size(number)
            if not m:
                yield np.zeros(0, np.int64), np.zeros((0, self.index.d), np.uint8)
                continue
            ids = faiss.rev_swig_ptr(inverted.get_ids(number), m)
            codes = faiss.rev_swig_ptr(inverted.get_codes(number), m * self.index.code_size)
            yield ids, codes.reshape(m, self.index.code_size)

    def parts(self) -> Iterator[tuple[Ids, Any]]:
        """Ids (m,) and codes (m, d) uint8 of the live chunks, list by list."""
        for ids, codes in self._lists():
            alive = id_sets.among(self.alive, ids)
            yield ids[alive], codes[alive]


def lists_for(n: int) -> int:
    """The number of lists for n vectors: about twice the square root, as a power of two."""
    return 1 << round(math.log2(2 * math.sqrt(n)))


def joined(
    ivf: IvfIndex | None, parts: Sequence[tuple[Ids, Floats]], stored: Callable[[], Blocks] | None = None
) -> IvfIndex:
    """A new index of the live vectors in `ivf` and of more ids (m,) with vectors (m, d).

    The centres are trained again if there are many more vectors than at their training; stored: gives the vectors in
    the database for that, as what the codes say of a vector is less with each training. Without it none are trained.
    """
    import faiss

    total = sum(len(ids) for ids, _ in parts) + (ivf.count if ivf is not None else 0)
    if ivf is None:
        return _trained(lambda: parts, total)
    if stored is not None and total >= RETRAINED_AT * ivf.trained:
        alive = ivf.alive
        return _trained(lambda: _with_those_of(alive, stored(), parts), total)
    index: Any = faiss.clone_index(ivf.index)
    if ivf.dead:
        living = faiss.IDSelectorBitmap(ivf.alive.size, faiss.swig_ptr(ivf.alive))
        index.remove_ids(faiss.IDSelectorNot(living))
    return _with(index, parts, ivf.trained)


def _with_those_of(alive: Bits, stored: Blocks, parts: Blocks) -> Iterator[tuple[Ids, Floats]]:
    yield from parts
    for ids, vectors in stored:
        ours = id_sets.among(alive, ids)
        yield ids[ours], vectors[ours]


def _trained(blocks: Callable[[], Blocks], total: int) -> IvfIndex:
    import faiss

    lists = lists_for(total)
    sample = _sample(blocks(), lists * TRAINING / total)
    dimension = sample.shape[1]
    # not by residual, so that codes do not depend on the list and can be checked separately
    index = faiss.IndexIVFScalarQuantizer(
        faiss.IndexFlatIP(dimension),
        dimension,
        lists,
        faiss.ScalarQuantizer.QT_8bit,
        faiss.METRIC_INNER_PRODUCT,
        False,
    )
    index.sq.rangestat_arg = MARGIN
    index.cp.niter = ITERATIONS
    index.cp.min_points_per_centroid = 1  # otherwise FAISS prints a warning if many texts are equal
    index.nprobe = min(lists, PROBES)  # for readers of the snapshot other than Kilde
    index.train(sample)
    return _with(index, blocks(), total)


def _with(index: Any, blocks: Blocks, trained: int) -> IvfIndex:
    for ids, vectors in blocks:
        index.add_with_ids(np.ascontiguousarray(vectors), ids)
    return IvfIndex.of(index, trained)


def _sample(blocks: Blocks, share: float) -> Floats:
    """(n, d): a uniform random sample of this share of all vectors."""
    generator = np.random.default_rng(0)
    return np.concatenate([vectors[generator.random(len(vectors)) < share] for _, vectors in blocks])
