"""Tables of an HTML page as rows that can each be read alone."""

from typing import Any

from rag.documents.loaders.html.visibility import words
from rag.documents.loaders.page_builder import one_line
from rag.documents.loaders.table_text import Cell, Row, cell_of, row_lines

_MAX_CELL = 400
"""Characters; a table with a longer cell only lays out the page, as in mails and old pages."""


def data_rows(table: Any) -> list[str] | None:
    """The lines of a table of data; None for a table that only lays out its content."""
    if (table.get("role") or "").lower() in ("presentation", "none") or table.find(".//table") is not None:
        return None
    rows: list[Row] = []
    headers = []
    reaching_down: dict[int, tuple[Cell, int]] = {}
    for element in table.iter("tr"):
        cells = list(element.iterchildren("td", "th"))
        if cells and all(cell.tag == "th" for cell in cells) and len(cells) > 1:
            headers.append(len(rows))
        row = _row(cells, reaching_down)
        if any(len(cell.text) > _MAX_CELL for cell in row.values()):
            return None
        rows.append({column: cell for column, cell in row.items() if cell.text})
    if len(rows) < 2 or max(len([c for c in row.values() if not c.spread]) for row in rows) < 2:
        return None
    caption = table.find("caption")
    title = one_line(words(caption)) if caption is not None else ""
    return [*([title] if title else []), *row_lines(rows, headers)]


def _row(elements: list[Any], reaching_down: dict[int, tuple[Cell, int]]) -> dict[int, Cell]:
    """The cells of a row by column.

    reaching_down: by column a cell that reaches into this row from those above, and into how many rows; updated.
    """
    cells: dict[int, Cell] = {}
    remaining = iter(elements)
    column = 0
    element = next(remaining, None)
    while element is not None or any(at >= column for at in reaching_down):
        if column in reaching_down:
            cell, rows = reaching_down.pop(column)
            cells[column] = cell
            if rows > 1:
                reaching_down[column] = (cell, rows - 1)
            column += 1
            # cells put back for the next row must not be met again in this one
            if element is None and not any(at >= column for at in reaching_down):
                break
            continue
        if element is None:
            column += 1
            continue
        text = words(element)
        cell = cell_of(text, bold=element.tag == "th")
        row_span = _count(element.get("rowspan"))
        for place in range(column, column + _count(element.get("colspan"))):
            part = cell if place == column else Cell(cell.text, cell.figure, cell.bold, spread=True)
            cells[place] = part
            if row_span > 1:
                reaching_down[place] = (part, row_span - 1)
        column = max(cells) + 1
        element = next(remaining, None)
    return cells


def _count(attribute: str | None) -> int:
    return min(max(int(attribute), 1), 500) if attribute and attribute.isdecimal() and len(attribute) < 6 else 1
