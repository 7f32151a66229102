"""Columns of a PDF page whose lines were written across: prose, or short blocks such as parties and addresses.

Runs in the sandbox only.
"""

import re
from collections.abc import Sequence
from itertools import pairwise

from rag.documents.loaders.pdf.cells import are_parallel, is_address, is_field, is_signature, label_of
from rag.documents.loaders.pdf.grid import Grid
from rag.documents.loaders.pdf.segments import Segment, baselines

_FULL_WIDTH = 0.75  # of the column's width: lines of prose are wider
_PROSE_WIDTH = 90.0  # points: columns of prose are wider
_PROSE_WORDS = 3
_PROSE_ROWS = 4
MOST_LINES = 12
"""Lines of a short block."""
_BULLET = re.compile(r"[-–•*▪·‣o]\s")


def blocks_of(grid: Grid) -> list[list[Segment]] | None:
    """The segments of each column, where a reader reads the columns one after the other; None for other grids.

    One column or more must be complete in itself, or all must be alike.
    """
    columns = [_column(grid, number) for number in range(len(grid.columns))]
    if any(len(column) < 2 for column in columns):
        return None
    texts = texts_of(grid)
    if are_blocks(grid, texts) or _flow(texts) or is_prose(columns, texts) or _are_lists(texts):
        return columns
    return None


def texts_of(grid: Grid) -> list[list[str]]:
    """The lines of each column."""
    return [[grid.texts[segment] for segment in _column(grid, number)] for number in range(len(grid.columns))]


def are_blocks(grid: Grid, texts: Sequence[Sequence[str]]) -> bool:
    """Whether columns are addresses, fields with their labels in them, places to sign, or alike line for line."""
    if max(map(len, texts)) > MOST_LINES or not all(texts) or _are_lists(texts):
        return False
    heads = [column[0] for column in texts]
    if all(head.endswith(":") for head in heads) and not any(
        line.endswith(":") for column in texts for line in column[1:]
    ):
        return True
    rows = _rows(grid, texts)
    if any(sum(map(is_signature, row)) > 1 for row in rows):
        return True
    if any(label_of(one) and label_of(one) == label_of(other) for row in rows for one, other in pairwise(row)):
        return True
    if any(is_address(column) for column in texts):
        # beside labels it is no block: "By" has "8000 Aarhus C" beside it
        return not all(map(_is_bare_label, texts[0])) or is_address(texts[0])
    if any(2 * sum(map(is_field, column)) >= len(column) for column in texts):
        return True
    return are_parallel(rows)


def _is_bare_label(text: str) -> bool:
    return len(text.split()) < 3 and not any(map(str.isdigit, text)) and "/" not in text


def _rows(grid: Grid, texts: Sequence[Sequence[str]]) -> list[list[str]]:
    """The lines of the columns that stand beside each other, "" where a column has none there."""
    places = {
        segment: (number, text)
        for number, column in enumerate(texts)
        for segment, text in zip(_column(grid, number), column, strict=True)
    }
    rows = []
    for baseline in baselines(list(places)):
        row = [""] * len(texts)
        for segment in baseline:
            number, text = places[segment]
            row[number] = text
        rows.append(row)
    return rows


def _column(grid: Grid, number: int) -> list[Segment]:
    return [segment for row in grid.rows for segment in row[number]]


def _flow(texts: Sequence[Sequence[str]]) -> bool:
    """Whether in every column sentences go on in the next line."""
    for column in texts:
        goes_on = sum(lower[:1].islower() or upper.endswith((",", "-", "\u2010")) for upper, lower in pairwise(column))
        if goes_on == 0 or 4 * goes_on < len(column) - 1 or sum(len(line.split()) for line in column) < 2 * len(column):
            return False
    return True


def _are_lists(texts: Sequence[Sequence[str]]) -> bool:
    return all(_BULLET.match(line) for column in texts for line in column)


def is_prose(columns: Sequence[Sequence[Segment]], texts: Sequence[Sequence[str]]) -> bool:
    """Whether most lines of every column fill its width: then the columns are text side by side."""
    for column, lines in zip(columns, texts, strict=True):
        widths = [segment.right - segment.left for segment in column]
        widest = max(widths)
        if len(column) < _PROSE_ROWS or widest < _PROSE_WIDTH:
            return False
        if sum(width > _FULL_WIDTH * widest for width in widths) <= 0.7 * len(widths):
            return False
        if sum(len(line.split()) >= _PROSE_WORDS for line in lines) < 0.8 * len(lines):
            return False
    return True
