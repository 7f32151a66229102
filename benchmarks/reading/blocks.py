"""What is in a self-made file, whatever its format: headings, paragraphs and tables.

Raised, lowered and struck text is marked: "48 m^{2}", "CO_{2}", "~{old}".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

_MARKED = re.compile(r"([\^_~])\{([^}]*)\}")
_SHIFTS = {"^": "raised", "_": "lowered", "~": "struck"}


class Run(NamedTuple):
    """A piece of text. shift: "", "raised", "lowered" or "struck"."""

    text: str
    shift: str = ""


def runs(text: str) -> Iterator[Run]:
    """The pieces of a marked text, in order."""
    end = 0
    for match in _MARKED.finditer(text):
        if match.start() > end:
            yield Run(text[end : match.start()])
        yield Run(match[2], _SHIFTS[match[1]])
        end = match.end()
    if end < len(text):
        yield Run(text[end:])


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of the first level."""

    text: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A marked text; line feeds are line breaks where the format has them."""

    text: str


@dataclass(frozen=True, slots=True)
class Span:
    """A cell over several columns."""

    text: str
    columns: int


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells, each a marked text. bold: how many rows at the top are bold, as headers often are."""

    rows: tuple[tuple[str | Span, ...], ...]
    bold: int = 0

    @property
    def columns(self) -> int:
        return max(sum(cell.columns if isinstance(cell, Span) else 1 for cell in row) for row in self.rows)


Block = Heading | Paragraph | Table


def placed(row: tuple[str | Span, ...]) -> Iterator[tuple[int, int, str]]:
    """(column from 0, columns that it spans, text) of each cell of a row."""
    column = 0
    for cell in row:
        text, width = (cell.text, cell.columns) if isinstance(cell, Span) else (cell, 1)
        yield column, width, text
        column += width
