"""Tables and lists of fields of a PDF page: each row with the names of its columns. Runs in the sandbox only."""

from collections.abc import Sequence
from dataclasses import dataclass

from rag.documents.loaders.pdf.cells import is_figure, is_label
from rag.documents.loaders.pdf.grid import Grid, Words
from rag.documents.loaders.pdf.headers import HEADER_WORDS, Typeface, is_body, is_header
from rag.documents.loaders.pdf.rules import SAME_PLACE, Rules
from rag.documents.loaders.pdf.segments import Lines, Range, Segment, Span

_SAME_EDGE = 12.0  # points: a column of the next page may be as far from its place on this one

Cell = tuple[Range, ...]
"""The ranges of characters of a cell's lines."""
Label = Cell | str
"""The name of a column: on this page, or as text where it stands on an earlier one."""


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


def table_of(
    grid: Grid,
    banner: Sequence[Segment],
    lines: Lines,
    typeface: Typeface,
    carried: Header | None,
    rules: Rules,
    *,
    ruled: bool,
) -> Table | None:
    """The table that a grid is; None where no row names its columns.

    banner: names above the header that stand over several columns. carried: of a table that the page before ended in.
    rules: drawn on the page, that show how far a part of the banner reaches.
    """
    if carried is not None and (names := _carried_names(grid, carried)) is not None:
        body = grid.rows
        labels: list[Label] = list(names)
        rows: list[Row] = []
    else:
        if len(grid.rows) < (2 if ruled else 3):
            return None
        if not is_body(grid.words[1:], ruled=ruled) or not is_header(grid, typeface, ruled=ruled):
            return None
        body = grid.rows[1:]
        ranges = [_ranges(cell) for cell in grid.rows[0]]
        extents = _extents(grid)
        over = _over_by_rules(banner, extents, rules) or _over(
            banner, extents, is_banner=len(banner) > 1 or not grid.words[0][0]
        )
        above: list[Cell] = [(*upper, *cell) if cell else () for upper, cell in zip(over, ranges, strict=True)]
        labels = [*above]
        # each part stands over one column: they are the first lines of long names
        is_banner = any(over.count(_ranges([part])) > 1 for part in banner)
        rows = (
            [_row(_place([[part] for part in banner]), [((), _ranges([part])) for part in banner])] if is_banner else []
        )
        rows.append(_row(_place(grid.rows[0]), [((), cell) for cell in (ranges if is_banner else above)]))
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
        if (
            count > 2
            or not all(label[0].isupper() and is_label(label) for label in labels)
            or len(set(labels)) < len(labels)
        ):
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
    return any(map(str.isalpha, text)) and not is_figure(text) and len(text.split()) <= HEADER_WORDS


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
    if not is_body(grid.words, ruled=False):
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


def _over_by_rules(banner: Sequence[Segment], extents: Sequence[Span], rules: Rules) -> list[Cell]:
    """As `_over`, by the cells that rules draw around the parts of a banner; [] where it has none."""
    over: list[Cell] = [()] * len(extents)
    for part in banner:
        edges = [x for x, bottom, top in rules.vertical if bottom < part.across < top]
        left = max((x for x in edges if x < part.left + SAME_PLACE), default=None)
        right = min((x for x in edges if x > part.right - SAME_PLACE), default=None)
        if left is None or right is None:
            return []
        for column, (column_left, column_right) in enumerate(extents):
            if left < (column_left + column_right) / 2 < right:
                over[column] = (*over[column], (part.start, part.end))
    return over


def _over(banner: Sequence[Segment], extents: Sequence[Span], *, is_banner: bool) -> list[Cell]:
    """For each column the part of a banner that stands over it; () for the first and for others without one.

    is_banner: whether a part may name several columns, and is not the first line of one name.
    """
    over: list[Cell] = [()]
    is_even = is_banner and len(banner) > 0 and (len(extents) - 1) % len(banner) == 0
    each = (len(extents) - 1) // max(len(banner), 1)
    for number, (left, right) in enumerate(extents[1:]):
        overlaps = [(min(part.right, right) - max(part.left, left), part) for part in banner]
        touching = [(share, part) for share, part in overlaps if share > 0]
        if touching:
            _, part = max(touching)
        elif is_even:  # it is narrower than its columns, and over the middle or the first of them
            part = banner[number // each]
        else:
            over.append(())
            continue
        over.append(((part.start, part.end),))
    return over
