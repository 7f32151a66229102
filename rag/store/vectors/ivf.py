"""The vectors of a large store: in one byte for each dimension, in lists by the nearest of some centres (IVF, SQ8).

A question looks into the lists whose centres are nearest to it. What it finds there are candidates: bytes are not
exact, so they are scored anew by the float32 vectors of the database. Why this and not another index, and where the
constants come from: docs/index-choice.md.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from rag.store.vectors import id_sets
from rag.store.vectors.flat import EXACT_LIMIT, Floats
from rag.store.vectors.id_sets import Bits, Ids

if TYPE_CHECKING:
    import faiss

PROBES = 64
"""Lists that a search over everything looks into."""
TRAINING = 32
"""Vectors for each centre that it is found by. More took longer and found no more."""
ITERATIONS = 6
MARGIN = 0.1
"""The bytes reach so far beyond the range of the training vectors: what comes later may lie outside it."""
RETRAINED_AT = 4
"""The centres are chosen anew when there are so many times the vectors that they were chosen by."""
_BLOCK = 20_000


@dataclass(frozen=True, slots=True)
class Lists:
    """index: never changed once it is here. alive: bits of the chunks that are not deleted; count: how many.

    trained: how many vectors there were when the centres were chosen.
    """

    index: faiss.IndexIVFScalarQuantizer
    alive: Bits
    count: int
    trained: int

    @property
    def dead(self) -> int:
        """How many are in the lists still, though deleted."""
        return int(self.index.ntotal) - self.count

    def living(self, bits: Bits) -> Lists:
        """Of the same vectors those alive that are in `bits`."""
        return replace(self, alive=bits, count=id_sets.count(bits))

    def search(self, query: Floats, n: int, allowed: Ids | None) -> Ids:
        """The ids of about the n nearest that are alive and in the ranges `allowed`; never fewer where there are n.

        query: (d,). Where few are allowed, or many have been deleted since the centres were chosen, more lists are
        looked into, so that as many vectors are compared.
        """
        import faiss

        bits = self.alive if allowed is None else id_sets.only(self.alive, allowed)
        count = self.count if allowed is None else id_sets.count(bits)
        if count <= n:
            return id_sets.ids_of(bits)
        selector = faiss.IDSelectorBitmap(bits.size, faiss.swig_ptr(bits)) if count < self.index.ntotal else None
        lists = int(self.index.nlist)
        probes = min(lists, max(PROBES, math.ceil(PROBES * self.trained / count)))
        while True:
            parameters: Any = faiss.SearchParametersIVF(nprobe=probes, sel=selector)  # type: ignore[call-arg]
            _, found = self.index.search(query.reshape(1, -1), n, params=parameters)
            ids: Ids = found[0][found[0] >= 0]
            if len(ids) == n or probes == lists:
                return ids
            probes = lists

    def parts(self) -> Iterator[tuple[Ids, Any]]:
        """Of each list the ids (m,) and the bytes (m, d): views into the index, which must be kept meanwhile."""
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

    def vectors(self) -> Iterator[tuple[Ids, Floats]]:
        """The ids (m,) of those that are alive with their vectors (m, d), as far as the bytes tell; list by list."""
        for ids, codes in self.parts():
            alive = id_sets.among(self.alive, ids)
            if alive.any():
                yield ids[alive], self.index.sq.decode(np.ascontiguousarray(codes[alive]))


def lists_for(n: int) -> int:
    """How many lists for n vectors: about twice the root, as a power of two."""
    return 1 << round(math.log2(2 * math.sqrt(n)))


def joined(lists: Lists | None, ids: Ids, vectors: Floats) -> Lists:
    """Lists of what is alive in `lists` and of (n,) more ids with their (n, d) vectors; `lists` stays as it is.

    Where there are many more than the centres were chosen by, these are chosen anew.
    """
    import faiss

    total = len(ids) + (lists.count if lists is not None else 0)
    if lists is None or total >= RETRAINED_AT * lists.trained:
        return _anew(lists, ids, vectors, total)
    index: Any = faiss.clone_index(lists.index)
    if lists.dead > max(EXACT_LIMIT, lists.count // 4):
        kept = faiss.IDSelectorBitmap(lists.alive.size, faiss.swig_ptr(lists.alive))
        index.remove_ids(faiss.IDSelectorNot(kept))
    index.add_with_ids(np.ascontiguousarray(vectors), np.ascontiguousarray(ids))
    return Lists(index, lists.alive, 0, lists.trained).living(id_sets.both(lists.alive, id_sets.bits_of(ids)))


def _anew(lists: Lists | None, ids: Ids, vectors: Floats, total: int) -> Lists:

    centres = lists_for(total)
    index = empty(vectors.shape[1], centres)
    index.cp.niter = ITERATIONS
    index.cp.min_points_per_centroid = 1  # or it would warn where many texts are the same
    index.train(_sample(lists, vectors, total, centres * TRAINING))
    for start in range(0, len(ids), _BLOCK):
        index.add_with_ids(
            np.ascontiguousarray(vectors[start : start + _BLOCK]), np.ascontiguousarray(ids[start : start + _BLOCK])
        )
    alive = id_sets.bits_of(ids)
    if lists is not None:
        for part, decoded in lists.vectors():
            index.add_with_ids(decoded, np.ascontiguousarray(part))
        alive = id_sets.both(alive, lists.alive)
    return Lists(index, alive, total, total)


def empty(dimension: int, lists: int) -> faiss.IndexIVFScalarQuantizer:
    """An index without centres and vectors, of so many lists."""
    import faiss

    quantizer = faiss.IndexFlatIP(dimension)
    # not by residual: the bytes of a vector do not depend on its list, so both can be chosen and checked apart
    index = faiss.IndexIVFScalarQuantizer(
        quantizer, dimension, lists, faiss.ScalarQuantizer.QT_8bit, faiss.METRIC_INNER_PRODUCT, False
    )
    index.sq.rangestat_arg = MARGIN
    return index


def _sample(lists: Lists | None, vectors: Floats, total: int, wanted: int) -> Floats:
    """About `wanted` of all vectors, each with the same chance."""
    generator = np.random.default_rng(0)
    share = min(1.0, wanted / total)
    chosen = [vectors[generator.random(len(vectors)) < share]] if share < 1 else [vectors]
    if lists is not None:
        chosen += [decoded[generator.random(len(decoded)) < share] for _, decoded in lists.vectors()]
    return np.concatenate(chosen)
