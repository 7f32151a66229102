"""Files that survive a crash or a power cut, and the errors of a disk in the words of the product."""

import errno
import os
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from rag.core.crash_points import crash_point
from rag.core.errors import DiskFull, StoreError, StoreReadOnly

DISK_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""Numbers of the operating system: no space, no quota, and a file larger than its file system takes."""
_READ_ONLY = (errno.EACCES, errno.EPERM, errno.EROFS)
_ABANDONED_SECONDS = 600.0
"""A temporary file of this age was left by a process that was killed: no write takes that long."""


def write_durably(path: Path, parts: Iterable[bytes | memoryview]) -> None:
    """Write a file so that after a crash there is either all of it or none.

    Temporary file, fsync, size check, rename, fsync of the folder. Raises DiskFull, StoreReadOnly or StoreError.
    """
    try:
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
    except OSError as error:
        raise storage_error(error, path.parent) from error


def make_folder(folder: Path) -> None:
    """Make a folder and those above it, durably: a file is only as durable as the way to it."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    sync_folder(folder.parent)


def sync_folder(folder: Path) -> None:
    """Make new names in a folder durable, such as after a rename, where the platform can.

    Windows cannot open a folder, and keeps its own journal of renames.
    """
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sweep(folder: Path) -> None:
    """Remove temporary files that killed processes left: a snapshot of a million vectors leaves 400 MB each time."""
    for path in folder.glob(".new-*"):
        with suppress(OSError):  # another process may remove it at the same time
            if time.time() - path.stat().st_mtime > _ABANDONED_SECONDS:
                path.unlink()


def storage_error(error: OSError, folder: Path | None) -> StoreError:
    """What an error of the operating system means to a user: DiskFull, StoreReadOnly, or else a plain StoreError."""
    if error.errno in DISK_FULL:
        return DiskFull()
    if error.errno in _READ_ONLY:
        return StoreReadOnly(folder=str(folder or ""))
    return StoreError()


@contextmanager
def disk_errors(folder: Path) -> Iterator[None]:
    """Raise DiskFull and StoreReadOnly for the errors of the operating system that mean these; others pass through."""
    try:
        yield
    except OSError as error:
        fault = storage_error(error, folder)
        if type(fault) is StoreError:
            raise
        raise fault from error
