"""A document's parts as the data that its components draw. Pure: what goes in decides what comes out."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any

from rag.core.locations import PAGE, unit
from rag.core.types import Box
from rag.documents.page_reading import Entry, IndexedChunks, Reading, bordered
from rag.documents.summary import Overview
from rag.ui.chat.turn_data import flowing
from rag.ui.i18n import of_unit, text
from rag.ui.shell.formatting import visible

_LABELS = {
    "outline": (
        "no_headings",
        "no_headings_found",
        "open_page_number",
        "outline",
        "page",
        "pages",
        "search_headings",
    ),
    "reader": (
        "borders_legend",
        "by_ocr",
        "go_to_page",
        "next",
        "no_chunks_here",
        "no_page_text",
        "not_exact",
        "page_picture",
        "pages",
        "previous",
        "show_borders",
        "show_text",
    ),
    "overview": ("all_sections", "open_page_number", "page"),
    "chunks": (
        "chunks_as_searched",
        "has_vector",
        "in_front",
        "indexed_words",
        "lacks_vector",
        "nothing_in_front",
        "of_headings",
        "open_page_number",
        "page",
    ),
}


def outline_data(
    entries: Sequence[Entry], pages: int, page: int, offset: int, language: str, of: str = PAGE
) -> dict[str, Any]:
    """here: the index of the heading that the place shown stands under, -1 before the first.

    of: what the pages are, see `rag.core.locations.unit`.
    """
    before = [n for n, entry in enumerate(entries) if (entry.page, entry.offset) <= (page, offset)]
    # at the top of a page it is the first heading on it that one sees
    on_page = [n for n, entry in enumerate(entries) if entry.page == page] if offset == 0 else []
    return {
        "labels": _labels("outline", language, of),
        "entries": [
            {
                "index": n,
                "level": entry.level,
                "title": visible(entry.title),
                "page": entry.page,
                "offset": entry.offset,
            }
            for n, entry in enumerate(entries)
        ],
        "pages": pages,
        "page": page,
        "here": on_page[0] if on_page else max(before, default=-1),
    }


def reader_data(reading: Reading, name: str, language: str) -> dict[str, Any]:
    """kind: "pdf" with image, its size, boxes of the chunks and marks; or "text". segments: the page's text in both.

    before, after: the places that the buttons lead to, None at either end.
    """
    numbers = [border.ordinal for border in reading.borders]
    begun: set[int] = set()
    segments = []
    for piece, chunks, marked in bordered(flowing(reading.text), reading.borders, reading.mark):
        segments.append(
            {
                "text": piece,
                "chunks": list(chunks),
                "begins": [ordinal for ordinal in chunks if ordinal not in begun],
                "marked": marked,
            }
        )
        begun.update(chunks)
    of = unit(name)
    where = text(of_unit("page_of", of), language, page=reading.page, pages=reading.pages)
    if reading.label and reading.label != str(reading.page):
        where = f"{where} ({visible(reading.label)})"
    if reading.parts > 1:
        where = f"{where} · {text('part_of', language, part=reading.part, parts=reading.parts)}"
    data: dict[str, Any] = {
        "labels": _labels("reader", language, of),
        "kind": "text",
        "document": visible(name),
        "page": reading.page,
        "pages": reading.pages,
        "part": reading.part,
        "offset": reading.mark.start if reading.mark else 0,
        "where": where,
        "segments": segments if reading.text.strip() else [],
        "chunk_count": len(numbers),
        "by_ocr": reading.ocr,
        "before": _before(reading),
        "after": _after(reading),
    }
    if reading.picture is None:
        return data
    picture = reading.picture
    encoded = base64.b64encode(picture.image).decode("ascii")
    return {
        **data,
        "kind": "pdf",
        "image": f"data:{picture.media_type};base64,{encoded}",
        "width": picture.width,
        "height": picture.height,
        "exact": picture.exact,
        "boxes": [{"ordinal": border.ordinal, "lines": _boxes(border.boxes)} for border in reading.borders],
        "marks": _boxes(reading.mark_boxes),
    }


def overview_data(overview: Overview, pages: int, language: str, of: str = PAGE) -> dict[str, Any]:
    """The sections with their sentences in one line each."""
    sections = []
    for section in overview.sections:
        several = section.last_page > section.page
        key = "page_range" if several else "page"
        span = text(of_unit(key, of), language, page=section.page, last=section.last_page) if pages > 1 else ""
        sections.append(
            {
                "title": visible(section.title) or span or text("whole_document", language),
                "range": span if section.title else "",
                "sentences": [
                    {
                        "text": visible(" ".join(sentence.text.split())),
                        "place": {
                            "page": sentence.page,
                            "offset": sentence.span.start,
                            "start": sentence.span.start,
                            "end": sentence.span.end,
                        },
                    }
                    for sentence in section.sentences
                ],
            }
        )
    how = text("overview_by_meaning" if overview.by_meaning else "overview_by_words", language)
    return {"labels": _labels("overview", language, of), "how": how, "sections": sections}


def chunks_data(found: IndexedChunks, language: str, of: str = PAGE) -> dict[str, Any]:
    """The chunks of one screen."""
    return {
        "labels": _labels("chunks", language, of),
        "chunks": [
            {
                "ordinal": one.chunk.ordinal + 1,
                "place": {
                    "page": one.chunk.page,
                    "offset": one.chunk.start,
                    "start": one.chunk.start,
                    "end": one.chunk.end,
                },
                "size": text("chunk_size_of", language, tokens=one.chunk.tokens, characters=len(one.chunk.text)),
                "embedded": one.embedded,
                "in_front": visible(one.in_front),
                "text": flowing(one.chunk.text),
                "stems": list(one.stems),
                "heading_stems": list(one.heading_stems),
            }
            for one in found.shown
        ],
    }


def _labels(part: str, language: str, of: str) -> dict[str, str]:
    return {key: text(of_unit(key, of), language) for key in _LABELS[part]}


def _boxes(boxes: Sequence[Box]) -> list[dict[str, float]]:
    return [box._asdict() for box in boxes]


def _before(reading: Reading) -> dict[str, int] | None:
    if reading.part > 1:
        return {"page": reading.page, "offset": reading.part_starts[reading.part - 2]}
    return {"page": reading.page - 1, "offset": 0} if reading.page > 1 else None


def _after(reading: Reading) -> dict[str, int] | None:
    if reading.part < reading.parts:
        return {"page": reading.page, "offset": reading.part_starts[reading.part]}
    return {"page": reading.page + 1, "offset": 0} if reading.page < reading.pages else None
