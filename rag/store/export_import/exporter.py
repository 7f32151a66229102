"""Exports a store as plain files, or the readable part of a damaged one."""

import dataclasses
import json
import shutil
from pathlib import Path

import numpy as np

from rag.core.errors import StoreDamaged, TargetTaken
from rag.core.types import Notice, Space
from rag.store.errors import translated
from rag.store.export_import.format import SHA256, Format, chunk_row, document_row, write_chunks
from rag.store.integrity.salvage import Readable, salvage
from rag.store.sqlite import SqliteStore

_NO_SPACE = Space("", "", 0, "", "", 0, 0)


@dataclasses.dataclass(frozen=True, slots=True)
class Counts:
    """The content of an export. left_out: what could not be read."""

    documents: int
    chunks: int
    vectors: int
    left_out: tuple[Notice, ...] = ()


def export(store: SqliteStore, folder: Path, form: Format = "parquet") -> Counts:
    """Write the active space into `folder`, which is created; an earlier export in it is replaced.

    The unreadable parts of a damaged store are listed in `left_out`.
    Raises DiskFull, StoreReadOnly or StoreError, and TargetTaken for the folder of a library.
    """
    with translated(folder / "space.json"):
        # an export also has `files/`, which would mix with the originals of the library
        if (folder / "kilde.db").exists() or (
            store.folder is not None and store.folder.resolve() in (folder.resolve(), folder.resolve().parent)
        ):
            raise TargetTaken(file=str(folder), detail="is_library")
        (folder / "files").mkdir(parents=True, exist_ok=True)
        return _write(store, folder, form, _readable(store))


def _readable(store: SqliteStore) -> Readable:
    if store.refusal is None:
        try:
            documents = {document.id: document for document in store.documents.all()}
            exported = [row for row in store.chunks.export() if row.chunk.document_id in documents]
            pages = {document_id: store.documents.pages(document_id) for document_id in documents}
            return Readable(store.spaces.active(), list(documents.values()), pages, exported)
        except StoreDamaged:
            pass
    return salvage(store)


def _write(store: SqliteStore, folder: Path, form: Format, readable: Readable) -> Counts:
    names = {document.id: document.name for document in readable.documents}
    write_chunks(folder, [chunk_row(row.chunk, names[row.chunk.document_id]) for row in readable.exported], form)
    vector_count = _write_vectors(folder, readable)
    left_out = list(readable.left_out)
    hashes = set()
    with (folder / "documents.jsonl").open("w", encoding="utf-8") as file:
        for document in readable.documents:
            if not store.files.is_whole(document.sha256):
                if store.refusal is None and store.documents.get(document.id) is None:
                    continue  # deleted meanwhile
                left_out.append(Notice("original_not_exported", {"name": document.name}))
                continue
            shutil.copyfile(store.files.path(document.sha256), folder / "files" / document.sha256)
            hashes.add(document.sha256)
            row = document_row(document, readable.pages[document.id], names.get(document.parent or 0))
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
    for path in (folder / "files").iterdir():
        if path.name not in hashes and SHA256.fullmatch(path.name):
            path.unlink()  # left by an earlier export; a document deleted since must not be passed on
    space = dataclasses.asdict(readable.space or _NO_SPACE)
    (folder / "space.json").write_text(json.dumps(space, indent=2), encoding="utf-8")
    return Counts(len(hashes), len(readable.exported), vector_count, tuple(left_out))


def _write_vectors(folder: Path, readable: Readable) -> int:
    """Returns the number of chunks that have a vector."""
    exported = readable.exported
    dimension = readable.space.dimension if readable.space else 0
    blank = np.full(dimension, np.nan, np.float32)
    vectors = np.array([blank if row.vector is None else row.vector for row in exported], np.float32)
    vectors = vectors.reshape(len(exported), dimension)
    sentences = [
        np.zeros((len(row.chunk.sentences), dimension), np.float16) if row.sentences is None else row.sentences
        for row in exported
    ]
    np.save(folder / "vectors.npy", vectors)
    np.save(folder / "sentences.npy", np.concatenate([np.zeros((0, dimension), np.float16), *sentences]))
    return int((~np.isnan(vectors[:, :1])).sum())
