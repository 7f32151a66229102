"""The data that the components of a document's page draw. Pure."""

import base64
from collections.abc import Sequence
from typing import Any

from rag.core.locations import PAGE, unit
from rag.core.types import Box
from rag.documents.page_reading import Entry, IndexedChunks, Reading, bordered
from rag.documents.summary import Overview
from rag.ui.chat.segments import flowing
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
    entries: Sequence[Entry], pages: int, page: int, offset: int, language: str, page_unit: str = PAGE
) -> dict[str, Any]:
    """The data of the outline.

    page_unit: what the pages are called, see `rag.core.locations.unit`. In the result, `here` is the index of the
    heading above the position shown, -1 before the first heading.
    """
    earlier = [n for n, entry in enumerate(entries) if (entry.page, entry.offset) <= (page, offset)]
    # at the top of a page the reader sees its first heading
    on_page = [n for n, entry in enumerate(entries) if entry.page == page] if offset == 0 else []
    return {
        "labels": _labels("outline", language, page_unit),
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
        "here": on_page[0] if on_page else max(earlier, default=-1),
    }


def reader_data(reading: Reading, name: str, language: str) -> dict[str, Any]:
    """The data of the reader.

    In the result, `kind` is "pdf" (with the image, its size, and boxes of chunks and marks) or "text"; `segments` is
    the page's text in both. `before` and `after` are the places that the buttons open, None at either end.
    """
    numbers = [border.ordinal for border in reading.borders]
    begun_chunks: set[int] = set()
    segments = []
    for piece, chunks, marked in bordered(flowing(reading.text), reading.borders, reading.mark):
        segments.append(
            {
                "text": piece,
                "chunks": list(chunks),
                "begins": [ordinal for ordinal in chunks if ordinal not in begun_chunks],
                "marked": marked,
            }
        )
        begun_chunks.update(chunks)
    page_unit = unit(name)
    where = text(of_unit("page_of", page_unit), language, page=reading.page, pages=reading.pages)
    if reading.label and reading.label != str(reading.page):
        where = f"{where} ({visible(reading.label)})"
    if reading.parts > 1:
        where = f"{where} · {text('part_of', language, part=reading.part, parts=reading.parts)}"
    data: dict[str, Any] = {
        "labels": _labels("reader", language, page_unit),
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


def overview_data(overview: Overview, pages: int, language: str, page_unit: str = PAGE) -> dict[str, Any]:
    """The data of the overview: sections with their key sentences, each on one line."""
    sections = []
    for section in overview.sections:
        spans_pages = section.last_page > section.page
        key = "page_range" if spans_pages else "page"
        span = text(of_unit(key, page_unit), language, page=section.page, last=section.last_page) if pages > 1 else ""
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
    method = text("overview_by_meaning" if overview.by_meaning else "overview_by_words", language)
    return {"labels": _labels("overview", language, page_unit), "how": method, "sections": sections}


def chunks_data(result: IndexedChunks, language: str, page_unit: str = PAGE) -> dict[str, Any]:
    """The data of one screen of chunks."""
    return {
        "labels": _labels("chunks", language, page_unit),
        "chunks": [
            {
                "ordinal": row.chunk.ordinal + 1,
                "place": {
                    "page": row.chunk.page,
                    "offset": row.chunk.start,
                    "start": row.chunk.start,
                    "end": row.chunk.end,
                },
                "size": text("chunk_size_of", language, tokens=row.chunk.tokens, characters=len(row.chunk.text)),
                "embedded": row.embedded,
                "in_front": visible(row.in_front),
                "text": flowing(row.chunk.text),
                "stems": list(row.stems),
                "heading_stems": list(row.heading_stems),
            }
            for row in result.shown
        ],
    }


def _labels(part: str, language: str, page_unit: str) -> dict[str, str]:
    return {key: text(of_unit(key, page_unit), language) for key in _LABELS[part]}


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
