"""Checksums of database pages, and of the rows that answers are based on.

SQLite has none by default. Its extension cksumvfs, included in apsw, stores eight bytes at the end of each page and
verifies them on every read, in C and without the GIL; a flipped bit in the file therefore gives an error rather than a
wrong answer. It cannot detect a valid page that is not the one that was written, such as a page of zeros. Chunks, pages
of documents and vectors therefore have a CRC-32 of their own, which also protects rows in the `-wal`. Rows written by
an older Kilde have none and are accepted.
"""

import zlib
from functools import cache
from typing import Any

import apsw
import apsw.sqlite_extra
import numpy as np
import numpy.typing as npt

from rag.core.errors import StoreDamaged

RESERVED = 8
"""Bytes that cksumvfs reserves at the end of each page."""
_VFS = "cksmvfs"
_MAGIC = b"KCRC"
TAIL = 12
"""Bytes after the vectors in a `sentences` column: _MAGIC and two CRC-32."""


@cache
def vfs() -> str | None:
    """The name of the SQLite VFS that checks pages; None if this build of apsw lacks it."""
    try:
        db = apsw.Connection(":memory:")
        apsw.sqlite_extra.load(db, "cksumvfs")
        db.close()
    except (apsw.Error, LookupError, apsw.sqlite_extra.NotAvailable):
        return None
    return _VFS if _VFS in apsw.vfs_names() else None


def begin_like(source: apsw.Connection, target: apsw.Connection) -> None:
    """Prepare `target`, a new database, to write checksums for the pages copied into it from `source`.

    cksumvfs writes checksums only after it has seen a first page that requests them, but SQLite writes pages as soon as
    its cache is full, and the first page last. Pages in the `-wal` of `source` have no checksums to copy.
    """
    if vfs() is not None and int(source.reserve_bytes("main", -1)) == RESERVED:
        target.reserve_bytes("main", RESERVED)
        target.execute("CREATE TABLE begun (x); DROP TABLE begun")


def protect(db: apsw.Connection) -> None:
    """Add checksums to all pages of a database created without; nobody else may have it open.

    Takes as much memory as the database is large, as SQLite must write the first page first, see `begin_like`.
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


def check_row(crc: int | None, name: str, *values: Any) -> None:
    """Raises StoreDamaged if the columns do not match their CRC-32, which is None in rows of an older Kilde."""
    if crc is not None and crc != of_row(*values):
        raise StoreDamaged(detail=name, row=True)


def with_checksum(chunk_id: int, vector: bytes, sentences: bytes) -> bytes:
    """The `sentences` column: the sentence vectors, then the checksums of `vector` and of the sentence vectors."""
    return sentences + _MAGIC + _crc(vector, chunk_id) + _crc(sentences, chunk_id)


def check_vector(chunk_id: int, vector: bytes, tail: bytes | None) -> bytes:
    """Returns `vector`; raises StoreDamaged if it does not match its checksum.

    tail: the last TAIL bytes of the `sentences` column; SQLite returns None for an empty column of an older Kilde.
    """
    if tail and tail[:4] == _MAGIC and tail[4:8] != _crc(vector, chunk_id):
        raise StoreDamaged(detail=f"vector {chunk_id}", row=True)
    return vector


def verify_both(chunk_id: int, vector: bytes, sentences: bytes) -> bytes:
    """The sentence vectors of a `sentences` column; raises StoreDamaged if they or the float32 `vector` changed."""
    check_vector(chunk_id, vector, sentences[-TAIL:])
    return without_checksum(chunk_id, sentences, len(vector) // 2)


def without_checksum(chunk_id: int, sentences: bytes, row_bytes: int) -> bytes:
    """The sentence vectors of a `sentences` column, `row_bytes` each; raises StoreDamaged if they changed."""
    tail = sentences[-TAIL:]
    if tail[:4] == _MAGIC:
        data = sentences[:-TAIL]
        if tail[8:] != _crc(data, chunk_id):
            raise StoreDamaged(detail=f"sentences {chunk_id}", row=True)
        return data
    if row_bytes and len(sentences) % row_bytes:
        raise StoreDamaged(detail=f"sentences {chunk_id}", row=True)
    return sentences


def check_ascending(numbers: npt.NDArray[np.integer[Any]], name: str) -> None:
    """Raises StoreDamaged unless `numbers`, (n,), are strictly ascending."""
    if len(numbers) > 1 and bool((numbers[1:] <= numbers[:-1]).any()):
        raise StoreDamaged(detail=name, row=True)


def _crc(data: bytes, chunk_id: int) -> bytes:
    return zlib.crc32(data, chunk_id & 0xFFFFFFFF).to_bytes(4, "big")
