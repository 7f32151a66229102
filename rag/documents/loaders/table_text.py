"""Rows of a table -> lines that can each be read alone: "Model: X1 | Garanti: 24 måneder"."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from rag.core.text.table_rows import BETWEEN
from rag.documents.loaders.page_builder import one_line

_MAX_HEADER = 80  # characters
_SAMPLE_ROWS = 20  # rows below a row that may be a header
_FIGURE = re.compile(r"[-+]?[^\w\s]?\s?\d[\d.,:/\s%-]*(?:[^\W\d_]{1,3}\.?|[€$£%])?$")


@dataclass(frozen=True, slots=True)
class Cell:
    """The text of one cell. figure: whether it is a number, a date or the like. spread: a merged cell, further right.

    note: a text about it from outside the table, such as a comment.
    """

    text: str
    figure: bool = False
    bold: bool = False
    spread: bool = False
    note: str = ""


Row = Mapping[int, Cell]
"""The cells that show something, by column."""


def cell_of(text: str, *, bold: bool = False, spread: bool = False, note: str = "") -> Cell:
    """A cell by its text, from which follows whether it is a figure."""
    text = one_line(text)
    return Cell(text, _FIGURE.match(text) is not None, bold, spread, note)


def row_lines(rows: Sequence[Row], headers: Collection[int] = ()) -> list[str]:
    """A line for each row, "" for an empty one. headers: places of rows that are known to be headers.

    A header is looked for at the top of each run of rows between empty ones. A run without a header goes on under that
    of the table above, where it keeps to the columns of that table.
    """
    lines: list[str] = []
    header: dict[int, str] = {}
    may_be_header = True  # no row of a table since the last empty row
    for n, row in enumerate(rows):
        if not row:
            lines.append("")
            may_be_header = True
            continue
        if n in headers or (may_be_header and _is_header(rows, n)):
            header = _labels(rows, n)
            may_be_header = any(
                cell.spread for cell in row.values()
            )  # a header that spans columns may have a second row
            lines.append(_unlabelled(row))
            continue
        own_cells = [cell for cell in row.values() if not cell.spread]
        if may_be_header and len(own_cells) > 1:
            may_be_header = False
            header = header if set(row) <= set(header) else {}
        lines.append(_line(row, header))
    return lines


def _line(row: Row, header: Mapping[int, str]) -> str:
    own_cells = {column: cell for column, cell in sorted(row.items()) if not cell.spread}
    if len(own_cells) == 1 and len(header) > 1 and min(header) in own_cells and not own_cells[min(header)].figure:
        return _unlabelled(row)  # a title between the rows
    texts = []
    for column, cell in own_cells.items():
        name = header.get(column, "")
        texts.append(f"{name}: {cell.text}" if name and cell.text else cell.text)
    return BETWEEN.join([*filter(None, texts), *_notes(row)])


def _unlabelled(row: Row) -> str:
    texts = (cell.text for _, cell in sorted(row.items()) if not cell.spread)
    return BETWEEN.join([*filter(None, texts), *_notes(row)])


def _notes(row: Row) -> list[str]:
    return [cell.note for _, cell in sorted(row.items()) if cell.note and not cell.spread]


def _labels(rows: Sequence[Row], n: int) -> dict[int, str]:
    """The names of the columns in row n, each after the name that spans several columns in the row above, if any."""
    row_above: Row = rows[n - 1] if n else {}
    if len({cell.text for cell in row_above.values()}) < 2 or not any(cell.spread for cell in row_above.values()):
        row_above = {}
    labels = {}
    for column, cell in rows[n].items():
        upper = row_above[column].text if column in row_above else ""
        name = cell.text if upper in ("", cell.text) else f"{upper} {cell.text}"
        labels[column] = name.rstrip(" :")
    return labels


def _is_header(rows: Sequence[Row], n: int) -> bool:
    """Whether row n names the columns of the rows below it, judged by its cells and theirs."""
    row = rows[n]
    labels = _labels(rows, n)
    if len(row) < 2 or len(set(labels.values())) < 2:
        return False
    if any(not c.text or len(c.text) > _MAX_HEADER or c.text[-1] in ".?!" for c in row.values()):
        return False
    spanning = any(cell.spread for cell in row.values())
    if any(cell.figure for cell in row.values()) and not spanning:  # a year may span columns
        return False
    if len(set(labels.values())) < len(labels) and not spanning:
        return False
    rows_below: list[Row] = []
    for next_row in rows[n + 1 : n + 1 + _SAMPLE_ROWS]:
        if not next_row:
            break
        rows_below.append(next_row)
    cells = [(column, cell) for next_row in rows_below for column, cell in next_row.items()]
    if not cells or sum(column in row for column, _ in cells) < 0.8 * len(cells):
        return False
    if all(cell.bold for cell in row.values()) and not all(cell.bold for _, cell in cells):
        return True
    if spanning:
        return n + 1 < len(rows) and _is_header(rows, n + 1)
    figures = [[cell.figure for cell_column, cell in cells if cell_column == column] for column in row]
    # a list of names and values looks much like a table of two columns: there all cells below must be figures
    share = 1.0 if len(row) == 2 else 0.5
    if any(column and sum(column) >= share * len(column) for column in figures):
        return True
    return len(row) > 2 and len(rows_below) > 1 and {column for column, _ in cells} <= set(row)
