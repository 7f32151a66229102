"""Sets of chunk ids: as ranges, since a document's chunks are one, and as bits, by which FAISS filters."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

Ids = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
Bits = npt.NDArray[np.uint8]
"""Bit i % 8 of byte i // 8, the lowest first, is that of chunk id i; ids are never negative."""


def ranges(pairs: Iterable[tuple[int, int]]) -> Ids:
    """(m, 2), both ends included, in order, none of them touching another. pairs: first and last, in any order."""
    merged: list[tuple[int, int]] = []
    for first, last in sorted(pairs):
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(merged[-1][1], last))
        else:
            merged.append((first, last))
    return np.array(merged, np.int64).reshape(-1, 2)


def bits_of(ids: Ids) -> Bits:
    """The bits of these ids."""
    mask = np.zeros(int(ids.max()) + 1 if len(ids) else 0, bool)
    mask[ids] = True
    return np.packbits(mask, bitorder="little")


def ids_of(bits: Bits) -> Ids:
    """The ids whose bits are set, in order."""
    return np.flatnonzero(np.unpackbits(bits, bitorder="little")).astype(np.int64)


def among(bits: Bits, ids: Ids) -> Mask:
    """(n,): which of (n,) ids have their bits set."""
    if not len(bits):
        return np.zeros(len(ids), bool)
    known = ids < len(bits) * 8
    places = np.where(known, ids, 0)
    members: Mask = known & ((bits[places >> 3] >> (places & 7).astype(np.uint8)) & 1).astype(bool)
    return members


def only(bits: Bits, allowed: Ids) -> Bits:
    """Those bits that lie in the ranges `allowed`."""
    mask = np.zeros(len(bits) * 8, bool)
    for first, last in allowed.tolist():
        mask[first : last + 1] = True
    return bits & np.packbits(mask, bitorder="little")


def without(bits: Bits, gone: Ids) -> Bits:
    """Those bits that do not lie in the ranges `gone`."""
    mask = np.unpackbits(bits, bitorder="little")
    for first, last in gone.tolist():
        mask[first : last + 1] = 0
    return np.packbits(mask, bitorder="little")


def union(one: Bits, other: Bits) -> Bits:
    """The bits that are set in either; they may differ in length."""
    longer, shorter = (one, other) if len(one) >= len(other) else (other, one)
    joined = longer.copy()
    joined[: len(shorter)] |= shorter
    return joined


def common(one: Bits, other: Bits) -> Bits:
    """The bits that are set in both; they may differ in length."""
    shared = min(len(one), len(other))
    return one[:shared] & other[:shared]


def count(bits: Bits) -> int:
    """How many are set."""
    return int(np.bitwise_count(bits).sum())
