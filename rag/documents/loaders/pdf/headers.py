"""Whether the first row of a grid names its columns, and whether the rows below are a table's. Pure functions.

A header must differ from the rows below it: in its typeface, or as words over figures, or as years, dates or units.
"""

import re
from collections.abc import Callable, Sequence

from rag.documents.loaders.pdf.cells import TIMES, is_field, is_figure, is_label, period
from rag.documents.loaders.pdf.grid import Grid, Words

HEADER_WORDS = 7
"""A name of a column has at most so many."""
_CELL_WORDS = 8  # of a cell on average, in a table without rules
_YEAR = re.compile(r"\(?\b(?:19|20)\d\d\b\)?|%")

Typeface = Callable[[int], object]
"""What a character is set in, by its index: equal for the same font and size, and the same tag of a header or none."""


def is_body(words: Words, *, ruled: bool) -> bool:
    """Whether these rows are a table's: most have several cells, and they are short where no rules are drawn."""
    titles = [row for row in words if row[0] and not any(row[1:])]
    rows = [row for row in words if row not in titles]
    if not rows or any(sum(map(bool, row)) < 2 for row in rows) or (2 * len(titles) > len(words)):
        return False
    if ruled:
        return True
    filled = [cell.split() for row in rows for cell in row if cell]
    return sum(map(len, filled)) <= _CELL_WORDS * len(filled) and len(filled) * 10 >= 5 * sum(map(len, rows))


def is_header(grid: Grid, typeface: Typeface, *, ruled: bool) -> bool:
    """Whether the first row names the columns."""
    header, *body = grid.words
    names = [name for name in header if name]
    if (
        not all(header[1:])
        or len(names) < 2 - (not header[0])
        or any(len(name.split()) > HEADER_WORDS for name in names)
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
        # years, dates or units over figures of another kind, or dates over words
        is_over_figures = figures[-len(header) + 1 :] == list(range(1, len(header)))
        return (is_over_figures or _are_times(header[1:], body)) and _are_names(names)
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


def _are_times(names: Sequence[str], body: Words) -> bool:
    """Whether names are several dates, quarters or years, all of one kind and different, and no cell below is one."""
    kinds = {period(name) for name in names}
    if len(names) < 2 or len(set(names)) < len(names) or len(kinds) > 1 or not kinds <= TIMES:
        return False
    return not any(period(cell) in kinds for row in body for cell in row[1:])


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
