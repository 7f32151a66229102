"""How a row of a table is written in the text of a page: on one line, with a sign between its cells."""

from __future__ import annotations

BETWEEN = " | "
"""Stands between two cells. Markdown's tables have it, too, and people hardly ever write it in prose."""
ROW = 500
"""Characters up to which a row is one sentence, whatever full stops are in it."""


def is_row(line: str) -> bool:
    """Whether a line is a row of a table with several cells."""
    return BETWEEN in line


def first_cell(line: str) -> str:
    """What a row begins with: as a rule, what it is about."""
    return line.split(BETWEEN, 1)[0].strip(" |")
