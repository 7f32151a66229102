"""The vectors of a space as a file: numbers and nothing else, so that reading a damaged one can do no harm.

MAGIC, the length of the header (u32), the header (JSON), and the arrays that the header counts, one after another:
the ids and vectors that are searched exactly; of the lists the centres, the ranges of the bytes, the lengths, the bits
of those alive, and then list by list ids and bytes. FAISS's own files are not used: reading one that is damaged may
crash. What is read is believed only when the SHA-256 over all arrays is the one in the header.
"""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from rag.core.durable_io import sweep, write_durably
from rag.store.vectors import ivf as in_lists
from rag.store.vectors.flat import Exact
from rag.store.vectors.ivf import Lists

MAGIC = b"KILDEIX2"
OLDER = (b"KILDEIX1",)
_HEADER_LIMIT = 65_536  # bytes


class SnapshotMismatch(Exception):
    """A snapshot is not what its header says, or not of this space. Stays inside the store."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a file holds. digest: SHA-256 over the header, which has that of all else."""

    generation: int
    exact: Exact
    lists: Lists | None
    digest: str


def write(path: Path, space_id: int, generation: int, exact: Exact, lists: Lists | None) -> str:
    """Write the vectors that are alive, durably, and return the digest. Raises DiskFull, StoreReadOnly, StoreError."""
    kept = exact.after(0)
    header: dict[str, Any] = {
        "space": space_id,
        "generation": generation,
        "dimension": int(kept.vectors.shape[1] or (lists.index.d if lists is not None else 0)),
        "count": len(kept),
        "lists": lists.index.nlist if lists is not None else 0,
    }
    if lists is not None:
        header |= {"trained": lists.trained, "bits": len(lists.alive), "vectors": int(lists.index.ntotal)}
    digest = hashlib.sha256()
    for part in _arrays(kept, lists):
        digest.update(part)
    text = json.dumps({**header, "sha256": digest.hexdigest()}).encode()
    head = MAGIC + struct.pack("<I", len(text)) + text

    def parts() -> Iterator[bytes | memoryview]:
        yield head
        yield from _arrays(kept, lists)

    sweep(path.parent)
    write_durably(path, parts())
    return hashlib.sha256(head).hexdigest()


def read(path: Path, space_id: int) -> Snapshot | None:
    """None for one that an older Kilde wrote.

    Raises SnapshotMismatch or OSError; ValueError, KeyError and TypeError where the header is strange.
    """
    with path.open("rb") as file:
        head = file.read(12)
        if head[:8] in OLDER:
            return None
        if head[:8] != MAGIC or len(head) < 12:
            raise SnapshotMismatch("no header")
        (length,) = struct.unpack_from("<I", head, 8)
        if length > _HEADER_LIMIT:
            raise SnapshotMismatch("header")
        text = file.read(length)
        header = json.loads(text)
        if not isinstance(header, dict) or header.get("space") != space_id:
            raise SnapshotMismatch("another space")
        reader = _Reader(file, path.stat().st_size - 12 - length)
        exact, lists = _read(reader, header)
        if reader.left or reader.digest.hexdigest() != header["sha256"]:
            raise SnapshotMismatch("SHA-256")
        return Snapshot(int(header["generation"]), exact, lists, hashlib.sha256(head + text).hexdigest())


class _Reader:
    """Reads arrays from a file, and never more than it has."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file = file
        self.left = size
        self.digest = hashlib.sha256()

    def array(self, kind: type, *shape: int) -> npt.NDArray[Any]:
        size = int(np.dtype(kind).itemsize * np.prod(shape, dtype=object))
        if min(shape) < 0 or size > self.left:
            raise SnapshotMismatch("length")
        array: npt.NDArray[Any] = np.empty(shape, kind)
        if size and self._file.readinto(array.reshape(-1).view(np.uint8).data) != size:  # type: ignore[attr-defined]
            raise SnapshotMismatch("length")
        self.digest.update(array.data if size else b"")
        self.left -= size
        return array


def _read(reader: _Reader, header: dict[str, Any]) -> tuple[Exact, Lists | None]:
    dimension = int(header["dimension"])
    exact = Exact.of(
        reader.array(np.int64, int(header["count"])), reader.array(np.float32, int(header["count"]), dimension)
    )
    if not header["lists"]:
        return exact, None
    import faiss

    count = int(header["lists"])
    centres = reader.array(np.float32, count, dimension)
    limits = reader.array(np.float32, 2 * dimension)
    lengths = reader.array(np.int64, count)
    alive = reader.array(np.uint8, int(header["bits"]))
    index: Any = in_lists.empty(dimension, count)
    index.quantizer.add(centres)
    faiss.copy_array_to_vector(limits, index.sq.trained)
    index.is_trained = True
    for number, length in enumerate(lengths.tolist()):
        ids, codes = reader.array(np.int64, length), reader.array(np.uint8, length, dimension)
        if length:
            index.invlists.add_entries(number, length, faiss.swig_ptr(ids), faiss.swig_ptr(codes))
    index.ntotal = int(header["vectors"])
    if index.ntotal != int(lengths.sum()):
        raise SnapshotMismatch("lengths")
    return exact, Lists(index, alive, 0, int(header["trained"])).living(alive)


def _arrays(exact: Exact, lists: Lists | None) -> Iterator[memoryview]:
    yield _bytes(exact.ids)
    yield _bytes(exact.vectors)
    if lists is None:
        return
    import faiss

    index: Any = lists.index
    yield _bytes(index.quantizer.reconstruct_n(0, index.nlist))
    yield _bytes(faiss.vector_to_array(index.sq.trained))
    yield _bytes(np.array([index.invlists.list_size(number) for number in range(index.nlist)], np.int64))
    yield _bytes(lists.alive)
    for ids, codes in lists.parts():
        yield _bytes(ids)
        yield _bytes(codes)


def _bytes(array: npt.NDArray[Any]) -> memoryview:
    return np.ascontiguousarray(array).reshape(-1).view(np.uint8).data
