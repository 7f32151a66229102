"""What the rest of Kilde asks of a store. A document is the unit of atomicity, and a return means durable."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from rag.core.types import Chunk, Document, Notice, Page, Parsed, Place, Scope, Space, State

Vector = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A chunk that one of the two searches found. Scores as in `rag.core.types.Hit`."""

    chunk: Chunk
    document: str
    sha256: str
    dense_score: float | None
    dense_rank: int | None
    lexical_score: float | None
    lexical_rank: int | None


@dataclass(frozen=True, slots=True)
class Task:
    """One document's way into one space."""

    document: Document
    space: Space
    state: State


@dataclass(frozen=True, slots=True)
class Exported:
    """One chunk on its way out: vector (d,) float32 and sentence vectors (s, d) float16, None while it has none."""

    chunk: Chunk
    vector: Vector | None
    sentences: npt.NDArray[np.float16] | None


@dataclass(frozen=True, slots=True)
class Report:
    """What `verify` found. problems is empty where all is well. repaired: what was mended, where that was asked for."""

    checked: str
    counts: Mapping[str, int]
    problems: tuple[Notice, ...] = ()
    repaired: tuple[Notice, ...] = ()


@dataclass(frozen=True, slots=True)
class SpaceProgress:
    """How far a space has come. documents_ready counts those that failed or were stopped as well."""

    documents: int = 0
    documents_ready: int = 0
    pages: int = 0
    pages_done: int = 0
    chunks: int = 0
    chunks_done: int = 0
    states: Mapping[str, int] = field(default_factory=dict)


class Store(Protocol):
    """Documents, their chunks and vectors. Implementations pass one conformance suite."""

    def capabilities(self) -> frozenset[str]: ...

    # spaces
    def ensure_space(self, space: Space) -> Space: ...
    def active_space(self) -> Space | None: ...
    def building_space(self) -> Space | None: ...
    def bind_space(self, space_id: int, space: Space) -> Space: ...
    def begin_space(self, space: Space) -> Space: ...
    def drop_building_space(self) -> None: ...
    def switch_space(self) -> Space: ...

    # documents
    def accept(self, name: str, media_type: str, data: bytes, *, replaces: int | None = None) -> Document: ...
    def list_documents(self) -> list[Document]: ...
    def count_documents(self) -> int: ...
    def document(self, document_id: int) -> Document | None: ...
    def document_named(self, name: str) -> Document | None: ...
    def document_with_content(self, sha256: str) -> Document | None: ...
    def original(self, sha256: str) -> Path: ...
    def rename_document(self, document_id: int, name: str) -> None: ...
    def set_tags(self, ids: Collection[int], add: Iterable[str] = (), remove: Iterable[str] = ()) -> None: ...
    def tags(self) -> dict[str, int]: ...
    def documents_in(self, scope: Scope) -> set[int] | None: ...
    def delete_documents(self, ids: Collection[int]) -> None: ...

    # the way in
    def put_document(
        self, document_id: int, space_id: int, parsed: Parsed | None, chunks: Sequence[Chunk], language: str
    ) -> bool: ...
    def put_vectors(
        self, space_id: int, chunk_ids: Sequence[int], vectors: Vector, sentences: Sequence[Vector]
    ) -> None: ...
    def pages(self, document_id: int) -> list[Page]: ...
    def pages_by_ocr(self, sha256: str) -> set[int]: ...
    def accept_partial(self, document_id: int) -> None: ...

    # finding
    def search(
        self,
        vector: Vector | None,
        stems: Sequence[Sequence[str]],
        n: int,
        documents: Collection[int] | None = None,
        space_id: int | None = None,
        page: int | None = None,
        pinned: Collection[Place] = (),
    ) -> list[Candidate]: ...
    def get_chunks(self, ids: Collection[int]) -> list[Chunk]: ...
    def around(self, ids: Collection[int]) -> dict[int, list[tuple[str, str]]]: ...
    def sentence_vectors(self, ids: Collection[int]) -> dict[int, Vector]: ...
    def chunks_of(self, document_id: int) -> list[Chunk]: ...
    def embedded(self, document_id: int) -> set[int]: ...

    # the queue
    def tasks(self, *states: State, most: int | None = None) -> list[Task]: ...
    def set_state(self, document_id: int, space_id: int, state: State, notices: Sequence[Notice] = ()) -> bool: ...
    def space_progress(self, space_id: int) -> SpaceProgress: ...

    # care
    def iter_export(self) -> Iterator[Exported]: ...
    def health(self) -> dict[str, Any]: ...
    def verify(self, *, repair: bool = False) -> Report: ...
    def rebuild(self) -> None: ...
    def save_snapshot(self) -> None: ...
    def close(self) -> None: ...
