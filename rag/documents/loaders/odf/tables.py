"""Tables of an OpenDocument file as rows that can each be read alone."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from rag.documents.loaders.odf.package import attribute, name_of
from rag.documents.loaders.page_builder import one_line
from rag.documents.loaders.table_text import Cell, Row, cell_of, row_lines

_GROUPS = frozenset(f"table:{name}" for name in (
    "table-header-rows", "table-row-group", "table-rows", "table-header-columns", "table-columns",
))  # fmt: skip
_MAX_SPAN = 500
_MAX_REPEATED = 80  # characters: a longer merged cell does not name the rows beside it


def table_lines(
    table: Any, cell_text: Callable[[Any], str], longest: int | None = None, *, header: bool = False
) -> list[str] | None:
    """The lines of a table in a text. cell_text: the text of a cell. header: whether the first row is one in any case.

    None for a table that only lays out text: of one column, or with a cell of more characters than `longest`.
    """
    elements = list(table_rows(table))
    if longest is not None and _lays_out([element for element, _ in elements], longest):
        return None
    rows: list[Row] = []
    headers = [0] if header else []
    reaching_down: dict[int, tuple[Cell, int]] = {}
    for element, is_header in elements:
        cells = _row(element, cell_text, reaching_down)
        if is_header:
            headers.append(len(rows))
        rows.append({column: cell for column, cell in cells.items() if cell.text})
    return row_lines(rows, headers)


def _lays_out(rows: Sequence[Any], longest: int) -> bool:
    """Whether a table is none. It is told before its cells are read: to read them twice doubles on each level."""
    lengths = [
        [len("".join(cell.itertext()).strip()) for cell in row if name_of(cell) == "table:table-cell"] for row in rows
    ]
    return all(sum(map(bool, row)) < 2 for row in lengths) or any(length > longest for row in lengths for length in row)


def table_rows(table: Any) -> Iterator[tuple[Any, bool]]:
    """The rows of a table, and whether each is marked as a header."""
    stack = [(child, False) for child in reversed(table)]
    while stack:
        element, is_header = stack.pop()
        name = name_of(element)
        if name == "table:table-row":
            yield element, is_header
        elif name in _GROUPS:
            stack += [(child, is_header or name == "table:table-header-rows") for child in reversed(element)]


def number_of(element: Any, name: str, most: int) -> int:
    """A count in an attribute, at least 1."""
    value = attribute(element, name)
    return min(max(int(value), 1), most) if value.isdecimal() and len(value) < 10 else 1


def _row(row: Any, cell_text: Callable[[Any], str], reaching_down: dict[int, tuple[Cell, int]]) -> dict[int, Cell]:
    """The cells of a row by column. reaching_down: by column a cell from above and into how many rows; updated."""
    cells: dict[int, Cell] = {}
    column = 0
    for element in row:
        name = name_of(element)
        if name not in ("table:table-cell", "table:covered-table-cell"):
            continue
        repeated = number_of(element, "table:number-columns-repeated", _MAX_SPAN)
        if name == "table:covered-table-cell":
            for place in range(column, column + repeated):
                if place in reaching_down:
                    cell, left = reaching_down.pop(place)
                    cells[place] = cell.below
                    if left > 1:
                        reaching_down[place] = (cell, left - 1)
            column += repeated
            continue
        text = one_line(cell_text(element))
        width = number_of(element, "table:number-columns-spanned", _MAX_SPAN)
        height = number_of(element, "table:number-rows-spanned", 10_000)
        for place in range(column, column + max(repeated, width) if text else column):
            is_spread = place > column and width > 1
            cells[place] = cell_of(text, spread=is_spread)
            if height > 1 and len(text) <= _MAX_REPEATED:
                reaching_down[place] = (cells[place], height - 1)
        column += repeated
    return cells
