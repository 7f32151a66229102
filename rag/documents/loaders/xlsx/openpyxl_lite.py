"""What is used of openpyxl, loaded without what it would bring along, and given only the parts that are shown.

Where numpy is installed, openpyxl takes numpy's numbers for numbers; but numpy begins threads, and the process that
loaders are forked from must have one. openpyxl's own guard against entities parses in Python instead of C; it is not
needed, since `archive_checks.check` has refused all files that declare any.
"""

from __future__ import annotations

import os
import sys
from pathlib import PurePosixPath
from typing import Any, BinaryIO
from zipfile import ZipFile

os.environ.setdefault("OPENPYXL_DEFUSEDXML", "False")
_numpy = sys.modules.get("numpy")
sys.modules["numpy"] = None  # type: ignore[assignment]  # an import of it fails
try:
    from openpyxl import Workbook
    from openpyxl.cell.cell import MergedCell
    from openpyxl.cell.rich_text import CellRichText, TextBlock
    from openpyxl.reader.excel import ExcelReader
    from openpyxl.utils.cell import range_boundaries
    from openpyxl.worksheet.worksheet import Worksheet
    from openpyxl.xml.constants import ARC_STYLE, REL_NS, SHEET_MAIN_NS
    from openpyxl.xml.functions import fromstring, tostring
finally:
    del sys.modules["numpy"]
    if _numpy is not None:
        sys.modules["numpy"] = _numpy

__all__ = ["CellRichText", "MergedCell", "TextBlock", "Worksheet", "open_book", "range_boundaries"]

_FILL = f"{{{SHEET_MAIN_NS}}}fill"
_PATTERN = f"{{{SHEET_MAIN_NS}}}patternFill"
_DRAWING = f"{REL_NS}/drawing"


def open_book(file: BinaryIO) -> tuple[Workbook, str, list[str]]:
    """A workbook with the values that its formulas last had, the name of its part, and those of its sheets' parts.

    Raises whatever openpyxl does for a damaged one.
    """
    reader = _Reader(file, data_only=True, keep_links=False, rich_text=True)
    reader.read()
    names = [related.target for _, related in reader.parser.find_sheets() if related.target in reader.valid_files]
    return reader.wb, str(reader.parser.workbook_part_name), names


class _Reader(ExcelReader):  # type: ignore[misc]
    def __init__(self, file: BinaryIO, **options: Any) -> None:
        super().__init__(file, **options)
        self.archive = _ShownParts(file)

    def read_strings(self) -> None:
        try:
            super().read_strings()
        except KeyError:  # the list of strings is named but missing, as where all strings stand in their cells
            self.shared_strings: list[str] = []


class _ShownParts(ZipFile):
    """The parts of a workbook without pictures, charts and the fills of cells.

    Fills are not shown, drawings are read by `drawings`, and openpyxl refuses a whole workbook for a fault in one of
    them, of which Excel says nothing.
    """

    def read(self, name: Any, pwd: bytes | None = None) -> bytes:
        data = super().read(name, pwd)
        if name == ARC_STYLE:
            return _without_fills(data)
        if PurePosixPath(str(name)).suffix == ".rels":
            return _without_drawings(data)
        return data


def _without_fills(data: bytes) -> bytes:
    """The style sheet with each fill made an empty one: cells name theirs by number, so none may be missing."""
    styles = fromstring(data)
    for fill in styles.iter(_FILL):
        fill[:] = []
        fill.append(fill.makeelement(_PATTERN, {}))
    return bytes(tostring(styles))


def _without_drawings(data: bytes) -> bytes:
    """The relations of a part without those to drawings, by which openpyxl finds pictures and charts."""
    if _DRAWING.encode() not in data:
        return data
    relations = fromstring(data)
    for relation in list(relations):
        if relation.get("Type") == _DRAWING:
            relations.remove(relation)
    return bytes(tostring(relations))
