"""What is used of openpyxl, loaded without what it would bring along.

Where numpy is there, it takes numpy's numbers for numbers; but numpy begins threads, and what is forked must have one.
Its own guard against entities parses in Python instead of C; `archives.check` has refused all that declares any.

`open_book` passes over what Kilde does not show, pictures, charts and the fills of cells: openpyxl would refuse a whole
workbook for a fault in one of them, of which Excel says nothing.
"""

from __future__ import annotations

import os
import sys
from typing import Any, BinaryIO

os.environ.setdefault("OPENPYXL_DEFUSEDXML", "False")
_numpy = sys.modules.get("numpy")
sys.modules["numpy"] = None  # type: ignore[assignment]  # an import of it fails
try:
    from openpyxl import Workbook
    from openpyxl.cell.cell import MergedCell
    from openpyxl.reader import excel
    from openpyxl.styles import stylesheet
    from openpyxl.utils.cell import range_boundaries
    from openpyxl.worksheet.worksheet import Worksheet
finally:
    del sys.modules["numpy"]
    if _numpy is not None:
        sys.modules["numpy"] = _numpy

__all__ = ["MergedCell", "Worksheet", "open_book", "range_boundaries"]

_FILL = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}fill"


def open_book(file: BinaryIO) -> Workbook:
    """A workbook with the values that its formulas last had. Raises whatever openpyxl does for a damaged one."""
    reader = _Reader(file, data_only=True, keep_links=False)
    reader.read()
    return reader.wb


class _Reader(excel.ExcelReader):  # type: ignore[misc]
    def read_strings(self) -> None:
        try:
            super().read_strings()
        except KeyError:  # the list is named and not there, as where all strings stand in their cells
            self.shared_strings: list[str] = []


def _without_fills(data: bytes) -> Any:
    """The styles, each fill made an empty one: cells name theirs by number, so none may be missing."""
    styles = _parsed(data)
    for fill in styles.iter(_FILL):
        fill[:] = []
        fill.append(fill.makeelement(_FILL.replace("fill", "patternFill"), {}))
    return styles


_parsed = stylesheet.fromstring
stylesheet.fromstring = _without_fills
excel.find_images = lambda archive, path: ([], [])
