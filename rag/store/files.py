"""The originals, kept under the SHA-256 of their content, and the one way to write a file durably."""

from __future__ import annotations

import hashlib
import os
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from rag.store.connection import translated
from rag.store.integrity.crash_points import crash_point

_LEFT_SECONDS = 600.0
"""A file that is being written is younger."""


def write_durably(path: Path, parts: Iterable[bytes | memoryview]) -> None:
    """Write a file so that after a crash there is either all of it or none.

    Temporary file, fsync, size check, rename, fsync of the folder. Raises DiskFull, StoreReadOnly or StoreError.
    """
    with translated(path):
        make_folder(path.parent)
        descriptor, name = tempfile.mkstemp(prefix=".new-", dir=path.parent)
        try:
            written = 0
            with os.fdopen(descriptor, "wb") as file:
                for part in parts:
                    written += file.write(part)
                file.flush()
                crash_point("file written")
                os.fsync(file.fileno())
            if os.path.getsize(name) != written:
                raise OSError(f"{path.name}: not all bytes were written")
            crash_point("file synced")
            os.replace(name, path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        crash_point("file renamed")
        sync_folder(path.parent)
        crash_point("folder synced")


def make_folder(folder: Path) -> None:
    """Make a folder and those above it, durably: a file is only as durable as the way to it."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    sync_folder(folder.parent)


def sync_folder(folder: Path) -> None:
    """Make renames in a folder durable, where the platform can (Windows cannot open a folder)."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sweep(folder: Path) -> None:
    """Take away what processes that were killed left of theirs: at a million chunks that is 400 MB each time."""
    for path in folder.glob(".new-*"):
        with suppress(OSError):  # another process may be as quick
            if time.time() - path.stat().st_mtime > _LEFT_SECONDS:
                path.unlink()


class Files:
    """Content-addressed files in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, sha256: str) -> Path:
        return self.folder / sha256

    def put(self, data: bytes, sha256: str = "") -> str:
        """Keep `data`; durable on return. Returns its SHA-256 in hexadecimal, which a caller that has it passes on."""
        sha256 = sha256 or hashlib.sha256(data).hexdigest()
        path = self.path(sha256)
        with translated(path):
            whole = self.is_whole(sha256)
        if whole:
            # left by one who did not get as far as to make its name durable, perhaps
            with translated(path):
                sync_folder(path.parent)
        else:
            write_durably(path, [data])
        return sha256

    def get(self, sha256: str) -> bytes:
        """Raises FileNotFoundError where there is none."""
        return self.path(sha256).read_bytes()

    def remove(self, sha256: str) -> None:
        self.path(sha256).unlink(missing_ok=True)
        crash_point("file removed")

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
