"""A large store, made through the store's own methods: python -m benchmarks.big_store [--chunks 100000]

Documents of `CHUNKS_OF_ONE` chunks each, on pages of `CHUNKS_OF_PAGE`; texts of real chunks, vectors drawn from real
ones (see `benchmarks.material`), of each sentence as well. Kept under `cache/big/<chunks>`; one that was cut off is
gone on with, and one that is complete is used again. Each document is drawn for itself, so a store of 1,000 chunks
begins as one of 1,000,000 does. A million chunks say the same few thousand texts, so from `REMEMBERED` on the stems of
a text are worked out once: how fast chunks go in is told by the smaller stores.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from benchmarks.kept import CACHE, models
from benchmarks.material import Floats, Material, material
from rag.core.settings import Settings
from rag.core.text.sentences import stems
from rag.core.types import Chunk, Page, Parsed, Space, Span
from rag.store.lexical import index as lexical_index
from rag.store.sqlite import SqliteStore

CHUNKS_OF_ONE = 200
CHUNKS_OF_PAGE = 10
REMEMBERED = 1_000_000
SEED = 7
MADE = "made.json"


def folder_of(n: int) -> Path:
    """Where the store of n chunks is kept."""
    return CACHE / "big" / str(n)


def space() -> Space:
    """The space of the default settings. Loads the model."""
    chosen = Settings()
    wanted = Space(chosen.embedding_model, "", 0, "", "", chosen.chunk_size, chosen.overlap)
    return models().embedding(chosen.embedding_model).describe(wanted)


def make(n: int, *, anew: bool = False) -> Path:
    """The folder of a complete store of n chunks. Made here where it is not there; progress goes to stderr."""
    folder = folder_of(n)
    note = folder / MADE
    if anew:
        shutil.rmtree(folder, ignore_errors=True)
    if note.exists():
        return folder
    source = material()
    if n >= REMEMBERED:
        vars(lexical_index)["stems"] = lru_cache(maxsize=None)(stems)
    store = SqliteStore(folder)
    space_id = store.spaces.ensure(space()).id
    for document in store.documents.all():  # one that was not finished is made again
        if document.chunks_done < document.chunks or not document.chunks:
            store.documents.delete([document.id])
    known = {document.name for document in store.documents.all()}
    began, made = time.perf_counter(), 0
    for name, count, number in plan(n):
        if name in known:
            continue
        put(store, space_id, name, *document_of(source, count, number))
        made += count
        print(f"\r{made} chunks, {made / (time.perf_counter() - began):.0f}/s  ", end="", file=sys.stderr)
    seconds = time.perf_counter() - began
    store.close()
    rate = {"chunks_made": made, "seconds": round(seconds, 1), "chunks_per_s": round(made / seconds, 1)}
    note.write_text(json.dumps({**rate, "stems_remembered": n >= REMEMBERED}), encoding="utf-8")
    return folder


def plan(n: int) -> Iterator[tuple[str, int, int]]:
    """The documents of a store of n chunks: name, chunks, number."""
    for number, start in enumerate(range(0, n, CHUNKS_OF_ONE)):
        yield f"shelf {number // 100:03d}/document {number:05d}.txt", min(CHUNKS_OF_ONE, n - start), number


def document_of(source: Material, count: int, number: int) -> tuple[Parsed, list[Chunk], list[Floats], list[Floats]]:
    """Pages, chunks, their vectors (d,), and of each the vectors of its sentences (s, d)."""
    pages: list[Page] = []
    chunks: list[Chunk] = []
    vectors, sentences = [], []
    text = ""
    for at, (chunk, vector, parts) in enumerate(source.drawn(count, SEED * 1_000_000 + number)):
        if at % CHUNKS_OF_PAGE == 0:
            text = ""
        start = len(text)
        text += chunk.text + "\n\n"
        spans = tuple(Span(s.start - chunk.start + start, s.end - chunk.start + start) for s in chunk.sentences)
        page = at // CHUNKS_OF_PAGE + 1
        chunks.append(replace(chunk, ordinal=at, page=page, start=start, end=start + len(chunk.text), sentences=spans))
        vectors.append(vector)
        sentences.append(parts)
        if len(pages) < page:
            pages.append(Page(page, ""))
        pages[-1] = Page(page, text)
    return Parsed(tuple(pages)), chunks, vectors, sentences


def put(
    store: SqliteStore,
    space_id: int,
    name: str,
    parsed: Parsed,
    chunks: list[Chunk],
    vectors: list[Floats],
    sentences: list[Floats],
    *,
    replaces: int | None = None,
) -> int:
    """Put a whole document into a store as the worker does; returns its id."""
    import numpy as np

    data = f"{name}\n\n".encode() + "\n".join(page.text for page in parsed.pages).encode()
    document = store.documents.accept(name, "text/plain", data, replaces=replaces)
    store.queue.claim(document.id, space_id)
    store.documents.put(document.id, space_id, parsed, chunks, chunks[0].language or "da")
    ids = [chunk.id for chunk in store.chunks.of_document(document.id)]
    store.chunks.put_vectors(space_id, ids, np.stack(vectors), sentences)
    return document.id


def main() -> None:
    """Make one."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--chunks", type=int, default=100_000)
    parser.add_argument("--anew", action="store_true", help="make it again")
    arguments = parser.parse_args()
    folder = make(arguments.chunks, anew=arguments.anew)
    print(f"\n{folder}: {(folder / MADE).read_text(encoding='utf-8')}")


if __name__ == "__main__":
    main()
