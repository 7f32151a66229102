"""Whether what is in memory is what the database has."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from rag.store.vectors.flat import Exact, Floats
from rag.store.vectors.id_sets import Ids, among
from rag.store.vectors.ivf import Lists

ALIKE = 0.98
"""The cosine of an embedding and its own bytes is above 0.999, less where it lies outside what the bytes can say."""


def differences(exact: Exact, lists: Lists | None, stored: Iterable[tuple[Ids, Floats]]) -> int:
    """How many vectors are missing in memory, extra there, or not equal to the stored ones.

    stored: all that the database has, in blocks of ids (m,) and vectors (m, d). Those in lists count as equal where
    their bytes are as near as bytes come.
    """
    alive = np.flatnonzero(exact.alive)
    places = alive[np.argsort(exact.ids[alive])]
    exact_ids = exact.ids[places]
    listed_ids, codes = _sorted(lists)
    seen = wrong = 0
    for ids, vectors in stored:
        found, at = _found(exact_ids, ids)
        seen += int(found.sum())
        wrong += int((exact.vectors[places[at[found]]] != vectors[found]).any(axis=1).sum())
        in_lists, at = _found(listed_ids, ids)
        if lists is not None and in_lists.any():
            seen += int(in_lists.sum())
            decoded = lists.index.sq.decode(codes[at[in_lists]])
            lengths = np.linalg.norm(decoded, axis=1) * np.linalg.norm(vectors[in_lists], axis=1)
            wrong += int((np.einsum("nd,nd->n", decoded, vectors[in_lists]) < ALIKE * lengths - 1e-9).sum())
            wrong += int((lengths == 0).sum())
        wrong += int((~found & ~in_lists).sum())
    return wrong + len(exact_ids) + len(listed_ids) - seen


def _sorted(lists: Lists | None) -> tuple[Ids, np.ndarray]:
    """The ids of what is alive, in order, and the bytes of each."""
    if lists is None:
        return np.zeros(0, np.int64), np.zeros((0, 0), np.uint8)
    parts = [(ids[alive], codes[alive]) for ids, codes in lists.parts() for alive in [among(lists.alive, ids)]]
    ids = np.concatenate([part for part, _ in parts])
    order = np.argsort(ids)
    return ids[order], np.concatenate([codes for _, codes in parts])[order]


def _found(known: Ids, ids: Ids) -> tuple[np.ndarray, Ids]:
    """Which of `ids` are among the sorted `known`, and where."""
    if not len(known):
        return np.zeros(len(ids), bool), np.zeros(len(ids), np.int64)
    at = np.minimum(np.searchsorted(known, ids), len(known) - 1)
    return known[at] == ids, at
