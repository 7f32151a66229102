"""Whether the newest changes, which lie in `kilde.db-wal` after a crash, are all there.

At the next opening SQLite takes them in up to the first frame whose checksum is wrong and says nothing of the rest. A
frame that was cut off by the crash belongs to a change that was never acknowledged. But where a frame is wrong and the
end of a change stands behind it, what was acknowledged may be missing: then the file is copied aside before SQLite
cleans it up, and Kilde says so.

The format: https://sqlite.org/fileformat2.html#walformat
"""

from __future__ import annotations

import shutil
import struct
import time
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

_HEADER, _FRAME = 32, 24
_MAGIC = (0x377F0682, 0x377F0683)
_AGAIN_SECONDS = 0.05
_ROUNDS = 1_000_000


def set_aside_if_damaged(database: Path) -> Path | None:
    """Copy a damaged `-wal` beside the database; returns the copy, None where all is well."""
    path = database.with_name(database.name + "-wal")
    try:
        if path.stat().st_size <= _HEADER or not is_damaged(path.read_bytes()):
            return None
        # another process may just be writing it: what is really damaged still is a moment later
        time.sleep(_AGAIN_SECONDS)
        data = path.read_bytes()
        if not is_damaged(data):
            return None
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S")
        aside = path.with_name(f"{path.name}.damaged-{stamp}")
        shutil.copyfile(path, aside)
    except OSError:  # it has gone, or cannot be read or copied: opening the database will tell
        return None
    return aside


def is_damaged(data: bytes) -> bool:
    """Whether a frame of a `-wal` is wrong, and not the cut-off end of it."""
    if len(data) < _HEADER + _FRAME:
        return False
    magic, _, page, _, salt1, salt2, *stored = struct.unpack_from(">8I", data)
    order = ">u4" if magic & 1 else "<u4"
    if magic not in _MAGIC or not 512 <= page <= 65_536 or _sum(data[:24], order, (0, 0)) != tuple(stored):
        # of a header that was being written when the power failed nothing was acknowledged yet; but then there
        # is nothing behind it that a former one did not leave, which this cannot tell from a loss
        return True
    size = _FRAME + page
    before = tuple(stored)
    wrong = False
    for start in range(_HEADER, len(data) - size + 1, size):
        number, commit, frame1, frame2, *sums = struct.unpack_from(">6I", data, start)
        if frame1 != salt1 and frame2 != salt2:
            # left over from before the file was begun anew, which counts the first salt up; or never written
            if 0 < (salt1 - frame1) % (1 << 32) < _ROUNDS or not any(data[start : start + _FRAME]):
                wrong = True  # nothing of this round can stand behind it
                continue
            return True
        content = data[start : start + 8], data[start + _FRAME : start + size]
        right = (frame1, frame2) == (salt1, salt2) and number > 0
        right = right and _sum(content[1], order, _sum(content[0], order, before)) == tuple(sums)
        wrong = wrong or not right
        if wrong and commit:
            return True
        before = tuple(sums)
    return False


def _sum(data: bytes, order: str, before: tuple[int, ...]) -> tuple[int, int]:
    """SQLite's checksum over pairs of 32-bit numbers, from `before` on: s0 += x0 + s1; s1 += x1 + s0, modulo 2**32.

    Each pair takes (s0, s1) to M (s0, s1) + (x0, x0 + x1) with M = ((1, 1), (1, 2)), so that all of them together are
    one product with the powers of M.
    """
    pairs = np.frombuffer(data, order).astype(np.uint64).reshape(-1, 2)
    powers = _powers(len(pairs))
    first, second = pairs[:, 0], pairs[:, 0] + pairs[:, 1]
    rest = powers[-2::-1] if len(pairs) > 1 else powers[:1]
    # products wrap modulo 2**64, of which 2**32 is a divisor
    one = int((rest[:, 0, 0] * first + rest[:, 0, 1] * second).sum())
    two = int((rest[:, 1, 0] * first + rest[:, 1, 1] * second).sum())
    (a, b), (c, d) = powers[-1].tolist()
    one += a * before[0] + b * before[1]
    two += c * before[0] + d * before[1]
    return one & 0xFFFFFFFF, two & 0xFFFFFFFF


@cache
def _powers(n: int) -> npt.NDArray[np.uint64]:
    """M to the powers 0 to n, (n + 1, 2, 2), modulo 2**32."""
    powers = np.zeros((n + 1, 2, 2), np.uint64)
    a, b, c, d = 1, 0, 0, 1
    for place in range(n + 1):
        powers[place] = ((a, b), (c, d))
        a, b, c, d = (a + b) & 0xFFFFFFFF, (a + 2 * b) & 0xFFFFFFFF, (c + d) & 0xFFFFFFFF, (c + 2 * d) & 0xFFFFFFFF
    return powers
