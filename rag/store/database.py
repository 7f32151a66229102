"""Connections to the one SQLite database: pooled readers, one writer at a time, foreign errors translated."""

from __future__ import annotations

import errno
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import apsw

from rag.errors import DiskFull, KildeError, StoreDamaged, StoreError, StoreReadOnly
from rag.store.schema import migrate

BUSY_TIMEOUT_MS = 10_000


class Database:
    """A database file, or one in memory where `path` is None. Safe to use from many threads.

    In memory there is a single connection, so readers and writers take turns.
    """

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self._idle: list[apsw.Connection] = []
        self._guard = threading.Lock()
        self._writing = threading.RLock()
        self._closed = False
        self._only = self._connect() if path is None else None
        with self.write_connection() as db, translated(path):
            migrate(db)

    @contextmanager
    def read(self) -> Iterator[apsw.Connection]:
        """A connection inside one read transaction: everything read in it is of one moment."""
        with self._lend() as db, translated(self.path), db:
            yield db

    @contextmanager
    def write(self) -> Iterator[apsw.Connection]:
        """A connection inside one write transaction: durable when the block is left, undone when it raises."""
        with self.write_connection() as db, translated(self.path):
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
                db.execute("COMMIT")
            except BaseException:
                # a full disk or an I/O error may have rolled back already
                if db.in_transaction:
                    db.execute("ROLLBACK")
                raise

    @contextmanager
    def write_connection(self) -> Iterator[apsw.Connection]:
        """A connection that no other thread of this process writes beside, outside any transaction."""
        with self._writing, self._lend() as db:
            yield db

    def close(self) -> None:
        """Give all connections back. Those lent out are closed when they return."""
        with self._guard:
            self._closed = True
            idle, self._idle = self._idle, []
        for db in idle:
            db.close()
        if self._only is not None:
            with self._writing:
                self._only.close()

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
                keep = not self._closed
                if keep:
                    self._idle.append(db)
            if not keep:
                db.close()

    def _connect(self) -> apsw.Connection:
        with translated(self.path):
            db = apsw.Connection(":memory:" if self.path is None else str(self.path))
            db.set_busy_timeout(BUSY_TIMEOUT_MS)
            db.pragma("journal_mode", "wal")
            db.pragma("synchronous", "full")
            db.pragma("foreign_keys", True)
            db.pragma("cache_size", -32_000)  # KiB
            db.pragma("trusted_schema", False)
            # else SQLite plans a statement anew for each value bound in it, which takes longer than most of ours run
            db.config(apsw.SQLITE_DBCONFIG_ENABLE_QPSG, True)
            return db


@contextmanager
def translated(path: Path | None) -> Iterator[None]:
    """Turn what SQLite and the operating system raise into `rag.errors`."""
    try:
        yield
    except KildeError:
        raise
    except apsw.FullError as error:
        raise DiskFull from error
    except (apsw.CorruptError, apsw.NotADBError) as error:
        raise StoreDamaged(detail=str(error)) from error
    except (apsw.ReadOnlyError, apsw.CantOpenError, apsw.PermissionsError) as error:
        raise StoreReadOnly(folder=str(path.parent) if path else "") from error
    except apsw.Error as error:
        raise StoreError from error
    except OSError as error:
        raise from_os_error(error, path) from error


def from_os_error(error: OSError, path: Path | None) -> StoreError:
    """The error of ours that says what an operating system error means to a user."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return DiskFull()
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return StoreReadOnly(folder=str(path.parent if path else ""))
    return StoreError()
