"""Compares vectors in memory with the database."""

from collections.abc import Iterable
from typing import Any

import numpy as np

from rag.store.vectors.flat import FlatIndex, Floats
from rag.store.vectors.id_sets import Ids, Mask
from rag.store.vectors.ivf import IvfIndex

STEPS = 2
"""Most that a code may differ from that of the stored vector, of 255: another processor rounds the other way, and
earlier versions coded what they had decoded. A value outside the range has the code at its end, so that a vector and
its codes may be far apart; their codes are not."""


def differences(flat: FlatIndex, ivf: IvfIndex | None, stored: Iterable[tuple[Ids, Floats]]) -> int:
    """The number of vectors in memory that are missing, extra, or different from the stored ones.

    stored: all vectors in the database, in blocks of ids (m,) and vectors (m, d). Vectors of the IVF part count as
    equal if their codes are those that the stored vectors get.
    """
    flat_ids, flat_vectors = _sorted(flat.parts())
    ivf_ids, codes = _sorted(ivf.parts() if ivf is not None else ())
    matched = wrong = 0
    for ids, vectors in stored:
        in_flat, places = _located(flat_ids, ids)
        if in_flat.any():
            matched += int(in_flat.sum())
            wrong += int((flat_vectors[places[in_flat]] != vectors[in_flat]).any(axis=1).sum())
        in_ivf, places = _located(ivf_ids, ids)
        if ivf is not None and in_ivf.any():
            matched += int(in_ivf.sum())
            expected = ivf.index.sq.compute_codes(vectors[in_ivf]).astype(np.int16)
            wrong += int((np.abs(expected - codes[places[in_ivf]]) > STEPS).any(axis=1).sum())
        wrong += int((~in_flat & ~in_ivf).sum())
    return wrong + len(flat_ids) + len(ivf_ids) - matched


def _sorted(parts: Iterable[tuple[Ids, Any]]) -> tuple[Ids, Any]:
    """All ids, sorted, with the row of each."""
    blocks = list(parts)
    if not blocks:
        return np.zeros(0, np.int64), np.zeros((0, 0), np.float32)
    ids = np.concatenate([part for part, _ in blocks])
    order = np.argsort(ids)
    return ids[order], np.concatenate([rows for _, rows in blocks])[order]


def _located(sorted_ids: Ids, ids: Ids) -> tuple[Mask, Ids]:
    """Which of `ids` are in `sorted_ids`, and their positions."""
    if not len(sorted_ids):
        return np.zeros(len(ids), bool), np.zeros(len(ids), np.int64)
    places = np.minimum(np.searchsorted(sorted_ids, ids), len(sorted_ids) - 1)
    return sorted_ids[places] == ids, places
