"""CSV, TSV and the like -> one page, a line for each row: line n of the page is row n as spreadsheets count them."""

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
    header_row = next((n for n, row in enumerate(rows) if row), None)
    if header_row is None:
        raise EmptyFile()
    lines = row_lines(rows, [header_row] if _names_columns(rows[header_row]) and len(rows) > header_row + 1 else [])
    page_text = "\n".join(lines)
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


def _names_columns(row: dict[int, Cell]) -> bool:
    """Whether a first row can be a header: most files of this kind have one."""
    texts = [cell.text for cell in row.values()]
    return len(texts) > 1 and len(set(texts)) == len(texts) and not any(cell.figure for cell in row.values())
