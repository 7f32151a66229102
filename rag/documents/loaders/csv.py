"""CSV, TSV and the like -> one page, a line for each row: line n of the page is row n as spreadsheets count them."""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice

from rag.core.errors import DamagedFile, EmptyFile
from rag.core.text.table_rows import BETWEEN
from rag.documents.loaders.page_builder import Budget
from rag.documents.loaders.sandbox.child import Send
from rag.documents.loaders.table_headers import are_fields, header_at
from rag.documents.loaders.table_text import Cell, Row, cell_of, row_lines
from rag.documents.loaders.text import read_text

# likeliest first: English files separate cells with commas; Danish ones, whose decimals have them, with semicolons
_SEPARATORS = (";", "\t", ",", "|")
_SAMPLE_ROWS = 100  # rows
_DECLARATION = re.compile(r"\Asep=(.)\n", re.IGNORECASE)


def read(send: Send, path: str, pages: int, characters: int) -> None:
    """Sends one frame {page, of, text, label} and {headings, title, notices}.

    Raises EmptyFile, DamagedFile, ParsingLimit.
    """
    csv.field_size_limit(characters)
    text = read_text(path, characters)
    declared = _DECLARATION.match(text)  # Excel's own line, for which it shows no row
    text = text[declared.end() :] if declared else text
    rows = _rows(text, declared[1] if declared else delimiter(text))
    while rows and not rows[-1]:
        rows.pop()
    if not any(rows):
        raise EmptyFile()
    page_text = "\n".join(_lines(rows))
    Budget(characters).spend(page_text)
    send(page=1, of=1, text=page_text, label=None)
    send(headings=[], title=None, notices=[])


def delimiter(text: str) -> str:
    """The sign that separates cells: the one that makes rows of one width, and of more than one cell."""
    best_share, best_sign = 0.0, ","
    for sign in _SEPARATORS:
        try:
            widths = [len(row) for row in islice(_reader(text, sign), _SAMPLE_ROWS) if row]
        except csv.Error:
            continue
        if not widths:
            continue
        width, times = Counter(widths).most_common(1)[0]
        if width > 1 and times / len(widths) > best_share:
            best_share, best_sign = times / len(widths), sign
    return best_sign


def _rows(text: str, sign: str) -> list[dict[int, Cell]]:
    try:
        return [
            {column: cell_of(value) for column, value in enumerate(row) if value.strip()} for row in _reader(text, sign)
        ]
    except csv.Error as error:
        raise DamagedFile() from error


def _reader(text: str, sign: str) -> Iterator[list[str]]:
    return csv.reader(io.StringIO(text, newline=""), delimiter=sign)


def _lines(rows: Sequence[Row]) -> list[str]:
    """A line for each row. Each run of rows between empty ones has its own header, or goes on under the last one."""
    fields: set[int] = set()  # places of rows that are a name and its value
    place = 0
    while place < len(rows):
        end = next((n for n in range(place, len(rows)) if not rows[n]), len(rows))
        fields.update(range(place, place + _fields(rows[place:end])))
        place = end + 1
    lines = row_lines([{} if place in fields else row for place, row in enumerate(rows)])
    return [_field(rows[place]) if place in fields else line for place, line in enumerate(lines)]


def _fields(run: Sequence[Row]) -> int:
    """How many rows at the top of a run are titles, and fields such as "Period: 2024", above a table or alone."""
    if are_fields(run):
        return len(run)
    count = next((n for n, row in enumerate(run) if not set(row) <= {0, 1} or 0 not in row), len(run))
    if 0 < count < len(run) and header_at(run, count):
        return count
    return next((n for n, row in enumerate(run) if len(row) > 1), len(run))


def _field(row: Row) -> str:
    name, *values = [cell.text for _, cell in sorted(row.items())]
    return f"{name.rstrip(' :')}: {BETWEEN.join(values)}" if values else name
