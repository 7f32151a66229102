"""XLSX -> a page for each sheet, a line for each row: line n of a page is row n of its sheet, empty ones included."""

import re
import zipfile
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, BinaryIO

from rag.core.errors import DamagedFile, EmptyFile, NothingReadable, TooManyPages
from rag.documents.loaders.omissions import Omissions
from rag.documents.loaders.page_builder import MAX_TITLE, Budget, is_english, one_line, title_of
from rag.documents.loaders.page_numbers import PAGE_MARK, without_page_numbers
from rag.documents.loaders.sandbox import archive_checks
from rag.documents.loaders.sandbox.child import Send
from rag.documents.loaders.strict import transitional
from rag.documents.loaders.table_text import Cell, row_lines
from rag.documents.loaders.xlsx.cells import Cells
from rag.documents.loaders.xlsx.drawings import Package, drawing_lines, has_drawing, threads
from rag.documents.loaders.xlsx.openpyxl_lite import Worksheet, open_book, range_boundaries

# a cell that has a formula but not the value that it last had
_NO_VALUE = re.compile(rb"<f\b[^>]*?(?:/>|>[^<]*</f>)(?:<v\s*/>|<v>\s*</v>)?</c>")
_MAX_SEARCHED = 64 << 20  # bytes of a sheet
_CODE = re.compile(r"&(?:\[[^\]]*\]|\"[^\"]*\"|K[0-9A-F]{6}|\d+|[A-Z](?:[+-]\d+)?)", re.IGNORECASE)
"""What stands for the number of the page, the date, the font … in what is printed above and below a sheet."""
_PAGE_CODES = ("&P", "&N", "&[PAGE]", "&[PAGES]")
_SAMPLE = 2_000  # cells that say what language a book is in
_SHEET = re.compile(r"xl/worksheets/[^/]+\.xml", re.IGNORECASE)


def read(send: Send, path: str, pages: int, characters: int) -> None:
    """Sends a frame {page, of, text, label} for each sheet, its label the sheet's name, and {headings, title, notices}.

    Raises as `archive_checks.check`, and TooManyPages, ParsingLimit, EmptyFile, NothingReadable, DamagedFile.
    """
    archive_checks.check(path)
    try:
        file = transitional(path)
        book, workbook_part, part_names = open_book(file)
    except (KeyError, ValueError, TypeError, AttributeError, IndexError, SyntaxError, OSError) as error:
        raise DamagedFile() from error
    if not book.sheetnames:
        raise DamagedFile()
    if len(book.worksheets) > pages:
        raise TooManyPages(pages=len(book.worksheets), limit=pages)
    texts = _Texts(file, book, workbook_part, characters)
    parts = dict(zip(book._sheets, part_names, strict=False))
    charts = {sheet.title: texts.of_drawings(parts.get(sheet, "")) for sheet in book.chartsheets}
    read_charts = [title for title, text in charts.items() if text][: pages - len(book.worksheets)]
    titles = [sheet.title for sheet in book.worksheets] + read_charts
    anything = bool(read_charts)
    for number, title in enumerate(titles, 1):
        is_chart = number > len(book.worksheets)
        text = charts[title] if is_chart else texts.of_sheet(book.worksheets[number - 1], parts, number)
        anything = anything or bool(text.strip())
        send(page=number, of=len(titles), text=text, label=title)
    left_out = list(texts.omissions.notices(titles))
    unread = [title for title in charts if title not in read_charts]
    if not anything:
        is_empty = not (left_out or unread or texts.drawn or _formulas_without_values(file))
        raise EmptyFile() if is_empty else NothingReadable()
    headings = [(number, 1, title[:MAX_TITLE], 0) for number, title in enumerate(titles, 1)]
    notices = _notices(book, file, texts.hiding, unread) + left_out
    send(headings=headings, title=title_of(book.properties.title), notices=notices)


class _Texts:
    """Writes the texts of sheets. hiding: sheets whose number formats hide values. drawn: whether one has a drawing."""

    def __init__(self, file: BinaryIO, book: Any, workbook_part: str, characters: int) -> None:
        self._package = Package(file)
        self._workbook_part = workbook_part
        self._budget = Budget(characters)
        self._running: set[str] = set()
        texts = (
            str(cell.value) for sheet in book.worksheets for cell in sheet._cells.values() if cell.data_type == "s"
        )
        self._english = is_english("\n".join(islice(texts, _SAMPLE)))
        self._picture = "Picture" if self._english else "Billede"
        self.omissions = Omissions()
        self.hiding: list[str] = []
        self.drawn = False

    def of_sheet(self, sheet: Worksheet, parts: Mapping[Worksheet, str], number: int) -> str:
        """A line for each row up to the last one that is not empty, then what is drawn, and what is only printed.

        parts: the names of the parts of sheets. number: of the sheet, from 1.
        """
        part = parts.get(sheet, "")
        threads_of_sheet = threads(self._package, self._workbook_part, part)
        cells = Cells(sheet, threads_of_sheet, self.omissions, number, english=self._english)
        lines = _lines(dict(cells.placed()), sheet)
        if cells.hides_values:
            self.hiding.append(sheet.title)
        self.drawn = self.drawn or has_drawing(self._package, part)
        beside = drawing_lines(self._package, part, self._picture, self.omissions, number)
        beside += [line for line in _printed(sheet) if line not in self._running]
        self._running |= set(beside)
        return self._spent([*lines, *([""] if lines and beside else []), *beside])

    def of_drawings(self, part: str) -> str:
        """The text of a sheet that is only a chart; "" where it cannot be read, which is not counted."""
        return self._spent(drawing_lines(self._package, part, self._picture, Omissions(), 1))

    def _spent(self, lines: list[str]) -> str:
        text = "\n".join(lines)
        self._budget.spend(text)
        return text


def _printed(sheet: Worksheet) -> Iterator[str]:
    """The headers and footers that a sheet is printed with, without dates and numbers of pages."""
    kinds = (f"{which}{where}" for where in ("Header", "Footer") for which in ("first", "odd", "even"))
    for item in (getattr(sheet, kind, None) for kind in kinds):
        for part in (item.left, item.center, item.right) if item is not None else ():
            text = _CODE.sub(lambda code: PAGE_MARK if code[0].upper() in _PAGE_CODES else "", part.text or "")
            if line := without_page_numbers(one_line(text.replace("&&", "&"))):
                yield line


def _notices(book: Any, file: BinaryIO, hiding: list[str], unread: list[str]) -> list[Any]:
    notices: list[Any] = []
    if hidden := [sheet.title for sheet in book.worksheets if sheet.sheet_state != "visible"]:
        notices.append(["hidden_sheets", {"names": ", ".join(hidden)}])
    if partly := [sheet.title for sheet in book.worksheets if sheet.title in hiding or _hides_cells(sheet)]:
        notices.append(["hidden_cells", {"names": ", ".join(partly)}])
    if unread:
        notices.append(["sheets_of_charts", {"names": ", ".join(unread)}])
    if uncounted := _formulas_without_values(file):
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


def _formulas_without_values(file: BinaryIO) -> int:
    count = 0
    with zipfile.ZipFile(file) as archive:
        for entry in archive.infolist():
            if _SHEET.fullmatch(entry.filename) and entry.file_size <= _MAX_SEARCHED:
                count += len(_NO_VALUE.findall(archive.read(entry)))
    return count


def _lines(cells: Mapping[tuple[int, int], Cell], sheet: Worksheet) -> list[str]:
    if not cells:
        return []
    rows: list[dict[int, Cell]] = [{} for _ in range(max(row for row, _ in cells))]
    for (row, column), cell in sorted(cells.items()):
        rows[row - 1][column] = cell
    return row_lines(rows, set(_headers(sheet)))


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
