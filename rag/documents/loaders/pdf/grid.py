"""Segments of a PDF page in rows and columns. Runs in the sandbox only."""

import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from rag.documents.loaders.pdf.rules import Rules, distinct, merged_rules
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
    columns = _columns(run, rules)
    if not 2 <= len(columns) <= _MAX_COLUMNS:
        return None
    rows = []
    for row in _rows(run, columns, lines) if rules is None else _ruled_rows(region, rules):
        cells: list[list[Segment]] = [[] for _ in columns]
        for segment in row:
            holders = [
                n for n, (left, right) in enumerate(columns) if segment.left > left - 1 and segment.right < right + 1
            ]
            if len(holders) != 1:
                return None  # it crosses a gutter
            cells[holders[0]].append(segment)
        rows.append([sorted(cell, key=lambda part: (-part.across, part.left)) for cell in cells])
    texts = {segment: lines.text(segment) for segment in region}
    words = [[" ".join(texts[segment] for segment in cell) for cell in row] for row in rows]
    return Grid(columns, rows, words, texts)


def _columns(run: Sequence[Sequence[Segment]], rules: Rules | None) -> list[Span]:
    region = [segment for row in run for segment in row]
    if rules is not None:
        low, high = min(s.across for s in region), max(s.across for s in region)
        reach: Counter[int] = Counter()
        for x, bottom, top in rules.vertical:
            reach[round(x / 4)] += round(max(min(top, high) - max(bottom, low), 0))
        long_rules = [x for x, _, _ in rules.vertical if 2 * reach[round(x / 4)] > high - low]
        if len(edges := distinct(long_rules)) >= 3:
            return list(pairwise(edges))
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


def _ruled_rows(region: Sequence[Segment], rules: Rules) -> list[list[Segment]]:
    left, right = min(s.left for s in region), max(s.right for s in region)
    edges = distinct(
        y
        for y, rule_left, rule_right in merged_rules(rules.horizontal)
        if rule_left < left + 10 and rule_right > right - 10
    )
    rows = baselines(region)
    bands = [[s for row in rows for s in row if low < s.across < high] for low, high in pairwise(edges)]
    return [band for band in reversed(bands) if band]
