"""Disks that are full, cannot be written, or fail when they should make something durable."""

from __future__ import annotations

import os
import resource
import shutil
import stat
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rag.core.errors import KildeError
from rag.core.text import months
from rag.store.integrity import checksums
from tests.faults.child import ChildFailed, in_child
from tests.faults.faulty_vfs import Disk, lay_between
from tests.faults.rows import Row, Size
from tests.faults.user import Change, do, first_space, look, opened, text_of

THERE = {f"d{n}.txt": n for n in range(4)}
NEW = Change("add", "new.txt", 99)
NOBODY = 65534
SMALL = 3 << 20
CLEAR = ("disk_full", "store_read_only", "store_error")


def full(seed: int, size: Size) -> Row:
    """A small disk with ever a little more room, so that each write in turn is the one that does not fit."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="kilde-full-") as root:
        disk = Path(root) / "disk"
        disk.mkdir()
        mount = ["mount", "-t", "tmpfs", "-o", f"size={SMALL}", "tmpfs", str(disk)]
        if subprocess.run(mount, capture_output=True).returncode:
            return Row("disk full", not_run="a small disk can only be mounted by root")
        try:
            # a container may answer "done" and mount nothing, or not keep to the size: never fill the real disk
            if not disk.is_mount() or size_of(disk) > SMALL:
                return Row("disk full", not_run="what was mounted is no small disk")
            step = max(1, 60 // size.full)
            free = [4 * n * step for n in range(size.full)]  # KiB
            return _refused("disk full", free, disk, lambda room: _filled_up(disk, room), began)
        finally:
            subprocess.run(["umount", str(disk)], check=disk.is_mount(), capture_output=True)


def size_of(disk: Path) -> int:
    status = os.statvfs(disk)
    return status.f_blocks * status.f_frsize


def file_limit(seed: int, size: Size) -> Row:
    """No file may grow beyond a limit (RLIMIT_FSIZE), some of them below the size of one page."""
    began = time.monotonic()
    limits = [0, 16, 100, 512, 1024, 2048, 3000, 4095, 4096, 8192, 20_000, 33_000, 65_536, 100_000, 200_000]
    limits = limits if size.kills >= 100 else limits[::4]
    with tempfile.TemporaryDirectory(prefix="kilde-limit-") as root:
        return _refused("RLIMIT_FSIZE", limits, Path(root), _limited, began)


def _refused(name: str, limits: list[int], root: Path, limited: Callable[[int], Any], began: float) -> Row:
    wrong = {"lost": 0, "phantom": 0, "half": 0, "unclear": 0}
    ends: dict[str, int] = {}
    folder = root / "library"
    for limit in limits:
        in_child(lambda: _fill(folder))
        said = in_child(lambda n=limit: _tried(folder, limited, n))  # type: ignore[misc]
        ends[said["code"]] = ends.get(said["code"], 0) + 1
        wrong["unclear"] += said["code"] not in ("accepted", *CLEAR)
        acknowledged = NEW.after(THERE) if said["code"] == "accepted" else THERE
        found = in_child(lambda a=acknowledged: look(folder, a, NEW.after(THERE)))  # type: ignore[misc]
        for what in ("lost", "phantom", "half"):
            wrong[what] += found[what]
        shutil.rmtree(folder)
    return Row(name, len(limits), wrong, ends, round(time.monotonic() - began, 1))


def _tried(folder: Path, limited: Callable[[int], Any], limit: int) -> dict[str, str]:
    with limited(limit):
        try:
            library = opened(folder)
            do(library, NEW)
        except KildeError as error:
            return {"code": error.code, "said": str(error)}
    return {"code": "accepted", "said": ""}


@contextmanager
def _filled_up(disk: Path, room: int) -> Iterator[None]:
    """Leave so many KiB free; afterwards all."""
    ballast = disk / "ballast"
    status = os.statvfs(disk)
    free = status.f_bavail * status.f_frsize
    if free > SMALL:
        raise ValueError(f"{disk} is no small disk: {free} bytes are free")
    with ballast.open("wb") as file:
        file.write(bytes(max(0, free - 1024 * room)))
    try:
        yield
    finally:
        ballast.unlink()


@contextmanager
def _limited(limit: int) -> Iterator[None]:
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


def _fill(folder: Path) -> None:
    library = opened(folder)
    first_space(library)
    for name, number in THERE.items():
        library.documents.add(name, text_of(number).encode())
    library.work_until_done(lambda _: None)
    library.close()


# a folder that cannot be written ------------------------------------------------------------------------


def read_only(seed: int, size: Size) -> Row:
    """It opens for reading, finds everything, and acknowledges nothing; also where the newest is in a `-wal`."""
    began = time.monotonic()
    wrong = {"not opened": 0, "not found": 0, "acknowledged": 0}
    ways: dict[str, str] = {}
    for left in ("closed", "killed"):
        with tempfile.TemporaryDirectory(prefix="kilde-ro-") as root:
            folder = Path(root) / "library"
            try:
                in_child(lambda f=folder, k=left: _leave(f, k))  # type: ignore[misc]
            except ChildFailed:
                assert left == "killed"
            Path(root).chmod(0o755)
            _allow(folder, writing=False)
            said = in_child(lambda f=folder: _as_nobody(f))  # type: ignore[misc]
            _allow(folder, writing=True)
        ways[left] = said["refused"]
        wrong["not opened"] += said["refused"] != "store_read_only"
        wrong["not found"] += said["found"] != len(THERE)
        wrong["acknowledged"] += said["acknowledged"]
    return Row("folder read-only", 2, wrong, ways, round(time.monotonic() - began, 1))


def _leave(folder: Path, how: str) -> None:
    _fill(folder)
    if how == "killed":
        library = opened(folder)
        library.documents.remove([library.documents.all()[0].id])
        library.documents.add("d3.txt", text_of(3).encode())
        library.work_until_done(lambda _: None)
        os._exit(9)


def _allow(folder: Path, *, writing: bool) -> None:
    for path in (folder, *folder.rglob("*")):
        directory = path.is_dir()
        readable = stat.S_IRUSR | stat.S_IRGRP | stat.S_IROTH | (0o111 if directory else 0)
        path.chmod(readable | (stat.S_IWUSR if writing else 0))


def _as_nobody(folder: Path) -> dict[str, Any]:
    # nobody may not be allowed to read Python's own files
    checksums.vfs()
    months.numbers()
    if os.getuid() == 0:  # whom permissions do not hold
        os.setgid(NOBODY)
        os.setuid(NOBODY)
    library = opened(folder)
    refusal = library.store.database.refusal
    found = sum(
        any(hit.document == name for hit in library.search(f"sign{number}x").hits) for name, number in THERE.items()
    )
    acknowledged = 0
    for change in (NEW, Change("delete", "d1.txt"), Change("reindex", "d1.txt")):
        try:
            do(library, change)
            acknowledged += 1
        except KildeError:
            continue
    found = found if len(library.documents.all()) == len(THERE) else -1
    return {"refused": refusal.code if refusal else "", "found": found, "acknowledged": acknowledged}


# a disk that fails --------------------------------------------------------------------------------------


def sync_fails(seed: int, size: Size) -> Row:
    """From the first fsync, the second, … on each ends with EIO: reading goes on, nothing more is acknowledged."""
    began = time.monotonic()
    changes = (NEW, Change("replace", "d1.txt", 98), Change("delete", "d1.txt"), Change("reindex", "d1.txt"))
    wrong = {"acknowledged": 0, "not found": 0, "unclear": 0, "lost": 0, "phantom": 0, "half": 0}
    told = {"fsyncs refused": 0, "leftovers": 0}
    cases = 0
    for change in changes:
        for first in range(0, 30, 1 if size.kills >= 100 else 7):
            with tempfile.TemporaryDirectory(prefix="kilde-eio-") as root:
                folder = Path(root) / "library"
                in_child(lambda f=folder: _fill(f))  # type: ignore[misc]
                said = in_child(lambda f=folder, c=change, n=first: _failing(f, c, n))  # type: ignore[misc]
                there = change.after(THERE) if said["code"] == "accepted" else THERE
                found = in_child(lambda f=folder, t=there, c=change: look(f, t, c.after(THERE)))  # type: ignore[misc]
            cases += 1
            told["fsyncs refused"] += said["failed"]
            told["leftovers"] += found["leftovers"]
            wrong["acknowledged"] += first == 0 and said["code"] == "accepted"
            wrong["unclear"] += said["code"] not in ("accepted", *CLEAR)
            wrong["not found"] += said["missing"]
            for what in ("lost", "phantom", "half"):
                wrong[what] += found[what]
            if not said["failed"]:
                break  # it has no more than so many
    return Row("EIO on fsync", cases, wrong, told, round(time.monotonic() - began, 1))


def _failing(folder: Path, change: Change, first: int) -> dict[str, Any]:
    disk = Disk(folder)
    lay_between(disk)
    library = opened(folder)
    disk.fail_sync_after = first
    code = "accepted"
    try:
        do(library, change)
    except KildeError as error:
        code = error.code
    there = {document.name for document in library.documents.all()}
    missing = sum(
        name in there and name != change.name and not library.search(f"sign{number}x").hits
        for name, number in THERE.items()
    )
    return {"code": code, "failed": disk.failed, "missing": missing}
