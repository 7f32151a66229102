"""CSV, TSV and the like -> one page, a line for each row: line n of the page is row n as spreadsheets count them."""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice

from rag.core.errors import DamagedFile, EmptyFile
from rag.core.text.table_rows import BETWEEN
from rag.documents.loaders.header_rows import are_fields, header_count, is_unit_row, with_banner, with_units
from rag.documents.loaders.page_builder import Budget
from rag.documents.loaders.sandbox.child import Send
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


def _lines(rows: Sequence[Row]) -> Iterator[str]:
    """A line for each row. Each run of rows between empty ones has its own header, or goes on under the last one."""
    names: Row = {}
    place = 0
    while place < len(rows):
        if not rows[place]:
            yield ""
            place += 1
            continue
        end = next((n for n in range(place, len(rows)) if not rows[n]), len(rows))
        run = rows[place:end]
        place = end
        above = _rows_above(run)
        yield from map(_field, run[:above])
        body = run[above:]
        own_names, count = _header(body)
        if own_names:
            names = own_names
            yield from map(_plain, body[:count])
            body = body[count:]
        elif are_fields(body):
            names = {}
            yield from map(_field, body)
            continue
        elif not body or not set().union(*body) <= set(names):
            names = {}
        yield from row_lines([names, *body], [0])[1:] if names else map(_plain, body)


def _rows_above(run: Sequence[Row]) -> int:
    """How many rows stand above a table: titles, and fields such as "Period: 2024" where the table is wider."""
    fields = next((n for n, row in enumerate(run) if not set(row) <= {0, 1} or 0 not in row), len(run))
    if fields < len(run) and header_count(run[fields:]):
        return fields
    return next((n for n, row in enumerate(run) if len(row) > 1), len(run))


def _header(rows: Sequence[Row]) -> tuple[Row, int]:
    """The names of the columns, and how many of the first rows they are from; none where no row names them."""
    count = 0 if are_fields(rows) else header_count(rows)
    if not count:
        return {}, 0
    names = rows[0] if count == 1 else with_banner(rows[0], rows[1])
    if len(rows) > count + 1 and is_unit_row(names, rows[count]):
        return with_units(names, rows[count]), count + 1
    return names, count


def _plain(row: Row) -> str:
    return BETWEEN.join(cell.text for _, cell in sorted(row.items()))


def _field(row: Row) -> str:
    name, *values = [cell.text for _, cell in sorted(row.items())]
    return f"{name.rstrip(' :')}: {BETWEEN.join(values)}" if values else name
