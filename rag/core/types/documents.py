"""Documents, their pages, and the chunks they are indexed as."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple


class Span(NamedTuple):
    """Characters `start` to `end` (exclusive) of one page's text."""

    start: int
    end: int


class Place(NamedTuple):
    """Where a passage stands, in the content with this hash: it outlives chunks, spaces and names of documents."""

    sha256: str
    page: int
    start: int
    end: int

    def overlaps(self, other: Place) -> bool:
        """Whether two places are one passage: they share more than half of the shorter one."""
        return 2 * self.shared(other) > min(self.end - self.start, other.end - other.start)

    def shared(self, other: Place) -> int:
        """How many characters of a page are in both."""
        if (self.sha256, self.page) != (other.sha256, other.page):
            return 0
        return max(0, min(self.end, other.end) - max(self.start, other.start))


class Box(NamedTuple):
    """A rectangle on a page, as shares of its width and height (0..1), origin at the top left."""

    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading and where on its page it begins. level: 1 is the outermost."""

    level: int
    title: str
    offset: int


@dataclass(frozen=True, slots=True)
class Page:
    """One page as text: of a presentation a slide, of a workbook a sheet, of an e-book a chapter.

    label: the page number as printed, where it differs from `number`; the name of a sheet.
    ocr: its text was recognised in a picture, and may be wrong in places.
    """

    number: int
    text: str
    label: str | None = None
    headings: tuple[Heading, ...] = ()
    ocr: bool = False


@dataclass(frozen=True, slots=True)
class Notice:
    """Something a user should know, to be put into words by `rag.core.i18n`. code: key there; values fill it in."""

    code: str
    values: dict[str, Any] = field(default_factory=dict)

    @property
    def asks(self) -> bool:
        """Whether the user has yet to decide what becomes of a document of which only the first pages were read."""
        return self.code in ("limit_met", "damage_met") and not self.values.get("kept")


@dataclass(frozen=True, slots=True)
class Attached:
    """A file inside a file. name: in it, with folders. refused: why it has no data, a key of the words of `why`."""

    name: str
    data: bytes
    refused: str = ""


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a loader makes of a file. notices: what went wrong without stopping it, such as pages without text.

    attached: the files inside it, which are to be documents of their own.
    loader_version: as in `rag.core.file_types.FileType`; 0 from before there were such.
    lacking: by page number what is still to be recognised in pictures, see `rag.documents.loaders.pdf.ocr.read`.
    """

    pages: tuple[Page, ...]
    title: str | None = None
    notices: tuple[Notice, ...] = ()
    attached: tuple[Attached, ...] = ()
    loader_version: int = 0
    lacking: Mapping[int, str] = field(default_factory=dict)


class State(StrEnum):
    """How far a document has come."""

    WAITING = "waiting"  # accepted and durable, not read yet
    READING = "reading"  # its text is being read
    FINDABLE = "findable"  # found by keyword; vectors are being made, or pictures recognised
    READY = "ready"  # found by keyword and by meaning
    STOPPED = "stopped"  # the user cancelled; what was made so far stays findable
    FAILED = "failed"  # could not be read; `Document.notices` says why


@dataclass(frozen=True, slots=True)
class Document:
    """A file in the store. The counts are those of the active space.

    pages_done/pages: read and in all; chunks_done/chunks: with a vector and in all; 0 while not known.
    added: UTC, ISO 8601. language: ISO 639-1 of most of its text, "" while unknown. tags: the user's own, sorted.
    parent: the id of the document whose file has this one inside; None for one that was added by itself.
    loader_version: of the loader that read it, see `Parsed`. lacking: as there; until it is recognised, pages_done
    are those that are read in full.
    """

    id: int
    name: str
    media_type: str
    sha256: str
    size: int
    added: str
    state: State
    pages: int = 0
    pages_done: int = 0
    chunks: int = 0
    chunks_done: int = 0
    language: str = ""
    title: str | None = None
    notices: tuple[Notice, ...] = ()
    tags: tuple[str, ...] = ()
    parent: int | None = None
    loader_version: int = 0
    lacking: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Chunk:
    """The indexed unit: a run of whole sentences on one page; `text` is exactly the page's `start:end`.

    sentences: their spans, in offsets of the page. heading_path: outermost first. tokens: in the encoder's count.
    id and document_id are 0 until the chunk is stored. row: of a sheet with one row a line, the row that the chunk
    begins in, from 1; 0 elsewhere.
    """

    ordinal: int
    page: int
    start: int
    end: int
    text: str
    heading_path: tuple[str, ...] = ()
    sentences: tuple[Span, ...] = ()
    tokens: int = 0
    language: str = ""
    id: int = 0
    document_id: int = 0
    row: int = 0


@dataclass(frozen=True, slots=True)
class Space:
    """What makes vectors comparable: model, revision, dimension, prefixes and chunking. Two spaces never mix.

    id is 0 until the space is stored. chunk_size and overlap: in tokens of the model.
    """

    model: str
    revision: str
    dimension: int
    query_prefix: str
    passage_prefix: str
    chunk_size: int
    overlap: int
    id: int = 0
