"""A whole library as one file, taken while it is in use, and put back.

The file is a ZIP: `manifest.json` (format, when, and for every other member its size and SHA-256), `kilde.db` (SQLite's
own backup, one moment of it) and `files/<sha256>`. Models are left out: they are unpacked or fetched again. The vectors
in `index/` are too: they are derived.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import tempfile
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

import apsw
from filelock import FileLock, Timeout

from rag.core.errors import DiskFull, InUse, InvalidBackup, NotEmpty, StoreReadOnly, TargetTaken
from rag.store.connection import translated
from rag.store.files import Files, make_folder, sync_folder
from rag.store.integrity import checksums
from rag.store.schema import check_version
from rag.store.sqlite import SqliteStore

FORMAT = 1
_MANIFEST, _DATABASE = "manifest.json", "kilde.db"
_FILE = re.compile(r"files/([0-9a-f]{64})")
_PIECE = 1 << 20
_LEFT_SECONDS = 86_400.0
"""No backup takes so long."""
_MANIFEST_LIMIT = 64 << 20  # bytes; half a million documents
_OURS = ("kilde.db", "kilde.db-wal", "kilde.db-shm", "files", "index", "damaged.json")
"""What a restore replaces; `models/` and what is not ours stay."""
_NO_TARGET = (*_OURS, "models", "worker.lock")
# the last two: a way of packing that is not known, and a member with a password
_DAMAGED = (
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    zlib.error,
    EOFError,
    ValueError,
    NotImplementedError,
    RuntimeError,
)


@dataclass(frozen=True, slots=True)
class Saved:
    """What a backup holds. missing: names of documents whose original is not there or damaged: theirs are not in it."""

    documents: int
    bytes: int
    missing: tuple[str, ...] = ()


def backup(store: SqliteStore, path: Path, report: Callable[[int, int], None] = lambda done, total: None) -> Saved:
    """Write all of a store into the file `path`, in the place of an older backup there; durable and checked on return.

    report: called with the documents done and all. Raises DiskFull, StoreReadOnly, StoreDamaged (a damaged database is
    exported, not backed up: a copy of it would be as damaged), InvalidBackup where what was written reads differently,
    TargetTaken where something else would be replaced.
    """
    if store.database.refusal is not None and not isinstance(store.database.refusal, StoreReadOnly):
        raise store.database.refusal
    with translated(path):
        _check_target(path, store.folder)
        make_folder(path.parent)
        for folder in filter(None, (path.parent, store.folder)):
            _sweep(folder)
        with tempfile.TemporaryDirectory(prefix=".backup-", dir=path.parent) as temporary:
            copy, new = Path(temporary) / _DATABASE, Path(temporary) / "backup.zip"
            with _moment(store, copy) as originals:
                saved = _write(originals, copy, new, report)
            check(new)
            os.replace(new, path)
        sync_folder(path.parent)
    return saved


def _check_target(path: Path, library: Path | None) -> None:
    """Raises TargetTaken where a backup at `path` would take the place of anything but an older one."""
    if path.is_dir():
        raise TargetTaken(file=str(path), detail="is_folder")
    if library is not None and any(path.resolve().is_relative_to(library.resolve() / name) for name in _NO_TARGET):
        raise TargetTaken(file=str(path), detail="is_library")
    if path.exists() and path.stat().st_size:
        try:
            with _opened(path) as archive:
                is_backup = _MANIFEST in archive.namelist()
        except InvalidBackup:
            is_backup = False
        if not is_backup:
            raise TargetTaken(file=str(path), detail="other_file")


def _sweep(folder: Path) -> None:
    """Take away what programs that were killed left of theirs."""
    for pattern in (".backup-*", ".held-*", ".restore-*"):
        for left in folder.glob(pattern):
            if time.time() - left.stat().st_mtime > _LEFT_SECONDS:
                shutil.rmtree(left, ignore_errors=True)


@contextmanager
def _moment(store: SqliteStore, copy: Path) -> Iterator[Files]:
    """Copy the database as it is now; gives the originals as they are now, under second names.

    So what is deleted while the backup is written still goes into it. It takes no lock but for a moment.
    """
    if store.folder is None or store.database.refusal is not None:
        with store.database.read() as source:
            _copy_database(source, copy)
        yield store.files
        return
    with tempfile.TemporaryDirectory(prefix=".held-", dir=store.folder) as folder:
        with ExitStack() as reading:
            with store.database.write():  # files come and go inside write transactions
                held = _linked(store.files, Path(folder))
                source = reading.enter_context(store.database.read())
                source.execute("SELECT count(*) FROM meta").get  # noqa: B018 - from here on it sees this moment
            _copy_database(source, copy)
        yield held


def _linked(originals: Files, folder: Path) -> Files:
    try:
        for name in originals.names():
            os.link(originals.path(name), folder / name)
    except OSError:  # a disk without second names
        return originals
    return Files(folder)


def _copy_database(source: apsw.Connection, copy: Path) -> None:
    """One moment of the database, while others read and write it."""
    with translated(copy, source):
        target = apsw.Connection(str(copy), vfs=checksums.vfs())
        try:
            checksums.begin_like(source, target)
            with target.backup("main", source, "main") as copying:
                copying.step(-1)  # all at once: whoever writes meanwhile writes into the -wal
            _check_structure(target)
            target.pragma("journal_mode", "delete")  # all in one file
        finally:
            target.close()


def _check_structure(db: apsw.Connection) -> None:
    """Raises InvalidBackup where pages, checksums or indexes do not agree."""
    found = db.execute("PRAGMA quick_check").get
    if found != "ok":
        raise InvalidBackup(detail=str(found).splitlines()[0])


def _write(originals: Files, copy: Path, new: Path, report: Callable[[int, int], None]) -> Saved:
    hashes = _documents(copy)
    members: dict[str, dict[str, Any]] = {}
    missing = []
    with zipfile.ZipFile(new, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        members[_DATABASE] = _add(archive, _DATABASE, copy)
        for done, (sha256, name) in enumerate(hashes.items()):
            report(done, len(hashes))
            # one that is damaged must not pass for the original
            if not originals.is_whole(sha256):
                missing.append(name)
                continue
            # PDF and office files are compressed already
            members[f"files/{sha256}"] = _add(archive, f"files/{sha256}", originals.path(sha256), zipfile.ZIP_STORED)
        manifest = {
            "format": FORMAT,
            "made": datetime.now(UTC).isoformat(timespec="seconds"),
            "members": members,
            "missing": missing,
        }
        archive.writestr(_MANIFEST, json.dumps(manifest, ensure_ascii=False, indent=1))
    with new.open("rb") as file:
        os.fsync(file.fileno())
    return Saved(len(hashes), new.stat().st_size, tuple(missing))


def _documents(database: Path) -> dict[str, str]:
    """By SHA-256 the name."""
    with translated(database):
        db = apsw.Connection(str(database), flags=apsw.SQLITE_OPEN_READONLY, vfs=checksums.vfs())
        try:
            found: list[Any] = db.execute("SELECT sha256, name FROM document ORDER BY id").fetchall()
        finally:
            db.close()
    return dict(found)


def _add(archive: zipfile.ZipFile, name: str, path: Path, how: int | None = None) -> dict[str, Any]:
    digest = hashlib.sha256()
    size = 0
    info = zipfile.ZipInfo.from_file(path, name, strict_timestamps=False)
    info.compress_type = zipfile.ZIP_DEFLATED if how is None else how
    with path.open("rb") as source, archive.open(info, "w", force_zip64=True) as target:
        while piece := source.read(_PIECE):
            digest.update(piece)
            size += len(piece)
            target.write(piece)
    return {"size": size, "sha256": digest.hexdigest()}


def check(path: Path) -> int:
    """Read all of a backup and compare it with its manifest; nothing is written. Returns how many bytes it unpacks to.

    Raises InvalidBackup.
    """
    with _opened(path) as archive:
        members = _manifest(archive)
        for name, (size, sha256) in members.items():
            with archive.open(name) as source:
                _compare(name, size, sha256, source, None)
        return sum(size for size, _ in members.values())


def restore(path: Path, folder: Path, *, replace: bool = False) -> Path | None:
    """Make the library in `folder` what the backup `path` holds; durable on return.

    replace: a library that is there is put aside, else it is refused. Returns where it was put, None where there was
    none. Everything is read, checked and unpacked beside the folder before anything in it is touched. Raises
    InvalidBackup, StoreNewer, NotEmpty, InUse where Kilde is running on the folder, DiskFull, StoreReadOnly.
    """
    check(path)
    with translated(folder / _DATABASE):
        there = [folder / name for name in _OURS if (folder / name).exists()]
        if there and not replace:
            raise NotEmpty(folder=str(folder))
        # what was lost was lost of the library that goes
        there += sorted(folder.glob("kilde.db-wal.damaged-*"))
        make_folder(folder)
        with tempfile.TemporaryDirectory(prefix=".restore-", dir=folder) as temporary:
            fresh = Path(temporary)
            _unpack(path, fresh)
            _try(fresh)
            with _alone(folder):
                aside = _put_aside(folder, there)
                # the database last: a folder without one is no library yet
                for name in ("files", _DATABASE):
                    os.replace(fresh / name, folder / name)
                    sync_folder(folder)
    return aside


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Raises InUse where a Kilde is running on the folder."""
    lock = FileLock(folder / "worker.lock", thread_local=False)
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise InUse(folder=str(folder)) from error
    try:
        database = folder / _DATABASE
        if database.exists() and database.stat().st_size:  # beside an empty one SQLite takes the `-wal` away
            # takes the newest changes into the database, so that they go aside in one piece
            with suppress(apsw.Error):
                db = apsw.Connection(str(database), flags=apsw.SQLITE_OPEN_READWRITE, vfs=checksums.vfs())
                try:
                    db.pragma("wal_checkpoint(truncate)")
                finally:
                    db.close()
        yield
    finally:
        lock.release()


def _put_aside(folder: Path, there: list[Path]) -> Path | None:
    if not there:
        return None
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S")
    aside = folder / f"replaced-{stamp}"
    number = 1
    while aside.exists():
        number += 1
        aside = folder / f"replaced-{stamp}-{number}"
    aside.mkdir()
    for path in there:  # `_OURS` has the database first: halfway there is none, rather than one without its files
        os.replace(path, aside / path.name)
    sync_folder(aside)
    sync_folder(folder)
    return aside


def _unpack(path: Path, folder: Path) -> None:
    with _opened(path) as archive:
        members = _manifest(archive)
        total = sum(size for size, _ in members.values())
        if total > shutil.disk_usage(folder).free:
            raise DiskFull  # before it really is
        (folder / "files").mkdir()
        for name, (size, sha256) in members.items():
            with archive.open(name) as source, (folder / name).open("xb") as target:
                _compare(name, size, sha256, source, target)
                target.flush()
                os.fsync(target.fileno())
        sync_folder(folder / "files")
        sync_folder(folder)


def _try(folder: Path) -> None:
    """Whether what was unpacked opens as a library, and agrees with its files."""
    db = None
    try:
        # a hostile database can do no more than a hostile document: nothing in it is trusted to run
        db = apsw.Connection(str(folder / _DATABASE), flags=apsw.SQLITE_OPEN_READONLY, vfs=checksums.vfs())
        db.pragma("trusted_schema", False)
        _check_structure(db)
        check_version(db)
        db.execute("SELECT count(*) FROM document JOIN task ON document_id = document.id").get  # noqa: B018
    except apsw.Error as error:
        raise InvalidBackup(detail=str(error)[:200]) from error
    finally:
        if db is not None:
            db.close()


@contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except OSError as error:  # not there, a folder, not to be read
        raise InvalidBackup(detail=f"{path.name}: {error.strerror}") from error
    except _DAMAGED as error:
        raise InvalidBackup(detail=str(error)[:200]) from error


def _manifest(archive: zipfile.ZipFile) -> dict[str, tuple[int, str]]:
    """By member its size and SHA-256; each is a name that we write, there once, and of the size it says."""
    infos = {info.filename: info for info in archive.infolist()}
    if len(infos) != len(archive.infolist()) or _MANIFEST not in infos:
        raise InvalidBackup(detail=_MANIFEST)
    if infos[_MANIFEST].file_size > _MANIFEST_LIMIT:
        raise InvalidBackup(detail=_MANIFEST)
    with archive.open(_MANIFEST) as file:
        text = file.read(_MANIFEST_LIMIT + 1)
    try:
        manifest = json.loads(text)
        if manifest["format"] != FORMAT:
            raise InvalidBackup(detail=f"format {manifest['format']}")
        members = {
            str(name): (int(member["size"]), str(member["sha256"])) for name, member in manifest["members"].items()
        }
    except (LookupError, TypeError, AttributeError, ArithmeticError, RecursionError) as error:
        raise InvalidBackup(detail=_MANIFEST) from error
    if set(members) != set(infos) - {_MANIFEST} or _DATABASE not in members:
        raise InvalidBackup(detail=_MANIFEST)
    for name, (size, sha256) in members.items():
        match = _FILE.fullmatch(name)
        # the name of a file is its hash: none can lead out of the folder, or say one thing and hold another
        if (name != _DATABASE and (match is None or match[1] != sha256)) or infos[name].file_size != size:
            raise InvalidBackup(detail=name[:100])
    return members


def _compare(name: str, size: int, sha256: str, source: Any, target: BinaryIO | None) -> None:
    digest = hashlib.sha256()
    left = size
    while piece := source.read(_PIECE):
        left -= len(piece)
        if left < 0:  # it unpacks to more than it says
            break
        digest.update(piece)
        if target is not None:
            target.write(piece)
    if left or digest.hexdigest() != sha256:
        raise InvalidBackup(detail=name)
