"""Restores a library from a backup."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import apsw
from filelock import FileLock, Timeout

from rag.core.durable_io import make_folder, sync_folder
from rag.core.errors import DiskFull, InUse, InvalidBackup, NotEmpty
from rag.store.backup.archive import DATABASE, OWN_NAMES, check, check_structure, unpack
from rag.store.errors import translated
from rag.store.integrity import checksums
from rag.store.schema import check_version


def restore(path: Path, folder: Path, *, replace: bool = False) -> Path | None:
    """Restore the backup `path` into `folder`; durable on return.

    replace: move an existing library aside instead of raising NotEmpty. Returns where it was moved, None if there was
    none. Everything is read, checked and unpacked beside the folder before anything in it is changed. Raises
    InvalidBackup, StoreNewer, NotEmpty, InUse if Kilde is running on the folder, DiskFull, StoreReadOnly.
    """
    size = check(path)
    with translated(folder / DATABASE):
        existing = [folder / name for name in OWN_NAMES if (folder / name).exists()]
        if existing and not replace:
            raise NotEmpty(folder=str(folder))
        # these copies of lost changes belong to the library that is replaced
        existing += sorted(folder.glob("kilde.db-wal.damaged-*"))
        make_folder(folder)
        with tempfile.TemporaryDirectory(prefix=".restore-", dir=folder) as temporary:
            unpacked = Path(temporary)
            if size > shutil.disk_usage(unpacked).free:
                raise DiskFull  # before the disk is really full
            unpack(path, unpacked)
            sync_folder(unpacked / "files")
            sync_folder(unpacked)
            _check_database(unpacked / DATABASE)
            with _locked(folder):
                aside = _move_aside(folder, existing)
                # the database comes last: a folder without one is no library yet
                for name in ("files", DATABASE):
                    os.replace(unpacked / name, folder / name)
                    sync_folder(folder)
    return aside


def _check_database(path: Path) -> None:
    """Raises InvalidBackup or StoreNewer if Kilde cannot open the database."""
    db = None
    try:
        # the database may be hostile: nothing in its schema is trusted to run
        db = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY, vfs=checksums.vfs())
        db.pragma("trusted_schema", False)
        check_structure(db)
        check_version(db)
        db.execute("SELECT count(*) FROM document JOIN task ON document_id = document.id").get  # noqa: B018
    except apsw.Error as error:
        raise InvalidBackup(detail=str(error)[:200]) from error
    finally:
        if db is not None:
            db.close()


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold the lock of a library's folder. Raises InUse if Kilde is running on it."""
    lock = FileLock(folder / "worker.lock", thread_local=False)
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise InUse(folder=str(folder)) from error
    try:
        database = folder / DATABASE
        if database.exists() and database.stat().st_size:  # with an empty database SQLite deletes the `-wal`
            # the newest changes are copied into the database, so that it is moved aside in one piece
            with suppress(apsw.Error):
                db = apsw.Connection(str(database), flags=apsw.SQLITE_OPEN_READWRITE, vfs=checksums.vfs())
                try:
                    db.pragma("wal_checkpoint(truncate)")
                finally:
                    db.close()
        yield
    finally:
        lock.release()


def _move_aside(folder: Path, paths: list[Path]) -> Path | None:
    if not paths:
        return None
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S")
    aside = folder / f"replaced-{stamp}"
    number = 1
    while aside.exists():
        number += 1
        aside = folder / f"replaced-{stamp}-{number}"
    aside.mkdir()
    for path in paths:  # OWN_NAMES starts with the database: halfway there is none, rather than one without its files
        os.replace(path, aside / path.name)
    sync_folder(aside)
    sync_folder(folder)
    return aside
