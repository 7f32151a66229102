"""Rows of a table -> lines that can each be read alone: "Model: X1 | Garanti: 24 måneder"."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from itertools import zip_longest

from rag.core.text.table_rows import BETWEEN
from rag.documents.loaders.table_cells import Cell, Row, cell_of
from rag.documents.loaders.table_headers import header_at, may_head

__all__ = ["Cell", "Row", "cell_of", "may_head", "row_lines"]

_BEFORE = re.compile(r"(?:[$€£¥]|kr\.?|dkk|eur|usd|sek|nok|gbp)?\s?\(?$", re.IGNORECASE)
"""What accounts set into a cell of its own in front of a number: a currency, a bracket."""
_BEHIND = re.compile(r"\)?\s?(?:%|[$€£¥]|kr\.?)?\s?\)?$", re.IGNORECASE)
_BEGINS_AS_NUMBER = re.compile(r"[(\-−+]?\s?[(]?\d|[—–-]$")


def row_lines(rows: Sequence[Row], headers: Collection[int] = ()) -> list[str]:
    """A line for each row, "" for an empty one. headers: places of rows that are known to be headers.

    A row with nothing of its own, only cells that reach down into it, is "" too.
    A header is looked for at the top of each run of rows between empty ones. A run without a header goes on under that
    of the table above, where it keeps to the columns of that table. Signs that stand in cells of their own beside a
    number are joined to it: "$ | 5" is "$ 5".
    """
    rows = _with_joined_signs(rows)
    lines: list[str] = []
    names: Mapping[int, str] = {}
    may_be_header = True  # no row of a table since the last empty row
    n = 0
    while n < len(rows):
        row = rows[n]
        if not row:
            lines.append("")
            may_be_header = True
            n += 1
            continue
        header = header_at(rows, n, headers) if may_be_header or n in headers else None
        if header is not None:
            names = header.names
            may_be_header = False
            lines += [_unlabelled(rows[place]) for place in range(n, header.end)]
            n = header.end
            continue
        if may_be_header and sum(not cell.spread for cell in row.values()) > 1:
            may_be_header = False
            names = names if set(row) <= set(names) else {}
        lines.append("" if all(cell.carried for cell in row.values()) else _line(row, names))
        n += 1
    return lines


def _line(row: Row, names: Mapping[int, str]) -> str:
    own_cells = {column: cell for column, cell in sorted(row.items()) if not cell.spread}
    if len(own_cells) == 1 and len(names) > 1 and min(names) in own_cells and not own_cells[min(names)].figure:
        return _unlabelled(row)  # a title between the rows
    texts = []
    for column, cell in own_cells.items():
        name = names.get(column, "")
        if cell.carried and cell.text == name:
            continue  # the header reaches down into this row
        texts.append(f"{name}: {cell.text}" if name and cell.text else cell.text)
    return BETWEEN.join([*filter(None, texts), *_notes(row)])


def _unlabelled(row: Row) -> str:
    texts = (cell.text for _, cell in sorted(row.items()) if not cell.spread)
    return BETWEEN.join([*filter(None, texts), *_notes(row)])


def _notes(row: Row) -> list[str]:
    return [cell.note for _, cell in sorted(row.items()) if cell.note and not cell.spread]


def _with_joined_signs(rows: Sequence[Row]) -> list[Row]:
    """The rows with currencies, brackets and per cent signs joined to the numbers that they belong to."""
    if not any(_is_sign(cell.text) for row in rows for cell in row.values()):
        return list(rows)
    named: set[int] = set()  # columns of signs that have a name, such as "Enhed", and stay by themselves
    joined: list[Row] = []
    for row in rows:
        joined.append(_joined(row, named))
        for column, cell in row.items():
            follower = row.get(column + 1)
            is_name = not cell.spread and not cell.figure and not _is_sign(cell.text)
            if is_name and not (follower is not None and follower.spread):
                named.add(column)
    return joined


def _joined(row: Row, named: Collection[int]) -> Row:
    columns = [column for column in sorted(row) if not row[column].spread]
    cells = dict(row)
    number = end = columns[0] if columns else 0  # where the number is that signs may join, and where it ends so far
    for column, after in zip_longest(columns[1:], columns[2:]):
        before, cell = cells[number], cells[column]
        opens_next = after is not None and _opens(cell.text) and _BEGINS_AS_NUMBER.match(row[after].text)
        if column - end > 2:
            pass
        elif number not in named and _opens(before.text) and _BEGINS_AS_NUMBER.match(cell.text):
            space = "" if before.text.endswith("(") else " "
            cells[column] = replace(cell, text=f"{before.text}{space}{cell.text}", figure=True)
            del cells[number]
        elif column not in named and not opens_next and _closes(cell.text) and _is_number(before.text):
            space = "" if cell.text.startswith(")") else " "
            cells[number] = replace(before, text=f"{before.text}{space}{cell.text}", figure=True)
            del cells[column]
            end = column
            continue
        number = end = column
    return cells


def _is_number(text: str) -> bool:
    return _BEGINS_AS_NUMBER.match(text.lstrip("$€£¥ ")) is not None


def _is_sign(text: str) -> bool:
    return _opens(text) or _closes(text)


def _opens(text: str) -> bool:
    return bool(text) and _BEFORE.match(text) is not None


def _closes(text: str) -> bool:
    return bool(text) and _BEHIND.match(text) is not None
