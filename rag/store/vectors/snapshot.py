"""Saves the vectors of a space as a file for `faiss.read_index`: one index with all of them by chunk id.

FAISS's reader may crash on a damaged file, and a hostile one could do worse. So it only gets files that are known to be
the last one written by this database. FAISS's bytes are followed, where its reader does not look, by the *record*
(JSON: space, generation, counts, SHA-256 of FAISS's bytes), its length (u32) and MAGIC; the database has the same
record. The copy in the file distinguishes a damaged file, which is reported to the user, from an intact file of another
time or database, which is ignored.
"""

import hashlib
import json
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from rag.core.durable_io import sweep, write_durably
from rag.store.vectors.flat import Bytes, FlatIndex, open_base
from rag.store.vectors.ivf import IvfIndex

MAGIC = b"KILDEIX3"
_END = struct.Struct("<I8s")
"""The end of the file: length of the record, and MAGIC."""
OLDER = (b"KILDEIX1", b"KILDEIX2")
"""First bytes of snapshots of an older Kilde, which were no FAISS files."""


class SnapshotDamaged(Exception):
    """A file that contradicts its own record. Internal to the store."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The content of a file: a flat index for a small store, an IVF index for a large one."""

    generation: int
    index: FlatIndex | IvfIndex


def write(path: Path, space_id: int, generation: int, index: FlatIndex | IvfIndex) -> str:
    """Write all of an index, durably, and return its record. A flat one must be merged.

    The bytes are serialized in memory and written by `write_durably`, as `faiss.write_index` does not report a full
    disk. Raises DiskFull, StoreReadOnly, StoreError.
    """
    import faiss

    library: Any = faiss  # its type stubs are incomplete
    plain, trained = (index.base, 0) if isinstance(index, FlatIndex) else (index.index, index.trained)
    parts: list[bytes] = []
    digest = hashlib.sha256()

    def collect(part: bytes) -> int:
        parts.append(part)
        digest.update(part)
        return len(part)

    library.write_index(plain, library.PyCallbackIOWriter(collect))
    record = json.dumps(
        {
            "space": space_id,
            "generation": generation,
            "count": index.count,
            "trained": trained,
            "sha256": digest.hexdigest(),
        }
    )
    sweep(path.parent)
    write_durably(path, [*parts, record.encode(), _END.pack(len(record), MAGIC)])
    return record


def read(path: Path, record: str) -> Snapshot | None:
    """Read a snapshot. None for a file of an older Kilde, and for an intact file that does not match `record`.

    record: returned by `write` and stored in the database; "" if there is none.
    Raises SnapshotDamaged, OSError.
    """
    data = np.fromfile(path, np.uint8)
    if data[:8].tobytes() in OLDER:
        return None
    if _record_of(data) != record:
        return None
    values = json.loads(record)
    try:
        # exactly these bytes matched their SHA-256; later changes on disk do not matter
        index = IvfIndex.of(_ivf(data), values["trained"]) if values["trained"] else FlatIndex.of(open_base(data))
    except RuntimeError as error:  # perhaps written by another version of FAISS
        raise SnapshotDamaged("FAISS") from error
    return Snapshot(values["generation"], index)


def _record_of(data: Bytes) -> str:
    """The record in a file, after checking that the bytes before it match its hash."""
    try:
        length, magic = _END.unpack(data[-_END.size :].tobytes())
        start = data.size - _END.size - length
        text = data[start : -_END.size].tobytes().decode()
        intact = magic == MAGIC and hashlib.sha256(data[:start].data).hexdigest() == json.loads(text)["sha256"]
    except (struct.error, ValueError, KeyError, TypeError) as error:
        raise SnapshotDamaged("record") from error
    if not intact:
        raise SnapshotDamaged("SHA-256")
    return text


def _ivf(data: Bytes) -> Any:
    """An IVF index that owns its lists; FAISS could not add vectors to copies with lists inside `data`."""
    import faiss

    library: Any = faiss
    position = 0

    def take(size: int) -> bytes:
        nonlocal position
        position += size
        return data[position - size : position].tobytes()

    return library.read_index(library.PyCallbackIOReader(take))
