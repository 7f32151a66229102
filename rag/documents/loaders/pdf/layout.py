"""Tables and columns of prose on a PDF page, found by the places of its characters: their order does not show them.

They are looked for where a line has a wide gap or goes back up the page. Runs in the sandbox only. A table must have at
least three rows, columns that no cell crosses, lines that follow each other in the file, and a first row that differs
from the rest. Anything else is read in the order of the file.
"""

import ctypes
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from rag.documents.loaders.pdf.rules import SAME_PLACE, Rules, distinct, frames, merged_rules, rules_of

_WIDE_CHARACTER = 0.62  # of the type's height: lines with a wide gap have a larger mean width of a character
_MIN_CHARACTERS = 6  # the width of a line with fewer characters tells nothing
_LONG_LINE = 30  # characters of a line that is long enough to have gaps between columns
_SAMPLE = 4  # long lines whose gaps are looked at
_ADJACENT = 3  # lines before and after an irregular line that are cut at their gaps as well
_MIN_GAP = 0.9  # of the type's height: spaces between words are narrower
_SAME_ROW = 0.4  # of the type's height
_MAX_COLUMNS = 12
_HEADER_WORDS = 7
_CELL_WORDS = 8  # of a cell on average, in a table without rules
_FULL_WIDTH = 0.75  # of the column's width: lines of prose are wider
_PROSE_ROWS = 8
_PROSE_WORDS = 3
_FIGURE = re.compile(r"\d")

Range = tuple[int, int]


class Shape(NamedTuple):
    """A line. across: its middle, perpendicular to the writing; height: of its type; left, right: where level."""

    across: float
    height: float
    level: bool
    left: float
    right: float


class _Segment(NamedTuple):
    """A part of a line without a wide gap. line: its number."""

    start: int
    end: int
    left: float
    right: float
    across: float
    height: float
    line: int


@dataclass(frozen=True, slots=True)
class Table:
    """A table. first, last: numbers of its lines. header, rows: for each column the ranges of characters of its lines.

    places: across and height of the header and of each row.
    """

    first: int
    last: int
    header: tuple[tuple[Range, ...], ...]
    rows: tuple[tuple[tuple[Range, ...], ...], ...]
    places: tuple[tuple[float, float], ...]


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
    """The reading order and the tables of a page; quick for a page without irregular lines.

    The lines stay as they are unless two columns of prose were written across each other.
    """
    irregular = _irregular_lines(lines)
    if not irregular:
        return Layout(lines.ranges, [])
    near_irregular = {near for line in irregular for near in range(line - _ADJACENT, line + _ADJACENT + 1)}
    segments = [
        segment
        for number, shape in enumerate(lines.shapes)
        if shape.level
        for segment in _segments(number, lines, uncut=number not in near_irregular)
    ]
    rules = rules_of(page)
    tables: list[Table] = []
    for region, around in _regions(segments, rules):
        table = _table(region, around, lines.codes, text_page)
        if table is not None and not any(
            table.first <= earlier.last and earlier.first <= table.last for earlier in tables
        ):
            tables.append(table)
    if not tables and (ordered := _columns(segments, lines)):
        return Layout(ordered, [])
    return Layout(lines.ranges, sorted(tables, key=lambda table: table.first))


def _irregular_lines(lines: Lines) -> list[int]:
    """The lines with a wide gap, or above the line before them; none where that may be chance."""
    shapes, ranges = lines.shapes, lines.ranges
    gapped = [
        number
        for number, (shape, (start, end)) in enumerate(zip(shapes, ranges, strict=True))
        if shape.level
        and end - start > _MIN_CHARACTERS
        and shape.right - shape.left > _WIDE_CHARACTER * shape.height * (end - start)
    ]
    rising = [
        number
        for number, (upper, lower) in enumerate(pairwise(shapes), start=1)
        if upper.level and lower.level and lower.across > upper.across + 0.5 * lower.height
    ]
    if len(gapped) + len(rising) >= 2:
        return [*gapped, *rising]
    # where all columns are full, gaps are narrow: a sample of the long lines shows whether they have any
    long_lines = [
        number for number, (start, end) in enumerate(ranges) if end - start >= _LONG_LINE and shapes[number].level
    ]
    without_gap = 0
    for number in long_lines[:: max(len(long_lines) // _SAMPLE, 1)][:_SAMPLE]:
        without_gap += len(_segments(number, lines)) == 1
        if without_gap > 1:
            return []
    return long_lines if len(long_lines) >= 3 else []


def _segments(number: int, lines: Lines, *, uncut: bool = False) -> list[_Segment]:
    """A line cut at its wide gaps, or as one segment where `uncut`."""
    (start, end), shape, codes = lines.ranges[number], lines.shapes[number], lines.codes
    segments = []
    segment_start, segment_left = start, shape.left
    index = end if uncut else start
    while index < end:
        if codes[index] not in lines.blank:
            index += 1
            continue
        following = index
        while following < end and codes[following] in lines.blank:
            following += 1
        if segment_start < index and following < end:
            right, next_left = lines.box(index - 1)[2], lines.box(following)[0]
            if next_left - right > _MIN_GAP * shape.height:
                segments.append(_Segment(segment_start, index, segment_left, right, shape.across, shape.height, number))
                segment_start, segment_left = following, next_left
        index = following
    return [*segments, _Segment(segment_start, end, segment_left, shape.right, shape.across, shape.height, number)]


def _regions(segments: Sequence[_Segment], rules: Rules) -> Iterable[tuple[list[_Segment], Rules | None]]:
    """Groups of segments that may be a table, with the rules around and between them; tables with rules come first."""
    for low, high, left, right in frames(rules):
        framed = [
            s for s in segments if low < s.across < high and s.left > left - SAME_PLACE and s.right < right + SAME_PLACE
        ]
        if framed:
            horizontal = [
                (y, rule_left, rule_right) for y, rule_left, rule_right in rules.horizontal if low <= y <= high
            ]
            vertical = [(x, max(bottom, low), min(top, high)) for x, bottom, top in rules.vertical if left < x < right]
            yield framed, Rules(horizontal, [(left, low, high), *vertical, (right, low, high)])
    run: list[list[_Segment]] = []
    for row in [*_baselines(segments), []]:
        if run and (len(row) < 2 or run[-1][0].across - row[0].across > 4 * row[0].height):
            # it is the second line of a cell
            if row and len(row) == 1 and row[0].left > run[-1][0].right and _follows(run[-1], row):
                run.append(row)
                continue
            if len(run) >= 3:
                yield [segment for row_of_run in run for segment in row_of_run], None
            run = []
        if len(row) >= 2:
            run.append(row)


def _follows(upper: Sequence[_Segment], lower: Sequence[_Segment]) -> bool:
    return upper[0].across - lower[0].across < 1.7 * lower[0].height


def _baselines(segments: Sequence[_Segment]) -> list[list[_Segment]]:
    """Rows of segments on one baseline, from the top of the page, each from the left."""
    rows: list[list[_Segment]] = []
    for segment in sorted(segments, key=lambda item: -item.across):
        if rows and abs(rows[-1][0].across - segment.across) < _SAME_ROW * segment.height:
            rows[-1].append(segment)
        else:
            rows.append([segment])
    return [sorted(row, key=lambda item: item.left) for row in rows]


def _table(
    region: Sequence[_Segment], rules: Rules | None, codes: Sequence[int], text_page: pdfium.PdfTextPage
) -> Table | None:
    columns = _column_edges(region, rules)
    rows = _rows(region, rules)
    if not 2 <= len(columns) <= _MAX_COLUMNS or len(rows) < 3:
        return None
    grid: list[list[list[_Segment]]] = []
    for row in rows:
        cells: list[list[_Segment]] = [[] for _ in columns]
        for segment in row:
            columns_of_segment = [
                n for n, (left, right) in enumerate(columns) if segment.left > left - 1 and segment.right < right + 1
            ]
            if len(columns_of_segment) != 1:
                return None  # it crosses a gutter
            cells[columns_of_segment[0]].append(segment)
        grid.append([sorted(cell, key=lambda part: (-part.across, part.left)) for cell in cells])
    lines = {segment.line for row in grid for cell in row for segment in cell}
    first_line, last_line = min(lines), max(lines)
    if len(lines) != last_line - first_line + 1 or not _is_table(grid, codes, text_page, ruled=rules is not None):
        return None
    ranges = tuple(tuple(tuple((part.start, part.end) for part in cell) for cell in row) for row in grid)
    places = tuple(
        (max(part.across for cell in row for part in cell), max(part.height for cell in row for part in cell))
        for row in grid
    )
    return Table(first_line, last_line, ranges[0], ranges[1:], places)


def _column_edges(region: Sequence[_Segment], rules: Rules | None) -> list[tuple[float, float]]:
    if rules is not None:
        low, high = min(s.across for s in region), max(s.across for s in region)
        reach: Counter[int] = Counter()
        for x, bottom, top in rules.vertical:
            reach[round(x / 4)] += round(max(min(top, high) - max(bottom, low), 0))
        long_rules = [x for x, _, _ in rules.vertical if 2 * reach[round(x / 4)] > high - low]
        if len(edges := distinct(long_rules)) >= 3:
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
    middles = [(span[1] + next_span[0]) / 2 for span, next_span in pairwise(spans)]
    return list(pairwise([spans[0][0] - 50, *middles, spans[-1][1] + 50]))


def _rows(region: Sequence[_Segment], rules: Rules | None) -> list[list[_Segment]]:
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
    edges = distinct(
        y
        for y, rule_left, rule_right in merged_rules(rules.horizontal)
        if rule_left < left + 10 and rule_right > right - 10
    )
    bands = [[s for row in baselines for s in row if low < s.across < high] for low, high in pairwise(edges)]
    return [band for band in reversed(bands) if band]


def _is_table(
    grid: Sequence[Sequence[Sequence[_Segment]]], codes: Sequence[int], text_page: pdfium.PdfTextPage, *, ruled: bool
) -> bool:
    words = [
        [" ".join("".join(map(chr, codes[s.start : s.end])) for s in cell).split() for cell in row] for row in grid
    ]
    header, *body = words
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
    return _stands_out(grid, words, text_page)


def _is_figure(cell: Sequence[str]) -> bool:
    return bool(cell) and not any(map(str.isalpha, "".join(cell)))


def _is_prose(grid: Sequence[Sequence[Sequence[_Segment]]]) -> bool:
    """Whether most lines of every column fill its width: then the columns are text side by side, and no table."""
    are_full = []
    for column in range(len(grid[0])):
        widths = [cell.right - cell.left for row in grid for cell in row[column]]
        are_full.append(
            sum(width > _FULL_WIDTH * max(widths) for width in widths) > 0.7 * len(widths) and max(widths) > 120
        )
    return all(are_full)


def _stands_out(
    grid: Sequence[Sequence[Sequence[_Segment]]],
    words: Sequence[Sequence[Sequence[str]]],
    text_page: pdfium.PdfTextPage,
) -> bool:
    """Whether the first row has another typeface than the others, or words where they have figures."""
    fonts = [_font(text_page, next(s for cell in row for s in cell).start) for row in grid]
    faces = [_font(text_page, cell[0].start) for row in grid[1:] for cell in row[1:] if cell]
    if fonts[0] not in faces and fonts[0] not in fonts[1:]:
        return True
    return any(
        header
        and not _FIGURE.search(" ".join(header))
        and all(_FIGURE.search(" ".join(row[column])) for row in words[1:] if row[column])
        for column, header in enumerate(words[0])
        if any(row[column] for row in words[1:])
    )


def _font(text_page: pdfium.PdfTextPage, index: int) -> tuple[str, float]:
    name, flags = ctypes.create_string_buffer(128), ctypes.c_int()
    pdfium_c.FPDFText_GetFontInfo(text_page.raw, index, name, 128, ctypes.byref(flags))
    return name.value.decode("utf-8", "replace"), round(pdfium_c.FPDFText_GetFontSize(text_page.raw, index), 1)


def _columns(segments: Sequence[_Segment], page: Lines) -> list[Range]:
    """The lines of a page whose two columns were written across, the left column first; [] for other pages."""
    codes, lines = page.codes, page.ranges
    pairs = [row for row in _baselines(segments) if len(row) == 2 and row[0].line == row[1].line]
    prose = [
        (left_part, right_part)
        for left_part, right_part in pairs
        if min(len("".join(map(chr, codes[s.start : s.end])).split()) for s in (left_part, right_part)) >= _PROSE_WORDS
    ]
    if len(prose) < _PROSE_ROWS or len(prose) * 10 < 8 * len(pairs):
        return []
    gutter = max(left_part.right for left_part, _ in prose), min(right_part.left for _, right_part in prose)
    if gutter[0] >= gutter[1]:
        return []
    middle = sum(gutter) / 2
    grid = [[[left_part], [right_part]] for left_part, right_part in prose]
    first_line, last_line = min(left_part.line for left_part, _ in prose), max(left_part.line for left_part, _ in prose)
    between = [s for s in segments if first_line <= s.line <= last_line]
    crossed = any(s.left < middle < s.right for s in between)
    if crossed or not _is_prose(grid) or {s.line for s in between} != set(range(first_line, last_line + 1)):
        return []
    ordered = sorted(between, key=lambda s: (s.left > middle, s.start))
    return [*lines[:first_line], *((s.start, s.end) for s in ordered), *lines[last_line + 1 :]]
