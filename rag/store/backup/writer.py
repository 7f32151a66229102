"""Writes a backup of a store that is in use."""

import os
import shutil
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import apsw

from rag.core.durable_io import make_folder, sync_folder
from rag.core.errors import InvalidBackup, StoreReadOnly, TargetTaken
from rag.store.backup.archive import DATABASE, MANIFEST, OWN_NAMES, ArchiveWriter, check, check_structure, opened
from rag.store.errors import translated
from rag.store.files import Files
from rag.store.integrity import checksums
from rag.store.rows import select_dict
from rag.store.sqlite import SqliteStore

_RESERVED_NAMES = (*OWN_NAMES, "models", "worker.lock")
"""Names in the folder of a library that no backup may replace."""
_ABANDONED_SECONDS = 86_400.0
"""Age in seconds from which a temporary folder counts as left by a killed process; no backup takes so long."""


@dataclass(frozen=True, slots=True)
class Saved:
    """The content of a backup. missing: names of documents without their original, which is missing or damaged.

    bytes: size of the file.
    """

    documents: int
    bytes: int
    missing: tuple[str, ...] = ()


def backup(store: SqliteStore, path: Path, report: Callable[[int, int], None] = lambda done, total: None) -> Saved:
    """Write all of a store into the file `path`, replacing an older backup; durable and checked on return.

    report: called with the number of documents done and the total. Raises DiskFull, StoreReadOnly, StoreDamaged (a copy
    of a damaged database would be as damaged; export it instead), InvalidBackup if the written file fails its check,
    TargetTaken if `path` is something else than a backup.
    """
    if store.refusal is not None and not isinstance(store.refusal, StoreReadOnly):
        raise store.refusal
    with translated(path):
        _check_target(path, store.folder)
        make_folder(path.parent)
        for folder in filter(None, (path.parent, store.folder)):
            _remove_abandoned(folder)
        with tempfile.TemporaryDirectory(prefix=".backup-", dir=path.parent) as temporary:
            database_copy, archive_path = Path(temporary) / DATABASE, Path(temporary) / "backup.zip"
            with _snapshot(store, database_copy) as originals:
                saved = _write(originals, database_copy, archive_path, report)
            check(archive_path)
            os.replace(archive_path, path)
        sync_folder(path.parent)
    return saved


def _check_target(path: Path, library: Path | None) -> None:
    """Raises TargetTaken if a backup at `path` would replace anything but an older backup."""
    if path.is_dir():
        raise TargetTaken(file=str(path), detail="is_folder")
    if library is not None and any(path.resolve().is_relative_to(library.resolve() / name) for name in _RESERVED_NAMES):
        raise TargetTaken(file=str(path), detail="is_library")
    if path.exists() and path.stat().st_size:
        try:
            with opened(path) as archive:
                is_backup = MANIFEST in archive.namelist()
        except InvalidBackup:
            is_backup = False
        if not is_backup:
            raise TargetTaken(file=str(path), detail="other_file")


def _remove_abandoned(folder: Path) -> None:
    """Delete temporary folders left by killed processes."""
    for pattern in (".backup-*", ".held-*", ".restore-*"):
        for path in folder.glob(pattern):
            if time.time() - path.stat().st_mtime > _ABANDONED_SECONDS:
                shutil.rmtree(path, ignore_errors=True)


@contextmanager
def _snapshot(store: SqliteStore, database_copy: Path) -> Iterator[Files]:
    """Copy the current database and yield hard links to the current originals.

    Documents deleted while the backup is written are therefore still in it. The write lock is held only briefly.
    """
    if store.folder is None or store.refusal is not None:
        with store.database.read() as source:
            _copy_database(source, database_copy)
        yield store.files
        return
    with tempfile.TemporaryDirectory(prefix=".held-", dir=store.folder) as folder:
        with ExitStack() as reading:
            with store.database.write():  # files come and go inside write transactions
                originals = _linked(store.files, Path(folder))
                source = reading.enter_context(store.database.read())
                source.execute("SELECT count(*) FROM meta").get  # noqa: B018 - its transaction sees this moment
            _copy_database(source, database_copy)
        yield originals


def _linked(originals: Files, folder: Path) -> Files:
    try:
        for name in originals.names():
            os.link(originals.path(name), folder / name)
    except OSError:  # a file system without hard links
        return originals
    return Files(folder)


def _copy_database(source: apsw.Connection, copy: Path) -> None:
    """Copy one moment of the database, while others read and write it."""
    with translated(copy, source):
        target = apsw.Connection(str(copy), vfs=checksums.vfs())
        try:
            checksums.begin_like(source, target)
            with target.backup("main", source, "main") as copying:
                copying.step(-1)  # all pages in one step: concurrent writers append to the `-wal`
            check_structure(target)
            target.pragma("journal_mode", "delete")  # no `-wal` beside it
        finally:
            target.close()


def _write(originals: Files, database: Path, path: Path, report: Callable[[int, int], None]) -> Saved:
    names = _names_by_hash(database)
    missing = []
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        writer = ArchiveWriter(archive)
        writer.add(DATABASE, database)
        for done, (sha256, name) in enumerate(names.items()):
            report(done, len(names))
            # a damaged file must not be backed up as the original
            if not originals.is_whole(sha256):
                missing.append(name)
                continue
            # PDF and office files are already compressed
            writer.add(f"files/{sha256}", originals.path(sha256), zipfile.ZIP_STORED)
        writer.add_manifest(missing)
    with path.open("rb") as file:
        os.fsync(file.fileno())
    return Saved(len(names), path.stat().st_size, tuple(missing))


def _names_by_hash(database: Path) -> dict[str, str]:
    """The names of all documents by SHA-256."""
    with translated(database):
        db = apsw.Connection(str(database), flags=apsw.SQLITE_OPEN_READONLY, vfs=checksums.vfs())
        try:
            return select_dict(db, str, str, "SELECT sha256, name FROM document ORDER BY id")
        finally:
            db.close()
