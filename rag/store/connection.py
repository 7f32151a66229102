"""Connections to the one SQLite database: pooled readers, one writer at a time, foreign errors translated.

A database that is damaged, or in a read-only folder, is opened for reading: intact parts can be searched and exported,
and every change is refused with a reason (`Database.refusal`).
"""

import shutil
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

import apsw

from rag.core.crash_points import crash_point
from rag.core.durable_io import sync_folder
from rag.core.errors import ChecksMissing, KildeError, StoreDamaged, StoreError, StoreReadOnly
from rag.store.errors import translated
from rag.store.integrity import checksums, damage_marker, wal
from rag.store.schema import MIGRATIONS, check_version, migrate

BUSY_TIMEOUT_MS = 10_000
PROTECT_BYTES = 256 << 20
"""Up to this size, a database without page checksums gets them when opened, once, within a few seconds."""
_RESERVED_AT = 20
"""Offset in the database header of the number of reserved bytes per page."""


class Database:
    """A database file, or one in memory where `path` is None. Safe to use from many threads.

    In memory there is a single connection, so readers and writers take turns.
    refusal: why writing is not possible, or None. lost: the copy of a damaged `-wal`, or None.
    """

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self.refusal: StoreError | None = None
        self.lost: Path | None = None
        self._idle: list[apsw.Connection] = []
        self._guard = threading.Lock()
        self._writing = threading.RLock()
        self._closed = False
        self._copy: tempfile.TemporaryDirectory[str] | None = None
        self._only: apsw.Connection | None = None
        if path is None:
            self._only = self._connect()
            with self.write_connection() as db, translated(path):
                migrate(db)
        else:
            self._open(path)

    def _open(self, path: Path) -> None:
        if path.exists() and _reserved(path) == checksums.RESERVED and checksums.vfs() is None:
            # without the VFS, pages would get wrong checksums and later count as damaged
            raise ChecksMissing
        if (loss := _loss(path)) is not None:
            # SQLite would create an empty database, and discard the newest changes in a `-wal`
            self.refusal = StoreDamaged(detail=loss)
            return
        is_new = not path.exists()
        self.lost = wal.set_aside_if_damaged(path)
        self.refusal = damage_marker.read_marker(path)
        try:
            if self.refusal is None:
                with self.write_connection() as db, self._translated(db):
                    check_version(db)
                    protect(db, PROTECT_BYTES)
                    migrate(db)
                    if db.readonly("main"):  # SQLite opens it nevertheless, and only a change would fail
                        raise StoreReadOnly(folder=str(path.parent))
                    if is_new:  # must be durable before any original, or it would count as lost
                        sync_folder(path.parent)
                return
        except (StoreDamaged, StoreReadOnly) as error:
            self.close_idle()
            self.refusal = error
        except KildeError:
            self.close_idle()
            raise
        try:
            with self.read() as db:
                check_version(db)
                is_current = int(db.pragma("user_version")) == len(MIGRATIONS)
        except StoreDamaged:
            return  # the database cannot be read, but the originals can
        if not is_current:  # written by an older Kilde: it cannot be migrated, and therefore not be read
            self.close_idle()
            raise self.refusal

    @contextmanager
    def read(self) -> Iterator[apsw.Connection]:
        """A connection inside one read transaction, which sees a consistent snapshot."""
        with self._lend() as db, self._translated(db):
            if db.in_transaction:  # in memory, where there is only one connection
                yield db
                return
            db.execute("BEGIN")
            try:
                yield db
            finally:
                if not db.get_autocommit():  # an I/O error may have ended the transaction
                    db.execute("ROLLBACK")

    @contextmanager
    def write(self) -> Iterator[apsw.Connection]:
        """A connection inside one write transaction: durable after the block, rolled back if it raises."""
        if self.refusal is not None:
            raise type(self.refusal)(**self.refusal.values)
        with self.write_connection() as db, self._translated(db):
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
                crash_point("before commit")
                db.execute("COMMIT")
                crash_point("after commit")
            except BaseException:
                # a full disk or an I/O error may have rolled back already
                if db.in_transaction:
                    db.execute("ROLLBACK")
                raise

    @contextmanager
    def write_connection(self) -> Iterator[apsw.Connection]:
        """A connection outside any transaction, while no other thread of this process writes."""
        with self._writing, self._lend() as db:
            yield db

    def distrust(self, detail: str) -> None:
        """Refuse all writes because of damage, also in later processes, until `trust_again`."""
        if self.path is not None and self.refusal is None:
            self.refusal = StoreDamaged(detail=detail)
            damage_marker.write_marker(self.path, detail)

    def trust_again(self) -> None:
        """Allow writes again, after a check found no damage or the damage was repaired."""
        if self.path is None or not isinstance(self.refusal, StoreDamaged):
            return
        damage_marker.remove_marker(self.path)
        self.close_idle()
        self.refusal = None

    def close(self) -> None:
        """Close all connections; those in use are closed when they are returned."""
        with self._guard:
            self._closed = True
        self.close_idle()
        if self._only is not None:
            with self._writing:
                self._only.close()
        if self._copy is not None:
            self._copy.cleanup()

    def close_idle(self) -> None:
        """Close idle connections; new ones are opened on demand."""
        with self._guard:
            idle, self._idle = self._idle, []
        for db in idle:
            db.close()

    @contextmanager
    def _translated(self, db: apsw.Connection) -> Iterator[None]:
        """As `translated`; damage also stops all further writes."""
        try:
            with translated(self.path, db):
                yield
        except StoreDamaged as error:
            self.distrust(str(error.values.get("detail", "")))
            raise

    @contextmanager
    def _lend(self) -> Iterator[apsw.Connection]:
        if self._only is not None:
            with self._writing:
                yield self._only
            return
        with self._guard:
            if self._closed:
                raise StoreError
            db = self._idle.pop() if self._idle else None
        db = db or self._connect()
        try:
            yield db
        finally:
            with self._guard:
                is_open = not self._closed
                if is_open:
                    self._idle.append(db)
            if not is_open:
                db.close()

    def _connect(self) -> apsw.Connection:
        with translated(self.path):
            if self.path is None:
                db = apsw.Connection(":memory:")
            elif self.refusal is None:
                is_new = not self.path.exists() or self.path.stat().st_size == 0
                db = apsw.Connection(str(self.path), vfs=checksums.vfs())
                db.set_busy_timeout(BUSY_TIMEOUT_MS)
                if is_new and checksums.vfs() is not None:
                    db.reserve_bytes("main", checksums.RESERVED)
            else:
                db = self._connect_to_read(self.path)
        with translated(self.path, db):
            db.set_busy_timeout(BUSY_TIMEOUT_MS)
            if self.refusal is None:
                db.pragma("journal_mode", "wal")
            db.pragma("synchronous", "full")
            db.pragma("foreign_keys", True)
            db.pragma("cache_size", -32_000)  # KiB
            db.pragma("trusted_schema", False)
            # otherwise SQLite replans a statement for each bound value, which takes longer than most statements
            db.config(apsw.SQLITE_DBCONFIG_ENABLE_QPSG, True)
            return db

    def _connect_to_read(self, path: Path) -> apsw.Connection:
        if isinstance(self.refusal, StoreDamaged) and _loss(path) is not None:
            raise StoreDamaged(**self.refusal.values)
        if isinstance(self.refusal, StoreReadOnly):
            db = self._connect_read_only(path)
        else:
            db = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE, vfs=checksums.vfs())
            # no checkpoint, which would change a damaged database that other tools may still repair
            db.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, True)
        db.pragma("query_only", True)
        return db

    def _connect_read_only(self, path: Path) -> apsw.Connection:
        db = None
        try:
            db = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY, vfs=checksums.vfs())
            db.execute("SELECT count(*) FROM sqlite_schema").get  # noqa: B018
            return db
        except (apsw.CantOpenError, apsw.ReadOnlyError):  # the `-shm` is missing and cannot be created
            if db is not None:
                db.close()
        wal_path = path.with_name(path.name + "-wal")
        if not wal_path.exists() or not wal_path.stat().st_size:
            flags = apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI
            return apsw.Connection(f"file:{quote(str(path))}?immutable=1", flags=flags, vfs=checksums.vfs())
        # without a `-shm` SQLite cannot read the newest changes: open a copy instead
        if self._copy is None:
            self._copy = tempfile.TemporaryDirectory(prefix="kilde-")
            for file in (path, wal_path):
                shutil.copyfile(file, Path(self._copy.name) / file.name)
        flags = apsw.SQLITE_OPEN_READWRITE
        return apsw.Connection(str(Path(self._copy.name) / path.name), flags=flags, vfs=checksums.vfs())


class DatabaseStore:
    """Base of what keeps records of one kind in a database."""

    def __init__(self, database: Database) -> None:
        self._database = database


def protect(db: apsw.Connection, max_bytes: int) -> bool:
    """Add missing page checksums to a database of at most `max_bytes`; returns whether it has them now.

    Changes nothing if another process uses the database, or the disk has no room for a second copy.
    """
    if checksums.vfs() is None or int(db.reserve_bytes("main", -1)) == checksums.RESERVED:
        return checksums.vfs() is not None
    if int(db.pragma("page_count")) * int(db.pragma("page_size")) > max_bytes:
        return False
    db.set_busy_timeout(0)
    try:
        if db.pragma("journal_mode", "delete") != "delete":  # refused while another process has it open
            return False
        checksums.protect(db)
        return True
    except (apsw.BusyError, apsw.LockedError, apsw.FullError, apsw.IOError):
        return False
    finally:
        db.set_busy_timeout(BUSY_TIMEOUT_MS)
        with suppress(apsw.BusyError):
            db.pragma("journal_mode", "wal")


def _loss(path: Path) -> str | None:
    """Returns "missing" or "empty" if other files show that there was a database; else None."""
    with translated(path):
        if path.exists() and path.stat().st_size:
            return None
        wal_path = path.with_name(path.name + "-wal")
        has_remains = (wal_path.exists() and wal_path.stat().st_size > 0) or any(
            any(path.parent.glob(pattern)) for pattern in ("files/[!.]*", "index/*.faiss")
        )
        if not has_remains:
            return None
        return "empty" if path.exists() else "missing"


def _reserved(path: Path) -> int:
    """The bytes reserved at the end of each page; -1 if the header is incomplete."""
    with translated(path), path.open("rb") as file:
        header = file.read(_RESERVED_AT + 1)
    return header[_RESERVED_AT] if len(header) > _RESERVED_AT else -1
