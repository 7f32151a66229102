"""Stores the originals by the SHA-256 of their content."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

from rag.core.crash_points import crash_point
from rag.core.durable_io import sync_folder, write_durably
from rag.store.errors import translated


class Files:
    """Content-addressed files in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, sha256: str) -> Path:
        return self.folder / sha256

    def put(self, data: bytes, sha256: str = "") -> str:
        """Store `data`; durable on return. sha256: its hash, if known. Returns the SHA-256 in hexadecimal."""
        sha256 = sha256 or hashlib.sha256(data).hexdigest()
        path = self.path(sha256)
        with translated(path):
            is_present = self.is_whole(sha256)
        if is_present:
            # perhaps left by a process that was killed before it made the name durable
            with translated(path):
                sync_folder(path.parent)
        else:
            write_durably(path, [data])
        return sha256

    def get(self, sha256: str) -> bytes:
        """The content. Raises FileNotFoundError."""
        return self.path(sha256).read_bytes()

    def remove(self, sha256: str) -> None:
        self.path(sha256).unlink(missing_ok=True)
        crash_point("file removed")

    def names(self) -> Iterator[str]:
        if self.folder.exists():
            yield from (p.name for p in self.folder.iterdir() if not p.name.startswith("."))

    def is_whole(self, sha256: str) -> bool:
        """Whether the file exists and its content matches its hash."""
        path = self.path(sha256)
        if not path.exists():
            return False
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == sha256
