"""Sets of chunk ids, as ranges (a document's chunks are one range) and as bitmaps, by which FAISS filters."""

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

Ids = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
Bits = npt.NDArray[np.uint8]
"""Bitmap: bit i % 8 of byte i // 8, lowest first, stands for chunk id i; ids are never negative."""


def ranges(pairs: Iterable[tuple[int, int]]) -> Ids:
    """Merge inclusive (first, last) pairs into (m, 2) sorted ranges that do not touch each other."""
    merged: list[tuple[int, int]] = []
    for first, last in sorted(pairs):
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(merged[-1][1], last))
        else:
            merged.append((first, last))
    return np.array(merged, np.int64).reshape(-1, 2)


def bits_of(ids: Ids) -> Bits:
    """The bitmap of these ids."""
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
    in_range = ids < len(bits) * 8
    places = np.where(in_range, ids, 0)
    members: Mask = in_range & ((bits[places >> 3] >> (places & 7).astype(np.uint8)) & 1).astype(bool)
    return members


def only(bits: Bits, allowed: Ids) -> Bits:
    """The bits inside the ranges `allowed`."""
    mask = np.zeros(len(bits) * 8, bool)
    for first, last in allowed.tolist():
        mask[first : last + 1] = True
    return bits & np.packbits(mask, bitorder="little")


def without(bits: Bits, excluded: Ids) -> Bits:
    """The bits outside the ranges `excluded`."""
    mask = np.unpackbits(bits, bitorder="little")
    for first, last in excluded.tolist():
        mask[first : last + 1] = 0
    return np.packbits(mask, bitorder="little")


def union(a: Bits, b: Bits) -> Bits:
    """The bits that are set in either; they may differ in length."""
    longer, shorter = (a, b) if len(a) >= len(b) else (b, a)
    joined = longer.copy()
    joined[: len(shorter)] |= shorter
    return joined


def common(a: Bits, b: Bits) -> Bits:
    """The bits that are set in both; they may differ in length."""
    shared = min(len(a), len(b))
    return a[:shared] & b[:shared]


def count(bits: Bits) -> int:
    """The number of bits set."""
    return int(np.bitwise_count(bits).sum())
