"""Reads what is left of a damaged store, document by document, and all originals."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from rag.core.errors import FileRefused, StoreError
from rag.core.file_types import FILE_TYPES, kind_of
from rag.core.types import Document, Notice, Page, Space, State
from rag.store.rows import select
from rag.store.sqlite import SqliteStore
from rag.store.statements import exported_chunks
from rag.store.values import Exported

_MOST_IDS = 10_000_000


@dataclass(frozen=True, slots=True)
class Readable:
    """The readable content of a store's active space. left_out: the unreadable rest."""

    space: Space | None
    documents: Sequence[Document]
    pages: Mapping[int, Sequence[Page]]
    exported: Sequence[Exported]
    left_out: Sequence[Notice] = ()


def salvage(store: SqliteStore) -> Readable:
    """Every document with its intact parts. Never raises for damage."""
    try:
        space = store.spaces.active()
    except StoreError:
        space = None
    documents: list[Document] = []
    pages: dict[int, Sequence[Page]] = {}
    exported: list[Exported] = []
    left_out: list[Notice] = []
    for document_id in _document_ids(store):
        try:
            document = store.documents.get(document_id)
        except (StoreError, ValueError):
            document = _without_task(store, document_id)
        if document is None:
            continue
        documents.append(document)
        try:
            if space is None:  # the model of the vectors is unknown
                raise StoreError
            pages[document_id] = store.documents.pages(document_id)
            with store.database.read() as db:
                exported += list(exported_chunks(db, space.id, document_id))
        except (StoreError, ValueError):  # ValueError for invalid JSON
            pages[document_id] = ()
            left_out.append(Notice("not_exported", {"name": document.name}))
    hashes = {document.sha256 for document in documents}
    for number, sha256 in enumerate(sorted(set(store.files.names()) - hashes), 1):
        if store.files.is_whole(sha256):
            nameless = _nameless(store, sha256, -number)
            documents.append(nameless)
            pages[nameless.id] = ()
            left_out.append(Notice("nameless_exported", {"name": nameless.name}))
    return Readable(space, documents, pages, exported, tuple(left_out))


def _document_ids(store: SqliteStore) -> Sequence[int]:
    for query in ("SELECT id FROM document ORDER BY id DESC", "SELECT document_id FROM task GROUP BY 1"):
        try:
            with store.database.read() as db:
                return list(select(db, int, query))
        except StoreError:
            continue
    # neither table can be scanned: try each id
    try:
        with store.database.read() as db:
            last = int(db.execute("SELECT seq FROM sqlite_sequence WHERE name = 'document'").get or 0)
    except StoreError:
        return ()
    return range(min(last, _MOST_IDS), 0, -1)


def _without_task(store: SqliteStore, document_id: int) -> Document | None:
    """A document without the data of other tables."""

    def document(name: str, media_type: str, sha256: str, size: int, added: str) -> Document:
        return Document(document_id, name, media_type, sha256, size, added, State.WAITING)

    query = "SELECT name, media_type, sha256, size, added FROM document WHERE id = ?"
    try:
        with store.database.read() as db:
            return next(select(db, document, query, (document_id,)), None)
    except StoreError:
        return None


def _nameless(store: SqliteStore, sha256: str, number: int) -> Document:
    """An original whose row cannot be read, as a document with an invented name."""
    data = store.files.get(sha256)
    # any text passes for a kind that its bytes do not tell; read as text, nothing of it is lost
    suffixes = [file_type.suffixes[0] for file_type in FILE_TYPES if file_type.content]
    suffixes += [".html"] if b"<html" in data[:1000].lower() else []
    suffix, media_type = next(filter(None, (_kind(suffix, data) for suffix in suffixes)), (".txt", "text/plain"))
    added = datetime.now(UTC).isoformat(timespec="seconds")
    return Document(number, f"{sha256[:12]}{suffix}", media_type, sha256, len(data), added, State.WAITING)


def _kind(suffix: str, data: bytes) -> tuple[str, str] | None:
    try:
        return suffix, kind_of(f"x{suffix}", data)
    except FileRefused:
        return None
