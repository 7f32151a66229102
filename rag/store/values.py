"""Parameters and results of a store besides those of `rag.core.types`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from rag.core.types import Chunk, Document, Notice, Space, State

Vector = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Question:
    """A question as passages are judged and quoted for it.

    stems: its words, each with its alternatives. vector: (d,) float32; None where words alone decide.
    """

    text: str
    stems: Sequence[Sequence[str]]
    vector: Vector | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A chunk that at least one of the two searches returned. Scores as in `rag.core.types.Hit`."""

    chunk: Chunk
    document: str
    sha256: str
    dense_score: float | None
    dense_rank: int | None
    lexical_score: float | None
    lexical_rank: int | None


@dataclass(frozen=True, slots=True)
class Searchable:
    """The prerequisites of a search, from one snapshot.

    space: the active one. documents: the ids to search in; None means all. languages: those of the documents, the most
    frequent first.
    """

    space: Space | None
    documents: set[int] | None
    languages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Task:
    """The indexing of one document in one space."""

    document: Document
    space: Space
    state: State


@dataclass(frozen=True, slots=True)
class Exported:
    """One chunk with its vector, (d,) float32, and sentence vectors, (s, d) float16; None without vectors."""

    chunk: Chunk
    vector: Vector | None
    sentences: npt.NDArray[np.float16] | None


@dataclass(frozen=True, slots=True)
class Report:
    """The result of a verification. problems: empty if all is well. repaired: what was repaired, if requested.

    checked: ISO time. counts: rows by table.
    """

    checked: str
    counts: Mapping[str, int]
    problems: tuple[Notice, ...] = ()
    repaired: tuple[Notice, ...] = ()


@dataclass(frozen=True, slots=True)
class SpaceProgress:
    """The progress of indexing in a space. documents_ready includes failed and stopped documents.

    pages_lacking: pages of findable documents with pictures that are still to be recognised.
    """

    documents: int = 0
    documents_ready: int = 0
    pages: int = 0
    pages_done: int = 0
    chunks: int = 0
    chunks_done: int = 0
    states: Mapping[str, int] = field(default_factory=dict)
    pages_lacking: int = 0
