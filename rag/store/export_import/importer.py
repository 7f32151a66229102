"""Imports an export into a store: reads and checks all of it first, then adds each document."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import tokenize
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import numpy.typing as npt

from rag.core.errors import AlreadyThere, InvalidImport
from rag.core.names import clean_name
from rag.core.types import Chunk, Notice, Parsed, Space, State
from rag.store.export_import.format import SHA256, chunk_from, page_from, read_chunks, read_lines
from rag.store.export_import.validation import check_document, check_name, check_space
from rag.store.protocol import DocumentCatalog, Store


@dataclasses.dataclass(frozen=True, slots=True)
class Imported:
    """The result of an import. reindexed: documents queued for indexing, for lack of usable vectors."""

    documents: int
    already_there: int
    reindexed: int


def import_(
    store: Store, folder: Path, space: Space, report: Callable[[int, int], None] = lambda done, total: None
) -> Imported:
    """Import the files of `export`. Documents that the store already has stay unchanged.

    space: created if neither the store nor the folder has a usable one. Vectors of the store's space are imported;
    documents with other vectors are queued for indexing. report: called with the number of documents done and the
    total. Raises InvalidImport for an invalid folder, before anything is added to the store.
    """
    export = _read(folder)
    if not export.documents:
        return Imported(0, 0, 0)
    ordered = _parents_first(export.documents)
    active = _space_for(store, export.space, space)
    same_space = dataclasses.replace(export.space, id=active.id) == active
    added = already_there = reindexed = 0
    id_of: dict[str | None, int] = {}
    for done, exported in enumerate(ordered, 1):
        try:
            name = free_name(store.documents, clean_name(exported.name))
            parent = id_of.get(exported.parent)
            document = store.documents.accept(name, exported.media_type, exported.data(folder), parent=parent)
        except AlreadyThere:
            already_there += 1
            if (there := store.documents.with_content(exported.sha256)) is not None:
                id_of[exported.name] = there.id
            report(done, len(export.documents))
            continue
        added += 1
        id_of[exported.name] = document.id
        store.documents.set_tags([document.id], exported.tags)
        if same_space and exported.ready and export.has_vectors(exported):
            if store.documents.put(document.id, active.id, exported.parsed, exported.chunks, exported.language):
                _put_vectors(store, active.id, document.id, export, exported)
        else:
            reindexed += 1
        report(done, len(export.documents))
    return Imported(added, already_there, reindexed)


def _space_for(store: Store, exported: Space, fallback: Space) -> Space:
    """The active space of the store; an empty store adopts that of the export."""
    active = store.spaces.active() or store.spaces.ensure(exported if exported.dimension else fallback)
    is_same = dataclasses.replace(exported, id=active.id) == active
    if is_same or active.dimension or store.documents.count() or not exported.dimension:
        return active
    store.spaces.begin(exported)
    return store.spaces.switch()


def _put_vectors(store: Store, space_id: int, document_id: int, export: _Export, exported: _ExportedDocument) -> None:
    # a worker may have embedded some of them already
    missing = store.chunks.without_vectors(space_id, len(exported.chunks), document_id)
    row_of = {chunk.ordinal: exported.first_row + place for place, chunk in enumerate(exported.chunks)}
    rows = [row_of[chunk.ordinal] for chunk in missing]
    if rows:
        sentences = [export.sentence_vectors(row) for row in rows]
        store.chunks.put_vectors(space_id, [chunk.id for chunk in missing], export.vectors[rows], sentences)


def _parents_first(documents: list[_ExportedDocument]) -> list[_ExportedDocument]:
    """In the order of the export, but each behind the one that it is inside. Raises InvalidImport for a circle."""
    waiting = list(documents)
    names = {document.name for document in waiting}
    ordered: list[_ExportedDocument] = []
    while waiting:
        missing = names - {document.name for document in ordered}
        ready = [document for document in waiting if document.parent not in missing]
        if not ready:
            raise InvalidImport(detail=f"{waiting[0].name}: parent")
        ordered += ready
        waiting = [document for document in waiting if document.parent in missing]
    return ordered


def free_name(documents: DocumentCatalog, name: str) -> str:
    """The name, with a number if another document has it."""
    names_in_use = {document.name for document in documents.all()}
    path, number = PurePosixPath(name), 2
    while name in names_in_use:
        name = str(path.with_name(f"{path.stem} ({number}){path.suffix}"))
        number += 1
    return name


@dataclasses.dataclass(frozen=True, slots=True)
class _ExportedDocument:
    """first_row: that of its first chunk. tags, parent (a name): missing in exports of an older Kilde."""

    name: str
    media_type: str
    sha256: str
    language: str
    ready: bool
    parsed: Parsed
    chunks: list[Chunk]
    first_row: int
    tags: tuple[str, ...] = ()
    parent: str | None = None

    def data(self, folder: Path) -> bytes:
        return (folder / "files" / self.sha256).read_bytes()


@dataclasses.dataclass(frozen=True, slots=True)
class _Export:
    """All of an export except the originals.

    vectors: (chunks, d); sentences: (sentences, d). first_sentence: of each chunk, its row; then the total.
    """

    space: Space
    documents: list[_ExportedDocument]
    vectors: npt.NDArray[np.float32]
    sentences: npt.NDArray[np.float16]
    first_sentence: list[int]

    def has_vectors(self, document: _ExportedDocument) -> bool:
        """Whether a document has chunks, and all of them have vectors."""
        vectors = self.vectors[document.first_row : document.first_row + len(document.chunks)]
        return bool(document.chunks) and self.space.dimension > 0 and bool(np.isfinite(vectors).all())

    def sentence_vectors(self, row: int) -> npt.NDArray[np.float32]:
        """The sentence vectors of one chunk, (s, d)."""
        first, end = self.first_sentence[row : row + 2]
        return self.sentences[first:end].astype(np.float32)


def _read(folder: Path) -> _Export:
    """Read everything except the originals, and check its consistency. Raises InvalidImport."""
    try:
        space = Space(**json.loads((folder / "space.json").read_text(encoding="utf-8")))
        vectors = _array(folder / "vectors.npy")
        sentences = _array(folder / "sentences.npy")
        table = read_chunks(folder)
        chunks_of: dict[str, list[Chunk]] = {}
        first_row_of: dict[str, int] = {}
        first_sentence = [0]
        for number, row in enumerate(table):
            chunk, name = chunk_from(row), row["document"]
            first_row_of.setdefault(name, number)
            chunks_of.setdefault(name, []).append(chunk)
            if number - first_row_of[name] != len(chunks_of[name]) - 1:
                raise InvalidImport(detail=f"the chunks of {name} are not together")
            first_sentence.append(first_sentence[-1] + len(chunk.sentences))
        documents = [
            _document(line, chunks_of.get(line["name"], []), first_row_of.get(line["name"], 0))
            for line in read_lines(folder / "documents.jsonl")
        ]
    except FileNotFoundError as error:
        raise InvalidImport(detail=f"{Path(str(error.filename)).name} is missing") from error
    except (OSError, EOFError, ArithmeticError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise InvalidImport(detail=_printable(str(error)[:200])) from error
    except (MemoryError, RecursionError) as error:  # an array or list that claims an impossible size
        raise InvalidImport(detail=type(error).__name__) from error
    check_space(space)
    if vectors.dtype.kind != "f" or sentences.dtype.kind != "f":
        raise InvalidImport(detail="vectors that are no numbers")
    if vectors.shape != (len(table), space.dimension) or sentences.shape != (first_sentence[-1], space.dimension):
        raise InvalidImport(detail="the counts of chunks, vectors and sentences do not agree")
    for document in documents:
        _check(document, folder)
    return _Export(space, documents, vectors.astype(np.float32), sentences.astype(np.float16), first_sentence)


def _array(path: Path) -> npt.NDArray[Any]:
    try:
        return np.asarray(np.load(path, allow_pickle=False))
    except (SyntaxError, tokenize.TokenError) as error:  # NumPy parses old headers with Python's tokenizer
        raise ValueError(f"{path.name} is no array") from error


def _document(line: dict[str, Any], chunks: list[Chunk], first_row: int) -> _ExportedDocument:
    notices = tuple(Notice(code, values) for code, values in line["notices"])
    return _ExportedDocument(
        name=line["name"],
        media_type=line["media_type"],
        sha256=str(line["sha256"]),
        language=line["language"],
        ready=line["state"] == State.READY,
        parsed=Parsed(
            tuple(map(page_from, line["pages"])),
            line["title"],
            notices,
            loader_version=int(line.get("loader_version", 0)),
        ),
        chunks=chunks,
        first_row=first_row,
        tags=tuple(line.get("tags", ())),
        parent=line.get("parent"),
    )


def _check(document: _ExportedDocument, folder: Path) -> None:
    check_document(
        document.name, document.media_type, document.language, document.tags, document.parsed, document.chunks
    )
    if document.parent is not None:
        check_name(document.parent)
    # the hash is also a file name, so nothing else may pass for one
    path = folder / "files" / document.sha256
    if not SHA256.fullmatch(document.sha256) or not path.is_file():
        raise InvalidImport(detail=f"the original of {document.name} is missing")
    with path.open("rb") as file:
        if hashlib.file_digest(file, "sha256").hexdigest() != document.sha256:
            raise InvalidImport(detail=f"the original of {document.name} is not what it was")
    pages = {page.number: page.text for page in document.parsed.pages}
    for chunk in document.chunks:
        if pages.get(chunk.page, "")[chunk.start : chunk.end] != chunk.text:
            raise InvalidImport(detail=f"a chunk of {document.name} does not stand on its page")


def _printable(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")
