"""What a document's own page shows: its outline, its pages, and its chunks as the search sees them."""

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from rag.core.errors import NotFound
from rag.core.file_types import PDF, PICTURES
from rag.core.text.sentences import stems
from rag.core.types import Box, Chunk, Document, Page, Span
from rag.documents.loaders.pdf.render import PagePicture, render
from rag.models.embedding.protocol import passage_of
from rag.store.protocol import ChunkSearch, SearchStore

PART = 20_000
"""Characters shown at once of a page without a picture: a text file is one page, however long."""
WIDTH = 1_400
"""Pixels of a page's picture: twice the width that it has beside the outline on a screen of 1440."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A heading of the outline. level: 1 is the outermost; offset: where on its page it begins."""

    level: int
    title: str
    page: int
    offset: int


@dataclass(frozen=True, slots=True)
class Border:
    """The extent of a chunk on a page. ordinal: from 1. span: in `Reading.text`; boxes: on the picture, one a line."""

    ordinal: int
    span: Span
    boxes: tuple[Box, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """A page to read. text: of the page, or of part `part` (from 1) of `parts` where it is long.

    part_starts: where on the page each part begins. mark: the place asked for, in `text`; mark_boxes: on the picture.
    picture: of a PDF page or a picture file, None for others. borders: of the chunks, in order; they may overlap. ocr:
    the text was recognised in the picture.
    """

    page: int
    pages: int
    label: str | None
    text: str
    part: int
    part_starts: tuple[int, ...]
    borders: tuple[Border, ...]
    mark: Span | None = None
    mark_boxes: tuple[Box, ...] = ()
    picture: PagePicture | None = None
    ocr: bool = False

    @property
    def parts(self) -> int:
        return len(self.part_starts)


@dataclass(frozen=True, slots=True)
class IndexedChunk:
    """A chunk as the two searches see it.

    in_front: the headings that are embedded in front of its text. stems, heading_stems: as the lexical index has them.
    embedded: whether it has a vector; until then only lexical search finds it.
    """

    chunk: Chunk
    embedded: bool
    in_front: str
    stems: tuple[str, ...]
    heading_stems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class IndexedChunks:
    """Some of a document's chunks. found: how many match in all; total: how many the document has."""

    shown: tuple[IndexedChunk, ...]
    found: int
    total: int


def outline(pages: Sequence[Page]) -> list[Entry]:
    """All headings in order; the outermost level of the document counts as 1."""
    entries = [
        Entry(heading.level, " ".join(heading.title.split()), page.number, heading.offset)
        for page in pages
        for heading in sorted(page.headings, key=lambda heading: heading.offset)
        if heading.title.strip()
    ]
    outermost_level = min((entry.level for entry in entries), default=1)
    return [Entry(entry.level - outermost_level + 1, entry.title, entry.page, entry.offset) for entry in entries]


def reading(
    store: SearchStore,
    document: Document,
    pages: Sequence[Page],
    number: int,
    offset: int = 0,
    mark: Span | None = None,
) -> Reading:
    """Page `number` of a document. offset: the part of a long page that is shown is the one that this lies in.

    mark: a place on the page to point out. Raises NotFound where there is no such page, and the errors of
    `rag.documents.loaders.pdf.render.render`.
    """
    page = next((candidate for candidate in pages if candidate.number == number), None)
    if page is None:
        raise NotFound(name=f"{document.name}, {number}")
    chunks = [chunk for chunk in store.chunks.of_document(document.id) if chunk.page == number]
    spans = [Span(chunk.start, chunk.end) for chunk in chunks]
    if document.media_type == PDF or document.media_type in PICTURES:
        marks = [mark] if mark is not None else []
        picture = render(
            store.documents.original(document.sha256),
            number,
            [*spans, *marks],
            WIDTH,
            page.text,
            is_picture=document.media_type in PICTURES,
        )
        borders = tuple(
            Border(chunk.ordinal + 1, span, boxes)
            for chunk, span, boxes in zip(chunks, spans, picture.boxes, strict=False)
        )
        mark_boxes = picture.boxes[len(spans)] if mark is not None else ()
        return Reading(number, len(pages), page.label, page.text, 1, (0,), borders, mark, mark_boxes, picture, page.ocr)
    starts = part_starts(page.text)
    part = bisect_right(starts, max(offset, 0))
    part_start, part_end = [*starts, len(page.text)][part - 1 : part + 1]
    borders = tuple(
        Border(chunk.ordinal + 1, _cut(span, part_start, part_end))
        for chunk, span in zip(chunks, spans, strict=True)
        if span.start < part_end and span.end > part_start
    )
    mark_shown = mark is not None and mark.start < part_end and mark.end > part_start
    return Reading(
        number,
        len(pages),
        page.label,
        page.text[part_start:part_end],
        part,
        tuple(starts),
        borders,
        _cut(mark, part_start, part_end) if mark is not None and mark_shown else None,
    )


def part_starts(text: str) -> list[int]:
    """Where the parts of a long page begin: at line ends, PART characters or a little more apart."""
    starts = [0]
    while len(text) - starts[-1] > 1.5 * PART:
        target = starts[-1] + PART
        end = text.find("\n", target, target + PART // 4)
        starts.append(end + 1 if end >= 0 else target)
    return starts


def bordered(text: str, borders: Sequence[Border], mark: Span | None) -> list[tuple[str, tuple[int, ...], bool]]:
    """`text` cut where a chunk or the mark begins or ends: (text, ordinals of its chunks, whether it is marked)."""
    marks = [mark] if mark is not None else []
    spans = [*(border.span for border in borders), *marks]
    cuts = sorted({0, len(text), *(min(max(edge, 0), len(text)) for span in spans for edge in span)})
    return [
        (
            text[start:end],
            tuple(border.ordinal for border in borders if border.span.start <= start and end <= border.span.end),
            any(span.start <= start and end <= span.end for span in marks),
        )
        for start, end in pairwise(cuts)
    ]


def indexed_chunks(
    chunks: ChunkSearch,
    document: Document,
    *,
    search: str = "",
    page: int | None = None,
    first: int = 0,
    count: int = 20,
) -> IndexedChunks:
    """At most `count` of the chunks that hold all words of `search`, from number `first` (from 0) on.

    page: only chunks of this page; None for all.
    """
    all_chunks = chunks.of_document(document.id)
    words = search.casefold().split()
    matches = [
        chunk for chunk in all_chunks if (page is None or chunk.page == page) and (not words or _holds(chunk, words))
    ]
    embedded = chunks.embedded(document.id)
    return IndexedChunks(
        tuple(_indexed(chunk, document, chunk.id in embedded) for chunk in matches[first : first + count]),
        len(matches),
        len(all_chunks),
    )


def _holds(chunk: Chunk, words: Sequence[str]) -> bool:
    text = " ".join((*chunk.heading_path, chunk.text)).casefold()
    return all(word in text or re.fullmatch(rf"#?{chunk.ordinal + 1}", word) is not None for word in words)


def _indexed(chunk: Chunk, document: Document, embedded: bool) -> IndexedChunk:
    language = chunk.language or document.language
    return IndexedChunk(
        chunk,
        embedded,
        passage_of(chunk).context,
        tuple(stems(chunk.text, language)),
        tuple(stems(" ".join(chunk.heading_path), language)),
    )


def _cut(span: Span, part_start: int, part_end: int) -> Span:
    return Span(max(span.start, part_start) - part_start, min(span.end, part_end) - part_start)
