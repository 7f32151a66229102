"""Cells of a ruled table on a PDF page that reach over several rows or columns. Runs in the sandbox only.

The rules tell: where none stands between two columns or two rows, the cell goes on. What reaches over several rows is
given to each of them, as every row must say by itself what it is about; what reaches over several columns stands in the
first of them, and in the header over all of them.
"""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

from rag.documents.loaders.pdf.rules import SAME_PLACE, Rules, distinct, merged_rules
from rag.documents.loaders.pdf.segments import Segment, Span, baselines

_REACH = 2 * SAME_PLACE  # points: a rule that covers a column may end so far from its edge

CellsOfRow = list[list[Segment]]
"""The segments of a row by column."""


def bands(region: Sequence[Segment], rules: Rules) -> Sequence[Span]:
    """Bottom and top of each stripe between two rules across all of a table, from the top."""
    left, right = min(s.left for s in region), max(s.right for s in region)
    edges = distinct(
        y
        for y, rule_left, rule_right in merged_rules(rules.horizontal)
        if rule_left < left + 10 and rule_right > right - 10
    )
    return list(pairwise(edges))[::-1]


class _Row(NamedTuple):
    """What stands between two rules that are next to each other. banners: cells that reach over several columns."""

    cells: CellsOfRow
    banners: list[tuple[list[Segment], range]]


def ruled_rows(region: Sequence[Segment], columns: Sequence[Span], rules: Rules) -> list[CellsOfRow] | None:
    """The rows of a ruled table from the top; None where a segment crosses a rule or a gutter.

    columns: from rule to rule.
    """
    horizontal = merged_rules(rules.horizontal)
    rows: list[CellsOfRow] = []
    is_banner = False  # the row above is one, and says with the next what the columns are called
    for low, high in bands(region, rules):
        band = [segment for segment in region if low < segment.across < high]
        if not band:
            continue
        own_edges = [
            [
                y
                for y, rule_left, rule_right in horizontal
                if low + _REACH < y < high - _REACH
                and rule_left < column_left + _REACH
                and rule_right > column_right - _REACH
            ]
            for column_left, column_right in columns
        ]
        between = [low, *distinct(y for ys in own_edges for y in ys), high]
        parts = [_row(band, bottom, top, columns, rules) for bottom, top in reversed(list(pairwise(between)))]
        made = [part for part in parts if part is not None]
        if len(made) < len(parts):
            return None
        if not rows or is_banner:
            has_banner = any(part.banners for part in made)
            if has_banner or is_banner:
                stacked = _stacked([*([] if not rows else [_Row(rows.pop(), [])]), *made])
                is_banner = has_banner and len(made) == 1
                rows.append(stacked)
                continue
        rows += _filled_down([part.cells for part in made], between[::-1], own_edges)
    return rows


def _row(band: Sequence[Segment], low: float, high: float, columns: Sequence[Span], rules: Rules) -> _Row | None:
    segments = [segment for segment in band if low < segment.across < high]
    cells: CellsOfRow = [[] for _ in columns]
    banners = []
    for joined in _joined(columns, (low + high) / 2, rules):
        left, right = columns[joined[0]][0], columns[joined[-1]][1]
        inside = [segment for segment in segments if segment.left > left - 1 and segment.right < right + 1]
        segments = [segment for segment in segments if segment not in inside]
        holders = [holder(segment, columns) for segment in inside]
        crosses = None in holders
        if crosses and any(len(line) > 1 for line in baselines(inside)):
            return None
        if len(joined) > 1 and inside and (crosses or (len(joined) < len(columns) and len(set(holders)) == 1)):
            cells[joined[0]] = in_order(inside)
            if len(joined) < len(columns):
                banners.append((in_order(inside), joined))
            continue
        for segment, column in zip(inside, holders, strict=True):
            if column is not None:
                cells[column].append(segment)
    return None if segments else _Row([in_order(cell) for cell in cells], banners)


def _joined(columns: Sequence[Span], across: float, rules: Rules) -> Iterable[range]:
    """The numbers of the columns that no rule separates at a height of the page."""
    first = 0
    for number in range(1, len(columns) + 1):
        is_edge = number == len(columns) or any(
            abs(x - columns[number][0]) <= _REACH and bottom < across < top for x, bottom, top in rules.vertical
        )
        if is_edge:
            yield range(first, number)
            first = number


def holder(segment: Segment, columns: Sequence[Span]) -> int | None:
    """The column that a segment is in; None where it is in no one alone."""
    holders = [n for n, (left, right) in enumerate(columns) if segment.left > left - 1 and segment.right < right + 1]
    return holders[0] if len(holders) == 1 else None


def in_order(segments: Iterable[Segment]) -> list[Segment]:
    """The segments of a cell as they are read."""
    return sorted(segments, key=lambda part: (-part.across, part.left))


def _stacked(rows: Sequence[_Row]) -> CellsOfRow:
    """The rows of a header as one: what reaches over several columns stands in each of them."""
    cells: CellsOfRow = [[] for _ in rows[0].cells]
    for row in rows:
        over = {column: banner for banner, joined in row.banners for column in joined}
        for column, cell in enumerate(row.cells):
            cells[column] += over.get(column, cell)
    return cells


def _filled_down(
    rows: Sequence[CellsOfRow], edges: Sequence[float], own_edges: Sequence[Sequence[float]]
) -> list[CellsOfRow]:
    """The rows between two rules across the table, each with the cells that reach into it.

    edges: of the rows, from the top. own_edges: the inner ones that each column has itself.
    """
    filled: list[CellsOfRow] = [[[] for _ in row] for row in rows]
    has_own = [False] * len(rows)
    for column, ys in enumerate(own_edges):
        starts = [n for n, y in enumerate(edges[:-1]) if not n or any(abs(y - own) <= _REACH for own in ys)]
        for start, end in pairwise([*starts, len(rows)]):
            cell = [segment for row in rows[start:end] for segment in row[column]]
            for n in range(start, end):
                filled[n][column] = cell
                has_own[n] |= bool(cell) and end - start == 1
    return [row for row, own in zip(filled, has_own, strict=True) if own] or filled[:1]
