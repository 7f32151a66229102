"""Locks and syncing for folders that are either complete or absent."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from rag.core.durable_io import sync_folder
from rag.core.errors import ModelUnavailable

# another process may be unpacking, which takes seconds, or a minute on a slow disk
LOCK_SECONDS = 600.0


def files(folder: Path) -> list[Path]:
    """All files below `folder`, in a fixed order."""
    return sorted(path for path in folder.rglob("*") if path.is_file())


def size(folder: Path) -> int:
    """Bytes of all files below `folder`."""
    return sum(path.stat().st_size for path in files(folder))


def sync(folder: Path) -> None:
    """Sync everything below `folder`, so that it survives a power failure."""
    for path in files(folder):
        with path.open("rb+") as file:
            os.fsync(file.fileno())
    for path in (folder, *folder.rglob("*")):
        if path.is_dir():
            sync_folder(path)


@contextlib.contextmanager
def locked(folder: Path, name: str, model: str) -> Iterator[None]:
    """Lock `folder / name` against other processes, creating `folder`. Raises ModelUnavailable after minutes."""
    from filelock import FileLock, Timeout

    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / f".{name}.lock", timeout=LOCK_SECONDS)
    try:
        lock.acquire()
    except Timeout as error:
        raise ModelUnavailable(model=model, detail="another process is working on it") from error
    try:
        yield
    finally:
        lock.release()
