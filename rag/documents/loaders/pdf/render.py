"""A page of a PDF as a picture, with the places of its text's characters on it. pdfium runs in the sandbox."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.core.errors import DamagedFile, NotFound
from rag.core.types import Box, Span
from rag.documents.loaders.sandbox.child import Send
from rag.documents.loaders.sandbox.runner import Limits, run

if TYPE_CHECKING:
    import pypdfium2 as pdfium

    from rag.documents.loaders.pdf.text import PageText

_TASK = "rag.documents.loaders.pdf.render:draw"
_SHOW = "rag.documents.loaders.picture:show"
_LIMITS = Limits(cpu=20, wall=40.0, output=64 << 20)
_WIDTHS = (100, 3_000)  # pixels
_MAX_HEIGHT = 10_000  # pixels: a page may be a strip of 5 metres
_TABLE_PAGES = 100  # a table may be so long
_GRID = 1_000_000  # device units a side to which points are mapped: pdfium returns whole units

_Points = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Word:
    """A word of the page, or the part of it on one line. start, end: in `Page.text`.

    box: reaches to the next word of the line, so that a selection has no holes. turn: how the writing runs on the
    picture, in quarters clockwise: 0 to the right, 1 down, 2 to the left, 3 up.
    """

    start: int
    end: int
    box: Box
    turn: int


@dataclass(frozen=True, slots=True)
class PagePicture:
    """image: PNG or JPEG bytes, as `media_type` says; width, height: its pixels; pages: of the document.

    boxes: for each span one box a line, as shares of the picture, in reading order. words: of the page, in the order of
    its text. exact: False where the text was not read from the page as it is drawn here, but by OCR alone or by an
    earlier version: then there are no boxes and no words, since they might be in the wrong place.
    """

    image: bytes
    media_type: str
    width: int
    height: int
    boxes: tuple[tuple[Box, ...], ...]
    pages: int
    words: tuple[Word, ...] = ()
    exact: bool = True


def render(
    path: Path,
    page: int,
    spans: Sequence[Span],
    width: int = 1000,
    text: str | None = None,
    *,
    is_picture: bool = False,
) -> PagePicture:
    """Draw page `page` (from 1) `width` pixels wide, and locate `spans` of that page's `Page.text` on it.

    is_picture: whether the file is a picture and no PDF; it is shown upright, and nothing is located on it.

    width: clamped to 100..3000 pixels. Parts of a span beyond the text have no box. text: the `Page.text` in which the
    spans are offsets, to check that the page still has this text; None: not checked.
    Raises NotFound for a page that is not there, DamagedFile, PasswordProtected, ParsingLimit.
    """
    arguments = {
        "path": str(path.resolve()),
        "page": page,
        "spans": [list(span) for span in spans],
        "width": min(max(width, _WIDTHS[0]), _WIDTHS[1]),
        "text": text,
    }
    if is_picture:
        arguments = {"path": arguments["path"], "page": page, "width": arguments["width"], "spans": len(spans)}
    for data, blob in run(_SHOW if is_picture else _TASK, arguments, limits=_LIMITS):
        if data.get("missing"):
            raise NotFound(name=f"p. {page}")
        return PagePicture(
            image=blob,
            media_type=str(data["media_type"]),
            width=int(data["width"]),
            height=int(data["height"]),
            boxes=tuple(tuple(Box(*map(float, box)) for box in boxes) for boxes in data["boxes"]),
            pages=int(data["pages"]),
            words=tuple(_word(row) for row in data["words"]),
            exact=bool(data["exact"]),
        )
    raise DamagedFile()


def draw(send: Send, path: str, page: int, spans: Sequence[Sequence[int]], width: int, text: str | None) -> None:
    """The child's part: sends one frame with the fields of PagePicture and the picture as its blob, or {missing}."""
    import pypdfium2 as pdfium

    from rag.documents.loaders.pdf.text import open_document, page_text
    from rag.documents.loaders.picture import encoded

    document = open_document(path)
    if not 1 <= page <= len(document):
        send(missing=True)
        return
    try:
        pdf_page = document[page - 1]
        text_page = pdf_page.get_textpage()
    except pdfium.PdfiumError as error:
        raise DamagedFile() from error
    points_wide, points_high = pdf_page.get_size()
    if points_wide <= 0 or points_high <= 0:
        raise DamagedFile()
    scale = min(width / points_wide, _MAX_HEIGHT / points_high)
    bitmap = pdf_page.render(scale=scale)
    media_type, image = encoded(bitmap.to_pil())
    own = page_text(pdf_page, text_page)
    exact = _begins(text, own.text)
    if not exact and own.text:  # its first rows may belong to a table that begins on an earlier page
        own = _with_header(document, page, pdf_page, text_page)
        exact = _begins(text, own.text)
    boxes = [_boxes(pdf_page, text_page, own.chars[max(start, 0) : end]) if exact else [] for start, end in spans]
    send(
        blob=image,
        media_type=media_type,
        width=bitmap.width,
        height=bitmap.height,
        boxes=boxes,
        pages=len(document),
        words=[[start, end, *box, turn] for start, end, box, turn in _words(pdf_page, text_page, own)] if exact else [],
        exact=exact,
    )


def _with_header(
    document: pdfium.PdfDocument, page: int, pdf_page: pdfium.PdfPage, text_page: pdfium.PdfTextPage
) -> PageText:
    """The text of a page as it is after the pages before it, at most `_TABLE_PAGES` of them."""
    import pypdfium2 as pdfium

    from rag.documents.loaders.pdf.text import page_text

    header = None
    for index in range(max(page - 1 - _TABLE_PAGES, 0), page - 1):
        try:
            above = document[index]
            header = page_text(above, above.get_textpage(), header).header
        except pdfium.PdfiumError:
            header = None
    return page_text(pdf_page, text_page, header)


def _begins(text: str | None, own: str) -> bool:
    """Whether a stored text is the page's own, or that and below it what was recognised in its pictures."""
    return text is None or text == own or (bool(own) and text.startswith(own + "\n\n"))


def _word(row: Sequence[Any]) -> Word:
    start, end, left, top, right, bottom, turn = row
    return Word(int(start), int(end), Box(float(left), float(top), float(right), float(bottom)), int(turn))


def _boxes(page: pdfium.PdfPage, text_page: pdfium.PdfTextPage, chars: Iterable[int]) -> list[Box]:
    """One box for each run of characters on one line, in shares of the page as it is shown."""
    runs: list[_Points] = []
    last_turn = -1
    for index in dict.fromkeys(chars):
        box = _char_box(page, text_page, index)
        if box is None:
            continue
        turn = _turn(page, text_page, index)
        if runs and turn == last_turn and _same_line(runs[-1], box, turn % 2 == 1):
            runs[-1] = _union(runs[-1], box)
        else:
            runs.append(box)
        last_turn = turn
    return [_share(run) for run in runs]


def _words(page: pdfium.PdfPage, text_page: pdfium.PdfTextPage, text: PageText) -> list[tuple[int, int, Box, int]]:
    """start, end, box and turn of each word, or of each part of a word that is broken at a line end."""
    words: list[tuple[int, int, _Points, int]] = []
    indices: set[int] = set()
    last_index = -1
    for offset, (sign, index) in enumerate(zip(text.text, text.chars, strict=True)):
        # the header of a table, repeated in a row, is drawn only once; a ligature is one character for several letters
        is_repeated = index in indices and index != last_index
        indices.add(index)
        last_index = index
        box = None if is_repeated or sign.isspace() else _char_box(page, text_page, index)
        if box is None:
            continue
        turn = _turn(page, text_page, index)
        if words and words[-1][1] == offset and words[-1][3] == turn and _same_line(words[-1][2], box, turn % 2 == 1):
            words[-1] = words[-1][0], offset + 1, _union(words[-1][2], box), turn
        else:
            words.append((offset, offset + 1, box, turn))
    for position, (word, following) in enumerate(pairwise(words)):
        start, end, box, turn = word
        is_only_space = text.text[end : following[0]].strip(" ") == "" and following[3] == turn
        if is_only_space and _same_line(box, following[2], turn % 2 == 1):
            words[position] = start, end, _stretched_to(box, following[2], turn), turn
    return [(start, end, _share(box), turn) for start, end, box, turn in words]


def _char_box(page: pdfium.PdfPage, text_page: pdfium.PdfTextPage, index: int) -> _Points | None:
    """The box of a character on the grid; None where it is not visible."""
    from rag.documents.loaders.pdf.lines import loose_box

    if index < 0:
        return None
    box = _to_grid(page, loose_box(text_page, index))
    return box if box[0] < box[2] and box[1] < box[3] else None


def _union(box: _Points, other: _Points) -> _Points:
    return min(box[0], other[0]), min(box[1], other[1]), max(box[2], other[2]), max(box[3], other[3])


def _stretched_to(box: _Points, following: _Points, turn: int) -> _Points:
    """`box` lengthened until it meets the box of the next word."""
    left, top, right, bottom = box
    match turn:
        case 0:
            return left, top, max(right, following[0]), bottom
        case 1:
            return left, top, right, max(bottom, following[1])
        case 2:
            return min(left, following[2]), top, right, bottom
        case _:
            return left, min(top, following[3]), right, bottom


def _share(box: _Points) -> Box:
    return Box(*(round(side / _GRID, 5) for side in box))


def _to_grid(page: pdfium.PdfPage, box: _Points) -> _Points:
    """Page points -> left, top, right, bottom on the grid, with the page's crop box and rotation applied, clipped."""
    import ctypes

    import pypdfium2.raw as pdfium_c

    left, bottom, right, top = box
    device_x, device_y = ctypes.c_int(), ctypes.c_int()
    corners = []
    for x, y in ((left, bottom), (right, top)):
        pdfium_c.FPDF_PageToDevice(page, 0, 0, _GRID, _GRID, 0, x, y, ctypes.byref(device_x), ctypes.byref(device_y))
        corners.append((min(max(device_x.value, 0), _GRID), min(max(device_y.value, 0), _GRID)))
    (x0, y0), (x1, y1) = corners
    return min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)


def _turn(page: pdfium.PdfPage, text_page: pdfium.PdfTextPage, index: int) -> int:
    """The direction of a character's line on the page as shown, in quarters clockwise, as pdfium counts both angles."""
    import pypdfium2.raw as pdfium_c

    angle: float = pdfium_c.FPDFText_GetCharAngle(text_page, index) + math.radians(page.get_rotation())
    return round(angle / (math.pi / 2)) % 4


def _same_line(run: _Points, box: _Points, upright: bool) -> bool:
    """Whether a character continues a run: it is level with it and close to it."""
    run_along, run_across = (run[1::2], run[0::2]) if upright else (run[0::2], run[1::2])
    box_along, box_across = (box[1::2], box[0::2]) if upright else (box[0::2], box[1::2])
    size = min(run_across[1] - run_across[0], box_across[1] - box_across[0])
    shared = min(run_across[1], box_across[1]) - max(run_across[0], box_across[0])
    gap = max(box_along[0] - run_along[1], run_along[0] - box_along[1])
    return shared > 0.5 * size and gap < 2 * size
