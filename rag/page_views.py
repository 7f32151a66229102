"""What is shown when a source is opened: the page with its passages and quotes marked, or the text around them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from rag.errors import NotFound
from rag.loaders.kinds import PDF
from rag.loaders.page_view import PagePicture, render
from rag.store.sqlite import SqliteStore
from rag.types import Box, Document, Span, Turn

AROUND = 4_000
"""Characters of a long text shown before and after the passage."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A passage or quote on the page. span: in `PageView.text`; boxes: on the picture, one a line, if there is one."""

    number: int
    kind: Literal["passage", "quote"]
    span: Span
    boxes: tuple[Box, ...] = ()


@dataclass(frozen=True, slots=True)
class PageView:
    """picture: of a PDF page, None for other files. gone: the document is not there any more or has changed since.

    name: as it is now, or was then where it has gone. text: of the page, or around the passage where it is long.
    """

    name: str
    number: int
    page: int
    pages: int
    label: str | None
    text: str
    marks: tuple[Mark, ...]
    picture: PagePicture | None = None
    gone: bool = False


def page_view(store: SqliteStore, turn: Turn, number: int, page: int | None) -> PageView:
    """The page of source `number` of a turn, or another page of its document.

    Raises NotFound where the turn has no such source or the document no such page.
    """
    hit = next((h for h in turn.hits if h.rank == number), None)
    if hit is None:
        raise NotFound(name=f"[{number}]")
    shown = hit.chunk.page if page is None else page
    document = store.document_with_content(hit.sha256)
    if document is None:
        return _from_turn(turn, number)
    pages = {p.number: p for p in store.pages(document.id)}
    if not pages:  # it is being read again
        return replace(_from_turn(turn, number), name=document.name, gone=False)
    if shown not in pages:
        raise NotFound(name=f"{document.name}, {shown}")
    text, label = pages[shown].text, pages[shown].label
    marks = _marks(turn, hit.sha256, shown)
    if document.media_type == PDF:
        picture = render(store.original(document.sha256), shown, [mark.span for mark in marks])
        marks = [Mark(m.number, m.kind, m.span, boxes) for m, boxes in zip(marks, picture.boxes, strict=True)]
        return PageView(document.name, number, shown, len(pages), label, text, tuple(marks), picture)
    return _text_view(document, number, shown, len(pages), text, marks, hit.chunk.start)


def _marks(turn: Turn, sha256: str, page: int) -> list[Mark]:
    """Passages first, so that quotes are drawn above them."""
    passages = [
        Mark(h.rank, "passage", Span(h.chunk.start, h.chunk.end))
        for h in turn.hits
        if h.sha256 == sha256 and h.chunk.page == page
    ]
    answer = turn.answer
    cited = {
        (c.number, c.start, c.end): c
        for sentence in ((*answer.sentences, *answer.quotes) if answer is not None and answer.answered else ())
        for c in sentence.citations
        if c.sha256 == sha256 and c.page == page
    }
    return [*passages, *(Mark(c.number, "quote", Span(c.start, c.end)) for c in cited.values())]


def _text_view(
    document: Document, number: int, page: int, pages: int, text: str, marks: list[Mark], at: int
) -> PageView:
    first, last = max(0, at - AROUND), min(len(text), at + 2 * AROUND)
    moved = [
        Mark(m.number, m.kind, Span(max(m.span.start - first, 0), min(m.span.end, last) - first))
        for m in marks
        if m.span.end > first and m.span.start < last
    ]
    return PageView(document.name, number, page, pages, None, text[first:last], tuple(moved))


def _from_turn(turn: Turn, number: int) -> PageView:
    """The passage alone, as the turn kept it."""
    hit = next(h for h in turn.hits if h.rank == number)
    start = hit.chunk.start
    marks = [
        Mark(m.number, m.kind, Span(m.span.start - start, m.span.end - start))
        for m in _marks(turn, hit.sha256, hit.chunk.page)
        if m.number == number
    ]
    return PageView(hit.document, number, hit.chunk.page, hit.chunk.page, None, hit.chunk.text, tuple(marks), gone=True)
