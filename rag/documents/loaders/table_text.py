"""Rows of a table -> lines that can each be read alone: "Model: X1 | Garanti: 24 måneder"."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from rag.core.text.table_rows import BETWEEN
from rag.documents.loaders.page_builder import one_line

_LONGEST_HEADER = 80  # characters
_LOOKED_AT = 20  # rows below a row that may be a header
_FIGURE = re.compile(r"[-+]?[^\w\s]?\s?\d[\d.,:/\s%-]*(?:[^\W\d_]{1,3}\.?|[€$£%])?$")


@dataclass(frozen=True, slots=True)
class Cell:
    """What one cell shows. figure: whether it is a number, a date or the like. spread: the same cell, further right.

    note: what is said of it outside the table, such as a comment.
    """

    text: str
    figure: bool = False
    bold: bool = False
    spread: bool = False
    note: str = ""


Row = Mapping[int, Cell]
"""The cells that show something, by column."""


def cell_of(text: str, *, bold: bool = False, spread: bool = False) -> Cell:
    """A cell of which only the text is known."""
    text = one_line(text)
    return Cell(text, _FIGURE.match(text) is not None, bold, spread)


def row_lines(rows: Sequence[Row], headers: Collection[int] = ()) -> list[str]:
    """A line for each row, "" for an empty one. headers: places of rows that are known to be headers.

    A header is looked for at the top of each run of rows that is parted from the others by an empty one; a run without
    one that keeps to the columns of the table above goes on under that one's.
    """
    lines: list[str] = []
    header: dict[int, str] = {}
    looking = True  # no row of a table has come since the last empty one
    for n, row in enumerate(rows):
        if not row:
            lines.append("")
            looking = True
            continue
        if n in headers or (looking and _is_header(rows, n)):
            header = _labels(rows, n)
            looking = any(cell.spread for cell in row.values())  # its second row may follow
            lines.append(_plain(row))
            continue
        own = [cell for cell in row.values() if not cell.spread]
        if looking and len(own) > 1:
            looking = False
            header = header if set(row) <= set(header) else {}
        lines.append(_line(row, header))
    return lines


def _line(row: Row, header: Mapping[int, str]) -> str:
    own = {column: cell for column, cell in sorted(row.items()) if not cell.spread}
    if len(own) == 1 and len(header) > 1 and min(header) in own and not own[min(header)].figure:
        return _plain(row)  # a title between the rows
    said = []
    for column, cell in own.items():
        name = header.get(column, "")
        said.append(f"{name}: {cell.text}" if name and cell.text else cell.text)
    return BETWEEN.join([*filter(None, said), *_notes(row)])


def _plain(row: Row) -> str:
    texts = (cell.text for _, cell in sorted(row.items()) if not cell.spread)
    return BETWEEN.join([*filter(None, texts), *_notes(row)])


def _notes(row: Row) -> list[str]:
    return [cell.note for _, cell in sorted(row.items()) if cell.note and not cell.spread]


def _labels(rows: Sequence[Row], n: int) -> dict[int, str]:
    """The names of the columns: row n, under the names that span several columns in the row above, if there are."""
    above: Row = rows[n - 1] if n else {}
    if len({cell.text for cell in above.values()}) < 2 or not any(cell.spread for cell in above.values()):
        above = {}
    labels = {}
    for column, cell in rows[n].items():
        upper = above[column].text if column in above else ""
        name = cell.text if upper in ("", cell.text) else f"{upper} {cell.text}"
        labels[column] = name.rstrip(" :")
    return labels


def _is_header(rows: Sequence[Row], n: int) -> bool:
    """Whether row n names the columns of the rows below it, judged by what stands where."""
    row = rows[n]
    labels = _labels(rows, n)
    if len(row) < 2 or len(set(labels.values())) < 2:
        return False
    if any(not c.text or len(c.text) > _LONGEST_HEADER or c.text[-1] in ".?!" for c in row.values()):
        return False
    spanning = any(cell.spread for cell in row.values())
    if any(cell.figure for cell in row.values()) and not spanning:  # a year may span columns
        return False
    if len(set(labels.values())) < len(labels) and not spanning:
        return False
    below: list[Row] = []
    for following in rows[n + 1 : n + 1 + _LOOKED_AT]:
        if not following:
            break
        below.append(following)
    cells = [(column, cell) for following in below for column, cell in following.items()]
    if not cells or sum(column in row for column, _ in cells) < 0.8 * len(cells):
        return False
    if all(cell.bold for cell in row.values()) and not all(cell.bold for _, cell in cells):
        return True
    if spanning:
        return n + 1 < len(rows) and _is_header(rows, n + 1)
    figures = [[cell.figure for at, cell in cells if at == column] for column in row]
    # two columns of names and values look much like a table of two columns: there all below must be figures
    share = 1.0 if len(row) == 2 else 0.5
    if any(column and sum(column) >= share * len(column) for column in figures):
        return True
    return len(row) > 2 and len(below) > 1 and {column for column, _ in cells} <= set(row)
