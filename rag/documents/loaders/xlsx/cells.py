"""The cells of a sheet as they are shown, with their comments."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rag.documents.loaders.omissions import Omissions
from rag.documents.loaders.page_builder import one_line
from rag.documents.loaders.runs import LOWERED, RAISED, Run, joined
from rag.documents.loaders.table_text import Cell, cell_of
from rag.documents.loaders.xlsx.cell_format import format_value
from rag.documents.loaders.xlsx.openpyxl_lite import CellRichText, MergedCell, TextBlock, Worksheet

_MAX_REPEATED = 80  # characters: a longer merged cell does not name the rows beside it
_RAISED = {"superscript": RAISED, "subscript": LOWERED}
_THREAD = "[Threaded comment]"
"""How Excel begins a comment that older versions show in place of a thread."""


class Cells:
    """Reads one sheet. hides_values: whether a number format hides a value that was read all the same."""

    def __init__(
        self,
        sheet: Worksheet,
        threads: Mapping[str, Sequence[str]],
        omissions: Omissions,
        page: int,
        *,
        english: bool = False,
    ) -> None:
        """threads: the comments that are threads, by cell. english: whether the sheet is in English."""
        self._sheet, self._threads, self._omissions, self._page = sheet, threads, omissions, page
        self._english = english
        self.hides_values = False

    def placed(self) -> Iterator[tuple[tuple[int, int], Cell]]:
        """The cells that show something, by row and column from 1. Merged cells are repeated to the right as spread.

        A merged cell is repeated in each row below that has other cells, unless it is a long text over many rows.
        """
        sheet = self._sheet
        filled = {row for (row, _), cell in sheet._cells.items() if cell.value is not None}
        merged = {(area.min_row, area.min_col): area for area in sheet.merged_cells.ranges}
        # sheet.iter_rows would visit every cell up to the last one, and there may be 17 billion
        for (row, column), cell in sheet._cells.items():
            if isinstance(cell, MergedCell):
                continue
            note, text = self._note(cell), self._text(cell)
            if not text and not note:
                continue
            figure = bool(text) and (not isinstance(cell.value, str | CellRichText) or cell_of(text).figure)
            bold = bool(cell.font and cell.font.b)
            shown = Cell(text, figure, bold, note=note)
            yield (row, column), shown
            area = merged.get((row, column))
            if area is None or not text:
                continue
            # a cell in a row of its own is a title; others repeat their text
            for target_column in range(area.min_col, min(area.max_col, area.min_col + 500) + 1):
                for target_row in range(area.min_row, min(area.max_row, area.min_row + 5_000) + 1):
                    is_repeated = target_row == row or (target_row in filled and len(text) <= _MAX_REPEATED)
                    if is_repeated and (target_row, target_column) != (row, column):
                        across = shown if target_column == column else shown.right
                        yield (target_row, target_column), across if target_row == row else across.below

    def _text(self, cell: Any) -> str:
        if isinstance(cell.value, CellRichText):
            return one_line(joined(self._runs(cell)))
        text = one_line(format_value(cell.value, cell.number_format, english=self._english))
        if not text and cell.value:  # not for a zero, which many formats leave away
            text = one_line(format_value(cell.value, "General", english=self._english))
            self.hides_values = self.hides_values or bool(text)
        if not text or not cell.has_style or cell.font is None:
            return text
        if cell.font.strike:
            self._omissions.add("struck", self._page)
            return ""
        return joined([(text, _RAISED.get(cell.font.vertAlign, ""))])

    def _runs(self, cell: Any) -> Iterator[Run]:
        for part in cell.value:
            font, text = (part.font, part.text) if isinstance(part, TextBlock) else (cell.font, part)
            if font is not None and font.strike:
                if text.strip():
                    self._omissions.add("struck", self._page)
                continue
            yield text, _RAISED.get(font.vertAlign, "") if font is not None else ""

    def _note(self, cell: Any) -> str:
        if cell.coordinate in self._threads:
            return " ".join(self._threads[cell.coordinate])
        if cell.comment is None:
            return ""
        text, author = one_line(cell.comment.text), one_line(cell.comment.author or "")
        if text.startswith(_THREAD):
            text = text.rsplit("Comment:", 1)[-1].strip()
        text = text.removeprefix(f"{author}:").strip() if author else text
        return f"Note ({author or cell.coordinate}): {text}" if text else ""
