"""Tables of a PDF page: runs of rows with common columns, and what names the columns. Runs in the sandbox only.

A header must differ from the rows below it: in its typeface, or as words over figures, or as years, dates or units.
"""

import re
import statistics
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from rag.documents.loaders.pdf.cells import is_field, is_figure, is_label, period
from rag.documents.loaders.pdf.rules import Rules, distinct, merged_rules
from rag.documents.loaders.pdf.segments import Lines, Range, Segment, Span, baselines, column_spans

_MAX_COLUMNS = 12
_HEADER_WORDS = 7
_CELL_WORDS = 8  # of a cell on average, in a table without rules
_CLOSE = 0.8  # of the usual distance between rows: lines so close are one row
_YEAR = re.compile(r"\(?\b(?:19|20)\d\d\b\)?|%")
_SAME_EDGE = 12.0  # points: a column of the next page may be as far from its place on this one

Cell = tuple[Range, ...]
"""The ranges of characters of a cell's lines."""
Label = Cell | str
"""The name of a column: on this page, or as text where it stands on an earlier one."""
Typeface = Callable[[int], object]
"""What a character is set in, by its index: equal for the same font and size."""
Words = list[list[str]]
"""The text of each cell of each row; "" for an empty one."""


@dataclass(frozen=True, slots=True)
class Row:
    """across, height: of its place. cells: each with the name in front of it; () for one without."""

    across: float
    height: float
    cells: tuple[tuple[Label, Cell], ...]


@dataclass(frozen=True, slots=True)
class Header:
    """The names of a table's columns as text, and where the columns are, for the next page."""

    names: tuple[str, ...]
    columns: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table or a list of fields. first, last: numbers of its lines. header: goes on on the next page."""

    first: int
    last: int
    rows: tuple[Row, ...]
    header: Header | None = None


@dataclass(frozen=True, slots=True)
class Grid:
    """Segments by row and column. words: their texts."""

    columns: list[Span]
    rows: list[list[list[Segment]]]
    words: Words

    @property
    def lines(self) -> set[int]:
        return {segment.line for row in self.rows for cell in row for segment in cell}


def grid_of(run: Sequence[Sequence[Segment]], rules: Rules | None, lines: Lines) -> Grid | None:
    """The rows and columns of a run of baselines; None where a segment is in no column of its own."""
    region = [segment for row in run for segment in row]
    columns = _columns(run, rules)
    if not 2 <= len(columns) <= _MAX_COLUMNS:
        return None
    rows = []
    for row in _rows(run, columns, lines) if rules is None else _ruled_rows(region, rules):
        cells: list[list[Segment]] = [[] for _ in columns]
        for segment in row:
            holders = [
                n for n, (left, right) in enumerate(columns) if segment.left > left - 1 and segment.right < right + 1
            ]
            if len(holders) != 1:
                return None  # it crosses a gutter
            cells[holders[0]].append(segment)
        rows.append([sorted(cell, key=lambda part: (-part.across, part.left)) for cell in cells])
    return Grid(columns, rows, [[" ".join(map(lines.text, cell)) for cell in row] for row in rows])


def table_of(
    grid: Grid,
    banner: Sequence[Segment],
    lines: Lines,
    typeface: Typeface,
    carried: Header | None,
    *,
    ruled: bool,
) -> Table | None:
    """The table that a grid is; None where no row names its columns.

    banner: names above the header that stand over several columns. carried: of a table that the page before ended in.
    """
    if carried is not None and (names := _carried_names(grid, carried)) is not None:
        body = grid.rows
        labels: list[Label] = list(names)
        rows: list[Row] = []
    else:
        if len(grid.rows) < (2 if ruled else 3):
            return None
        if not _is_body(grid.words[1:], ruled=ruled) or not _is_header(grid, typeface, ruled=ruled):
            return None
        body = grid.rows[1:]
        ranges = [_ranges(cell) for cell in grid.rows[0]]
        above: list[Cell] = [
            (*_over(banner, column), *cell) if cell else () for column, cell in zip(_extents(grid), ranges, strict=True)
        ]
        labels = [*above]
        rows = [_row(_place([[part] for part in banner]), [((), _ranges([part])) for part in banner])] if banner else []
        rows.append(_row(_place(grid.rows[0]), [((), cell) for cell in ranges]))
        names = tuple(" ".join("".join(map(chr, lines.codes[slice(*part)])) for part in label) for label in above)
    figures = _figure_columns(grid.words[1:])
    for cells in body:
        rows.append(_row(_place(cells), _labelled(cells, labels, figures, lines)))
    numbers = grid.lines | {segment.line for segment in banner}
    return Table(min(numbers), max(numbers), tuple(rows), Header(names, tuple(_extents(grid))))


def fields_of(grid: Grid) -> Table | None:
    """A list of labels, each with its value beside it; None for any other grid."""
    count = len(grid.columns)
    if count % 2:
        return None
    label_columns = range(0, count, 2)
    for column in label_columns:
        pairs = [(row[column], row[column + 1]) for row in grid.words if row[column] and row[column + 1]]
        labels, values = [label for label, _ in pairs], [value for _, value in pairs]
        if len(pairs) < 2 or sum(value.endswith(":") for value in values) * 2 > len(values):
            return None
        colons = sum(label.endswith(":") for label in labels)
        if colons * 2 > len(labels):
            continue
        if count > 2 or not all(map(is_label, labels)) or len(set(labels)) < len(labels):
            return None
        # names without colons: they are short, and some of what is beside them are figures or of another length
        if not any(any(map(str.isdigit, value)) or "@" in value for value in values):
            return None
    rows = []
    for cells in grid.rows:
        pairs_of_row: list[tuple[Label, Cell]] = []
        for column in label_columns:
            label, value = _ranges(cells[column]), _ranges(cells[column + 1])
            if label and value:
                pairs_of_row.append((label, value))
            elif label or value:
                pairs_of_row.append(((), label or value))
        rows.append(_row(_place(cells), pairs_of_row))
    return Table(min(grid.lines), max(grid.lines), tuple(rows))


def _row(place: tuple[float, float], cells: Sequence[tuple[Label, Cell]]) -> Row:
    return Row(*place, tuple((label, cell) for label, cell in cells if cell))


def _ranges(cell: Sequence[Segment]) -> Cell:
    return tuple((part.start, part.end) for part in cell)


def _place(cells: Sequence[Sequence[Segment]]) -> tuple[float, float]:
    parts = [part for cell in cells for part in cell]
    return max(part.across for part in parts), max(part.height for part in parts)


def _labelled(
    cells: Sequence[Sequence[Segment]], labels: Sequence[Label], figures: set[int], lines: Lines
) -> list[tuple[Label, Cell]]:
    """The cells of a row with the names of their columns; a title between the rows and a total have none."""
    filled = [column for column, cell in enumerate(cells) if cell]
    if filled == [0]:
        return [((), _ranges(cells[0]))]
    texts = {column: " ".join(map(lines.text, cells[column])) for column in filled}
    first, following = filled[0], filled[1:]
    # "Subtotal" in the column of prices names the sum beside it
    if first in figures and _names_total(texts[first]) and following:
        return [
            (_ranges(cells[first]), _ranges(cells[following[0]])),
            *((labels[n], _ranges(cells[n])) for n in following[1:]),
        ]
    return [(labels[column], _ranges(cells[column])) for column in filled]


def _names_total(text: str) -> bool:
    """Whether a text in a column of figures names the figure beside it."""
    return any(map(str.isalpha, text)) and not is_figure(text) and len(text.split()) <= _HEADER_WORDS


def _figure_columns(words: Words) -> set[int]:
    """The columns, but the first, whose cells are figures save for a few."""
    columns = range(1, len(words[0])) if words else range(0)
    cells = {column: [row[column] for row in words if row[column]] for column in columns}
    return {n for n, texts in cells.items() if texts and 2 * sum(map(is_figure, texts)) >= len(texts)}


def _carried_names(grid: Grid, header: Header) -> tuple[str, ...] | None:
    """The names for a grid at the top of a page that goes on with the table above; None where it is another one."""
    extents = _extents(grid)
    if len(extents) != len(header.columns) or tuple(grid.words[0]) == header.names:
        return None
    if not _is_body(grid.words, ruled=False):
        return None
    for (left, right), (above_left, above_right) in zip(extents, header.columns, strict=True):
        if min(abs(left - above_left), abs(right - above_right)) > _SAME_EDGE:
            return None
    return header.names


def _extents(grid: Grid) -> list[Span]:
    """From where to where the text of each column reaches."""
    cells = [[part for row in grid.rows for part in row[column]] for column in range(len(grid.columns))]
    return [
        (min(part.left for part in parts), max(part.right for part in parts)) if parts else column
        for parts, column in zip(cells, grid.columns, strict=True)
    ]


def _over(banner: Sequence[Segment], column: Span) -> Cell:
    """The part of a banner that stands over a column."""
    middle = sum(column) / 2
    nearest = min(banner, key=lambda part: abs((part.left + part.right) / 2 - middle), default=None)
    if nearest is None or column[1] < min(part.left for part in banner) - 4 * nearest.height:
        return ()
    return ((nearest.start, nearest.end),)


def _columns(run: Sequence[Sequence[Segment]], rules: Rules | None) -> list[Span]:
    region = [segment for row in run for segment in row]
    if rules is not None:
        low, high = min(s.across for s in region), max(s.across for s in region)
        reach: Counter[int] = Counter()
        for x, bottom, top in rules.vertical:
            reach[round(x / 4)] += round(max(min(top, high) - max(bottom, low), 0))
        long_rules = [x for x, _, _ in rules.vertical if 2 * reach[round(x / 4)] > high - low]
        if len(edges := distinct(long_rules)) >= 3:
            return list(pairwise(edges))
    spans = column_spans([row for row in run if len(row) > 1])
    if len(spans) < 2:
        return []
    middles = [(span[1] + next_span[0]) / 2 for span, next_span in pairwise(spans)]
    return list(pairwise([spans[0][0] - 50, *middles, spans[-1][1] + 50]))


def _rows(run: Sequence[Sequence[Segment]], columns: Sequence[Span], lines: Lines) -> list[list[Segment]]:
    """The rows of a table without rules; a line in one column only goes on a cell, or is a title between rows."""
    multiple = [row[0].across for row in run if len(row) > 1]
    steps = [upper - lower for upper, lower in pairwise(multiple)]
    usual = statistics.median(steps) if steps else 0.0
    rows: list[list[Segment]] = []
    last_across, is_title = 0.0, False
    for row in run:
        step = last_across - row[0].across
        in_first = row[0].right < columns[0][1]
        goes_on = in_first and lines.text(row[0])[:1].islower()
        if not rows:
            rows.append(list(row))
        elif is_title and len(row) > 1 and goes_on:
            rows[-1] += row  # the first line of a long label stood alone
        elif (len(row) == 1 and (not in_first or goes_on)) or (
            step < _CLOSE * usual and (len(row) == 1 or not in_first)
        ):
            rows[-1] += row
        else:
            rows.append(list(row))
        is_title = len(row) == 1 and in_first
        last_across = row[0].across
    return rows


def _ruled_rows(region: Sequence[Segment], rules: Rules) -> list[list[Segment]]:
    left, right = min(s.left for s in region), max(s.right for s in region)
    edges = distinct(
        y
        for y, rule_left, rule_right in merged_rules(rules.horizontal)
        if rule_left < left + 10 and rule_right > right - 10
    )
    rows = baselines(region)
    bands = [[s for row in rows for s in row if low < s.across < high] for low, high in pairwise(edges)]
    return [band for band in reversed(bands) if band]


def _is_body(words: Words, *, ruled: bool) -> bool:
    """Whether these rows are a table's: most have several cells, and they are short where no rules are drawn."""
    titles = [row for row in words if row[0] and not any(row[1:])]
    rows = [row for row in words if row not in titles]
    if not rows or any(sum(map(bool, row)) < 2 for row in rows) or (2 * len(titles) > len(words)):
        return False
    if ruled:
        return True
    filled = [cell.split() for row in rows for cell in row if cell]
    return sum(map(len, filled)) <= _CELL_WORDS * len(filled) and len(filled) * 10 >= 5 * sum(map(len, rows))


def _is_header(grid: Grid, typeface: Typeface, *, ruled: bool) -> bool:
    """Whether the first row names the columns."""
    header, *body = grid.words
    names = [name for name in header if name]
    if (
        not all(header[1:])
        or len(names) < 2 - (not header[0])
        or any(len(name.split()) > _HEADER_WORDS for name in names)
    ):
        return False
    if any(is_field(name) for name in names):
        return False
    if _has_own_typeface(grid, typeface):
        return True
    if any(is_figure(name) and period(name) is None for name in names):
        return False
    kinds = {period(name) for name in header[1:]} - {None}
    figures = [column for column in range(len(header)) if _are_figures(body, column, header[column])]
    if kinds:
        # years, dates or units over figures of another kind
        return len(kinds) == 1 and figures[-len(header) + 1 :] == list(range(1, len(header))) and _are_names(names)
    if not any(column and not any(map(str.isdigit, header[column])) for column in figures):
        return False
    if len(header) > 2 or ruled:
        return not any(map(str.isdigit, header[0])) and _are_names(names)
    return _is_right_aligned(grid) and not header[0].endswith(":") and is_label(header[1])


def _are_figures(body: Words, column: int, name: str) -> bool:
    cells = [row[column] for row in body if row[column]]
    kind = period(name)
    return (
        bool(cells)
        and all(is_figure(cell) or (kind is None and period(cell) is not None) for cell in cells)
        and (kind is None or not all(period(cell) == kind for cell in cells))
    )


def _is_right_aligned(grid: Grid) -> bool:
    """Whether the figures of the last column end below each other, and the header with them."""
    cells = [row[-1][0] for row in grid.rows if row[-1]]
    lefts, rights = [cell.left for cell in cells], [cell.right for cell in cells]
    return max(rights) - min(rights) < 2 < max(lefts) - min(lefts)


def _are_names(names: Sequence[str]) -> bool:
    return all(period(name) is not None or is_label(_YEAR.sub("", name).strip()) for name in names)


def _has_own_typeface(grid: Grid, typeface: Typeface) -> bool:
    """Whether the first row is in a typeface that the cells below it have not; their last row may be a total."""
    faces = [[typeface(cell[0].start) if cell else None for cell in row] for row in grid.rows]
    header, *body = faces
    rows = [row for row in body if any(row[1:])]
    rows = rows[:-1] if len(rows) > 3 else rows
    names = set(header[1:])
    if names & {face for row in rows for face in row[1:]}:
        return False
    return header[0] is None or header[0] in names or header[0] not in [row[0] for row in rows]
