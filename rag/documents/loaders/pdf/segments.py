"""Lines of a PDF page cut at their wide gaps, and grouped by their places. Runs in the sandbox only."""

import re
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import NamedTuple

Range = tuple[int, int]
Span = tuple[float, float]
"""Left and right of a column, in points."""

_MIN_GAP = 0.9  # of the type's height: spaces between words are narrower
_SAME_ROW = 0.4  # of the type's height
_MOST_ROWS_APART = 4.0  # of the type's height, between two rows of a group
_MOST_LINES_APART = 2.2  # of the type's height, for a line in one column only
# a sign that stands apart from its number: statements set it at the column's left edge, or bracket at its right
_OPENS = re.compile(r"(?:[$€£¥]|kr\.?|DKK|EUR|USD|\()+")
_CLOSES = re.compile(r"[)%]+")


class Shape(NamedTuple):
    """A line. across: its middle, perpendicular to the writing; height: of its type; left, right: where level."""

    across: float
    height: float
    level: bool
    left: float
    right: float


class Segment(NamedTuple):
    """A part of a line without a wide gap. line: its number."""

    start: int
    end: int
    left: float
    right: float
    across: float
    height: float
    line: int


class Lines(NamedTuple):
    """The lines of a page in the order of the file: the codes of all characters, and which belong to each line.

    blank: codes of white space. box: left, bottom, right, top of a character.
    """

    codes: Sequence[int]
    ranges: list[Range]
    shapes: list[Shape]
    blank: frozenset[int]
    box: Callable[[int], tuple[float, float, float, float]]

    def text(self, segment: Segment) -> str:
        return " ".join("".join(map(chr, self.codes[segment.start : segment.end])).replace("\u2060", "").split())


def segments_of(number: int, lines: Lines, *, uncut: bool = False) -> list[Segment]:
    """A line cut at its wide gaps, or as one segment where `uncut`. A "$" in front of a number stays with it."""
    (start, end), shape, codes = lines.ranges[number], lines.shapes[number], lines.codes
    segments: list[Segment] = []
    segment_start, segment_left = start, shape.left
    index = end if uncut else start
    while index < end:
        if codes[index] not in lines.blank:
            index += 1
            continue
        following = index
        while following < end and codes[following] in lines.blank:
            following += 1
        if segment_start < index and following < end:
            right, next_left = lines.box(index - 1)[2], lines.box(following)[0]
            if next_left - right > _MIN_GAP * shape.height and not _is_sign_apart(
                codes, segment_start, index, following, end
            ):
                segments.append(Segment(segment_start, index, segment_left, right, shape.across, shape.height, number))
                segment_start, segment_left = following, next_left
        index = following
    return [*segments, Segment(segment_start, end, segment_left, shape.right, shape.across, shape.height, number)]


def _is_sign_apart(codes: Sequence[int], start: int, gap: int, following: int, end: int) -> bool:
    """Whether the gap is between a number and its currency or bracket."""
    before = "".join(map(chr, codes[start:gap]))
    after = "".join(map(chr, codes[following : min(end, following + 12)])).split()[0]
    if _OPENS.fullmatch(before) is not None and after[0] in "0123456789(-–—−.":
        return True
    return _CLOSES.fullmatch(after) is not None and before[-1:].isdigit()


def baselines(segments: Sequence[Segment]) -> list[list[Segment]]:
    """Rows of segments on one baseline, from the top of the page, each from the left."""
    rows: list[list[Segment]] = []
    for segment in sorted(segments, key=lambda item: -item.across):
        if rows and abs(rows[-1][0].across - segment.across) < _SAME_ROW * segment.height:
            rows[-1].append(segment)
        else:
            rows.append([segment])
    return [sorted(row, key=lambda item: item.left) for row in rows]


def column_spans(rows: Sequence[Sequence[Segment]]) -> list[Span]:
    """The extents of the columns that no segment of these rows bridges, from the left."""
    spans: list[Span] = []
    for left, right, height in sorted((s.left, s.right, s.height) for row in rows for s in row):
        if spans and left < spans[-1][1] + 0.5 * height:
            spans[-1] = spans[-1][0], max(spans[-1][1], right)
        else:
            spans.append((left, right))
    return spans


def runs_of(rows: Sequence[list[Segment]]) -> list[tuple[int, int]]:
    """First and last+1 of each run of rows with gutters that no segment crosses: a table, fields, or columns.

    It begins and ends with rows of several segments, save for the lines of a longer column below it.
    """
    runs: list[tuple[int, int]] = []
    first = 0
    while first < len(rows):
        if len(rows[first]) < 2:
            first += 1
            continue
        last, spans = first, [(s.left, s.right) for s in rows[first]]
        while last + 1 < len(rows):
            upper, row = rows[last], rows[last + 1]
            step = upper[0].across - row[0].across
            if step > (_MOST_ROWS_APART if len(row) > 1 else _MOST_LINES_APART) * row[0].height:
                break
            wider = _with_row(spans, row)
            if len(wider) < (2 if len(row) == 1 or last == first else len(spans)) or (
                len(row) == 1 and not _in_one_column(spans, row[0])
            ):
                break
            spans = wider
            last += 1
        end = last + 1
        while end - 1 > first and len(rows[end - 1]) == 1 and not _ends_column(rows[end - 2], rows[end - 1][0]):
            end -= 1
        if end - first > 1 and sum(len(row) > 1 for row in rows[first:end]) > 1:
            runs.append((first, end))
        first = max(end, first + 1)
    return runs


def _with_row(spans: Sequence[Span], row: Sequence[Segment]) -> list[Span]:
    merged: list[Span] = []
    for left, right in sorted([*spans, *((s.left, s.right) for s in row)]):
        if merged and left < merged[-1][1] + 0.5 * row[0].height:
            merged[-1] = merged[-1][0], max(merged[-1][1], right)
        else:
            merged.append((left, right))
    return merged


def _in_one_column(spans: Sequence[Span], segment: Segment) -> bool:
    """Whether a line alone reaches into one column only; a title may stand where the header has no name."""
    return sum(segment.left < right and left < segment.right for left, right in spans) < 2 and all(
        not (segment.left < gap_left and segment.right > gap_right)
        for gap_left, gap_right in ((one[1], other[0]) for one, other in pairwise(spans))
    )


def _ends_column(row_above: Sequence[Segment], line: Segment) -> bool:
    """Whether a line alone goes on a column of the row above: it is as close as its lines, and in its type."""
    return any(
        abs(line.left - above.left) < line.height
        and above.across - line.across < 1.5 * line.height
        and abs(above.height - line.height) < 1
        for above in row_above
    )
