"""Whether the first rows of a table name its columns, judged by their cells and by those below.

A header that is missed leaves rows without names; one that is made up reads the first line of data, or of a letterhead,
as names. So a header needs a sign: it is bold, figures stand below it, or its words are those that name columns.
"""

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from rag.documents.loaders.column_names import is_column_name
from rag.documents.loaders.column_series import are_counted, is_counting, names_series
from rag.documents.loaders.table_cells import Cell, Row, is_figure, is_year

_MAX_NAME = 250  # characters
_PROSE = 7  # words: a longer cell with a full stop is a sentence, and no name such as "Pris pr. stk."
_SAMPLE_ROWS = 20  # rows below a row that may be a header
_NUMBER = re.compile(r"\d[\d.,]*")
_AMOUNT = re.compile(r"[$€£¥(]|\bkr\b|\d[.,\s]\d{3}(?!\d)", re.IGNORECASE)
"""Money, brackets and thousands are values, and no names of columns."""
_NIL = ("-", "–", "—", "…")


@dataclass(frozen=True, slots=True)
class Header:
    """names: of the columns, "" for one without. end: the row behind the header, which an empty row may belong to."""

    names: Mapping[int, str]
    end: int


def header_at(rows: Sequence[Row], n: int, headers: Collection[int] = ()) -> Header | None:
    """The header that begins with row n, on one or two levels; None where that row names no columns.

    headers: the rows that the file itself says are headers.
    """
    row, declared = rows[n], n in headers
    end = n + 1
    if end < len(rows) and not rows[end] and not declared and _is_alone(rows, n):
        end += 1  # an empty row between the names and the table
        if end >= len(rows) or not rows[end] or _names_columns(rows[end], _sample(rows, end + 1)):
            return None
    below = _sample(rows, end)
    if end == n + 1 and below:
        lower, data, end_of_both = below[0], below[1:], n + 2
        if not data and end_of_both < len(rows):  # an empty row between the names and the table
            data, end_of_both = _sample(rows, n + 3), n + 3
        if _is_second_level(row, lower, data, declared, n + 1 in headers):
            return Header(_two_levels(row, lower, data), end_of_both)
    if declared and (len(_own(row)) > 1 or all(len(_own(next_row)) < 2 for next_row in below)):
        return Header(_names(row, below), end)
    return Header(_names(row, below), end) if _names_columns(row, below) else None


def may_head(rows: Sequence[Row]) -> bool:
    """Whether the first row can be a header where only the table's look says so, which many tables have by default.

    A letterhead or a list of fields cannot, whatever it looks like.
    """
    row, below = rows[0], _sample(rows, 1)
    own = _own(row)
    if len(own) < 2 or not below or _holds_fields([cell.text for cell in own.values()]):
        return False
    if len(own) == 2 and _lists_fields(own, below):
        return False
    return _figures_stand_out(own, below, _corner(row, below))


def are_fields(rows: Sequence[Row]) -> bool:
    """Whether rows are a list of names with their values: "Navn: | Ida"."""
    names = [row[0].text for row in rows if 0 in row]
    if len(names) < 2 or len(names) < len(rows) or any(len(row) > 2 for row in rows):
        return False
    ending = sum(name.endswith(":") for name in names)
    known = sum(map(is_column_name, names))
    others = sum(is_column_name(row[column].text) for row in rows for column in row if column)
    return 2 * ending > len(names) or (2 * known > len(names) and known > 1 and not others)


def _lists_fields(own: Mapping[int, Cell], below: Sequence[Row]) -> bool:
    """Whether two columns are names of fields with their values."""
    left, right = sorted(own)
    labels = [own[left].text, *(row[left].text for row in below if left in row)]
    fields = sum(label.endswith(":") or is_column_name(label) for label in labels)
    return 2 * fields > len(labels) and not is_column_name(own[right].text)


def _own(row: Row) -> dict[int, Cell]:
    return {column: cell for column, cell in row.items() if not cell.spread}


def _is_alone(rows: Sequence[Row], n: int) -> bool:
    return n == 0 or len(_own(rows[n - 1])) < 2


def _sample(rows: Sequence[Row], begin: int) -> list[Row]:
    below: list[Row] = []
    for row in rows[begin : begin + _SAMPLE_ROWS]:
        if not row:
            break
        below.append(row)
    return below


def _names(row: Row, below: Sequence[Row]) -> dict[int, str]:
    corner = _corner(row, below)
    return {column: cell.text.rstrip(" :") for column, cell in row.items()} | ({} if corner is None else {corner: ""})


def _corner(row: Mapping[int, Cell], below: Sequence[Row]) -> int | None:
    """The first column of the rows below, where the header has no name for it and for no other to its left."""
    first = min((min(next_row) for next_row in below if next_row), default=None)
    return first if first is not None and row and first < min(row) else None


def _is_second_level(upper: Row, lower: Row, below: Sequence[Row], declared: bool, lower_declared: bool) -> bool:
    """Whether `lower` goes on with the names of `upper`: quarters below years, units below what is measured."""
    if not below or len(_own(lower)) < 2:
        return False
    fresh = {column: cell for column, cell in _own(lower).items() if _text_at(upper, column) != cell.text}
    is_banner = _is_banner(upper, lower, below)
    if is_banner and (lower_declared or _names_columns(_with_upper(upper, lower), below)):
        return True
    if declared and lower_declared and len(_own(upper)) > 1:
        return True
    if not fresh or min(fresh) <= min([*upper, *lower]) or not set(fresh) <= set(upper):
        return False
    # a row of units has none for the column that names the rows
    is_units = all(_may_be_unit(cell) for cell in fresh.values())
    has_figures = all(_share_of_figures(column, below) >= 0.5 for column in fresh)
    named = declared or _names_columns(upper, below)
    return is_units and has_figures and named


def _may_be_unit(cell: Cell) -> bool:
    """Whether a text is short and no value: figures in units are round, as in "1.000 tons"."""
    figures = _NUMBER.match(cell.text)
    is_round = figures is None or figures[0].strip("0.,") == "1"
    return len(cell.text) < 20 and is_round and not is_figure(cell)


def _is_banner(upper: Row, lower: Row, below: Sequence[Row]) -> bool:
    """Whether each name of `upper` stands over several of `lower`, merged or with empty cells beside it."""
    first = min([*upper, *lower, *(min(row) for row in below)])
    if first in upper and first in lower and upper[first].text != lower[first].text:
        return False
    if any(cell.spread for cell in upper.values()):
        return len({cell.text for cell in upper.values()}) > 1 or min(upper) > first
    begins = [column for column in sorted(upper) if column > first]
    if not begins:  # a title above the first column
        return False
    ends = [*begins[1:], max(lower) + 1]
    widths = [sum(begin <= column < end for column in lower) for begin, end in zip(begins, ends, strict=True)]
    # a name on the right, such as a total, may stand over none
    return any(widths) and all(width != 1 for width in widths)


def _with_upper(upper: Row, lower: Row) -> dict[int, Cell]:
    """`lower` with the names of `upper` that reach down past it."""
    missing = {column: cell for column, cell in _own(upper).items() if column not in lower}
    return dict(lower) | missing


def _two_levels(upper: Row, lower: Row, below: Sequence[Row]) -> dict[int, str]:
    above = _spread_right(upper, lower)
    names = {column: cell.text for column, cell in _with_upper(upper, lower).items()}
    for column, cell in lower.items():
        over = above.get(column, "")
        names[column] = cell.text if over in ("", cell.text) else f"{over} {cell.text}"
    corner = _corner({column: Cell("") for column in names}, below)
    return {column: name.rstrip(" :") for column, name in names.items()} | ({} if corner is None else {corner: ""})


def _spread_right(upper: Row, lower: Row) -> dict[int, str]:
    """The name of the upper level for each column, also where its cells were left empty instead of merged."""
    names = {column: cell.text for column, cell in upper.items()}
    if any(cell.spread for cell in upper.values()) or set(lower) <= set(upper):
        return names
    name, first = "", min([*upper, *lower])
    for column in sorted({*upper, *lower}):
        name = names[column] if column in names and column > first else name
        names.setdefault(column, name)
    return names


def _names_columns(row: Row, below: Sequence[Row]) -> bool:
    """Whether a row names the columns of the rows below it."""
    own, corner = _own(row), _corner(row, below)
    texts = [cell.text for cell in own.values()]
    if not below or not all(texts) or len(own) < (2 if corner is None else 1):
        return False
    if any(len(text) > _MAX_NAME for text in texts) or _holds_fields(texts):
        return False
    cells = [(column, cell) for next_row in below for column, cell in _own(next_row).items()]
    least_named = 0.5 if all(is_column_name(text) or is_year(text) for text in texts) else 0.8
    if sum(column in row or column == corner for column, _ in cells) < least_named * len(cells):
        return False
    if len(own) == 1 and corner is None:
        return False
    if not _figures_stand_out(own, below, corner):
        return False
    if all(cell.bold for cell in own.values()) and not all(cell.bold for _, cell in cells):
        return True
    if names_series(own, below) and not any(map(are_counted, below)):
        return True
    columns = [*own] if corner is None else [corner, *own]
    figures = [column for column in own if column != columns[0] and _share_of_figures(column, below) >= 0.5]
    if len(columns) == 2:
        return _heads_two_columns(own, columns, below)
    if figures or (columns[0] in own and _share_of_figures(columns[0], below) >= 0.5):
        return True
    if any(len(text.split()) >= _PROSE and text[-1] in ".!" for text in texts):
        return False
    known = sum(map(is_column_name, texts))
    if 2 * known > len(texts) and not any(is_column_name(cell.text) for _, cell in cells):
        return True
    if len(below) < 2 or not {column for column, _ in cells} <= {*row, *columns}:
        return False
    if corner is not None and all(corner in next_row for next_row in below):
        return True
    if are_counted(own) and not any(map(are_counted, below)):
        return True
    return 2 * known >= len(texts) or not _looks_like_data(own, below)


def _holds_fields(texts: Sequence[str]) -> bool:
    """Whether some of the texts are labels of fields: "Navn: | Jens Hansen"."""
    labels = sum(text.endswith(":") for text in texts)
    return 0 < labels < len(texts)


def _heads_two_columns(own: Mapping[int, Cell], columns: Sequence[int], below: Sequence[Row]) -> bool:
    """Whether a row heads two columns, which a list of fields and values looks much like."""
    left, right = columns
    head = own.get(right)
    if head is None:
        return False
    values = [row[right].text for row in below if right in row]
    labels = [row[left].text for row in below if left in row]
    if not is_figure(head) and is_column_name(head.text) and head.text not in values:
        return True
    fields = sum(label.endswith(":") or is_column_name(label) for label in labels)
    left_head = own[left].text if left in own else ""
    if is_column_name(left_head) and 3 * fields < len(labels) > 1 and head.text.isalpha() and head.text not in values:
        return True
    if not values or 2 * fields >= len(labels) or _share_of_figures(right, below) < 1.0:
        return False
    if is_figure(head) and not is_year(head.text):
        return False
    if is_figure(head) and len(values) < 2 and not (is_column_name(left_head) and _reaches_past(right, below)):
        return False  # a year may be the value of a field
    (_, most), *_ = Counter(map(_shape, values)).most_common(1)
    return 2 * most >= len(values)


def _reaches_past(column: int, below: Sequence[Row]) -> bool:
    """Whether each row has cells to the right of a column, as fields with their values do not."""
    return all(max(row) > column for row in below)


def _figures_stand_out(own: Mapping[int, Cell], below: Sequence[Row], corner: int | None) -> bool:
    """Whether the figures of a row are names, such as years or "10 kg", and not values like those below them."""
    columns = [column for column, cell in own.items() if is_figure(cell)]
    if not columns:
        return True
    texts = [own[column].text for column in columns]
    firstis_figure = corner is None and min(own) in columns
    if all(map(is_year, texts)):
        next_texts = [row[column].text for row in below for column in columns if column in row]
        below_texts = [below[0][column].text for column in columns if column in below[0]]
        if not all(map(is_year, next_texts)):
            return not firstis_figure or len(columns) > 2
        return not firstis_figure and is_counting(texts, 2) and not is_counting(below_texts, 2)
    if firstis_figure:
        return False
    if any(map(_AMOUNT.search, texts)):
        return False
    if any(_shape(text) == "0" for text in texts):  # bare numbers look like any others
        values = [below[0][column].text for column in columns if column in below[0]]
        return is_counting(texts) and not is_counting(values)
    shapes = {column: Counter(_shape(row[column].text) for row in below if column in row) for column in columns}
    return not any(2 * shapes[column][_shape(own[column].text)] >= max(shapes[column].total(), 1) for column in columns)


def _looks_like_data(own: Mapping[int, Cell], below: Sequence[Row]) -> bool:
    """Whether the cells of a row are of the same kind as those below them in every column."""
    for column, cell in own.items():
        texts = [row[column].text for row in below if column in row]
        if cell.text in texts:
            return True
        kinds = Counter(map(_kind, texts))
        if 2 * kinds[_kind(cell.text)] < len(texts):
            return False
    return True


def _kind(text: str) -> tuple[int, bool, bool, bool]:
    """Roughly what a text is: how many words, and whether it has a capital, a digit or an @."""
    return min(len(text.split()), 3), text[:1].isupper(), any(map(str.isdigit, text)), "@" in text


def _shape(text: str) -> str:
    return " ".join(_NUMBER.sub("0", text.casefold()).split())


def _share_of_figures(column: int, below: Sequence[Row]) -> float:
    cells = [row[column] for row in below if column in row and row[column].text not in _NIL]
    return sum(map(is_figure, cells)) / len(cells) if cells else 0.0


def _text_at(row: Row, column: int) -> str:
    cell = row.get(column)
    return "" if cell is None else cell.text
