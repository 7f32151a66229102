"""The large part of the vectors: FAISS's inverted lists (IVF), with one byte for each dimension (SQ8).

A question looks into the lists whose centres are nearest to it. What it finds there are candidates: bytes are not
exact, so they are scored anew by the float32 vectors of the database. Why this and not another index, and where the
constants come from: docs/index-choice.md.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from rag.store.vectors import id_sets
from rag.store.vectors.flat import Floats
from rag.store.vectors.id_sets import Bits, Ids

if TYPE_CHECKING:
    import faiss

PROBES = 64
"""Lists that a search over everything looks into."""
TRAINING = 32
"""Training vectors for each centre. More took longer and found no more."""
ITERATIONS = 6
MARGIN = 0.1
"""The bytes reach so far beyond the range of the training vectors: later vectors may lie outside it."""
RETRAINED_AT = 4
"""The centres are trained anew when there are so many times the vectors that they were trained for."""


@dataclass(frozen=True, slots=True)
class IvfIndex:
    """index: never changed once it is here. alive: the chunks that are not deleted. count: how many they are.

    trained: how many vectors there were when the centres were trained.
    """

    index: faiss.IndexIVFScalarQuantizer
    alive: Bits
    count: int
    trained: int

    @classmethod
    def of(cls, index: faiss.IndexIVFScalarQuantizer, trained: int) -> IvfIndex:
        """All of `index`, of which nothing is deleted."""
        whole = cls(index, np.zeros(0, np.uint8), index.ntotal, trained)
        return replace(whole, alive=id_sets.bits_of(np.concatenate([ids for ids, _ in whole._lists()])))

    @property
    def dead(self) -> int:
        """How many deleted vectors the lists still hold."""
        return int(self.index.ntotal) - self.count

    @property
    def nbytes(self) -> int:
        """Of the codes, the ids, the centres and the bits."""
        index = self.index
        return int(index.ntotal * (index.code_size + 8) + index.nlist * index.d * 4 + self.alive.nbytes)

    def living(self, bits: Bits) -> IvfIndex:
        """Of the same vectors those alive that are in `bits`."""
        return replace(self, alive=bits, count=id_sets.count(bits))

    def search(self, query: Floats, n: int, allowed: Ids | None) -> Ids:
        """The ids of about the n nearest that are alive and in the ranges `allowed`; never fewer where there are n.

        query: (d,). Where few are allowed, or many have been deleted since the centres were trained, more lists are
        looked into, so that as many vectors are compared.
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
        """Of each list the ids (m,) and the codes (m, d) uint8: views into the index, which must be kept meanwhile."""
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
        """The ids (m,) and codes (m, d) uint8 of the chunks alive, list by list."""
        for ids, codes in self._lists():
            alive = id_sets.among(self.alive, ids)
            yield ids[alive], codes[alive]

    def decoded(self) -> Iterator[tuple[Ids, Floats]]:
        """The ids (m,) of the chunks alive with their vectors (m, d), as far as the codes tell; list by list."""
        for ids, codes in self.parts():
            if len(ids):
                yield ids, self.index.sq.decode(codes)


def lists_for(n: int) -> int:
    """How many lists for n vectors: about twice the root, as a power of two."""
    return 1 << round(math.log2(2 * math.sqrt(n)))


def joined(ivf: IvfIndex | None, parts: Sequence[tuple[Ids, Floats]]) -> IvfIndex:
    """An index of what is alive in `ivf` and of more ids (m,) with vectors (m, d); `ivf` stays as it is.

    Where there are many more than the centres were trained for, these are trained anew.
    """
    import faiss

    total = sum(len(ids) for ids, _ in parts) + (ivf.count if ivf is not None else 0)
    if ivf is None or total >= RETRAINED_AT * ivf.trained:
        return _trained(ivf, parts, total)
    index: Any = faiss.clone_index(ivf.index)
    if ivf.dead:
        alive = faiss.IDSelectorBitmap(ivf.alive.size, faiss.swig_ptr(ivf.alive))
        index.remove_ids(faiss.IDSelectorNot(alive))
    return _with(index, parts, ivf.trained)


def _trained(ivf: IvfIndex | None, parts: Sequence[tuple[Ids, Floats]], total: int) -> IvfIndex:
    import faiss

    def blocks() -> Iterator[tuple[Ids, Floats]]:
        yield from parts
        if ivf is not None:
            yield from ivf.decoded()

    lists = lists_for(total)
    sample = _sample(blocks(), lists * TRAINING / total)
    dimension = sample.shape[1]
    # not by residual: the codes of a vector do not depend on its list, so both can be chosen and checked apart
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
    index.cp.min_points_per_centroid = 1  # or FAISS would print a warning where many texts are the same
    index.nprobe = min(lists, PROBES)  # for whoever reads the snapshot without Kilde
    index.train(sample)
    return _with(index, blocks(), total)


def _with(index: Any, blocks: Iterable[tuple[Ids, Floats]], trained: int) -> IvfIndex:
    for ids, vectors in blocks:
        index.add_with_ids(np.ascontiguousarray(vectors), ids)
    return IvfIndex.of(index, trained)


def _sample(blocks: Iterable[tuple[Ids, Floats]], share: float) -> Floats:
    """(n, d): of all vectors this share, each with the same chance."""
    generator = np.random.default_rng(0)
    return np.concatenate([vectors[generator.random(len(vectors)) < share] for _, vectors in blocks])
