"""What can still be read of a store whose database is damaged: document by document, and the originals in any case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import apsw

from rag.core.errors import FileRefused, StoreError
from rag.core.file_types import CSV, EML, HTML, MEDIA_TYPES, kind_of
from rag.core.types import Document, Notice, Page, Space, State
from rag.store import rows
from rag.store.protocol import Exported

if TYPE_CHECKING:
    from rag.store.sqlite import SqliteStore

_MOST_IDS = 10_000_000


@dataclass(frozen=True, slots=True)
class Readable:
    """All of a store's active space, or what of it can be read. left_out: what cannot."""

    space: Space | None
    documents: Sequence[Document]
    pages: Mapping[int, Sequence[Page]]
    exported: Sequence[Exported]
    left_out: Sequence[Notice] = ()


def salvage(store: SqliteStore) -> Readable:
    """Every document with what of it is whole. Never raises for damage."""
    try:
        space = store.active_space()
    except StoreError:
        space = None
    documents: list[Document] = []
    pages: dict[int, Sequence[Page]] = {}
    exported: list[Exported] = []
    left_out: list[Notice] = []
    for document_id in _ids(store):
        try:
            document = store.document(document_id)
        except (StoreError, ValueError):
            document = _bare(store, document_id)
        if document is None:
            continue
        documents.append(document)
        try:
            if space is None:  # vectors that nobody knows the model of
                raise StoreError
            pages[document_id] = store.pages(document_id)
            exported += _exported(store, document_id)
        except (StoreError, ValueError):  # the second: JSON that is none
            pages[document_id] = ()
            left_out.append(Notice("not_exported", {"name": document.name}))
    known = {document.sha256 for document in documents}
    for number, sha256 in enumerate(sorted(set(store.files.names()) - known), 1):
        if store.files.is_whole(sha256):
            nameless = _nameless(store, sha256, -number)
            documents.append(nameless)
            pages[nameless.id] = ()
            left_out.append(Notice("nameless_exported", {"name": nameless.name}))
    return Readable(space, documents, pages, exported, tuple(left_out))


def _ids(store: SqliteStore) -> Sequence[int]:
    for query in ("SELECT id FROM document ORDER BY id DESC", "SELECT document_id FROM task GROUP BY 1"):
        try:
            with store.database.read() as db:
                return [int(row[0]) for row in db.execute(query)]
        except StoreError:
            continue
    # neither table can be walked through: each id is tried
    try:
        with store.database.read() as db:
            last = int(db.execute("SELECT seq FROM sqlite_sequence WHERE name = 'document'").get or 0)
    except StoreError:
        return ()
    return range(min(last, _MOST_IDS), 0, -1)


def _bare(store: SqliteStore, document_id: int) -> Document | None:
    """A document without what other tables say of it."""
    try:
        with store.database.read() as db:
            row: Any = db.execute(
                "SELECT name, media_type, sha256, size, added FROM document WHERE id = ?", (document_id,)
            ).fetchone()
    except StoreError:
        return None
    if row is None:
        return None
    name, media_type, sha256, size, added = row
    return Document(document_id, name, media_type, sha256, size, added, State.WAITING)


def _exported(store: SqliteStore, document_id: int) -> list[Exported]:
    from rag.store.sqlite import exported

    with store.database.read() as db:
        return [exported(row) for row in _chunks(db, document_id)]


def _chunks(db: apsw.Connection, document_id: int) -> list[Any]:
    return db.execute(
        f"SELECT {rows.CHUNK_COLUMNS}, e.vector, e.sentences FROM chunk c LEFT JOIN embedding e ON e.chunk_id = c.id"
        " WHERE c.document_id = ? AND c.space_id = (SELECT id FROM space WHERE state = 'active') ORDER BY c.ordinal",
        (document_id,),
    ).fetchall()


def _nameless(store: SqliteStore, sha256: str, number: int) -> Document:
    data = store.files.get(sha256)
    # any text passes for one of these; read as text, nothing of it is lost
    as_text = {CSV, EML} if b"<html" in data[:1000].lower() else {CSV, EML, HTML}
    suffixes = [suffix for suffix, media_type in MEDIA_TYPES.items() if media_type not in as_text]
    suffix, media_type = next(filter(None, (_kind(suffix, data) for suffix in suffixes)), (".txt", "text/plain"))
    added = datetime.now(UTC).isoformat(timespec="seconds")
    return Document(number, f"{sha256[:12]}{suffix}", media_type, sha256, len(data), added, State.WAITING)


def _kind(suffix: str, data: bytes) -> tuple[str, str] | None:
    try:
        return suffix, kind_of(f"x{suffix}", data)
    except FileRefused:
        return None
