"""Translates errors of SQLite and the operating system into `rag.core.errors`."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import apsw

from rag.core.durable_io import DISK_FULL, storage_error
from rag.core.errors import DiskFull, KildeError, StoreDamaged, StoreError, StoreReadOnly


@contextmanager
def translated(path: Path | None, db: apsw.Connection | None = None) -> Iterator[None]:
    """Translate exceptions of SQLite and the operating system into `rag.core.errors`.

    path: the file read or written. db: the connection, which knows the error number of the operating system.
    """
    try:
        yield
    except KildeError:
        raise
    except apsw.FullError as error:
        raise DiskFull from error
    except (apsw.CorruptError, apsw.NotADBError) as error:
        raise StoreDamaged(detail=str(error)) from error
    except UnicodeDecodeError as error:  # a text column does not hold UTF-8
        raise StoreDamaged(detail="text") from error
    except (apsw.ReadOnlyError, apsw.CantOpenError, apsw.PermissionsError) as error:
        raise StoreReadOnly(folder=str(path.parent) if path else "") from error
    except apsw.IOError as error:
        # SQLite reports a full disk as such only if a write failed
        if db is not None and db.system_errno in DISK_FULL:
            raise DiskFull from error
        if getattr(error, "extendedresult", 0) == apsw.SQLITE_IOERR_DATA:
            raise StoreDamaged(detail="checksum") from error
        raise StoreError from error
    except apsw.Error as error:
        raise StoreError from error
    except OSError as error:
        raise storage_error(error, path.parent if path else None) from error
