"""Save the embeddings and load them again: a store as plain files, for a notebook or another machine.

space.json              model, revision, dimension, prefixes and chunking
documents.jsonl         one document a line, with its pages' text and its tags
chunks.parquet | .jsonl one row for each chunk
vectors.npy             (chunks, d) float32, in the order of the rows; a row of NaN for a chunk without a vector
sentences.npy           (sentences, d) float16, those of the first chunk first
files/<sha256>          the originals
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
import shutil
import tokenize
from collections.abc import Callable, Sequence
from pathlib import Path, PurePosixPath
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from rag.core.errors import AlreadyThere, InvalidImport, StoreDamaged, TargetTaken
from rag.core.names import clean_name
from rag.core.types import Chunk, Document, Heading, Notice, Page, Parsed, Space, Span, State
from rag.store.connection import translated
from rag.store.import_validation import check_document, check_space
from rag.store.integrity.salvage import Readable, salvage
from rag.store.protocol import DocumentCatalog
from rag.store.sqlite import SqliteStore

Format = Literal["parquet", "jsonl"]
_SHA256 = re.compile("[0-9a-f]{64}")
_NO_SPACE = Space("", "", 0, "", "", 0, 0)


def export(store: SqliteStore, folder: Path, form: Format = "parquet") -> Counts:
    """Write the active space into `folder`, which is made; an earlier export that is there is replaced.

    Of a damaged store what can be read is written, and what cannot is named in `left_out`.
    Raises DiskFull, StoreReadOnly or StoreError, and TargetTaken for the folder of a library.
    """
    with translated(folder / "space.json"):
        # an export has a `files/` as well: it would mix with the originals there
        if (folder / "kilde.db").exists() or (
            store.folder is not None and store.folder.resolve() in (folder.resolve(), folder.resolve().parent)
        ):
            raise TargetTaken(file=str(folder), detail="is_library")
        (folder / "files").mkdir(parents=True, exist_ok=True)
        if store.database.refusal is None:
            try:
                found = _all(store)
            except StoreDamaged:
                found = salvage(store)
        else:
            found = salvage(store)
        return _write(store, folder, form, found)


@dataclasses.dataclass(frozen=True, slots=True)
class Counts:
    """What an export came to."""

    documents: int
    chunks: int
    vectors: int
    left_out: tuple[Notice, ...] = ()


def _all(store: SqliteStore) -> Readable:
    documents = {d.id: d for d in store.documents.all()}
    exported = [e for e in store.chunks.export() if e.chunk.document_id in documents]
    pages = {document_id: store.documents.pages(document_id) for document_id in documents}
    return Readable(store.spaces.active(), list(documents.values()), pages, exported)


def _write(store: SqliteStore, folder: Path, form: Format, found: Readable) -> Counts:
    left_out = list(found.left_out)
    names = {document.id: document.name for document in found.documents}
    exported = found.exported
    table = [_row(e.chunk, names[e.chunk.document_id]) for e in exported]
    dimension = found.space.dimension if found.space else 0
    blank = np.full(dimension, np.nan, np.float32)
    vectors = np.array([blank if e.vector is None else e.vector for e in exported], np.float32)
    parts = [
        np.zeros((len(e.chunk.sentences), dimension), np.float16) if e.sentences is None else e.sentences
        for e in exported
    ]
    vectors = vectors.reshape(len(exported), dimension)
    np.save(folder / "vectors.npy", vectors)
    np.save(folder / "sentences.npy", np.concatenate(parts) if parts else np.zeros((0, dimension), np.float16))
    _write_table(folder, table, form)
    hashes = set()
    with (folder / "documents.jsonl").open("w", encoding="utf-8") as file:
        for document in found.documents:
            if not store.files.is_whole(document.sha256):
                if store.database.refusal is None and store.documents.get(document.id) is None:
                    continue  # deleted meanwhile
                left_out.append(Notice("original_not_exported", {"name": document.name}))
                continue
            shutil.copyfile(store.files.path(document.sha256), folder / "files" / document.sha256)
            hashes.add(document.sha256)
            file.write(json.dumps(_document_row(document, found.pages[document.id]), ensure_ascii=False) + "\n")
    for path in (folder / "files").iterdir():
        if path.name not in hashes and _SHA256.fullmatch(path.name):
            path.unlink()  # of an earlier export: what was deleted since must not travel on
    (folder / "space.json").write_text(
        json.dumps(dataclasses.asdict(found.space or _NO_SPACE), indent=2), encoding="utf-8"
    )
    with_vectors = int((~np.isnan(vectors[:, :1])).sum())
    return Counts(len(hashes), len(table), with_vectors, tuple(left_out))


@dataclasses.dataclass(frozen=True, slots=True)
class Imported:
    """What an import came to. reindexed: documents whose vectors were of another space, and are made anew."""

    documents: int
    already_there: int
    reindexed: int


def import_(
    store: SqliteStore, folder: Path, space: Space, report: Callable[[int, int], None] = lambda done, total: None
) -> Imported:
    """Load what `export` wrote. Documents that are in the store already stay as they are.

    space: what to make where the store has none yet and the folder says nothing usable. Vectors are taken over where
    they are of the same space as the store's; otherwise the documents are queued to be indexed.
    Raises InvalidImport where the folder is not what `export` writes; nothing of it is then in the store.
    """
    given = _read(folder)
    if not given.documents:
        return Imported(0, 0, 0)
    kept = given.space
    active = store.spaces.active() or store.spaces.ensure(kept if kept.dimension else space)
    same = dataclasses.replace(kept, id=active.id) == active
    if not same and not active.dimension and not store.documents.count() and kept.dimension:
        # a store that holds nothing takes the space of what it is given
        active = _take_over(store, kept)
        same = True
    added = there = reindexed = 0
    for done, one in enumerate(given.documents, 1):
        try:
            document = store.documents.accept(
                free_name(store.documents, clean_name(one.name)), one.media_type, one.data(folder)
            )
        except AlreadyThere:
            there += 1
            report(done, len(given.documents))
            continue
        added += 1
        store.documents.set_tags([document.id], one.tags)
        vectors = given.vectors[one.first : one.first + len(one.chunks)]
        whole = bool(one.chunks) and kept.dimension > 0 and bool(np.isfinite(vectors).all())
        if same and whole and one.ready:
            if store.documents.put(document.id, active.id, one.parsed, one.chunks, one.language):
                _put_vectors(store, active.id, document.id, given, one)
        else:
            reindexed += 1
        report(done, len(given.documents))
    return Imported(added, there, reindexed)


def _put_vectors(store: SqliteStore, space_id: int, document_id: int, given: _Given, one: _GivenDocument) -> None:
    # a worker may have embedded some of them already
    missing = store.chunks.without_vectors(space_id, len(one.chunks), document_id)
    row_of = {chunk.ordinal: one.first + place for place, chunk in enumerate(one.chunks)}
    numbers = [row_of[chunk.ordinal] for chunk in missing]
    parts = [given.sentences[given.first_sentence[n] : given.first_sentence[n + 1]].astype(np.float32) for n in numbers]
    if numbers:
        store.chunks.put_vectors(space_id, [chunk.id for chunk in missing], given.vectors[numbers], parts)


def _take_over(store: SqliteStore, kept: Space) -> Space:
    store.spaces.begin(kept)
    return store.spaces.switch()


def free_name(documents: DocumentCatalog, name: str) -> str:
    """The document's name, with a number where another document has it."""
    taken = {document.name for document in documents.all()}
    path, number = PurePosixPath(name), 2
    while name in taken:
        name = str(path.with_name(f"{path.stem} ({number}){path.suffix}"))
        number += 1
    return name


@dataclasses.dataclass(frozen=True, slots=True)
class _GivenDocument:
    """first: the row of its first chunk. tags: none in what an older Kilde exported."""

    name: str
    media_type: str
    sha256: str
    language: str
    ready: bool
    parsed: Parsed
    chunks: list[Chunk]
    first: int
    tags: tuple[str, ...] = ()

    def data(self, folder: Path) -> bytes:
        return (folder / "files" / self.sha256).read_bytes()


@dataclasses.dataclass(frozen=True, slots=True)
class _Given:
    """first_sentence: by row of chunk, and one more at the end."""

    space: Space
    documents: list[_GivenDocument]
    vectors: npt.NDArray[np.float32]
    sentences: npt.NDArray[np.float16]
    first_sentence: list[int]


def _read(folder: Path) -> _Given:
    """Everything but the originals, checked against each other. Raises InvalidImport."""
    try:
        space = Space(**json.loads((folder / "space.json").read_text(encoding="utf-8")))
        vectors = _array(folder / "vectors.npy")
        sentences = _array(folder / "sentences.npy")
        table = _read_table(folder)
        chunks_of: dict[str, list[Chunk]] = {}
        first_of: dict[str, int] = {}
        first_sentence = [0]
        for number, row in enumerate(table):
            chunk = _chunk(row)
            first_of.setdefault(row["document"], number)
            chunks_of.setdefault(row["document"], []).append(chunk)
            if number - first_of[row["document"]] != len(chunks_of[row["document"]]) - 1:
                raise InvalidImport(detail=f"the chunks of {row['document']} are not together")
            first_sentence.append(first_sentence[-1] + len(chunk.sentences))
        documents = [
            _given_document(line, chunks_of.get(line["name"], []), first_of.get(line["name"], 0))
            for line in _lines(folder / "documents.jsonl")
        ]
    except FileNotFoundError as error:
        raise InvalidImport(detail=f"{Path(str(error.filename)).name} is missing") from error
    except (OSError, EOFError, ArithmeticError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise InvalidImport(detail=_printable(str(error)[:200])) from error
    except (MemoryError, RecursionError) as error:  # an array or a list that says it is larger than any
        raise InvalidImport(detail=type(error).__name__) from error
    check_space(space)
    if vectors.dtype.kind != "f" or sentences.dtype.kind != "f":
        raise InvalidImport(detail="vectors that are no numbers")
    if vectors.shape != (len(table), space.dimension) or sentences.shape != (first_sentence[-1], space.dimension):
        raise InvalidImport(detail="the counts of chunks, vectors and sentences do not agree")
    for document in documents:
        _check(document, folder)
    return _Given(space, documents, vectors.astype(np.float32), sentences.astype(np.float16), first_sentence)


def _array(path: Path) -> npt.NDArray[Any]:
    try:
        return np.asarray(np.load(path, allow_pickle=False))
    except (SyntaxError, tokenize.TokenError) as error:  # NumPy reads a header of its first version as Python's tokens
        raise ValueError(f"{path.name} is no array") from error


def _given_document(line: dict[str, Any], chunks: list[Chunk], first: int) -> _GivenDocument:
    notices = tuple(Notice(code, values) for code, values in line["notices"])
    return _GivenDocument(
        line["name"],
        line["media_type"],
        str(line["sha256"]),
        line["language"],
        line["state"] == State.READY,
        Parsed(tuple(map(_page, line["pages"])), line["title"], notices),
        chunks,
        first,
        tuple(line.get("tags", ())),
    )


def _check(document: _GivenDocument, folder: Path) -> None:
    check_document(
        document.name, document.media_type, document.language, document.tags, document.parsed, document.chunks
    )
    # a hash is also the name of a file: nothing but a hash may be one
    path = folder / "files" / document.sha256
    if not _SHA256.fullmatch(document.sha256) or not path.is_file():
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


def _lines(path: Path) -> list[Any]:
    # not by splitlines: it would cut at U+2028 and its like, which JSON leaves as they are
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]


def _row(chunk: Chunk, name: str) -> dict[str, Any]:
    return {
        "document": name,
        "ordinal": chunk.ordinal,
        "page": chunk.page,
        "start": chunk.start,
        "end": chunk.end,
        "text": chunk.text,
        "heading_path": json.dumps(chunk.heading_path, ensure_ascii=False),
        "sentences": json.dumps(chunk.sentences),
        "tokens": chunk.tokens,
        "language": chunk.language,
        "row": chunk.row,
    }


def _chunk(row: dict[str, Any]) -> Chunk:
    return Chunk(
        int(row["ordinal"]),
        int(row["page"]),
        int(row["start"]),
        int(row["end"]),
        row["text"],
        tuple(json.loads(row["heading_path"])),
        tuple(Span(*pair) for pair in json.loads(row["sentences"])),
        int(row["tokens"]),
        row["language"],
        row=int(row.get("row", 0)),
    )


def _document_row(document: Document, pages: Sequence[Page]) -> dict[str, Any]:
    row = dataclasses.asdict(document)
    row["notices"] = [(n.code, n.values) for n in document.notices]
    row["pages"] = [
        (p.number, p.text, p.label, [(h.level, h.title, h.offset) for h in p.headings], p.ocr) for p in pages
    ]
    return row


def _page(kept: Sequence[Any]) -> Page:
    number, text, label, headings, *ocr = kept  # an older Kilde did not say of a page whether it was read by OCR
    return Page(number, text, label, tuple(Heading(*h) for h in headings), bool(ocr and ocr[0]))


def _write_table(folder: Path, table: list[dict[str, Any]], form: Format) -> None:
    for other in ("chunks.parquet", "chunks.jsonl"):
        (folder / other).unlink(missing_ok=True)
    if form == "jsonl":
        with (folder / "chunks.jsonl").open("w", encoding="utf-8") as file:
            file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in table)
        return
    import pandas as pd

    pd.DataFrame(table, columns=list(_row(Chunk(0, 0, 0, 0, ""), ""))).to_parquet(folder / "chunks.parquet")


def _read_table(folder: Path) -> list[dict[str, Any]]:
    if (folder / "chunks.jsonl").exists():
        return _lines(folder / "chunks.jsonl")
    import pandas as pd

    rows: list[dict[str, Any]] = pd.read_parquet(folder / "chunks.parquet").to_dict("records")
    return rows
