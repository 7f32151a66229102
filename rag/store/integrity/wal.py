"""Checks whether the newest changes, in `kilde.db-wal` after a crash, are complete.

SQLite recovers them up to the first frame with a wrong checksum and silently ignores the rest. A frame cut off by the
crash belongs to a change that was never acknowledged. But if a commit follows a wrong frame, acknowledged changes may
be missing: the file is then copied before SQLite truncates it, and the user is told.

The format: https://sqlite.org/fileformat2.html#walformat
"""

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
    """Copy a damaged `-wal` beside the database; returns the copy, None if the `-wal` is intact."""
    path = database.with_name(database.name + "-wal")
    try:
        if path.stat().st_size <= _HEADER or not is_damaged(path.read_bytes()):
            return None
        # another process may be writing it right now: real damage persists
        time.sleep(_AGAIN_SECONDS)
        data = path.read_bytes()
        if not is_damaged(data):
            return None
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S")
        aside = path.with_name(f"{path.name}.damaged-{stamp}")
        shutil.copyfile(path, aside)
    except OSError:  # deleted, unreadable or not copyable, which opening the database will report
        return None
    return aside


def is_damaged(data: bytes) -> bool:
    """Whether a `-wal` has a wrong frame other than a truncated end."""
    if len(data) < _HEADER + _FRAME:
        return False
    magic, _, page_size, _, salt1, salt2, *header_checksum = struct.unpack_from(">8I", data)
    order = ">u4" if magic & 1 else "<u4"
    checksum = _checksum(data[:24], order, (0, 0))
    if magic not in _MAGIC or not 512 <= page_size <= 65_536 or checksum != tuple(header_checksum):
        # after a torn header nothing was acknowledged, but frames left by an earlier generation of the file cannot be
        # told from lost ones
        return True
    frame_size = _FRAME + page_size
    has_wrong_frame = False
    for start in range(_HEADER, len(data) - frame_size + 1, frame_size):
        page_number, commit, frame_salt1, frame_salt2, *frame_checksum = struct.unpack_from(">6I", data, start)
        if frame_salt1 != salt1 and frame_salt2 != salt2:
            # a frame of an earlier generation of the file (each increments the first salt), or never written
            if 0 < (salt1 - frame_salt1) % (1 << 32) < _ROUNDS or not any(data[start : start + _FRAME]):
                has_wrong_frame = True  # no frame of this generation can follow it
                continue
            return True
        checksum = _checksum(data[start : start + 8], order, checksum)
        checksum = _checksum(data[start + _FRAME : start + frame_size], order, checksum)
        if (frame_salt1, frame_salt2) != (salt1, salt2) or page_number == 0 or checksum != tuple(frame_checksum):
            has_wrong_frame = True
        if has_wrong_frame and commit:
            return True
        checksum = tuple(frame_checksum)
    return False


def _checksum(data: bytes, order: str, initial: tuple[int, ...]) -> tuple[int, ...]:
    """SQLite's checksum over pairs of 32-bit numbers: s0 += x0 + s1; s1 += x1 + s0, modulo 2**32, from `initial` on.

    Each pair takes (s0, s1) to M (s0, s1) + (x0, x0 + x1) with M = ((1, 1), (1, 2)), so that all of them together are
    one product with the powers of M.
    """
    pairs = np.frombuffer(data, order).astype(np.uint64).reshape(-1, 2)
    powers = _powers(len(pairs))
    first, second = pairs[:, 0], pairs[:, 0] + pairs[:, 1]
    factors = powers[-2::-1] if len(pairs) > 1 else powers[:1]
    # products wrap modulo 2**64, of which 2**32 is a divisor
    s0 = int((factors[:, 0, 0] * first + factors[:, 0, 1] * second).sum())
    s1 = int((factors[:, 1, 0] * first + factors[:, 1, 1] * second).sum())
    (a, b), (c, d) = powers[-1].tolist()
    initial0, initial1 = initial
    s0 += a * initial0 + b * initial1
    s1 += c * initial0 + d * initial1
    return s0 & 0xFFFFFFFF, s1 & 0xFFFFFFFF


@cache
def _powers(n: int) -> npt.NDArray[np.uint64]:
    """M to the powers 0 to n, (n + 1, 2, 2), modulo 2**32."""
    powers = np.zeros((n + 1, 2, 2), np.uint64)
    a, b, c, d = 1, 0, 0, 1
    for exponent in range(n + 1):
        powers[exponent] = ((a, b), (c, d))
        a, b, c, d = (a + b) & 0xFFFFFFFF, (a + 2 * b) & 0xFFFFFFFF, (c + d) & 0xFFFFFFFF, (c + 2 * d) & 0xFFFFFFFF
    return powers
