"""Where the sentence or the row that supports an answer stands in what was read of a document."""

from __future__ import annotations

import re

BETWEEN_CELLS = 90
"""Characters at most between two cells of a row: the name of a column."""
_SEPARATOR = re.compile(r"(?<=\d)(\\\.|,)(?=\d)")


def spaced(text: str) -> str:
    """White space as one space each."""
    return " ".join(text.split())


def span_of(support: str, text: str) -> tuple[int, int] | None:
    """(start, end) of a support in a text, white space aside; None where it does not stand there.

    A row, cells with " | " between them, may have the names of columns before its cells, and be told without cells that
    are empty. It is looked for on one line first, and then over several, as a PDF tells rows whose cells have more than
    one line. A decimal of a spreadsheet may be written with a point or with a comma.
    """
    cells = [r"\s+".join(map(re.escape, cell.split())) for cell in support.split(" | ") if cell.strip()]
    cells = [rf"(?<!\w){_SEPARATOR.sub('[.,]', cell)}(?!\w)" for cell in cells]
    for sign in (r"[^\n]", r"[\s\S]"):
        match = re.search(f"{sign}{{0,{BETWEEN_CELLS}}}?".join(cells), text)
        if match:
            return match.span()
    return None
