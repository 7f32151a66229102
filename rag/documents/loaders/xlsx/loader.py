"""XLSX -> a page for each sheet, a line for each row: line n of a page is row n of its sheet, empty ones included."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rag.core.errors import DamagedFile, EmptyFile, TooManyPages
from rag.documents.loaders.page_builder import MAX_TITLE, Budget, one_line, title_of
from rag.documents.loaders.sandbox import archive_checks
from rag.documents.loaders.sandbox.child import Send
from rag.documents.loaders.table_text import Cell, row_lines
from rag.documents.loaders.xlsx.cell_format import shown
from rag.documents.loaders.xlsx.openpyxl_lite import MergedCell, Worksheet, open_book, range_boundaries

# a cell with a formula and without the value that it last had
_UNCOUNTED = re.compile(rb"<f\b[^>]*?(?:/>|>[^<]*</f>)(?:<v\s*/>|<v>\s*</v>)?</c>")
_LONGEST_REPEATED = 80  # characters: longer than the name of what stands in the rows beside it
_LOOKED_THROUGH = 64 << 20  # bytes of a sheet
_SHEET = re.compile(r"xl/worksheets/[^/]+\.xml", re.IGNORECASE)


def read(send: Send, path: str, pages: int, characters: int) -> None:
    """Sends a frame {page, of, text, label} for each sheet, its label the sheet's name, and {headings, title, notices}.

    Raises as `archives.check`, and TooManyPages, ParsingLimit, EmptyFile, DamagedFile.
    """
    archive_checks.check(path)
    try:
        with Path(path).open("rb") as file:  # by its name it would be refused: ours have no suffix
            book = open_book(file)
    except (KeyError, ValueError, TypeError, AttributeError, IndexError, SyntaxError, OSError) as error:
        raise DamagedFile() from error
    sheets = book.worksheets
    if not book.sheetnames:
        raise DamagedFile()
    if len(sheets) > pages:
        raise TooManyPages(pages=len(sheets), limit=pages)
    budget = Budget(characters)
    headings = []
    anything = False
    for number, sheet in enumerate(sheets, 1):
        text = "\n".join(_lines(sheet))
        budget.spend(text)
        anything = anything or bool(text.strip())
        send(page=number, of=len(sheets), text=text, label=sheet.title)
        headings.append((number, 1, sheet.title[:MAX_TITLE], 0))
    if not anything:
        raise EmptyFile()
    send(headings=headings, title=title_of(book.properties.title), notices=_notices(book, path))


def _notices(book: Any, path: str) -> list[Any]:
    notices: list[Any] = []
    if hidden := [sheet.title for sheet in book.worksheets if sheet.sheet_state != "visible"]:
        notices.append(["hidden_sheets", {"names": ", ".join(hidden)}])
    if partly := [sheet.title for sheet in book.worksheets if _hides_cells(sheet)]:
        notices.append(["hidden_cells", {"names": ", ".join(partly)}])
    if charts := [sheet.title for sheet in book.chartsheets]:
        notices.append(["sheets_of_charts", {"names": ", ".join(charts)}])
    if uncounted := _uncounted(path):
        notices.append(["formulas_without_values", {"count": uncounted}])
    return notices


def _hides_cells(sheet: Worksheet) -> bool:
    """Whether a sheet that is seen has hidden rows or columns with something in them."""
    if sheet.sheet_state != "visible":
        return False
    rows = {number for number, row in sheet.row_dimensions.items() if row.hidden}
    # neighbours that look alike are kept as one, under the letter of the first
    spans = [(one.min, one.max) for one in sheet.column_dimensions.values() if one.hidden and one.min and one.max]
    if not rows and not spans:
        return False
    return any(
        cell.value is not None and (row in rows or any(first <= column <= last for first, last in spans))
        for (row, column), cell in sheet._cells.items()
    )


def _uncounted(path: str) -> int:
    found = 0
    with zipfile.ZipFile(path) as archive:
        for entry in archive.infolist():
            if _SHEET.fullmatch(entry.filename) and entry.file_size <= _LOOKED_THROUGH:
                found += len(_UNCOUNTED.findall(archive.read(entry)))
    return found


def _lines(sheet: Worksheet) -> list[str]:
    """A line for each row up to the last one that shows something."""
    cells = dict(_cells(sheet))
    if not cells:
        return []
    rows: list[dict[int, Cell]] = [{} for _ in range(max(row for row, _ in cells))]
    for (row, column), cell in sorted(cells.items()):
        rows[row - 1][column] = cell
    return row_lines(rows, set(_headers(sheet)))


def _cells(sheet: Worksheet) -> Iterator[tuple[tuple[int, int], Cell]]:
    """What is shown, by row and column from 1. A merged cell is marked as spread to the right.

    It is told in each row that shows more than it; a text that was given room over many rows is told once.
    """
    filled = {row for (row, _), cell in sheet._cells.items() if cell.value is not None}
    merged = {(area.min_row, area.min_col): area for area in sheet.merged_cells.ranges}
    # sheet.iter_rows would go through every cell up to the last one, of which there may be 17 billion
    for (row, column), cell in sheet._cells.items():
        if isinstance(cell, MergedCell):
            continue
        note = one_line(cell.comment.text) if cell.comment is not None else ""
        text = one_line(shown(cell.value, cell.number_format))
        if not text and not note:
            continue
        figure = bool(text) and not isinstance(cell.value, str)
        bold = bool(cell.font and cell.font.b)
        yield (row, column), Cell(text, figure, bold, note=f"Note ({cell.coordinate}): {note}" if note else "")
        area = merged.get((row, column))
        if area is None or not text:
            continue
        # a cell over the whole width is a title, and so is one in a row of its own; others repeat what they hold
        for across in range(area.min_col, min(area.max_col, area.min_col + 500) + 1):
            for down in range(area.min_row, min(area.max_row, area.min_row + 5_000) + 1):
                told = down == row or (down in filled and len(text) <= _LONGEST_REPEATED)
                if told and (down, across) != (row, column):
                    yield (down, across), Cell(text, figure, bold, spread=across > column)


def _headers(sheet: Worksheet) -> Iterator[int]:
    """The rows (from 0) that the sheet itself says are headers: of its tables, its filter, and what does not scroll."""
    for table in sheet.tables.values():
        if table.headerRowCount != 0:
            yield _first_row(table.ref)
    if sheet.auto_filter.ref:
        yield _first_row(sheet.auto_filter.ref)
    frozen = sheet.freeze_panes
    if frozen and (below := _first_row(frozen)) > 0:
        yield below - 1


def _first_row(reference: str) -> int:
    try:
        _, row, _, _ = range_boundaries(reference)
    except ValueError:
        return -1
    return (row or 0) - 1
