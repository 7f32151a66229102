"""Documents in SQLite and their originals in a folder: see `rag.store.protocol.Documents` for the contracts."""

import hashlib
from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from rag.core.crash_points import crash_point
from rag.core.errors import AlreadyThere, DocumentGone, NameInUse, NameTaken
from rag.core.file_types import BY_MEDIA_TYPE
from rag.core.names import INSIDE
from rag.core.types import Chunk, Document, Page, Parsed, Scope, State
from rag.store import rows, statements
from rag.store.connection import Database
from rag.store.files import Files
from rag.store.lexical import index
from rag.store.rows import PAGE_COLUMNS, PageRow, select, select_dict


class SqliteDocuments:
    """The documents of one database."""

    def __init__(self, database: Database, files: Files) -> None:
        self._database = database
        self._files = files

    # reading -----------------------------------------------------------------------------------------------

    def all(self) -> list[Document]:
        return self._where("TRUE")

    def count(self) -> int:
        with self._database.read() as db:
            return int(db.execute("SELECT count(*) FROM document").get)

    def get(self, document_id: int) -> Document | None:
        return next(iter(self._where("d.id = ?", document_id)), None)

    def named(self, name: str) -> Document | None:
        return next(iter(self._where("d.name = ?", name)), None)

    def with_content(self, sha256: str) -> Document | None:
        return next(iter(self._where("d.sha256 = ?", sha256)), None)

    def _where(self, condition: str, *bindings: object) -> list[Document]:
        with self._database.read() as db:
            return statements.documents_where(db, condition, *bindings)

    def in_scope(self, scope: Scope, excluded: Collection[str] = ()) -> set[int] | None:
        with self._database.read() as db:
            return statements.documents_in_scope(db, scope, excluded)

    def tags(self) -> dict[str, int]:
        with self._database.read() as db:
            return select_dict(db, str, int, "SELECT name, count(*) FROM tag GROUP BY name ORDER BY name")

    def original(self, sha256: str) -> Path:
        path = self._files.path(sha256)
        if not path.exists():
            raise DocumentGone
        return path

    def pages(self, document_id: int) -> list[Page]:
        with self._database.read() as db:
            query = f"SELECT {PAGE_COLUMNS} FROM page WHERE document_id = ? ORDER BY number"
            return [row.page() for row in select(db, PageRow, query, (document_id,))]

    def pages_by_ocr(self, sha256: str) -> set[int]:
        with self._database.read() as db:
            query = "SELECT p.number FROM page p JOIN document d ON d.id = p.document_id WHERE d.sha256 = ? AND p.ocr"
            return set(select(db, int, query, (sha256,)))

    # changing ----------------------------------------------------------------------------------------------

    def under(self, document_id: int) -> list[Document]:
        with self._database.read() as db:
            ids = statements.descendants(db, document_id)[1:]
        return self._where(f"d.id IN ({rows.marks(ids)})", *ids)

    def accept(
        self, name: str, media_type: str, data: bytes, *, replaces: int | None = None, parent: int | None = None
    ) -> Document:
        sha256 = hashlib.sha256(data).hexdigest()
        superseded: list[str] = []
        with self._database.write() as db:
            holder = db.execute("SELECT name FROM document WHERE sha256 = ?", (sha256,)).get
            if holder is not None:
                self._files.put(data, sha256)  # restores an original that was deleted or damaged
                raise AlreadyThere(name=holder)
            if parent is not None and not db.execute("SELECT 1 FROM document WHERE id = ?", (parent,)).get:
                raise DocumentGone
            replaced_in_turn = db.execute("SELECT replaces FROM document WHERE id = ?", (replaces,)).get
            if replaces is not None and replaced_in_turn is not None:
                # that document never became findable: the new one replaces it in the queue
                superseded, replaces = statements.delete_document(db, replaces), int(replaced_in_turn)
            if db.execute("SELECT 1 FROM document WHERE name = ? AND id IS NOT ?", (name, replaces)).get:
                raise NameTaken(name=name)
            # inside the transaction, so that no deletion of the same content comes between file and row
            self._files.put(data, sha256)
            added = datetime.now(UTC).isoformat(timespec="seconds")
            db.execute(
                "INSERT INTO document(name, media_type, sha256, size, added, replaces, parent_id)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                (name, media_type, sha256, len(data), added, replaces, parent),
            )
            document_id = db.last_insert_rowid()
            crash_point("add: row written")
            db.execute(
                "INSERT INTO task(document_id, space_id, state) SELECT ?, id, 'waiting' FROM space", (document_id,)
            )
        self._remove_files(superseded)
        return Document(document_id, name, media_type, sha256, len(data), added, State.WAITING, parent=parent)

    def rename(self, document_id: int, name: str) -> None:
        with self._database.write() as db:
            if db.execute("SELECT 1 FROM document WHERE name = ? AND id != ?", (name, document_id)).get:
                raise NameInUse(name=name)
            old_name = db.execute("SELECT name FROM document WHERE id = ?", (document_id,)).get
            if old_name is None:
                raise DocumentGone
            db.execute("UPDATE document SET name = ? WHERE id = ?", (name, document_id))
            _, *below = statements.descendants(db, document_id)
            db.execute(
                f"UPDATE document SET name = ? || substr(name, ?) WHERE id IN ({rows.marks(below)})"
                " AND substr(name, 1, ?) = ?",
                (name, len(old_name) + 1, *below, len(old_name) + len(INSIDE), old_name + INSIDE),
            )
            # under its new name it is no longer the target of a waiting replacement
            db.execute("UPDATE document SET replaces = NULL WHERE replaces = ?", (document_id,))
            statements.next_generation(db)  # views of its pages show the name

    def set_tags(self, ids: Collection[int], add: Iterable[str] = (), remove: Iterable[str] = ()) -> None:
        added, removed = list(add), list(remove)
        with self._database.write() as db:
            for document_id in ids:
                db.executemany(
                    "DELETE FROM tag WHERE document_id = ? AND name = ?", ((document_id, name) for name in removed)
                )
                db.executemany(
                    "INSERT OR IGNORE INTO tag SELECT id, ? FROM document WHERE id = ?",
                    ((name, document_id) for name in added),
                )

    def set_loader_version(self, ids: Collection[int]) -> None:
        versions = {media_type: file_type.loader_version for media_type, file_type in BY_MEDIA_TYPE.items()}
        with self._database.write() as db:
            db.executemany(
                "UPDATE document SET loader_version = ? WHERE id = ? AND media_type = ?",
                ((version, id, media_type) for media_type, version in versions.items() for id in ids),
            )

    def put(
        self,
        document_id: int,
        space_id: int,
        parsed: Parsed | None,
        chunks: Sequence[Chunk],
        language: str,
        *,
        children: Collection[int] | None = None,
    ) -> bool:
        with self._database.write() as db:
            state, lacking = db.execute(
                "SELECT t.state, d.lacking FROM task t JOIN document d ON d.id = t.document_id"
                " WHERE t.document_id = ? AND t.space_id = ?",
                (document_id, space_id),
            ).get or (None, "{}")
            # it is found by what was typed, and its pictures have been recognised
            is_recognised = parsed is not None and state == State.FINDABLE and lacking != "{}"
            if state not in (State.WAITING, State.READING) and not is_recognised:
                return False
            if parsed is not None:
                statements.put_pages(db, document_id, parsed, language)
            crash_point("index: pages written")
            removed_files: list[str] = []
            if children is not None:
                removed_files += statements.settle_children(db, document_id, children)
            removed_files += statements.take_over_replaced(db, document_id)
            kept = statements.vectors_by_passage(db, document_id, space_id) if is_recognised else {}
            statements.remove_chunks(db, document_id, space_id)
            crash_point("index: old chunks removed")
            ids = statements.insert_chunks(db, document_id, space_id, chunks)
            crash_point("index: chunks written")
            index.add_chunks(db, space_id, zip(ids, chunks, strict=True), language)
            crash_point("index: words written")
            notices = parsed.notices if parsed else statements.notices_of(db, document_id)
            still_lacking = parsed.lacking if parsed else rows.lacking_from(lacking)
            db.execute(
                "UPDATE task SET state = ?, chunks = ?, chunks_done = 0, pages_done = pages - ?, notices = ?"
                " WHERE document_id = ? AND space_id = ?",
                (
                    State.FINDABLE if chunks else State.READY,
                    len(chunks),
                    len(still_lacking),
                    rows.notices_json(notices),
                    document_id,
                    space_id,
                ),
            )
            if kept:
                said = ((id, statements.passage_key(chunk)) for id, chunk in zip(ids, chunks, strict=True))
                statements.insert_vectors(db, space_id, [(id, *kept[key]) for id, key in said if key in kept])
                crash_point("index: vectors kept")
                statements.recount(db, document_id, space_id)
            if parsed is not None and lacking != "{}":
                # what another space has was cut from the pages without what their pictures say
                db.execute(
                    "UPDATE task SET state = 'waiting' WHERE document_id = ? AND space_id != ?"
                    " AND state IN ('findable', 'ready')",
                    (document_id, space_id),
                )
        self._remove_files(removed_files)
        return True

    def delete(self, ids: Collection[int]) -> None:
        with self._database.write() as db:
            hashes = [sha256 for document_id in ids for sha256 in statements.delete_document(db, document_id)]
        # after the commit: a file without a row only takes space, a row without a file is a loss
        self._remove_files(hashes)

    def _remove_files(self, hashes: Iterable[str]) -> None:
        for sha256 in hashes:
            # in a write transaction, as the same content may be accepted again at this moment
            with self._database.write() as db:
                if not db.execute("SELECT 1 FROM document WHERE sha256 = ?", (sha256,)).get:
                    self._files.remove(sha256)
