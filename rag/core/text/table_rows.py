"""How a row of a table is written in the text of a page: on one line, its cells separated by a sign."""

BETWEEN = " | "
"""Separates two cells. Markdown's tables use it as well, and people hardly ever write it in prose."""
ROW = 500
"""A row of up to so many characters is one sentence, whatever full stops are in it."""


def is_row(line: str) -> bool:
    """Whether a line is a row of a table with several cells."""
    return BETWEEN in line


def first_cell(line: str) -> str:
    """The first cell of a row, which as a rule names what the row is about."""
    return line.split(BETWEEN, 1)[0].strip(" |")
