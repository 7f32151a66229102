"""The care of a library: health, verification and repair, backup, export and import."""

from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import apsw

from rag.core.errors import NotFound
from rag.core.types import Notice, Space
from rag.store import backup as backups
from rag.store import export_import, statements
from rag.store.integrity.repair import repair as repair_store
from rag.store.integrity.verify import count_rows, lost_changes, verify
from rag.store.sqlite import SqliteStore
from rag.store.values import Report


class Maintenance:
    """The care of one store. wanted_space: what the settings ask for. resume: goes on with the indexing."""

    def __init__(self, store: SqliteStore, wanted_space: Callable[[], Space], resume: Callable[[], None]) -> None:
        self._store = store
        self._wanted_space = wanted_space
        self._resume = resume

    def health(self) -> dict[str, Any]:
        """Versions, row counts, bytes on disk, generation, active space, last verification, progress of a migration.

        Quick: nothing is checked.
        """
        with self._store.database.read() as db:
            counts = count_rows(db)
            generation = statements.generation(db)
            verified = db.execute("SELECT value FROM meta WHERE key = 'verified'").get
            space = statements.space_in_state(db, "active")
        return {
            "versions": {
                "SQLite": apsw.sqlite_lib_version(),
                "apsw": apsw.apsw_version(),
                "FAISS": version("faiss-cpu"),
            },
            "counts": counts,
            "bytes": _bytes_on_disk(self._store.folder) if self._store.folder is not None else {},
            "generation": generation,
            "space": space,
            "verified": verified,
            "migration": self._store.migration_progress(),
        }

    def trouble(self) -> list[Notice]:
        """What the user should know of the store before all else: that nothing can be saved, or may have been lost."""
        refusal = self._store.refusal
        notices = [] if refusal is None else [refusal.notice()]
        return notices + [Notice("newest_lost", {"file": path.name}) for path in lost_changes(self._store)]

    def verify(self, *, repair: bool = False) -> Report:
        """Check everything against everything. repair: make anew what is derived; `problems` are those left then.

        Raises StoreReadOnly and DiskFull where a repair could not be written.
        """
        report = repair_store(self._store) if repair else verify(self._store)
        if self._store.refusal is None:
            self._resume()
        return report

    def backup(self, path: str | Path, report: Callable[[int, int], None] = lambda done, total: None) -> backups.Saved:
        """Write everything but models into one file, while the library is in use; see `rag.store.backup`.

        Raises DiskFull, StoreReadOnly, StoreDamaged.
        """
        return backups.backup(self._store, Path(path), report)

    def export(self, folder: str | Path, form: export_import.Format = "parquet") -> export_import.Counts:
        """Write vectors, chunks, documents and originals as plain files; see `rag.store.export_import`.

        Of a damaged library what can be read is written, and what cannot is named.
        """
        return export_import.export(self._store, Path(folder), form)

    def import_(self, folder: str | Path) -> export_import.Imported:
        """Load what `export` wrote. Raises InvalidImport."""
        imported = export_import.import_(self._store, Path(folder), self._wanted_space())
        self._resume()
        return imported


def _bytes_on_disk(folder: Path) -> dict[str, int]:
    sizes = {}
    for name in ("kilde.db", "kilde.db-wal", "index", "files", "models"):
        path = folder / name
        files = [path] if path.is_file() else path.rglob("*")
        try:
            sizes[name] = sum(file.stat().st_size for file in files if file.is_file())
        except OSError as error:
            raise NotFound(name=name) from error
    return sizes
