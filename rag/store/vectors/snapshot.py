"""The vectors of a space as a file that `faiss.read_index` opens: one index that holds all of them by chunk id.

FAISS's reader may crash on a damaged file, and does worse on a hostile one. So no byte reaches it before the file is
known to be the one that this database wrote last. Behind FAISS's bytes, where its reader does not look, stand the
*record* (JSON: space, generation, counts, SHA-256 of FAISS's bytes), its length (u32) and MAGIC; the database has the
same record. The copy in the file tells a damaged file, which the user hears of, from a whole one of another moment or
of another database, which is only passed over.
"""

from __future__ import annotations

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
"""Behind the record: its length and MAGIC."""
OLDER = (b"KILDEIX1", b"KILDEIX2")
"""With these begin the snapshots of an older Kilde, which were no FAISS files."""


class SnapshotDamaged(Exception):
    """A file that is not what its own record says. Stays inside the store."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a file holds: of a small store the one index, of a large one the other."""

    generation: int
    index: FlatIndex | IvfIndex


def write(path: Path, space_id: int, generation: int, index: FlatIndex | IvfIndex) -> str:
    """Write all of an index, durably, and return its record. A flat one must be merged.

    The bytes are made in memory and written by `write_durably`, because `faiss.write_index` tells nobody that the disk
    was full. Raises DiskFull, StoreReadOnly, StoreError.
    """
    import faiss

    library: Any = faiss  # its type stubs are not complete
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
    """None for a file of an older Kilde, and for a whole one that is not the one that `record` stands for.

    record: what `write` returned for the snapshot that the database knows; "" where it knows none.
    Raises SnapshotDamaged, OSError.
    """
    data = np.fromfile(path, np.uint8)
    if data[:8].tobytes() in OLDER:
        return None
    if _record_of(data) != record:
        return None
    values = json.loads(record)
    try:
        # these very bytes were compared with their SHA-256: what lies on the disk by now does not matter
        index = IvfIndex.of(_ivf(data), values["trained"]) if values["trained"] else FlatIndex.of(open_base(data))
    except RuntimeError as error:  # of another FAISS than the one that wrote it, perhaps
        raise SnapshotDamaged("FAISS") from error
    return Snapshot(values["generation"], index)


def _record_of(data: Bytes) -> str:
    """The record in a file, once the bytes before it are known to be those that it was written for."""
    try:
        length, magic = _END.unpack(data[-_END.size :].tobytes())
        start = data.size - _END.size - length
        text = data[start : -_END.size].tobytes().decode()
        whole = magic == MAGIC and hashlib.sha256(data[:start].data).hexdigest() == json.loads(text)["sha256"]
    except (struct.error, ValueError, KeyError, TypeError) as error:
        raise SnapshotDamaged("record") from error
    if not whole:
        raise SnapshotDamaged("SHA-256")
    return text


def _ivf(data: Bytes) -> Any:
    """With lists of its own, since vectors will be added to copies of it: FAISS cannot where they are in `data`."""
    import faiss

    library: Any = faiss
    position = 0

    def take(size: int) -> bytes:
        nonlocal position
        position += size
        return data[position - size : position].tobytes()

    return library.read_index(library.PyCallbackIOReader(take))
