"""XLSX -> a page for each sheet, a line for each row: line n of a page is row n of its sheet, empty ones included."""

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
from rag.documents.loaders.xlsx.cell_format import format_value
from rag.documents.loaders.xlsx.openpyxl_lite import MergedCell, Worksheet, open_book, range_boundaries

# a cell that has a formula but not the value that it last had
_NO_VALUE = re.compile(rb"<f\b[^>]*?(?:/>|>[^<]*</f>)(?:<v\s*/>|<v>\s*</v>)?</c>")
_MAX_REPEATED = 80  # characters: a longer merged cell does not name the rows beside it
_MAX_SEARCHED = 64 << 20  # bytes of a sheet
_SHEET = re.compile(r"xl/worksheets/[^/]+\.xml", re.IGNORECASE)


def read(send: Send, path: str, pages: int, characters: int) -> None:
    """Sends a frame {page, of, text, label} for each sheet, its label the sheet's name, and {headings, title, notices}.

    Raises as `archive_checks.check`, and TooManyPages, ParsingLimit, EmptyFile, DamagedFile.
    """
    archive_checks.check(path)
    try:
        with Path(path).open("rb") as file:  # openpyxl refuses paths without a suffix, which ours are
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
    if uncounted := _formulas_without_values(path):
        notices.append(["formulas_without_values", {"count": uncounted}])
    return notices


def _hides_cells(sheet: Worksheet) -> bool:
    """Whether a visible sheet has hidden rows or columns that are not empty."""
    if sheet.sheet_state != "visible":
        return False
    rows = {number for number, row in sheet.row_dimensions.items() if row.hidden}
    # neighbouring columns that look alike are stored as one, under the letter of the first
    spans = [
        (column_dimension.min, column_dimension.max)
        for column_dimension in sheet.column_dimensions.values()
        if column_dimension.hidden and column_dimension.min and column_dimension.max
    ]
    if not rows and not spans:
        return False
    return any(
        cell.value is not None
        and (row in rows or any(first_column <= column <= last_column for first_column, last_column in spans))
        for (row, column), cell in sheet._cells.items()
    )


def _formulas_without_values(path: str) -> int:
    count = 0
    with zipfile.ZipFile(path) as archive:
        for entry in archive.infolist():
            if _SHEET.fullmatch(entry.filename) and entry.file_size <= _MAX_SEARCHED:
                count += len(_NO_VALUE.findall(archive.read(entry)))
    return count


def _lines(sheet: Worksheet) -> list[str]:
    """A line for each row up to the last one that is not empty."""
    cells = dict(_cells(sheet))
    if not cells:
        return []
    rows: list[dict[int, Cell]] = [{} for _ in range(max(row for row, _ in cells))]
    for (row, column), cell in sorted(cells.items()):
        rows[row - 1][column] = cell
    return row_lines(rows, set(_headers(sheet)))


def _cells(sheet: Worksheet) -> Iterator[tuple[tuple[int, int], Cell]]:
    """The cells that show something, by row and column from 1. Merged cells are repeated to the right as spread.

    A merged cell is repeated in each row below that has other cells, unless it is a long text over many rows.
    """
    filled = {row for (row, _), cell in sheet._cells.items() if cell.value is not None}
    merged = {(area.min_row, area.min_col): area for area in sheet.merged_cells.ranges}
    # sheet.iter_rows would visit every cell up to the last one, and there may be 17 billion
    for (row, column), cell in sheet._cells.items():
        if isinstance(cell, MergedCell):
            continue
        note = one_line(cell.comment.text) if cell.comment is not None else ""
        text = one_line(format_value(cell.value, cell.number_format))
        if not text and not note:
            continue
        figure = bool(text) and not isinstance(cell.value, str)
        bold = bool(cell.font and cell.font.b)
        yield (row, column), Cell(text, figure, bold, note=f"Note ({cell.coordinate}): {note}" if note else "")
        area = merged.get((row, column))
        if area is None or not text:
            continue
        # a cell in a row of its own is a title; others repeat their text
        for target_column in range(area.min_col, min(area.max_col, area.min_col + 500) + 1):
            for target_row in range(area.min_row, min(area.max_row, area.min_row + 5_000) + 1):
                is_repeated = target_row == row or (target_row in filled and len(text) <= _MAX_REPEATED)
                if is_repeated and (target_row, target_column) != (row, column):
                    yield (target_row, target_column), Cell(text, figure, bold, spread=target_column > column)


def _headers(sheet: Worksheet) -> Iterator[int]:
    """The rows (from 0) that the sheet declares as headers: of its tables, of its filter, above its frozen panes."""
    for table in sheet.tables.values():
        if table.headerRowCount != 0:
            yield _first_row(table.ref)
    if sheet.auto_filter.ref:
        yield _first_row(sheet.auto_filter.ref)
    frozen = sheet.freeze_panes
    if frozen and (first_scrolling_row := _first_row(frozen)) > 0:
        yield first_scrolling_row - 1


def _first_row(reference: str) -> int:
    try:
        _, row, _, _ = range_boundaries(reference)
    except ValueError:
        return -1
    return (row or 0) - 1
