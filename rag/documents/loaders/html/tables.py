"""Tables of an HTML page as rows that can each be read alone."""

from collections.abc import Sequence
from typing import Any

from rag.core.text.table_rows import BETWEEN
from rag.documents.loaders.html.visibility import words
from rag.documents.loaders.page_builder import one_line
from rag.documents.loaders.table_text import Cell, Row, cell_of, row_lines

_MAX_CELL = 400
"""Characters; a table without a header and with a longer cell only lays out the page, as in mails and old pages."""


def data_rows(table: Any) -> list[str] | None:
    """The lines of a table of data; None for a table that only lays out its content."""
    if (table.get("role") or "").lower() in ("presentation", "none") or not _may_hold_data(table):
        return None
    rows: list[Row] = []
    headers = []
    reaching_down: dict[int, tuple[Cell, int]] = {}
    elements = [row for row in table.iter("tr") if next(row.iterancestors("table")) is table]
    cells_by_row = [list(element.iterchildren("td", "th")) for element in elements]
    for element, cells in zip(elements, cells_by_row, strict=True):
        if _is_header(element, cells):
            headers.append(len(rows))
        row = _row(cells, reaching_down)
        if not headers and any(len(cell.text) > _MAX_CELL for cell in row.values()):
            return None
        rows.append({column: cell for column, cell in row.items() if cell.text})
    if len(rows) < 2 or max(len([c for c in row.values() if not c.spread]) for row in rows) < 2:
        return None
    caption = table.find("caption")
    title = one_line(words(caption)) if caption is not None else ""
    lines = _fields(rows) if _names_rows(cells_by_row) else row_lines(rows, headers)
    return [*([title] if title else []), *lines]


def _may_hold_data(table: Any) -> bool:
    """Whether a table is no mere layout: one with others in it has headers of its own, where it holds data."""
    if table.find(".//table") is None:
        return True
    return any(next(cell.iterancestors("table")) is table for cell in table.iter("th"))


def _is_header(row: Any, cells: Sequence[Any]) -> bool:
    """Whether a row says by its markup that it names the columns."""
    named = [cell for cell in cells if one_line(words(cell))]
    if len(cells) < 2 or not named:
        return False
    if row.getparent().tag == "thead":
        return True
    if any(cell.tag == "td" for cell in named):
        return False
    # one name in front of empty cells names its row
    return not any((cell.get("scope") or "").startswith("row") for cell in named[1:] or named) and (
        len(named) > 1 or named[0] is not cells[0]
    )


def _names_rows(rows: Sequence[Sequence[Any]]) -> bool:
    """Whether each row begins with its own name and none names the columns: a list of fields."""
    return all(
        len(cells) > 1 and cells[0].tag == "th" and all(cell.tag == "td" for cell in cells[1:])
        for cells in rows
        if cells
    )


def _fields(rows: Sequence[Row]) -> list[str]:
    lines = []
    for row in rows:
        name, *values = [cell.text for _, cell in sorted(row.items()) if not cell.spread] or [""]
        sign = "" if not values or name.endswith((":", "?")) else ":"
        lines.append(f"{name}{sign} {BETWEEN.join(values)}".strip())
    return lines


def _cell_text(element: Any) -> str:
    """The text of a cell; a table in it is written row by row."""
    inner = element.find(".//table")
    if inner is None:
        return words(element)
    rows = [[one_line(words(cell)) for cell in row.iterchildren("td", "th")] for row in inner.iter("tr")]
    written = "; ".join(", ".join(filter(None, cells)) for cells in rows)
    inner.clear(keep_tail=True)
    inner.tag = "p"
    inner.text = written
    return _cell_text(element)


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
            cells[column] = cell.below
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
        text = _cell_text(element)
        cell = cell_of(text, bold=element.tag == "th")
        row_span = _count(element.get("rowspan"))
        for place in range(column, column + _count(element.get("colspan"))):
            part = cell if place == column else cell.right
            cells[place] = part
            if row_span > 1:
                reaching_down[place] = (part, row_span - 1)
        column = max(cells) + 1
        element = next(remaining, None)
    return cells


def _count(attribute: str | None) -> int:
    return min(max(int(attribute), 1), 500) if attribute and attribute.isdecimal() and len(attribute) < 6 else 1
