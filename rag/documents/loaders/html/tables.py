"""Tables of an HTML page as rows that read by themselves."""

from __future__ import annotations

from typing import Any

from rag.documents.loaders.html.visibility import words
from rag.documents.loaders.page_builder import one_line
from rag.documents.loaders.table_text import Cell, Row, cell_of, row_lines

_LONGEST_CELL = 400
"""Characters: what has longer ones is a frame of a page, as mails and old pages have them."""


def data_rows(table: Any) -> list[str] | None:
    """The lines of a table of data; None for one that only arranges what is in it."""
    if (table.get("role") or "").lower() in ("presentation", "none") or table.find(".//table") is not None:
        return None
    rows: list[Row] = []
    headers = []
    above: dict[int, tuple[Cell, int]] = {}
    for element in table.iter("tr"):
        cells = list(element.iterchildren("td", "th"))
        if cells and all(cell.tag == "th" for cell in cells) and len(cells) > 1:
            headers.append(len(rows))
        row = _row(cells, above)
        if any(len(cell.text) > _LONGEST_CELL for cell in row.values()):
            return None
        rows.append({column: cell for column, cell in row.items() if cell.text})
    if len(rows) < 2 or max(len([c for c in row.values() if not c.spread]) for row in rows) < 2:
        return None
    caption = table.find("caption")
    titled = one_line(words(caption)) if caption is not None else ""
    return [*([titled] if titled else []), *row_lines(rows, headers)]


def _row(elements: list[Any], above: dict[int, tuple[Cell, int]]) -> dict[int, Cell]:
    """above: by column the cell that reaches into this row from those before, and for how many rows yet."""
    cells: dict[int, Cell] = {}
    waiting = iter(elements)
    column = 0
    element = next(waiting, None)
    while element is not None or any(at >= column for at in above):
        if column in above:
            cell, rows = above.pop(column)
            cells[column] = cell
            if rows > 1:
                above[column] = (cell, rows - 1)
            column += 1
            # what was kept for a later row must not be met again in this one
            if element is None and not any(at >= column for at in above):
                break
            continue
        if element is None:
            column += 1
            continue
        text = words(element)
        cell = cell_of(text, bold=element.tag == "th")
        down = _count(element.get("rowspan"))
        for place in range(column, column + _count(element.get("colspan"))):
            shown = cell if place == column else Cell(cell.text, cell.figure, cell.bold, spread=True)
            cells[place] = shown
            if down > 1:
                above[place] = (shown, down - 1)
        column = max(cells) + 1
        element = next(waiting, None)
    return cells


def _count(said: str | None) -> int:
    return min(max(int(said), 1), 500) if said and said.isdecimal() and len(said) < 6 else 1
