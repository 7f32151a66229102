"""The evidence view of an open source, as the data that the `turn` component draws."""

import base64
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from rag.core.locations import SHEET, unit
from rag.documents.loaders.pdf.render import PagePicture, Word
from rag.documents.source_view import Mark, PageView
from rag.ui.chat.segments import flowing
from rag.ui.chat.turn_data import color
from rag.ui.shell.formatting import visible


def view_data(view: PageView) -> dict[str, Any]:
    """What the component draws.

    kind: "pdf" with image, size in pixels, boxes and words, or "text". segments: the page's text in both, cut where a
    mark begins or ends. citations: the document's pages with the numbers cited there.
    """
    shown: dict[str, Any] = {
        "document": visible(view.name),
        "number": view.number,
        "page": view.page,
        "pages": view.pages,
        "label": visible(view.label or "") if unit(view.name) == SHEET else "",
        "state": view.state,
        "citations": [{"page": page, "numbers": list(numbers)} for page, numbers in view.citations.items()],
        "continues": view.continues,
        "continued": view.continued,
        "cut_before": view.cut_before,
        "cut_after": view.cut_after,
        "segments": marked(flowing(view.text), view.marks, view.number),
    }
    if view.picture is None:
        return {**shown, "kind": "text"}
    picture = view.picture
    encoded = base64.b64encode(picture.image).decode("ascii")
    return {
        **shown,
        "kind": "pdf",
        "image": f"data:{picture.media_type};base64,{encoded}",
        "width": picture.width,
        "height": picture.height,
        "exact": picture.exact,
        "boxes": [
            {"number": mark.number, "kind": mark.kind, "color": color(mark.number)[0], **box._asdict()}
            for mark in _drawn(view.marks, view.number)
            for box in mark.boxes
        ],
        "words": words(flowing(view.text), picture),
    }


def marked(text: str, marks: Sequence[Mark], opened: int) -> list[dict[str, Any]]:
    """`text` cut where a mark begins or ends: {text, number, kind, begins}, number 0 where nothing is marked.

    Where marks overlap, a quote is shown before a passage, and then the opened source's before another's. begins: the
    numbers whose quote, or passage where they have no quote here, begins with this piece.
    """
    quoted = {mark.number for mark in marks if mark.kind == "quote"}
    inside = [(mark, *_trimmed(text, mark)) for mark in marks]
    inside = [(mark, start, end) for mark, start, end in inside if start < end]
    cuts = sorted({0, len(text), *(start for _, start, _ in inside), *(end for _, _, end in inside)})
    pieces = []
    for start, end in pairwise(cuts):
        over = [mark for mark, first, last in inside if first <= start and end <= last]
        top = max(over, key=lambda mark: (mark.kind == "quote", mark.number == opened), default=None)
        begins = {
            mark.number
            for mark, first, _ in inside
            if first == start and (mark.kind == "quote" or mark.number not in quoted)
        }
        pieces.append(
            {
                "text": text[start:end],
                "number": top.number if top else 0,
                "kind": top.kind if top else "",
                "color": color(top.number)[0] if top else "",
                "begins": [{"number": number, **_colors(number)} for number in sorted(begins)],
            }
        )
    return pieces


def words(text: str, picture: PagePicture) -> list[list[Any]]:
    """[text, left, top, right, bottom, turn] of each word, the white space after it included: together, all the text.

    text: the page's, as long as `Page.text`.
    """
    page_words: Sequence[Word] = picture.words
    if not page_words:  # a page without text
        return []
    ends = [*(word.start for word in page_words[1:]), len(text)]
    return [[text[word.start : end], *word.box, word.turn] for word, end in zip(page_words, ends, strict=True)]


def _drawn(marks: Sequence[Mark], opened: int) -> list[Mark]:
    """Passages below quotes, and in each the opened source's on top."""
    return sorted(marks, key=lambda mark: (mark.kind == "quote", mark.number == opened))


def _trimmed(text: str, mark: Mark) -> tuple[int, int]:
    start, end = max(mark.span.start, 0), min(mark.span.end, len(text))
    return start, start + len(text[start:end].rstrip())


def _colors(number: int) -> dict[str, str]:
    ground, ink = color(number)
    return {"color": ground, "ink": ink}
