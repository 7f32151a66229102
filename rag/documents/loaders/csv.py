"""CSV, TSV and the like -> one page, a line for each row: line n of the page is row n as a spreadsheet counts them."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from itertools import islice

from rag.core.errors import DamagedFile, EmptyFile
from rag.documents.loaders.page_builder import Budget
from rag.documents.loaders.sandbox.child import Send
from rag.documents.loaders.table_text import Cell, cell_of, row_lines
from rag.documents.loaders.text import read_text

# likeliest first: a comma parts cells in English files and decimals in Danish ones, which part cells with a semicolon
_BETWEEN = (";", "\t", ",", "|")
_LOOKED_AT = 100  # rows
_TOLD = re.compile(r"\Asep=(.)\n", re.IGNORECASE)


def read(send: Send, path: str, pages: int, characters: int) -> None:
    """Sends one frame {page, of, text, label} and {headings, title, notices}.

    Raises EmptyFile, DamagedFile, ParsingLimit.
    """
    csv.field_size_limit(characters)
    text = read_text(path, characters)
    told = _TOLD.match(text)  # Excel's own way to say it; it shows no row for it
    text = text[told.end() :] if told else text
    rows = _rows(text, told[1] if told else delimiter(text))
    while rows and not rows[-1]:
        rows.pop()
    first = next((n for n, row in enumerate(rows) if row), None)
    if first is None:
        raise EmptyFile()
    lines = row_lines(rows, [first] if _names_columns(rows[first]) and len(rows) > first + 1 else [])
    written = "\n".join(lines)
    Budget(characters).spend(written)
    send(page=1, of=1, text=written, label=None)
    send(headings=[], title=None, notices=[])


def delimiter(text: str) -> str:
    """What parts the cells: the sign that makes rows of one width, and of more than one cell."""
    best, found = 0.0, ","
    for sign in _BETWEEN:
        try:
            widths = [len(row) for row in islice(_reader(text, sign), _LOOKED_AT) if row]
        except csv.Error:
            continue
        if not widths:
            continue
        width, times = Counter(widths).most_common(1)[0]
        if width > 1 and times / len(widths) > best:
            best, found = times / len(widths), sign
    return found


def _rows(text: str, sign: str) -> list[dict[int, Cell]]:
    try:
        return [
            {column: cell_of(value) for column, value in enumerate(row) if value.strip()} for row in _reader(text, sign)
        ]
    except csv.Error as error:
        raise DamagedFile() from error


def _reader(text: str, sign: str) -> Iterator[list[str]]:
    return csv.reader(io.StringIO(text, newline=""), delimiter=sign)


def _names_columns(row: dict[int, Cell]) -> bool:
    """Whether a first row can be a header: files of this kind have one more often than not."""
    texts = [cell.text for cell in row.values()]
    return len(texts) > 1 and len(set(texts)) == len(texts) and not any(cell.figure for cell in row.values())
