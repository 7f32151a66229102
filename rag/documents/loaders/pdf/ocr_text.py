"""The words that tesseract found on a picture -> text, with the rows of its tables and the order of its columns."""

import statistics
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

from rag.documents.loaders.pdf.layout import layout
from rag.documents.loaders.pdf.lines import BLANK
from rag.documents.loaders.pdf.rules import Rules
from rag.documents.loaders.pdf.segments import Lines, Range, Shape
from rag.documents.loaders.pdf.writing import PageTextBuilder, write_page

# percent: below the first a word is a speck, below the second a page has no text
_SURE_WORD, _SURE_PAGE = 25.0, 50.0
_MIN_LETTERS = 3
_TYPE = 1.15  # of the height of a line's tallest word: the type's own height
_DIVIDED = "¬"  # how tesseract reads some hyphens at line ends

_Box = tuple[float, float, float, float]


class _Word(NamedTuple):
    """place: page, block, paragraph and line. left, top, right, bottom: pixels."""

    place: tuple[str, ...]
    left: float
    top: float
    right: float
    bottom: float
    confidence: float
    text: str


class Recognised(NamedTuple):
    """What was recognised on a picture. text: "" where it is not sure. words: how many. turn: how its lines run,
    in quarters clockwise.

    has_rows: whether it is read as rows of a table. beside: whether lines that were taken for different blocks stand
    beside each other, as the cells of a table do.
    """

    text: str
    words: int
    turn: int = 0
    has_rows: bool = False
    beside: bool = False


def text_of(table: str, dpi: float = 300.0) -> Recognised:
    """The text of a table of words that tesseract wrote; it is "" where its confidence is too low."""
    words = [word for row in table.splitlines()[1:] if (word := _word(row.split("\t"))) is not None]
    if sum(sum(map(str.isalpha, word.text)) for word in words) < _MIN_LETTERS:
        return Recognised("", len(words))
    weights = [len(word.text) for word in words]
    if statistics.fmean([word.confidence for word in words], weights) < _SURE_PAGE:
        return Recognised("", len(words))
    by_line: dict[tuple[str, ...], list[_Word]] = {}
    for word in words:
        by_line.setdefault(word.place, []).append(word)
    turn = _turn(by_line.values())
    lines = [[_turned(word, turn) for word in line] for line in by_line.values()]
    page, paragraphs = _page(lines, 72 / dpi)
    page_layout = layout(page, lambda: Rules([], []), lambda _: None)
    shape_at = {start: shape for (start, _), shape in zip(page.ranges, page.shapes, strict=True)}
    shapes, last = [], page.shapes[0]
    for start, _ in page_layout.lines:
        last = shape_at.get(start, last)
        shapes.append(last)
    begins = {number for number, (start, _) in enumerate(page_layout.lines) if start in paragraphs}
    builder = PageTextBuilder(page.codes)
    write_page(builder, page_layout, shapes, begins)
    return Recognised("".join(builder.out), len(words), turn, bool(page_layout.tables), _are_beside(lines))


def _are_beside(lines: Sequence[Sequence[_Word]]) -> bool:
    """Whether two lines or more have another one of another block beside them."""
    beside = 0
    ordered = sorted(lines, key=lambda line: line[0].top)
    for above, line in pairwise(ordered):
        height = line[0].bottom - line[0].top
        beside += line[0].place[1] != above[0].place[1] and line[0].top - above[0].top < 0.5 * height
    return beside > 1


def _word(cells: Sequence[str]) -> _Word | None:
    if len(cells) < 12 or cells[0] != "5" or not (text := cells[11].strip()) or float(cells[10]) < _SURE_WORD:
        return None
    left, top, width, height = map(float, cells[6:10])
    return _Word(tuple(cells[1:5]), left, top, left + width, top + height, float(cells[10]), text)


def _turn(lines: Iterable[Sequence[_Word]]) -> int:
    """How the lines run, in quarters clockwise: 0 to the right, 1 down, 2 to the left, 3 up."""
    spans = [(line[-1].left - line[0].left, line[-1].top - line[0].top) for line in lines]
    right, down = sum(one for one, _ in spans), sum(other for _, other in spans)
    if abs(down) > abs(right):
        return 1 if down > 0 else 3
    return 2 if right < 0 else 0


def _turned(word: _Word, turn: int) -> _Word:
    """A word as it is when the page is turned so that its lines run to the right."""
    _, left, top, right, bottom, _, _ = word
    match turn:
        case 1:
            return word._replace(left=top, top=-right, right=bottom, bottom=-left)
        case 2:
            return word._replace(left=-right, top=-bottom, right=-left, bottom=-top)
        case 3:
            return word._replace(left=-bottom, top=left, right=-top, bottom=right)
        case _:
            return word


def _page(lines: Sequence[Sequence[_Word]], scale: float) -> tuple[Lines, set[int]]:
    """The lines as those of a PDF page, and where the first of each paragraph begins. scale: points of a pixel."""
    codes: list[int] = []
    boxes: list[_Box] = []
    ranges: list[Range] = []
    shapes: list[Shape] = []
    for line in lines:
        start = len(codes)
        height = scale * _TYPE * max(word.bottom - word.top for word in line)
        across = -scale * statistics.median((word.top + word.bottom) / 2 for word in line)
        for number, word in enumerate(line):
            if number:
                codes.append(32)
                boxes.append((scale * word.left, across, scale * word.left, across))
            text = word.text
            text = text[:-1] + "\u00ad" if word is line[-1] and len(text) > 2 and text.endswith(_DIVIDED) else text
            units = [unit for sign in text for unit in _units(sign)]
            step = scale * (word.right - word.left) / len(units)
            for place, unit in enumerate(units):
                left = scale * word.left + place * step
                codes.append(unit)
                boxes.append((left, across - height / 2, left + step, across + height / 2))
        ranges.append((start, len(codes)))
        codes.append(10)
        boxes.append((0.0, across, 0.0, across))
        shapes.append(Shape(across, height, True, scale * line[0].left, scale * line[-1].right))
    paragraphs = {
        start
        for (start, _), (above, line) in zip(ranges[1:], pairwise(lines), strict=True)
        if above[0].place[:3] != line[0].place[:3]
    }
    return Lines(codes, ranges, shapes, BLANK, boxes.__getitem__), paragraphs


def _units(sign: str) -> list[int]:
    """A character in UTF-16, as pdfium has them."""
    code = ord(sign)
    if code < 0x10000:
        return [code]
    return [0xD800 + ((code - 0x10000) >> 10), 0xDC00 + ((code - 0x10000) & 0x3FF)]
