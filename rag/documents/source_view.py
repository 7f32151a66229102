"""What is shown when a source is opened: the page with its passages and quotes marked, or the text around them."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from rag.core.errors import NotFound
from rag.core.file_types import DOCX, PDF
from rag.core.types import Box, Citation, Document, Hit, Page, Span, Turn
from rag.documents.loaders.pdf.render import PagePicture, render
from rag.store.protocol import DocumentCatalog

WHOLE = 40_000
"""Characters of a text without a picture up to which all of it is shown."""

AROUND = 4_000
"""Characters of a longer text shown before the passage; twice as many from where it begins."""

WIDTH = 1_800
"""Pixels of a page's picture: three times the width that the view has beside the answer on a screen of 1440."""

_EDGE = 3  # lines at the top or bottom of a page that may be running ones
_ENDED = re.compile(r"[.!?:;…][\"'”“’‘»«)\]]*$")
_GOES_ON = re.compile(r"[^\W\d_]")


@dataclass(frozen=True, slots=True)
class Mark:
    """A passage or quote on the page. span: in `PageView.text`; boxes: on the picture, one a line, if there is one."""

    number: int
    kind: Literal["passage", "quote"]
    span: Span
    boxes: tuple[Box, ...] = ()


@dataclass(frozen=True, slots=True)
class PageView:
    """picture: of a PDF page, None for other files. text: of the page, or around the passage where it is long.

    state: whether the document is there; "changed" where one of its name is there with another content. Unless it is
    there, the passage is shown as the turn kept it. name: as it is now, or was then where it has gone.
    citations: the numbers of the sources that the answer cites, by the page of this document that they are on, and
    the opened source. continues: the page on which a quote's last sentence goes on; continued: on which it began;
    such a sentence is marked on the page that was cited only. cut_before, cut_after: there is more text than is shown.
    """

    name: str
    number: int
    page: int
    pages: int
    label: str | None
    text: str
    marks: tuple[Mark, ...]
    picture: PagePicture | None = None
    state: Literal["there", "changed", "gone"] = "there"
    citations: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    continues: int | None = None
    continued: int | None = None
    cut_before: bool = False
    cut_after: bool = False

    @property
    def gone(self) -> bool:
        """Whether the document with this content is not there any more."""
        return self.state != "there"


def page_view(documents: DocumentCatalog, turn: Turn, number: int, page: int | None) -> PageView:
    """The page of source `number` of a turn, or another page of its document.

    Raises NotFound where the turn has no such source or the document no such page.
    """
    hit = next((h for h in turn.hits if h.number == number), None)
    if hit is None:
        raise NotFound(name=f"[{number}]")
    shown = hit.chunk.page if page is None else page
    document = documents.with_content(hit.sha256)
    if document is None:
        changed = documents.named(hit.document) is not None
        return replace(_from_turn(turn, hit), state="changed" if changed else "gone")
    pages = {p.number: p for p in documents.pages(document.id)}
    if not pages:  # it is being read again
        return replace(_from_turn(turn, hit), name=document.name)
    if shown not in pages:
        raise NotFound(name=f"{document.name}, {shown}")
    text, label = pages[shown].text, pages[shown].label
    marks = _marks(turn, hit.sha256, shown)
    # a sentence goes on from page to page, but not from slide to slide
    runs_on = document.media_type in (PDF, DOCX)
    view = PageView(
        document.name,
        number,
        shown,
        len(pages),
        label,
        text,
        tuple(marks),
        citations=_cited_pages(turn, hit),
        continues=shown + 1 if runs_on and _runs_over(turn, hit, shown, pages) else None,
        continued=shown - 1 if runs_on and _runs_over(turn, hit, shown - 1, pages) else None,
    )
    if document.media_type == PDF:
        return _with_picture(view, documents, document)
    # on another page than the source's own there is no passage to be near to
    return _shortened(view, hit.chunk.start if shown == hit.chunk.page else 0)


def _marks(turn: Turn, sha256: str, page: int) -> list[Mark]:
    """Passages first, so that quotes are drawn above them."""
    passages = [
        Mark(h.number, "passage", Span(h.chunk.start, h.chunk.end))
        for h in turn.hits
        if h.sha256 == sha256 and h.chunk.page == page
    ]
    cited = {(c.number, c.start, c.end): c for c in _citations(turn, sha256) if c.page == page}
    return [*passages, *(Mark(c.number, "quote", Span(c.start, c.end)) for c in cited.values())]


def _citations(turn: Turn, sha256: str) -> list[Citation]:
    """What the answer cites of a document; a refusal cites nothing."""
    answer = turn.answer
    if answer is None or not answer.answered:
        return []
    return [c for s in (*answer.sentences, *answer.quotes) for c in s.citations if c.sha256 == sha256]


def _cited_pages(turn: Turn, opened: Hit) -> dict[int, tuple[int, ...]]:
    found = {(c.page, c.number) for c in _citations(turn, opened.sha256)} | {(opened.chunk.page, opened.number)}
    pages = sorted({page for page, _ in found})
    return {page: tuple(sorted(number for on, number in found if on == page)) for page in pages}


def _with_picture(view: PageView, documents: DocumentCatalog, document: Document) -> PageView:
    picture = render(documents.original(document.sha256), view.page, [m.span for m in view.marks], WIDTH, view.text)
    marks = tuple(replace(m, boxes=boxes) for m, boxes in zip(view.marks, picture.boxes, strict=True))
    return replace(view, marks=marks, picture=picture)


def _shortened(view: PageView, at: int) -> PageView:
    """The view with all of its text, or where that is long, what is around offset `at`."""
    text = view.text
    if len(text) <= WHOLE:
        return view
    first, last = max(0, at - AROUND), min(len(text), at + 2 * AROUND)
    marks = tuple(
        replace(m, span=Span(max(m.span.start - first, 0), min(m.span.end, last) - first))
        for m in view.marks
        if m.span.end > first and m.span.start < last
    )
    return replace(view, text=text[first:last], marks=marks, cut_before=first > 0, cut_after=last < len(text))


def _from_turn(turn: Turn, hit: Hit) -> PageView:
    """The passage alone, as the turn kept it."""
    chunk = hit.chunk
    marks = [
        replace(m, span=Span(m.span.start - chunk.start, m.span.end - chunk.start))
        for m in _marks(turn, hit.sha256, chunk.page)
        if m.number == hit.number
    ]
    return PageView(hit.document, hit.number, chunk.page, chunk.page, None, chunk.text, tuple(marks))


def _runs_over(turn: Turn, opened: Hit, page: int, pages: Mapping[int, Page]) -> bool:
    """Whether a quote (or the opened source, where it has none there) ends in a sentence that goes on overleaf.

    Said only where it is plain: the text above the running lines at the bottom ends without a full stop, and the one
    below those at the top of the next page goes on in lower case.
    """
    if page not in pages or page + 1 not in pages:
        return False
    marks = _marks(turn, opened.sha256, page)
    quotes = [m for m in marks if m.kind == "quote"]
    ends = [m.span.end for m in quotes or [m for m in marks if m.number == opened.number]]
    text, following = pages[page].text, pages[page + 1].text
    others = [pages[n].text for n in (page - 1, page + 1, page + 2) if n in pages]
    bottom = _without_running(text.rstrip().split("\n"), [other.rstrip().split("\n") for other in others], -1)
    above = [pages[n].text for n in (page - 1, page, page + 2) if n in pages]
    top = _without_running(following.lstrip().split("\n"), [other.lstrip().split("\n") for other in above], 1)
    before, after = "\n".join(bottom).rstrip(), "\n".join(top).lstrip()
    if not any(end >= len(before) for end in ends) or not before or _ENDED.search(before):
        return False
    return _GOES_ON.match(after) is not None and after[0].islower()


def _without_running(lines: Sequence[str], others: Collection[Sequence[str]], step: Literal[1, -1]) -> Sequence[str]:
    """`lines` without those at the top (step 1) or bottom (-1) that other pages have there too, figures aside."""
    edges = {_plain(line) for other in others for line in other[::step][:_EDGE]}
    kept = lines[::step]
    for _ in range(_EDGE):
        if kept and (_plain(kept[0]) in edges or not kept[0].strip()):
            kept = kept[1:]
    return kept[::step]


def _plain(line: str) -> str:
    return re.sub(r"\d+", "0", " ".join(line.split()))
