"""The store on SQLite, with derived vector indexes in memory; see `rag.store.protocol.Store`."""

import tempfile
from pathlib import Path

from rag.core.durable_io import make_folder, sweep
from rag.core.errors import StoreError
from rag.core.types import Notice
from rag.store import statements
from rag.store.chunks import SqliteChunks
from rag.store.connection import Database
from rag.store.documents import SqliteDocuments
from rag.store.errors import translated
from rag.store.files import Files
from rag.store.lexical import migration
from rag.store.queue import SqliteQueue
from rag.store.spaces import SqliteSpaces
from rag.store.vector_indexes import VectorIndexes


class SqliteStore:
    """A store in a folder, or in memory (with originals in a temporary folder) if `folder` is None.

    Writers take turns: `database` holds the write lock shared by all parts. A store that is damaged or in a read-only
    folder is opened for reading, and `refusal` has the reason. Raises the errors under `rag.core.errors.StoreError` if
    it cannot be read either.
    """

    def __init__(self, folder: Path | None) -> None:
        self._temporary = tempfile.TemporaryDirectory(prefix="kilde-") if folder is None else None
        self.folder = folder
        root = folder or Path(self._temporary.name if self._temporary else "")
        if folder is not None:
            with translated(folder / "kilde.db"):
                make_folder(folder)
        self.database = Database(folder / "kilde.db" if folder else None)
        self.files = Files(root / "files")
        if self.refusal is None:
            sweep(self.files.folder)
        self.indexes = VectorIndexes(self.database, folder / "index" if folder else None)
        self.spaces = SqliteSpaces(self.database, self.indexes)
        self.documents = SqliteDocuments(self.database, self.files)
        self.chunks = SqliteChunks(self.database, self.indexes)
        self.queue = SqliteQueue(self.database, self.files)

    @property
    def refusal(self) -> StoreError | None:
        return self.database.refusal

    def capabilities(self) -> frozenset[str]:
        return frozenset({"dense", "lexical", "filter", "export"})

    def generation(self) -> int:
        with self.database.read() as db:
            return statements.generation(db)

    def migrate_batch(self) -> bool:
        return migration.move_batch(self.database)

    def migration_progress(self) -> Notice | None:
        with self.database.read() as db:
            return migration.progress(db)

    def save_snapshot(self) -> None:
        self.indexes.save()

    def close(self) -> None:
        self.database.close()
        if self._temporary is not None:
            self._temporary.cleanup()
