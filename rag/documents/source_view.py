"""What is shown when a source is opened: the page with its passages and quotes marked, or the text around them."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from rag.core.errors import NotFound
from rag.core.file_types import DOCX, PDF, PICTURES
from rag.core.types import Box, Citation, Document, Hit, Page, Span, Turn
from rag.documents.loaders.pdf.render import PagePicture, render
from rag.store.protocol import DocumentCatalog

WHOLE = 40_000
"""A text without a picture is shown whole up to so many characters."""

AROUND = 4_000
"""Characters of a longer text shown in front of the passage; twice as many are shown from its beginning on."""

WIDTH = 1_800
"""Pixels of a page's picture: three times the width that the view has beside the answer on a screen of 1440."""

_EDGE = 3  # lines at the top or bottom of a page that may be running titles
_SENTENCE_END = re.compile(r"[.!?:;…][\"'”“’‘»«)\]]*$")
_LETTER = re.compile(r"[^\W\d_]")


@dataclass(frozen=True, slots=True)
class Mark:
    """A passage or quote on the page. span: in `PageView.text`; boxes: on the page's picture, one a line."""

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
    page_number = hit.chunk.page if page is None else page
    document = documents.with_content(hit.sha256)
    if document is None:
        changed = documents.named(hit.document) is not None
        return replace(_from_turn(turn, hit), state="changed" if changed else "gone")
    pages = {p.number: p for p in documents.pages(document.id)}
    if not pages:  # the document is being read again
        return replace(_from_turn(turn, hit), name=document.name)
    if page_number not in pages:
        raise NotFound(name=f"{document.name}, {page_number}")
    text, label = pages[page_number].text, pages[page_number].label
    marks = _marks(turn, hit.sha256, page_number)
    # sentences go on from page to page, but not from slide to slide
    runs_on = document.media_type in (PDF, DOCX)
    view = PageView(
        document.name,
        number,
        page_number,
        len(pages),
        label,
        text,
        tuple(marks),
        citations=_cited_pages(turn, hit),
        continues=page_number + 1 if runs_on and _runs_over(turn, hit, page_number, pages) else None,
        continued=page_number - 1 if runs_on and _runs_over(turn, hit, page_number - 1, pages) else None,
    )
    if document.media_type == PDF or document.media_type in PICTURES:
        return _with_picture(view, documents, document)
    # only the source's own page has the passage that the view should be near
    return _shortened(view, hit.chunk.start if page_number == hit.chunk.page else 0)


def _marks(turn: Turn, sha256: str, page: int) -> list[Mark]:
    """The marks on a page: passages first, so that quotes are drawn above them."""
    passages = [
        Mark(h.number, "passage", Span(h.chunk.start, h.chunk.end))
        for h in turn.hits
        if h.sha256 == sha256 and h.chunk.page == page
    ]
    cited = {(c.number, c.start, c.end): c for c in _citations(turn, sha256) if c.page == page}
    return [*passages, *(Mark(c.number, "quote", Span(c.start, c.end)) for c in cited.values())]


def _citations(turn: Turn, sha256: str) -> list[Citation]:
    """The citations of a document in the answer; a refusal cites nothing."""
    answer = turn.answer
    if answer is None or not answer.answered:
        return []
    return [c for s in (*answer.sentences, *answer.quotes) for c in s.citations if c.sha256 == sha256]


def _cited_pages(turn: Turn, source: Hit) -> dict[int, tuple[int, ...]]:
    places = {(c.page, c.number) for c in _citations(turn, source.sha256)} | {(source.chunk.page, source.number)}
    pages = sorted({page for page, _ in places})
    return {page: tuple(sorted(number for cited_page, number in places if cited_page == page)) for page in pages}


def _with_picture(view: PageView, documents: DocumentCatalog, document: Document) -> PageView:
    picture = render(
        documents.original(document.sha256),
        view.page,
        [m.span for m in view.marks],
        WIDTH,
        view.text,
        is_picture=document.media_type in PICTURES,
    )
    marks = tuple(replace(m, boxes=boxes) for m, boxes in zip(view.marks, picture.boxes, strict=True))
    return replace(view, marks=marks, picture=picture)


def _shortened(view: PageView, at: int) -> PageView:
    """The view with all of its text, or with the text around offset `at` where that is long."""
    text = view.text
    if len(text) <= WHOLE:
        return view
    start, end = max(0, at - AROUND), min(len(text), at + 2 * AROUND)
    marks = tuple(
        replace(m, span=Span(max(m.span.start - start, 0), min(m.span.end, end) - start))
        for m in view.marks
        if m.span.end > start and m.span.start < end
    )
    return replace(view, text=text[start:end], marks=marks, cut_before=start > 0, cut_after=end < len(text))


def _from_turn(turn: Turn, hit: Hit) -> PageView:
    """The passage alone, as it was stored with the turn."""
    chunk = hit.chunk
    marks = [
        replace(m, span=Span(m.span.start - chunk.start, m.span.end - chunk.start))
        for m in _marks(turn, hit.sha256, chunk.page)
        if m.number == hit.number
    ]
    return PageView(hit.document, hit.number, chunk.page, chunk.page, None, chunk.text, tuple(marks))


def _runs_over(turn: Turn, source: Hit, page: int, pages: Mapping[int, Page]) -> bool:
    """Whether a quote (or the opened source, where it has none there) ends in a sentence that goes on overleaf.

    True only where it is certain: the text above the running lines at the bottom ends without a full stop, and the text
    below the running lines at the top of the next page goes on in lower case.
    """
    if page not in pages or page + 1 not in pages:
        return False
    marks = _marks(turn, source.sha256, page)
    quotes = [m for m in marks if m.kind == "quote"]
    mark_ends = [m.span.end for m in quotes or [m for m in marks if m.number == source.number]]
    text, following = pages[page].text, pages[page + 1].text
    neighbours = [pages[n].text for n in (page - 1, page + 1, page + 2) if n in pages]
    bottom = _without_running(
        text.rstrip().split("\n"), [neighbour.rstrip().split("\n") for neighbour in neighbours], -1
    )
    neighbours_of_next = [pages[n].text for n in (page - 1, page, page + 2) if n in pages]
    top = _without_running(
        following.lstrip().split("\n"), [neighbour.lstrip().split("\n") for neighbour in neighbours_of_next], 1
    )
    text_above, text_below = "\n".join(bottom).rstrip(), "\n".join(top).lstrip()
    if not any(end >= len(text_above) for end in mark_ends) or not text_above or _SENTENCE_END.search(text_above):
        return False
    return _LETTER.match(text_below) is not None and text_below[0].islower()


def _without_running(
    lines: Sequence[str], other_pages: Collection[Sequence[str]], step: Literal[1, -1]
) -> Sequence[str]:
    """`lines` without those at the top (step 1) or bottom (-1) that other pages have there as well, but for numbers."""
    edges = {_plain(line) for page_lines in other_pages for line in page_lines[::step][:_EDGE]}
    remaining = lines[::step]
    for _ in range(_EDGE):
        if remaining and (_plain(remaining[0]) in edges or not remaining[0].strip()):
            remaining = remaining[1:]
    return remaining[::step]


def _plain(line: str) -> str:
    return re.sub(r"\d+", "0", " ".join(line.split()))
