"""ODS -> a page for each sheet, a line for each row: line n of a page is row n of its sheet, empty ones included."""

import re
from collections.abc import Iterator
from typing import Any

from rag.core.errors import EmptyFile, NothingReadable, ParsingLimit, TooManyPages
from rag.documents.loaders.odf import objects
from rag.documents.loaders.odf.package import Package, attribute, find, find_all, name_of
from rag.documents.loaders.odf.styles import Look
from rag.documents.loaders.odf.tables import number_of, table_rows
from rag.documents.loaders.odf.text import Text
from rag.documents.loaders.omissions import Omissions
from rag.documents.loaders.page_builder import MAX_TITLE, Budget, one_line, title_of
from rag.documents.loaders.sandbox.child import Send
from rag.documents.loaders.table_text import Cell, cell_of, row_lines

_MOST_ROWS, _MOST_COLUMNS = 1 << 20, 1 << 14  # of a sheet (LibreOffice)
_MAX_REPEATED = 80  # characters: a longer merged cell does not name the rows beside it
_MAX_SPAN = 500
_FIGURES = frozenset(("float", "currency", "percentage", "date", "time"))
_VALUES = ("office:string-value", "office:date-value", "office:time-value", "office:boolean-value", "office:value")
_RANGE = re.compile(r"'?(.+?)'?\.\$?[A-Z]+\$?(\d+):")
Rows = list[dict[int, Cell]]


def read(send: Send, path: str, pages: int, characters: int) -> None:
    """Sends a frame {page, of, text, label} for each sheet, its label the sheet's name, and {headings, title, notices}.

    Raises as `Package`, and TooManyPages, ParsingLimit, EmptyFile, NothingReadable.
    """
    package = Package(path)
    body = package.body("spreadsheet")
    sheets = [child for child in body if name_of(child) == "table:table"]
    if len(sheets) > pages:
        raise TooManyPages(pages=len(sheets), limit=pages)
    omissions = Omissions()
    text = Text(package, omissions)
    declared = _declared_headers(body)
    budget = Budget(characters)
    names = [one_line(attribute(sheet, "table:name")) or str(number) for number, sheet in enumerate(sheets, 1)]
    anything, hidden, partly = False, [], []
    for text.number, (sheet, name) in enumerate(zip(sheets, names, strict=True), 1):
        reader = _Sheet(sheet, text, characters)
        lines = row_lines(reader.rows, reader.headers | declared.get(name, set()))
        below = list(reader.drawn())
        page_text = "\n".join([*lines, *(["", *below] if below else [])])
        budget.spend(page_text)
        anything = anything or bool(page_text.strip())
        style = attribute(sheet, "table:style-name")
        if text.styles.property("table", style, "style:table-properties", "table:display") == "false":
            hidden.append(name)
        elif reader.hides_cells:
            partly.append(name)
        send(page=text.number, of=len(sheets), text=page_text, label=name)
    if not anything:
        raise NothingReadable() if any(True for _ in omissions.notices()) else EmptyFile()
    found = (("hidden_sheets", hidden), ("hidden_cells", partly))
    send(
        headings=[(number, 1, name[:MAX_TITLE], 0) for number, name in enumerate(names, 1)],
        title=title_of(package.title()),
        notices=[*([code, {"names": ", ".join(said)}] for code, said in found if said), *omissions.notices(names)],
    )


def _declared_headers(body: Any) -> dict[str, set[int]]:
    """By sheet: the rows (from 0) that its database ranges and filters have as headers."""
    headers: dict[str, set[int]] = {}
    for area in find_all(body, "table:database-range"):
        match = _RANGE.match(attribute(area, "table:target-range-address"))
        if match and attribute(area, "table:contains-header") != "false":
            headers.setdefault(match[1], set()).add(int(match[2]) - 1)
    return headers


class _Sheet:
    """The rows of a sheet. Raises ParsingLimit where its repeated cells come to more than `characters`."""

    def __init__(self, sheet: Any, text: Text, characters: int) -> None:
        self.rows: Rows = []
        self.headers: set[int] = set()
        self.hides_cells = False
        self._sheet = sheet
        self._text = text
        self._left = characters
        self._drawings: list[Any] = []
        hidden_columns = self._hidden_columns()
        spreading: dict[int, tuple[Cell, int]] = {}
        empty = 0  # rows since the last that is not empty; those at the end are none
        for element, is_header in table_rows(sheet):
            repeated = number_of(element, "table:number-rows-repeated", _MOST_ROWS)
            own = self._cells(element)
            cells = {**{column: cell.below for column, (cell, _) in spreading.items()}, **own} if own else {}
            self._note_merged(element, cells, spreading)
            if not own:
                empty += repeated
                continue
            self._spend(empty + repeated * sum(len(cell.text) for cell in cells.values()))
            self.rows += [{} for _ in range(min(empty, _MOST_ROWS))]
            empty = 0
            if is_header:
                self.headers.add(len(self.rows))
            self.rows += [cells] * repeated
            is_hidden = attribute(element, "table:visibility") in ("collapse", "filter")
            self.hides_cells = self.hides_cells or is_hidden or bool(hidden_columns & own.keys())

    def drawn(self) -> Iterator[str]:
        """The lines of charts, text boxes and pictures on the sheet."""
        shapes = find(self._sheet, "table:shapes")
        for drawing in [*([] if shapes is None else shapes), *self._drawings]:
            holder = find(drawing, "draw:object")
            root = None if holder is None else self._text.package.object(holder)
            lines = [] if root is None else objects.chart_lines(root, values=False)
            if lines:  # its values are in the cells
                yield from lines
                continue
            for block in self._text.blocks([drawing]):
                yield from filter(None, (one_line(line) for line in block.text.split("\n")))

    def _spend(self, characters: int) -> None:
        self._left -= characters
        if self._left < 0:
            raise ParsingLimit(limit="size")

    def _hidden_columns(self) -> set[int]:
        hidden: set[int] = set()
        column = 0
        for element in find_all(self._sheet, "table:table-column"):
            count = number_of(element, "table:number-columns-repeated", _MOST_COLUMNS)
            if attribute(element, "table:visibility") in ("collapse", "filter"):
                hidden.update(range(column, column + count))
            column += count
        return hidden

    def _cells(self, row: Any) -> dict[int, Cell]:
        """The cells of a row that show something, by column."""
        cells: dict[int, Cell] = {}
        column = 0
        for element in row:
            if name_of(element) not in ("table:table-cell", "table:covered-table-cell"):
                continue
            repeated = number_of(element, "table:number-columns-repeated", _MOST_COLUMNS)
            cell = self._cell(element, column) if len(element) or len(element.attrib) > 1 else None
            if cell is not None and name_of(element) == "table:table-cell":
                self._spend(repeated)
                cells.update(dict.fromkeys(range(column, column + repeated), cell))
                width = number_of(element, "table:number-columns-spanned", _MAX_SPAN)
                for place in range(column + 1, column + width):
                    cells[place] = cell.right
            column += repeated
        return {column: cell for column, cell in cells.items() if cell.text or cell.note}

    def _cell(self, element: Any, column: int) -> Cell | None:
        style = attribute(element, "table:style-name")
        look = self._text.styles.look("table-cell", style)
        notes = [self._text.annotation(child) for child in element if name_of(child) == "office:annotation"]
        paragraphs = [child for child in element if name_of(child) in ("text:p", "text:h", "text:list")]
        self._drawings += [child for child in element if name_of(child).startswith("draw:")]
        text = self._text.line(paragraphs, Look(struck=look.struck, place=look.place))
        kind = attribute(element, "office:value-type")
        if not paragraphs and kind:  # some programs write the value alone
            text = next((value for name in _VALUES if (value := attribute(element, name))), "")
        note = " ".join(filter(None, notes))
        if not text and not note:
            return None
        plain = cell_of(text, bold=bool(look.bold))
        return Cell(plain.text, plain.figure or kind in _FIGURES, plain.bold, note=note)

    @staticmethod
    def _note_merged(row: Any, cells: dict[int, Cell], spreading: dict[int, tuple[Cell, int]]) -> None:
        """Keep which cells reach into the rows below this one."""
        for column, (cell, left) in list(spreading.items()):
            if left <= 1:
                del spreading[column]
            else:
                spreading[column] = (cell, left - 1)
        column = 0
        for element in row:
            if name_of(element) not in ("table:table-cell", "table:covered-table-cell"):
                continue
            height = number_of(element, "table:number-rows-spanned", 5000)
            if height > 1 and column in cells and len(cells[column].text) <= _MAX_REPEATED:
                for place in range(column, column + number_of(element, "table:number-columns-spanned", _MAX_SPAN)):
                    if place in cells:
                        spreading[place] = (cells[place], height - 1)
            column += number_of(element, "table:number-columns-repeated", _MOST_COLUMNS)
