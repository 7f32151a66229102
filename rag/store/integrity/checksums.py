"""Checksums: of every page of the database, and of what answers are made of.

SQLite itself has none. Its own extension cksumvfs (which apsw brings along) writes eight bytes at the end of each page
and compares them when the page is read, in C and without Python's lock; so a flipped bit anywhere in the file is an
error and never an answer. What it cannot see is a page that is whole but not the one that was written, such as one of
zeros: chunks, pages and vectors therefore carry a CRC-32 of their own, which also holds for pages that are still in the
`-wal`. Rows that an older Kilde wrote have none and are taken as they are.
"""

from __future__ import annotations

import zlib
from functools import cache
from typing import Any

import apsw
import apsw.sqlite_extra
import numpy as np
import numpy.typing as npt

from rag.core.errors import StoreDamaged

RESERVED = 8
"""Bytes at the end of each page: what cksumvfs asks for."""
_VFS = "cksmvfs"
_MAGIC = b"KCRC"
TAIL = 12


@cache
def vfs() -> str | None:
    """The name of the file layer that checks pages; None where this installation has none."""
    try:
        db = apsw.Connection(":memory:")
        apsw.sqlite_extra.load(db, "cksumvfs")
        db.close()
    except (apsw.Error, LookupError, apsw.sqlite_extra.NotAvailable):
        return None
    return _VFS if _VFS in apsw.vfs_names() else None


def begin_like(source: apsw.Connection, target: apsw.Connection) -> None:
    """Have the pages that are copied from `source` into `target`, a new database, get their sums as they are written.

    cksumvfs writes them once it has seen a first page that asks for them; SQLite, which writes a page as soon as it has
    no room for it, writes the first one last. Pages that stand in the source's `-wal` have none to bring along.
    """
    if vfs() is not None and int(source.reserve_bytes("main", -1)) == RESERVED:
        target.reserve_bytes("main", RESERVED)
        target.execute("CREATE TABLE begun (x); DROP TABLE begun")


def protect(db: apsw.Connection) -> None:
    """Give all pages of a database from before there were sums theirs; nobody else may have it open.

    Takes as much memory as it is large: SQLite must write no page before the first, see `begin_like`.
    """
    db.reserve_bytes("main", RESERVED)
    db.pragma("cache_spill", False)
    try:
        db.execute("VACUUM")
    finally:
        db.pragma("cache_spill", True)


def of_row(*values: Any) -> int:
    """The CRC-32 of the columns of a row."""
    return zlib.crc32("\x1f".join("" if value is None else str(value) for value in values).encode())


def check_row(sum_: int | None, what: str, *values: Any) -> None:
    """Raises StoreDamaged where the columns are not what they were. sum_: None in a row of an older Kilde."""
    if sum_ is not None and sum_ != of_row(*values):
        raise StoreDamaged(detail=what, row=True)


def with_checksum(chunk_id: int, vector: bytes, sentences: bytes) -> bytes:
    """The `sentences` column: the vectors of the sentences, and behind them the sums of these and of the vector."""
    return sentences + _MAGIC + _sum(vector, chunk_id) + _sum(sentences, chunk_id)


def check_vector(chunk_id: int, vector: bytes, tail: bytes | None) -> bytes:
    """`vector`, when it is what it was. Raises StoreDamaged.

    tail: the last bytes of the `sentences` column; None is what SQLite makes of them where an older Kilde wrote none.
    """
    if tail and tail[:4] == _MAGIC and tail[4:8] != _sum(vector, chunk_id):
        raise StoreDamaged(detail=f"vector {chunk_id}", row=True)
    return vector


def verify_both(chunk_id: int, vector: bytes, sentences: bytes) -> bytes:
    """The vectors of the sentences, when they and the float32 `vector` are what they were. Raises StoreDamaged."""
    check_vector(chunk_id, vector, sentences[-TAIL:])
    return without_checksum(chunk_id, sentences, len(vector) // 2)


def without_checksum(chunk_id: int, sentences: bytes, row_bytes: int) -> bytes:
    """The vectors of the sentences. row_bytes: of one. Raises StoreDamaged where they are not what they were."""
    tail = sentences[-TAIL:]
    if tail[:4] == _MAGIC:
        data = sentences[:-TAIL]
        if tail[8:] != _sum(data, chunk_id):
            raise StoreDamaged(detail=f"sentences {chunk_id}", row=True)
        return data
    if row_bytes and len(sentences) % row_bytes:
        raise StoreDamaged(detail=f"sentences {chunk_id}", row=True)
    return sentences


def check_ascending(numbers: npt.NDArray[np.integer[Any]], what: str) -> None:
    """Raises StoreDamaged where numbers, (n,), that were kept in order are not."""
    if len(numbers) > 1 and bool((numbers[1:] <= numbers[:-1]).any()):
        raise StoreDamaged(detail=what, row=True)


def _sum(data: bytes, chunk_id: int) -> bytes:
    return zlib.crc32(data, chunk_id & 0xFFFFFFFF).to_bytes(4, "big")
