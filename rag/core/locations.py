"""How the place of a passage is named: a page, a slide, a sheet and its row; "" for files without such places."""

from collections.abc import Iterable, Sequence
from pathlib import PurePath
from typing import Any

from rag.core.file_types import BY_SUFFIX, DOCX, PDF, PICTURES, FileType
from rag.core.i18n import say
from rag.core.types import Chunk, Citation, Hit, Notice

PAGE, SLIDE, SHEET, SECTION = "page", "slide", "sheet", "section"


def unit(name: str) -> str:
    """What the pages of a document of this name are: "page", "slide", "sheet" or "section"."""
    file_type = _type_of(name)
    return file_type.pages if file_type else PAGE


def notice_values(notice: Notice, name: str) -> dict[str, Any]:
    """The values of a notice about the document `name`, for `say`, with what its pages are."""
    return {"unit": unit(name), **notice.values}


def position(
    name: str, page: int, language: str, *, heading_path: Sequence[str] = (), rows: tuple[int, int] | None = None
) -> str:
    """Where in the document `name` a passage is, in "da" or "en": "s. 3", "dias 3", "ark Priser, række 14"; or "".

    A sheet is named by its passages' outermost heading, where there is one. rows: its first and last.
    """
    file_type = _type_of(name)
    media_type = file_type.media_type if file_type else ""
    # page 1 of a Word file may be all of it, and so is that of most pictures
    if media_type == PDF or (media_type in (DOCX, *PICTURES) and page > 1):
        return say("position_page", language, page=page)
    if unit(name) == SLIDE:
        return say("position_slide", language, page=page)
    parts = (
        [say("position_sheet", language, sheet=heading_path[0] if heading_path else page)]
        if unit(name) == SHEET
        else []
    )
    if rows is not None and file_type and file_type.rows:
        first_row, last_row = rows
        parts.append(
            say("position_row", language, row=first_row if first_row == last_row else f"{first_row}–{last_row}")
        )
    return ", ".join(parts)


def headings(name: str, heading_path: Sequence[str]) -> tuple[str, ...]:
    """The headings of a passage without the sheet's name, which `position` gives already."""
    return tuple(heading_path[1:] if unit(name) == SHEET else heading_path)


def headings_of(hit: Hit) -> str:
    """`headings` of a passage in one line."""
    return " › ".join(headings(hit.document, hit.chunk.heading_path))


def rows_of(chunk: Chunk, citations: Iterable[Citation] = ()) -> tuple[int, int] | None:
    """The first and the last row of a sheet in a chunk, or in what is cited of it; None where there are none."""
    if not chunk.row:
        return None
    spans = [(c.start - chunk.start, c.end - chunk.start) for c in citations if c.page == chunk.page]
    spans = [(max(start, 0), end) for start, end in spans if end > 0 and start < len(chunk.text)] or [
        (0, len(chunk.text))
    ]
    start_offset, end_offset = min(start for start, _ in spans), max(end for _, end in spans)
    end = start_offset + len(chunk.text[start_offset:end_offset].rstrip())
    return chunk.row + chunk.text.count("\n", 0, start_offset), chunk.row + chunk.text.count("\n", 0, end)


def position_of(hit: Hit, language: str, citations: Iterable[Citation] = ()) -> str:
    """`position` of a passage. citations: of an answer; where some cite the passage, the rows are those cited."""
    passage_citations = [citation for citation in citations if citation.number == hit.number]
    chunk = hit.chunk
    return position(
        hit.document, chunk.page, language, heading_path=chunk.heading_path, rows=rows_of(chunk, passage_citations)
    )


def _type_of(name: str) -> FileType | None:
    return BY_SUFFIX.get(PurePath(name).suffix.lower())
