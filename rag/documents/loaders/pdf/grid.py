"""Segments of a PDF page in rows and columns. Runs in the sandbox only."""

import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from rag.documents.loaders.pdf.merged import bands, holder, in_order, ruled_rows
from rag.documents.loaders.pdf.rules import Rules, distinct
from rag.documents.loaders.pdf.segments import Lines, Segment, Span, baselines, column_spans

_MAX_COLUMNS = 12
_CLOSE = 0.8  # of the usual distance between rows: lines so close are one row

Words = list[list[str]]
"""The text of each cell of each row; "" for an empty one."""


@dataclass(frozen=True, slots=True)
class Grid:
    """Segments by row and column. words: the texts of its cells; texts: those of its segments."""

    columns: list[Span]
    rows: list[list[list[Segment]]]
    words: Words
    texts: dict[Segment, str]

    @property
    def lines(self) -> set[int]:
        return {segment.line for row in self.rows for cell in row for segment in cell}


def grid_of(run: Sequence[Sequence[Segment]], rules: Rules | None, lines: Lines) -> Grid | None:
    """The rows and columns of a run of baselines; None where a segment is in no column of its own."""
    region = [segment for row in run for segment in row]
    ruled = [] if rules is None else _ruled_columns(region, rules)
    columns = ruled or _columns(run)
    if not 2 <= len(columns) <= _MAX_COLUMNS:
        return None
    if rules is not None and ruled:
        rows = ruled_rows(region, columns, rules)
    else:
        rows = _in_columns(_rows(run, columns, lines) if rules is None else _bands(region, rules), columns)
    if rows is None:
        return None
    texts = {segment: lines.text(segment) for segment in region}
    words = [[" ".join(texts[segment] for segment in cell) for cell in row] for row in rows]
    return Grid(columns, rows, words, texts)


def _in_columns(rows: Sequence[Sequence[Segment]], columns: Sequence[Span]) -> list[list[list[Segment]]] | None:
    """Rows by column; None where a segment crosses a gutter."""
    by_column = []
    for row in rows:
        cells: list[list[Segment]] = [[] for _ in columns]
        for segment in row:
            column = holder(segment, columns)
            if column is None:
                return None
            cells[column].append(segment)
        by_column.append([in_order(cell) for cell in cells])
    return by_column


def _ruled_columns(region: Sequence[Segment], rules: Rules) -> list[Span]:
    """The columns between vertical rules; [] where there are not several."""
    low, high = min(s.across for s in region), max(s.across for s in region)
    reach: Counter[int] = Counter()
    for x, bottom, top in rules.vertical:
        reach[round(x / 4)] += round(max(min(top, high) - max(bottom, low), 0))
    edges = distinct(x for x, _, _ in rules.vertical if 2 * reach[round(x / 4)] > high - low)
    return list(pairwise(edges)) if len(edges) >= 3 else []


def _columns(run: Sequence[Sequence[Segment]]) -> list[Span]:
    spans = column_spans([row for row in run if len(row) > 1])
    with_titles = column_spans(run)
    spans = with_titles if len(with_titles) == len(spans) else spans
    if len(spans) < 2:
        return []
    middles = [(span[1] + next_span[0]) / 2 for span, next_span in pairwise(spans)]
    return list(pairwise([spans[0][0] - 50, *middles, spans[-1][1] + 50]))


def _rows(run: Sequence[Sequence[Segment]], columns: Sequence[Span], lines: Lines) -> list[list[Segment]]:
    """The rows of a table without rules; a line in one column only goes on a cell, or is a title between rows."""
    multiple = [row[0].across for row in run if len(row) > 1]
    steps = [upper - lower for upper, lower in pairwise(multiple)]
    usual = statistics.median(steps) if steps else 0.0
    rows: list[list[Segment]] = []
    last_across, is_title = 0.0, False
    for row in run:
        step = last_across - row[0].across
        in_first = row[0].right < columns[0][1]
        goes_on = in_first and lines.text(row[0])[:1].islower()
        if not rows:
            rows.append(list(row))
        elif is_title and len(row) > 1 and goes_on:
            rows[-1] += row  # the first line of a long label stood alone
        elif (len(row) == 1 and (not in_first or goes_on)) or (
            step < _CLOSE * usual and (len(row) == 1 or not in_first)
        ):
            rows[-1] += row
        else:
            rows.append(list(row))
        is_title = len(row) == 1 and in_first
        last_across = row[0].across
    return rows


def _bands(region: Sequence[Segment], rules: Rules) -> list[list[Segment]]:
    rows = baselines(region)
    found = [[s for row in rows for s in row if low < s.across < high] for low, high in bands(region, rules)]
    return [band for band in found if band]
