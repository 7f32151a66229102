"""The originals, kept under the SHA-256 of their content, and the one way to write a file durably."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from rag.store.database import translated


def write_durably(path: Path, parts: Iterable[bytes | memoryview]) -> None:
    """Write a file so that after a crash there is either all of it or none.

    Temporary file, fsync, size check, rename, fsync of the folder. Raises DiskFull, StoreReadOnly or StoreError.
    """
    with translated(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(prefix=".new-", dir=path.parent)
        try:
            written = 0
            with os.fdopen(descriptor, "wb") as file:
                for part in parts:
                    written += file.write(part)
                file.flush()
                os.fsync(file.fileno())
            if os.path.getsize(name) != written:
                raise OSError(f"{path.name}: not all bytes were written")
            os.replace(name, path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make renames in a folder durable, where the platform can (Windows cannot open a folder)."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class Files:
    """Content-addressed files in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, sha256: str) -> Path:
        return self.folder / sha256

    def put(self, data: bytes) -> str:
        """Keep `data`; durable on return. Returns its SHA-256 in hexadecimal."""
        sha256 = hashlib.sha256(data).hexdigest()
        path = self.path(sha256)
        if not path.exists() or path.stat().st_size != len(data):
            write_durably(path, [data])
        return sha256

    def get(self, sha256: str) -> bytes:
        """Raises FileNotFoundError where there is none."""
        return self.path(sha256).read_bytes()

    def remove(self, sha256: str) -> None:
        self.path(sha256).unlink(missing_ok=True)

    def names(self) -> Iterator[str]:
        if self.folder.exists():
            yield from (p.name for p in self.folder.iterdir() if not p.name.startswith("."))

    def is_whole(self, sha256: str) -> bool:
        """Whether the file is there and its content still has its hash."""
        path = self.path(sha256)
        if not path.exists():
            return False
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == sha256
