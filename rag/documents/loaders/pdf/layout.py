"""What the places of the characters say of a PDF page that their order does not: its tables, and columns of prose
whose lines were written across. Looked for where a line has a wide gap or goes back up the page; runs in the sandbox.

A table is taken for one only where much speaks for it: three rows at least, columns that no cell crosses, lines that
come together in the file, and a first row that differs from the rest. Anything else is read as it comes.
"""

from __future__ import annotations

import ctypes
import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise
from typing import NamedTuple

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

_WIDE = 0.62  # of the type's height: the mean width of a character in a line with a wide gap in it
_SHORT = 6  # characters of a line that says nothing by its width
_LONG = 30  # and of one that is looked at more closely: of these, the gaps
_SAMPLE = 4
_ADJACENT = 3  # lines around a line with a gap in which others are looked for
_GAP = 0.9  # of the type's height: no space between two words of a line is as wide
_SAME_ROW = 0.4  # of the type's height
_NEAR = 2.0  # points: rules that are meant to meet
_RULE = (2.5, 25.0)  # points: at most so thick, and at least so long
_MOST_OBJECTS = 4_000
_MOST_COLUMNS = 12
_HEADER_WORDS = 7
_CELL_WORDS = 8  # on average, where no rules are drawn
_FULL = 0.75  # of its column's width: so wide is a line of prose
_PROSE_ROWS = 8
_PROSE_WORDS = 3
_FIGURE = re.compile(r"\d")

Range = tuple[int, int]


class Shape(NamedTuple):
    """A line. across: its middle, perpendicular to the writing; height: of its type; left, right: of a level one."""

    across: float
    height: float
    level: bool
    left: float
    right: float


class _Segment(NamedTuple):
    """A part of a line without a wide gap in it. line: its number."""

    start: int
    end: int
    left: float
    right: float
    across: float
    height: float
    line: int


@dataclass(frozen=True, slots=True)
class Table:
    """first, last: the numbers of its lines. header, rows: for each column the ranges of characters of its lines.

    places: across and height of the header and of each row.
    """

    first: int
    last: int
    header: tuple[tuple[Range, ...], ...]
    rows: tuple[tuple[tuple[Range, ...], ...], ...]
    places: tuple[tuple[float, float], ...]


class _Rules(NamedTuple):
    """Lines drawn on the page: horizontals as (y, left, right), verticals as (x, bottom, top)."""

    horizontal: list[tuple[float, float, float]]
    vertical: list[tuple[float, float, float]]


class Lines(NamedTuple):
    """The lines of a page in the order of the file: the codes of all characters, and which belong to each line.

    blank: codes of white space. box: left, bottom, right, top of a character.
    """

    codes: Sequence[int]
    ranges: list[Range]
    shapes: list[Shape]
    blank: frozenset[int]
    box: Callable[[int], tuple[float, float, float, float]]


class Layout(NamedTuple):
    """The lines in reading order, and the tables, by the numbers of those lines; no two tables share one."""

    lines: list[Range]
    tables: list[Table]


def layout(page: pdfium.PdfPage, text_page: pdfium.PdfTextPage, lines: Lines) -> Layout:
    """Without columns written across, the lines are those that were given. Quick for a page without anything odd."""
    odd = _odd(lines)
    if not odd:
        return Layout(lines.ranges, [])
    near = {number for one in odd for number in range(one - _ADJACENT, one + _ADJACENT + 1)}
    segments = [
        segment
        for number, shape in enumerate(lines.shapes)
        if shape.level
        for segment in _segments(number, lines, whole=number not in near)
    ]
    rules = _rules(page)
    tables: list[Table] = []
    for region, around in _regions(segments, rules):
        found = _table(region, around, lines.codes, text_page)
        if found is not None and not any(found.first <= one.last and one.first <= found.last for one in tables):
            tables.append(found)
    if not tables and (ordered := _columns(segments, lines)):
        return Layout(ordered, [])
    return Layout(lines.ranges, sorted(tables, key=lambda table: table.first))


def _odd(lines: Lines) -> list[int]:
    """The lines that have what only tables and columns have; none where that may be chance."""
    shapes, ranges = lines.shapes, lines.ranges
    gapped = [
        number
        for number, (shape, (start, end)) in enumerate(zip(shapes, ranges, strict=True))
        if shape.level and end - start > _SHORT and shape.right - shape.left > _WIDE * shape.height * (end - start)
    ]
    back = [
        number
        for number, (above, below) in enumerate(pairwise(shapes), start=1)
        if above.level and below.level and below.across > above.across + 0.5 * below.height
    ]
    if len(gapped) + len(back) >= 2:
        return [*gapped, *back]
    # where all columns are full, the gaps are narrow: some lines are enough to tell
    full = [number for number, (start, end) in enumerate(ranges) if end - start >= _LONG and shapes[number].level]
    missing = 0
    for number in full[:: max(len(full) // _SAMPLE, 1)][:_SAMPLE]:
        missing += len(_segments(number, lines)) == 1
        if missing > 1:
            return []
    return full if len(full) >= 3 else []


def _segments(number: int, lines: Lines, *, whole: bool = False) -> list[_Segment]:
    """A line cut at its wide gaps; `whole`: not cut."""
    (start, end), shape, codes = lines.ranges[number], lines.shapes[number], lines.codes
    found = []
    first, left = start, shape.left
    index = end if whole else start
    while index < end:
        if codes[index] not in lines.blank:
            index += 1
            continue
        following = index
        while following < end and codes[following] in lines.blank:
            following += 1
        if first < index and following < end:
            right, begins = lines.box(index - 1)[2], lines.box(following)[0]
            if begins - right > _GAP * shape.height:
                found.append(_Segment(first, index, left, right, shape.across, shape.height, number))
                first, left = following, begins
        index = following
    return [*found, _Segment(first, end, left, shape.right, shape.across, shape.height, number)]


def _rules(page: pdfium.PdfPage) -> _Rules:
    found = _Rules([], [])
    bounds = [ctypes.c_float() for _ in range(4)]
    thick, long = _RULE
    for item in islice(page.get_objects(filter=[pdfium_c.FPDF_PAGEOBJ_PATH], max_depth=3), _MOST_OBJECTS):
        if not pdfium_c.FPDFPageObj_GetBounds(item.raw, *(ctypes.byref(bound) for bound in bounds)):
            continue
        left, bottom, right, top = (bound.value for bound in bounds)
        if not all(map(math.isfinite, (left, bottom, right, top))):
            continue
        wide, high = right - left, top - bottom
        if high <= thick and wide >= long:
            found.horizontal.append(((top + bottom) / 2, left, right))
        elif wide <= thick and high >= thick:
            found.vertical.append(((left + right) / 2, bottom, top))
        elif wide >= thick and high >= thick:  # a frame or a ground: its sides
            found.horizontal.extend(((bottom, left, right), (top, left, right)))
            found.vertical.extend(((left, bottom, top), (right, bottom, top)))
    return found


def _regions(segments: Sequence[_Segment], rules: _Rules) -> Iterable[tuple[list[_Segment], _Rules | None]]:
    """Segments that may be a table, with the rules around and between them: first those whose rows are ruled."""
    for low, high, left, right in _frames(rules):
        inside = [s for s in segments if low < s.across < high and s.left > left - _NEAR and s.right < right + _NEAR]
        if inside:
            across = [(y, begins, ends) for y, begins, ends in rules.horizontal if low <= y <= high]
            down = [(x, max(bottom, low), min(top, high)) for x, bottom, top in rules.vertical if left < x < right]
            yield inside, _Rules(across, [(left, low, high), *down, (right, low, high)])
    run: list[list[_Segment]] = []
    for row in [*_baselines(segments), []]:
        if run and (len(row) < 2 or run[-1][0].across - row[0].across > 4 * row[0].height):
            # the second line of a cell
            if row and len(row) == 1 and row[0].left > run[-1][0].right and _follows(run[-1], row):
                run.append(row)
                continue
            if len(run) >= 3:
                yield [segment for one in run for segment in one], None
            run = []
        if len(row) >= 2:
            run.append(row)


def _follows(above: Sequence[_Segment], below: Sequence[_Segment]) -> bool:
    return above[0].across - below[0].across < 1.7 * below[0].height


def _baselines(segments: Sequence[_Segment]) -> list[list[_Segment]]:
    """Segments side by side, from the top of the page, each row from the left."""
    rows: list[list[_Segment]] = []
    for segment in sorted(segments, key=lambda one: -one.across):
        if rows and abs(rows[-1][0].across - segment.across) < _SAME_ROW * segment.height:
            rows[-1].append(segment)
        else:
            rows.append([segment])
    return [sorted(row, key=lambda one: one.left) for row in rows]


def _frames(rules: _Rules) -> list[tuple[float, float, float, float]]:
    """bottom, top, left and right of each group of at least four rules of one width, one below the other."""
    sides: dict[tuple[int, int], list[tuple[float, float, float]]] = {}
    for y, left, right in _joined(rules.horizontal):
        sides.setdefault((round(left / 4), round(right / 4)), []).append((y, left, right))
    return [
        (min(y for y, _, _ in group) - 1, max(y for y, _, _ in group) + 1, group[0][1], group[0][2])
        for group in sides.values()
        if len(_apart(y for y, _, _ in group)) >= 4
    ]


def _joined(horizontal: Sequence[tuple[float, float, float]]) -> list[tuple[float, float, float]]:
    """Rules that were drawn cell by cell, as one."""
    found: list[tuple[float, float, float]] = []
    for y, left, right in sorted((round(y), left, right) for y, left, right in horizontal):
        if found and found[-1][0] == y and left - found[-1][2] < _NEAR:
            found[-1] = (y, found[-1][1], max(found[-1][2], right))
        else:
            found.append((y, left, right))
    return found


def _apart(places: Iterable[float]) -> list[float]:
    """Places in order, those that are meant to be one once."""
    found: list[float] = []
    for place in sorted(places):
        if not found or place - found[-1] > 2 * _NEAR:
            found.append(place)
    return found


def _table(
    region: Sequence[_Segment], rules: _Rules | None, codes: Sequence[int], text_page: pdfium.PdfTextPage
) -> Table | None:
    columns = _column_edges(region, rules)
    rows = _rows(region, rules)
    if not 2 <= len(columns) <= _MOST_COLUMNS or len(rows) < 3:
        return None
    grid: list[list[list[_Segment]]] = []
    for row in rows:
        cells: list[list[_Segment]] = [[] for _ in columns]
        for segment in row:
            at = [n for n, (left, right) in enumerate(columns) if segment.left > left - 1 and segment.right < right + 1]
            if len(at) != 1:
                return None  # it goes over a gutter
            cells[at[0]].append(segment)
        grid.append([sorted(cell, key=lambda one: (-one.across, one.left)) for cell in cells])
    lines = {segment.line for row in grid for cell in row for segment in cell}
    first, last = min(lines), max(lines)
    if len(lines) != last - first + 1 or not _is_table(grid, codes, text_page, ruled=rules is not None):
        return None
    ranges = tuple(tuple(tuple((one.start, one.end) for one in cell) for cell in row) for row in grid)
    places = tuple(
        (max(one.across for cell in row for one in cell), max(one.height for cell in row for one in cell))
        for row in grid
    )
    return Table(first, last, ranges[0], ranges[1:], places)


def _column_edges(region: Sequence[_Segment], rules: _Rules | None) -> list[tuple[float, float]]:
    if rules is not None:
        low, high = min(s.across for s in region), max(s.across for s in region)
        reach: Counter[int] = Counter()
        for x, bottom, top in rules.vertical:
            reach[round(x / 4)] += round(max(min(top, high) - max(bottom, low), 0))
        long = [x for x, _, _ in rules.vertical if 2 * reach[round(x / 4)] > high - low]
        if len(edges := _apart(long)) >= 3:
            return list(pairwise(edges))
    spans: list[tuple[float, float]] = []
    rows = [row for row in _baselines(region) if len(row) > 1]
    for left, right in sorted((s.left, s.right) for row in rows for s in row):
        if spans and left < spans[-1][1] + 0.5 * region[0].height:
            spans[-1] = spans[-1][0], max(spans[-1][1], right)
        else:
            spans.append((left, right))
    if len(spans) < 2:
        return []
    middles = [(one[1] + other[0]) / 2 for one, other in pairwise(spans)]
    return list(pairwise([spans[0][0] - 50, *middles, spans[-1][1] + 50]))


def _rows(region: Sequence[_Segment], rules: _Rules | None) -> list[list[_Segment]]:
    baselines = _baselines(region)
    if rules is None:
        rows: list[list[_Segment]] = []
        for row in baselines:
            if len(row) > 1 or not rows:
                rows.append(row)
            else:
                rows[-1] = [*rows[-1], *row]
        return rows
    left, right = min(s.left for s in region), max(s.right for s in region)
    edges = _apart(y for y, begins, ends in _joined(rules.horizontal) if begins < left + 10 and ends > right - 10)
    bands = [[s for row in baselines for s in row if low < s.across < high] for low, high in pairwise(edges)]
    return [band for band in reversed(bands) if band]


def _is_table(
    grid: Sequence[Sequence[Sequence[_Segment]]], codes: Sequence[int], text_page: pdfium.PdfTextPage, *, ruled: bool
) -> bool:
    said = [[" ".join("".join(map(chr, codes[s.start : s.end])) for s in cell).split() for cell in row] for row in grid]
    header, *body = said
    if not all(header[1:]) or any(len(cell) > _HEADER_WORDS or _is_figure(cell) for cell in header):
        return False
    if any(sum(map(bool, row)) < 2 for row in body):
        return False
    filled = [cell for row in body for cell in row if cell]
    if not ruled:
        if sum(map(len, filled)) > _CELL_WORDS * len(filled) or len(filled) * 10 < 6 * sum(map(len, body)):
            return False
        if _is_prose(grid):
            return False
    return _stands_out(grid, said, text_page)


def _is_figure(cell: Sequence[str]) -> bool:
    return bool(cell) and not any(map(str.isalpha, "".join(cell)))


def _is_prose(grid: Sequence[Sequence[Sequence[_Segment]]]) -> bool:
    """Whether most lines of every column are as wide as the column: then it is two columns of text side by side."""
    full = []
    for column in range(len(grid[0])):
        widths = [cell.right - cell.left for row in grid for cell in row[column]]
        full.append(sum(width > _FULL * max(widths) for width in widths) > 0.7 * len(widths) and max(widths) > 120)
    return all(full)


def _stands_out(
    grid: Sequence[Sequence[Sequence[_Segment]]], said: Sequence[Sequence[Sequence[str]]], text_page: pdfium.PdfTextPage
) -> bool:
    """Whether the first row is set in another face than the others, or has words where those have figures."""
    fonts = [_font(text_page, next(s for cell in row for s in cell).start) for row in grid]
    faces = [_font(text_page, cell[0].start) for row in grid[1:] for cell in row[1:] if cell]
    if fonts[0] not in faces and fonts[0] not in fonts[1:]:
        return True
    return any(
        header
        and not _FIGURE.search(" ".join(header))
        and all(_FIGURE.search(" ".join(row[column])) for row in said[1:] if row[column])
        for column, header in enumerate(said[0])
        if any(row[column] for row in said[1:])
    )


def _font(text_page: pdfium.PdfTextPage, index: int) -> tuple[str, float]:
    name, flags = ctypes.create_string_buffer(128), ctypes.c_int()
    pdfium_c.FPDFText_GetFontInfo(text_page.raw, index, name, 128, ctypes.byref(flags))
    return name.value.decode("utf-8", "replace"), round(pdfium_c.FPDFText_GetFontSize(text_page.raw, index), 1)


def _columns(segments: Sequence[_Segment], page: Lines) -> list[Range]:
    """The lines of a page in two columns that were written across them, the left column first; [] for other pages."""
    codes, lines = page.codes, page.ranges
    pairs = [row for row in _baselines(segments) if len(row) == 2 and row[0].line == row[1].line]
    prose = [
        (one, other)
        for one, other in pairs
        if min(len("".join(map(chr, codes[s.start : s.end])).split()) for s in (one, other)) >= _PROSE_WORDS
    ]
    if len(prose) < _PROSE_ROWS or len(prose) * 10 < 8 * len(pairs):
        return []
    gutter = max(one.right for one, _ in prose), min(other.left for _, other in prose)
    if gutter[0] >= gutter[1]:
        return []
    middle = sum(gutter) / 2
    grid = [[[one], [other]] for one, other in prose]
    first, last = min(one.line for one, _ in prose), max(one.line for one, _ in prose)
    inside = [s for s in segments if first <= s.line <= last]
    crossed = any(s.left < middle < s.right for s in inside)
    if crossed or not _is_prose(grid) or {s.line for s in inside} != set(range(first, last + 1)):
        return []
    ordered = sorted(inside, key=lambda s: (s.left > middle, s.start))
    return [*lines[:first], *((s.start, s.end) for s in ordered), *lines[last + 1 :]]
