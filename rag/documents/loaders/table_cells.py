"""The cells of a table, and which of them are figures."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from rag.documents.loaders.page_builder import one_line

_CURRENCY = r"(?:kr\.?|dkk|eur|usd|sek|nok|gbp|[$€£¥])"
_FIGURE = re.compile(
    rf"[-+−(]*\s?(?:{_CURRENCY}\s?|[^\w\s]\s?)?[-−(]?\d[\d.,:/\s%–-]*\)?\s?(?:[^\W\d_]{{1,3}}\.?|[€$£%])?\)?$",
    re.IGNORECASE,
)
_YEAR = re.compile(r"(?:fy|år|year)?\s?(?:19|20)\d\d(?:\s?[/–-]\s?\d{2,4})?\s?[a-z*]?$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Cell:
    """The text of one cell. figure: whether it is a number, a date or the like. spread: a merged cell, further right.

    carried: a merged cell, further down. note: a text about it from outside the table, such as a comment.
    """

    text: str
    figure: bool = False
    bold: bool = False
    spread: bool = False
    note: str = ""
    carried: bool = False

    @property
    def right(self) -> "Cell":
        """This cell in its further columns, where it is merged."""
        return replace(self, spread=True, note="")

    @property
    def below(self) -> "Cell":
        """This cell in its further rows, where it is merged."""
        return replace(self, carried=True, note="")


Row = Mapping[int, Cell]
"""The cells that show something, by column."""


def cell_of(text: str, *, bold: bool = False, spread: bool = False, note: str = "") -> Cell:
    """A cell by its text, from which follows whether it is a figure."""
    text = one_line(text)
    return Cell(text, _FIGURE.match(text) is not None, bold, spread, note)


def is_figure(cell: Cell) -> bool:
    """Whether a cell is a number, a date, an amount or a year, by its kind or its text."""
    return cell.figure or _FIGURE.match(cell.text) is not None or is_year(cell.text)


def is_year(text: str) -> bool:
    """Whether a text names a year: 2026, 2025/26, FY2026."""
    return _YEAR.match(text) is not None
