"""Libraries of the benchmarks, kept between runs under `cache/` so that their documents are indexed once.

A library is used again only where it would come out the same: with the same documents, settings, and sources of what
decides how they are cut, stemmed and put before the model, and where the model still gives the same vectors for a few
texts. It is built beside the old one and takes its place when it is complete; a run that was cut off goes on where it
was.
"""

from __future__ import annotations

import ast
import hashlib
import json
import shutil
import sys
import time
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock

from rag.core.errors import AlreadyThere
from rag.core.types import Span, State
from rag.documents.collection import Progress
from rag.library import Library
from rag.models.embedding.protocol import Passage
from rag.models.embedding.registry import LocalModels
from rag.store.values import Vector

CACHE = Path(__file__).parent / "cache"
SOURCES = Path(__file__).parent.parent / "rag"
DECIDING = ("core/text/*.py", "**/chunking.py", "documents/loaders/**/*.py", "store/lexical/*.py")
FUNCTIONS = ("add_chunks", "passage_of")
"""Files of `rag/`, and functions in others, that decide what a library stores; what they say in comments does not."""
PROBES = (
    Passage("Batterier er dækket i 6 måneder. Øvrige dele i 24.", "Garanti › Dækning", (Span(0, 32), Span(33, 50))),
    Passage("Every employee has 25 days of holiday a year.", "", (Span(0, 45),)),
    Passage("ISO-27001", "", (Span(0, 9),)),
)
LEAST_COSINE = 0.999
"""To the same text's vector of before: a faster way to the same vectors decides nothing."""
MADE_WITH = "made_with.json"
BUILT = "built.json"
PROBED = "probed.npy"


@lru_cache(maxsize=1)
def models() -> LocalModels:
    """The embedding models of all kept libraries: unpacked once, loaded once."""
    return LocalModels(CACHE / "models")


def sources_fingerprint(folder: Path = SOURCES) -> str:
    """SHA-256 over what the deciding sources say."""
    digest = hashlib.sha256()
    for path in sorted({path for pattern in DECIDING for path in folder.glob(pattern)}):
        digest.update(path.relative_to(folder).as_posix().encode())
        digest.update(_said(ast.parse(path.read_text(encoding="utf-8"))))
    for path in sorted([*folder.glob("*.py"), *folder.glob("store/*.py")]):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef) and node.name in FUNCTIONS:
                digest.update(_said(node))
    return digest.hexdigest()


def probe(model: str) -> Vector:
    """(n, d): what a model makes of the probes and of their sentences."""
    embedded = models().embedding(model).encoder().encode_passages(PROBES)
    return np.concatenate([embedded.vectors, *embedded.sentences]).astype(np.float32)


def _said(tree: ast.AST) -> bytes:
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
            first = node.body[0] if node.body else None
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                node.body = node.body[1:]
    return ast.dump(tree).encode()


def kept(name: str, documents: Mapping[str, str | Path], *, as_it_is: bool = False) -> Library:
    """The library `name` with these documents, each a text or a file, by its name; by default settings.

    as_it_is: an older library is taken, too, whatever it was made with.
    A text that another document has as well is there once. Progress goes to stderr. Raises AssertionError where a
    document could not be indexed.
    """
    CACHE.mkdir(exist_ok=True)
    folder, building = CACHE / name, CACHE / f"{name}.building"
    with FileLock(CACHE / f"{name}.lock"):
        wanted = _made_with(documents)
        probed = probe(wanted["embedding_model"])
        if not _fits(folder, wanted, probed) and not (as_it_is and folder.is_dir()):
            if not _fits(building, wanted, probed):
                shutil.rmtree(building, ignore_errors=True)
                building.mkdir()
                np.save(building / PROBED, probed)
                (building / MADE_WITH).write_text(json.dumps(wanted), encoding="utf-8")
            _build(building, documents)
            shutil.rmtree(folder, ignore_errors=True)
            building.rename(folder)
    return Library.open(folder, work=False, models=models())


def built(name: str) -> dict[str, Any]:
    """How large a library is, and how long it took to build: {"documents", "chunks", "add_s", "index_s"}.

    Without the seconds where it was cut off in between. Only orders of magnitude: other programs may have been running
    meanwhile.
    """
    return _read(CACHE / name / BUILT) or {}


def _fits(folder: Path, wanted: Mapping[str, Any], probed: Vector) -> bool:
    if _read(folder / MADE_WITH) != wanted:
        return False
    before = np.load(folder / PROBED)
    return before.shape == probed.shape and bool((before * probed).sum(axis=1).min() >= LEAST_COSINE)


def _made_with(documents: Mapping[str, str | Path]) -> dict[str, Any]:
    with Library.in_memory(work=False, models=models()) as library:
        settings = library.settings.current()
    contents = hashlib.sha256()
    for name, data in _bytes(documents):
        contents.update(name.encode() + b"\0" + hashlib.sha256(data).digest())
    return {
        "chunk_size": settings.chunk_size,
        "overlap": settings.overlap,
        "embedding_model": settings.embedding_model,
        "sources": sources_fingerprint(),
        "documents": contents.hexdigest(),
    }


def _bytes(documents: Mapping[str, str | Path]) -> Iterator[tuple[str, bytes]]:
    for name, content in documents.items():
        yield name, content.encode("utf-8") if isinstance(content, str) else content.read_bytes()


def _build(folder: Path, documents: Mapping[str, str | Path]) -> None:
    with Library.open(folder, work=False, models=models()) as library:
        began = time.perf_counter()
        known = {d.name for d in library.documents.all()}
        for name, data in _bytes(documents):
            if name not in known:
                try:
                    library.documents.add(name, data)
                except AlreadyThere:
                    print(f"{name} says what another document says", file=sys.stderr)
        added = time.perf_counter()
        library.work_until_done(_Reporter())
        seconds = time.perf_counter() - added
        found = library.documents.all()
        wrong = [d.name for d in found if d.state is not State.READY]
        assert not wrong, wrong
        chunks = sum(d.chunks for d in found)
    figures: dict[str, float] = {"documents": len(found), "chunks": chunks}
    if not known:
        figures |= {"add_s": round(added - began, 1), "index_s": round(seconds, 1)}
    (folder / BUILT).write_text(json.dumps(figures), encoding="utf-8")
    print(f"\r{folder.stem}: {figures}", file=sys.stderr)


class _Reporter:
    """Says on stderr how far indexing is, twice a second at most."""

    def __init__(self) -> None:
        self._last = 0.0

    def __call__(self, progress: Progress) -> None:
        if time.monotonic() - self._last > 0.5:
            self._last = time.monotonic()
            done = progress.space
            print(f"\r{done.chunks_done} of {done.chunks} chunks  ", end="", file=sys.stderr)


def _read(path: Path) -> dict[str, Any] | None:
    if not path.is_file():
        return None
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found
