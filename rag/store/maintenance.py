"""The care of a library: health, verification and repair, backup, export and import."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from rag.core.types import Notice, Space
from rag.store import backup as backups
from rag.store import export_import
from rag.store.integrity import checkup
from rag.store.sqlite import SqliteStore
from rag.store.values import Report


class Maintenance:
    """The care of one store. wanted_space: what the settings ask for. resume: goes on with the indexing."""

    def __init__(self, store: SqliteStore, wanted_space: Callable[[], Space], resume: Callable[[], None]) -> None:
        self._store = store
        self._wanted_space = wanted_space
        self._resume = resume

    def health(self) -> dict[str, Any]:
        """Versions, counts, sizes. Quick."""
        return checkup.health(self._store)

    def trouble(self) -> list[Notice]:
        """What the user should know of the store before all else: that nothing can be saved, or may have been lost."""
        refusal = self._store.refusal
        notices = [] if refusal is None else [refusal.notice()]
        return notices + [Notice("newest_lost", {"file": path.name}) for path in checkup.lost_changes(self._store)]

    def verify(self, *, repair: bool = False) -> Report:
        """Check everything against everything. repair: make anew what is derived; `problems` are those left then.

        Raises StoreReadOnly and DiskFull where a repair could not be written.
        """
        report = checkup.verify(self._store, repair=repair)
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
