"""What stands between SQLite and the disk in these tests: it records, or refuses."""

from __future__ import annotations

import errno
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import apsw

from rag.core import durable_io


@dataclass
class Disk:
    """What happened to files below `root`, in order; and what is refused from now on.

    log: ("create" | "write" | "truncate" | "sync" | "rename" | "remove" | "mkdir" | "sync folder" | a word of the
    test's, ...). fail_sync_after: so many fsyncs go well, and each one after them ends with EIO.
    """

    root: Path
    log: list[tuple[Any, ...]] = field(default_factory=list)
    recording: bool = False
    fail_sync_after: int | None = None
    failed: int = 0

    def note(self, *entry: Any) -> None:
        if self.recording:
            self.log.append(entry)

    def refuse_sync(self) -> bool:
        if self.fail_sync_after is None:
            return False
        self.fail_sync_after -= 1
        self.failed += self.fail_sync_after < 0
        return self.fail_sync_after < 0


class _File(apsw.VFSFile):
    def __init__(self, disk: Disk, name: Any, flags: list[int]) -> None:
        self._disk = disk
        self._path = name.filename() if isinstance(name, apsw.URIFilename) else str(name or "")
        new = bool(self._path) and not os.path.exists(self._path)
        super().__init__("unix", name, flags)
        self._fresh = new and bool(flags[0] & (apsw.SQLITE_OPEN_WAL | apsw.SQLITE_OPEN_MAIN_JOURNAL))
        if new:
            disk.note("create", self._path)

    def _note(self, kind: str, *values: Any) -> None:
        """Record a change, unless the file is a temporary one of SQLite's: it has no name, and no crash leaves it."""
        if self._path:
            self._disk.note(kind, self._path, *values)

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802
        super().xWrite(data, offset)
        self._note("write", offset, bytes(data))

    def xTruncate(self, newsize: int) -> None:  # noqa: N802
        super().xTruncate(newsize)
        self._note("truncate", newsize)

    def xSync(self, flags: int) -> None:  # noqa: N802
        if self._disk.refuse_sync():
            raise apsw.IOError("fsync")
        super().xSync(flags)
        self._note("sync")
        if self._fresh:  # SQLite syncs the folder with the first sync of a journal that it made
            self._disk.note("sync folder", os.path.dirname(self._path))
            self._fresh = False


class _Vfs(apsw.VFS):
    def __init__(self, disk: Disk) -> None:
        self._disk = disk
        super().__init__("kilde-faulty", "unix", makedefault=True)

    def xOpen(self, name: Any, flags: list[int]) -> _File:  # noqa: N802
        return _File(self._disk, name, flags)

    def xDelete(self, filename: str, syncdir: bool) -> None:  # noqa: N802
        super().xDelete(filename, syncdir)
        self._disk.note("remove", filename)
        if syncdir:
            self._disk.note("sync folder", os.path.dirname(filename))


class _Os:
    """The functions of `os` that our own files are written with, recorded."""

    def __init__(self, disk: Disk) -> None:
        self._disk = disk

    def __getattr__(self, name: str) -> Any:
        return getattr(os, name)

    def fsync(self, descriptor: int) -> None:
        if self._disk.refuse_sync():
            raise OSError(errno.EIO, "fsync")
        os.fsync(descriptor)
        path = os.readlink(f"/proc/self/fd/{descriptor}")
        if os.path.isdir(path):
            self._disk.note("sync folder", path)
            return
        # what was written with the file's own buffer comes as one write, before its sync
        with open(path, "rb") as file:
            self._disk.note("write", path, 0, file.read())
        self._disk.note("sync", path)

    def replace(self, source: Any, target: Any) -> None:
        os.replace(source, target)
        self._disk.note("rename", str(source), str(target))


class _Temporary:
    def __init__(self, disk: Disk) -> None:
        self._disk = disk

    def mkstemp(self, **values: Any) -> tuple[int, str]:
        import tempfile

        descriptor, name = tempfile.mkstemp(**values)
        self._disk.note("create", name)
        return descriptor, name


_KEPT: list[apsw.VFS] = []
"""One that nobody holds is gone."""


def lay_between(disk: Disk) -> None:
    """From now on everything this process writes goes by `disk`. To be called before the first database is opened."""
    _KEPT.append(_Vfs(disk))
    durable_io.os = _Os(disk)  # type: ignore[assignment]
    durable_io.tempfile = _Temporary(disk)  # type: ignore[assignment]
    unlink, mkdir = Path.unlink, Path.mkdir

    def unlinked(path: Path, missing_ok: bool = False) -> None:
        there = path.exists()
        unlink(path, missing_ok)
        if there:
            disk.note("remove", str(path))

    def made(path: Path, *arguments: Any, **values: Any) -> None:
        there = path.exists()
        mkdir(path, *arguments, **values)
        if not there:
            disk.note("mkdir", str(path))

    Path.unlink, Path.mkdir = unlinked, made  # type: ignore[method-assign]
