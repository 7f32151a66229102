"""Tables of an RTF file: rows of cells that end at places across the page."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field

from rag.documents.loaders.page_builder import one_line
from rag.documents.loaders.table_text import Cell, Row, cell_of, row_lines

_CLOSE = 60
"""Twentieths of a point: edges that are nearer to each other are one."""
_MAX_CELL = 400
"""Characters; a table with a longer cell only lays out the text."""


@dataclass(slots=True)
class RtfCell:
    """end: its right edge. joined: "down" or "right" where it goes on from the cell above or to the left."""

    end: int
    text: str = ""
    bold: bool = False
    joined: str = ""


@dataclass(slots=True)
class RtfRow:
    """start: the left edge."""

    cells: list[RtfCell] = field(default_factory=list)
    start: int = 0
    is_header: bool = False


def lines_of(rows: Sequence[RtfRow]) -> list[str] | None:
    """The lines of a table; None for one that only lays out text: of one column, or with long cells."""
    texts = [cell.text for row in rows for cell in row.cells]
    if any(len(text) > _MAX_CELL for text in texts):
        return None
    if all(sum(bool(one_line(cell.text)) for cell in row.cells) < 2 for row in rows):
        return None
    columns = _columns(rows)
    made: list[Row] = []
    above: dict[int, Cell] = {}
    for row in rows:
        cells: dict[int, Cell] = {}
        left = row.start
        for own in row.cells:
            first, past = _column(columns, left), max(_column(columns, own.end), _column(columns, left) + 1)
            cell = cell_of(own.text, bold=own.bold)
            if own.joined == "down":
                cell = above.get(first, cell).below
            elif own.joined == "right" and cells:
                cell = cells[max(cells)].right
            for column in range(first, past):
                cells[column] = cell.right if column > first else cell
            left = own.end
        above = cells
        made.append({column: cell for column, cell in cells.items() if cell.text})
    return row_lines(made, {n for n, row in enumerate(rows) if row.is_header})


def _columns(rows: Sequence[RtfRow]) -> list[int]:
    """The left edges of the columns, in order."""
    edges = sorted({edge for row in rows for edge in (row.start, *(cell.end for cell in row.cells))})
    columns: list[int] = []
    for edge in edges:
        if not columns or edge - columns[-1] > _CLOSE:
            columns.append(edge)
    return columns


def _column(columns: Sequence[int], edge: int) -> int:
    """The place of an edge among the columns."""
    return max(bisect_right(columns, edge + _CLOSE // 2) - 1, 0)
