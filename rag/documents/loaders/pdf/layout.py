"""The reading order of a PDF page, found by the places of its characters: tables, fields and columns.

They are looked for where a line has a wide gap or goes back up the page; anything else is read in the order of the
file. Runs in the sandbox only.
"""

from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

from rag.documents.loaders.pdf.blocks import are_blocks, blocks_of, is_prose, texts_of
from rag.documents.loaders.pdf.cells import is_field
from rag.documents.loaders.pdf.grid import Grid, grid_of
from rag.documents.loaders.pdf.headers import Typeface
from rag.documents.loaders.pdf.rules import SAME_PLACE, Rules, frames
from rag.documents.loaders.pdf.segments import Lines, Range, Segment, baselines, runs_of, segments_of
from rag.documents.loaders.pdf.tables import Header, Label, Row, Table, fields_of, table_of

_WIDE_CHARACTER = 0.62  # of the type's height: lines with a wide gap have a larger mean width of a character
_MIN_CHARACTERS = 6  # the width of a line with fewer characters tells nothing
_LONG_LINE = 30  # characters of a line that is long enough to have gaps between columns
_SAMPLE = 4  # long lines whose gaps are looked at
_ADJACENT = 3  # lines before and after an irregular line that are cut at their gaps as well
_EDGE_LINES = 3  # lines above a table that goes on from the page before, or below one that goes on on the next
_MAX_LEADING = 1.7  # of the type's height, between two lines of one name
_MAX_BANNER = 2.2  # of the type's height: from the names of several columns down to those of each


class Layout(NamedTuple):
    """The lines in reading order, and the tables, by the numbers of those lines; no two tables share one.

    starts: numbers of lines that begin a block. header: of a table that reaches the end of the page.
    """

    lines: list[Range]
    tables: list[Table]
    starts: frozenset[int] = frozenset()
    header: Header | None = None


class _Block(NamedTuple):
    """Lines first to last of the file, which are read as these columns; rows of a grid without names, as they stand.

    are_short: each column is one row, such as an address, or fields.
    """

    first: int
    last: int
    columns: list[list[Segment]]
    rows: frozenset[int] = frozenset()
    are_short: bool = False


def layout(
    lines: Lines, rules_on_page: Callable[[], Rules], typeface: Typeface, carried: Header | None = None
) -> Layout:
    """The reading order and the tables of a page; quick for a page without irregular lines.

    carried: of the table that the page before ended in.
    """
    irregular = _irregular_lines(lines)
    if not irregular:
        if carried is None or not lines.ranges:
            return Layout(lines.ranges, [])
        irregular = list(range(min(_EDGE_LINES + 1, len(lines.ranges))))
    near_irregular = {near for line in irregular for near in range(line - _ADJACENT, line + _ADJACENT + 1)}
    segments = [
        segment
        for number, shape in enumerate(lines.shapes)
        if shape.level
        for segment in segments_of(number, lines, uncut=number not in near_irregular)
    ]
    found: list[Table | _Block] = []
    rules = rules_on_page()
    for region, around in _ruled(segments, rules):
        grid = grid_of(baselines(region), around, lines)
        if grid is not None and not _overlaps(grid, found) and _is_contiguous(grid.lines):
            goes_on = carried if min(grid.lines) <= _EDGE_LINES else None
            table = table_of(grid, (), lines, typeface, goes_on, rules, ruled=True) or fields_of(grid)
            if table is not None:
                found.append(table)
    rows = baselines([s for s in segments if not any(table.first <= s.line <= table.last for table in found)])
    for first, end in runs_of(rows):
        item = _unruled(rows, first, end, lines, typeface, carried, rules)
        if item is not None and not any(item.first <= other.last and other.first <= item.last for other in found):
            found.append(item)
    return _ordered(found, lines)


def _unruled(
    rows: Sequence[list[Segment]],
    first: int,
    end: int,
    lines: Lines,
    typeface: Typeface,
    carried: Header | None,
    rules: Rules,
) -> Table | _Block | None:
    """What a run of rows is that is no grid of rules; None where it stays as it is."""
    run = rows[first:end]
    grid = grid_of(run, None, lines)
    fewest = min(segment.line for row in run for segment in row)
    goes_on = carried if fewest <= _EDGE_LINES else None
    if grid is not None and not are_blocks(grid, texts_of(grid)):
        banner = _banner(rows, first, grid)
        table = table_of(grid, banner, lines, typeface, goes_on, rules, ruled=False)
        if table is not None and _is_contiguous(grid.lines | {segment.line for segment in banner}):
            return table
    # names that stand over several columns make columns of their own
    if len(run) > 3 and len(run[0]) < max(map(len, run)) and (below := grid_of(run[1:], None, lines)) is not None:
        table = (
            table_of(below, run[0], lines, typeface, None, rules, ruled=False)
            if len(below.columns) > len(run[0])
            else None
        )
        if table is not None and _is_contiguous(below.lines | {segment.line for segment in run[0]}):
            return table
    if grid is None:
        return None
    columns = blocks_of(grid)
    if columns is not None and not is_prose(columns, texts_of(grid)) and are_blocks(grid, texts_of(grid)):
        return _Block(min(grid.lines), max(grid.lines), columns, are_short=True)
    if columns is not None:
        order = [number for number, _ in sorted(enumerate(columns), key=lambda item: item[1][0].start)]
        is_in_order = all(
            max(s.start for s in columns[one]) < min(s.start for s in columns[other]) for one, other in pairwise(order)
        )
        return None if is_in_order else _Block(min(grid.lines), max(grid.lines), columns)
    if not _is_contiguous(grid.lines):
        return None
    return fields_of(grid) or _rows(grid)


def _rows(grid: Grid) -> _Block | None:
    """Rows that nothing names: each stands for itself, where none goes on in the next."""
    if len(grid.rows) < 3 or any(sum(map(bool, row)) < 2 or row[0][:1].islower() for row in grid.words):
        return None
    starts = frozenset(min(segment.line for cell in row for segment in cell) for row in grid.rows)
    return _Block(min(grid.lines), max(grid.lines), [], starts)


def _banner(rows: Sequence[list[Segment]], first: int, grid: Grid) -> list[Segment]:
    """The row above a table, where it stands over its columns but the first."""
    if not first:
        return []
    row, top = rows[first - 1], rows[first][0]
    step = row[0].across - top.across
    if grid.rows[0][0]:  # over a header whose first column has a name it is the first line of long names
        names = [part for cell in grid.rows[0] for part in cell]
        is_near = step < _MAX_LEADING * top.height and all(
            any(_are_aligned(part, name) for name in names) for part in row
        )
    else:
        is_near = step < _MAX_BANNER * top.height
    left = min((part.left for line in grid.rows for part in line[0]), default=0.0)
    first_right = grid.columns[0][1]
    return row if is_near and all(part.left > min(left + 60, first_right) for part in row) else []


def _are_aligned(one: Segment, other: Segment) -> bool:
    """Whether two lines begin, end or have their middles below each other."""
    left, right = one.left - other.left, one.right - other.right
    return min(abs(left), abs(right), abs(left + right) / 2) < SAME_PLACE


def _ruled(segments: Sequence[Segment], rules: Rules) -> Iterable[tuple[list[Segment], Rules]]:
    """Groups of segments between rules, with the rules around and between them."""
    for low, high, left, right in frames(rules):
        framed = [
            s for s in segments if low < s.across < high and s.left > left - SAME_PLACE and s.right < right + SAME_PLACE
        ]
        if framed:
            horizontal = [
                (y, rule_left, rule_right) for y, rule_left, rule_right in rules.horizontal if low <= y <= high
            ]
            vertical = [(x, max(bottom, low), min(top, high)) for x, bottom, top in rules.vertical if left < x < right]
            yield framed, Rules(horizontal, [(left, low, high), *vertical, (right, low, high)])


def _overlaps(grid: Grid, found: Sequence[Table | _Block]) -> bool:
    low, high = min(grid.lines), max(grid.lines)
    return any(low <= other.last and other.first <= high for other in found)


def _is_contiguous(numbers: set[int]) -> bool:
    return len(numbers) == max(numbers) - min(numbers) + 1


def _ordered(found: Sequence[Table | _Block], lines: Lines) -> Layout:
    """The page's lines with its blocks column by column, and its tables by their numbers then."""
    ordered: list[Range] = []
    tables: list[Table] = []
    starts: set[int] = set()
    number = 0
    for item in [*sorted(found, key=lambda item: item.first), None]:
        first = len(lines.ranges) if item is None else item.first
        ordered += lines.ranges[number:first]
        if isinstance(item, Table):
            shift = len(ordered) - item.first
            tables.append(Table(item.first + shift, item.last + shift, item.rows, item.header))
            ordered += lines.ranges[item.first : item.last + 1]
        elif item is not None and item.rows:
            starts |= {start - item.first + len(ordered) for start in item.rows} | {
                item.last + 1 - item.first + len(ordered)
            }
            ordered += lines.ranges[item.first : item.last + 1]
        elif item is not None:
            for column in item.columns:
                starts.add(len(ordered))
                fields = [is_field(lines.text(segment)) for segment in column]
                is_row = _is_mixed(fields)
                if item.are_short and is_row:
                    tables.append(_as_row(column, lines, len(ordered)))
                elif item.are_short and any(fields):
                    starts.update(range(len(ordered), len(ordered) + len(column)))
                ordered += [(segment.start, segment.end) for segment in column]
            starts.add(len(ordered))
            in_block = {segment.line for column in item.columns for segment in column}
            ordered += [lines.ranges[n] for n in range(item.first, item.last + 1) if n not in in_block]
        number = first if item is None else item.last + 1
    last = tables[-1] if tables else None
    reaches_end = last is not None and last.last >= len(ordered) - _EDGE_LINES
    return Layout(ordered, tables, frozenset(starts), last.header if last is not None and reaches_end else None)


def _is_mixed(fields: Sequence[bool]) -> bool:
    """Whether some lines of a block say only with the others what they are about; the first may name whom."""
    return 2 * sum(fields) < len(fields) or 2 * sum(fields[1:]) < len(fields[1:])


def _as_row(column: Sequence[Segment], lines: Lines, first: int) -> Table:
    """The lines of a block as one row, since none of them says alone whom it is about. first: number of its first."""
    cells = [((segment.start, segment.end),) for segment in column]
    labels: list[Label] = [()] * len(cells)
    if lines.text(column[0]).endswith(":"):
        labels[1], cells = cells[0], cells[1:]
        labels = labels[1:]
    row = Row(column[0].across, column[0].height, tuple(zip(labels, cells, strict=True)))
    return Table(first, first + len(column) - 1, (row,))


def _irregular_lines(lines: Lines) -> list[int]:
    """The lines with a wide gap, or above the line before them; none where that may be chance."""
    shapes, ranges = lines.shapes, lines.ranges
    gapped = [
        number
        for number, (shape, (start, end)) in enumerate(zip(shapes, ranges, strict=True))
        if shape.level
        and (end - start > _MIN_CHARACTERS or shape.right - shape.left > 8 * shape.height)
        and shape.right - shape.left > _WIDE_CHARACTER * shape.height * (end - start)
    ]
    rising = [
        number
        for number, (upper, lower) in enumerate(pairwise(shapes), start=1)
        if upper.level and lower.level and lower.across > upper.across + 0.5 * lower.height
    ]
    beside = [number for number in rising if shapes[number].left > shapes[number - 1].left + 5 * shapes[number].height]
    if len(gapped) + len(rising) >= 2 or beside:
        return [*gapped, *rising]
    # where all columns are full, gaps are narrow: a sample of the long lines shows whether they have any
    long_lines = [
        number for number, (start, end) in enumerate(ranges) if end - start >= _LONG_LINE and shapes[number].level
    ]
    without_gap = 0
    for number in long_lines[:: max(len(long_lines) // _SAMPLE, 1)][:_SAMPLE]:
        without_gap += len(segments_of(number, lines)) == 1
        if without_gap > 1:
            return []
    return long_lines if len(long_lines) >= 3 else []
