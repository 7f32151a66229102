"""Which rows at the top of a table without markup name its columns: judged by what stands below them.

A row is a header where each of its cells is of another kind than those below it, and something says so: text over
figures, a year over amounts, words that columns are called by. A row of names over rows of names is data.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise

from rag.documents.loaders.column_names import is_column_name
from rag.documents.loaders.table_text import Cell, Row, cell_of

_SAMPLE = 50  # rows
_MAX_NAME = 120  # characters
_MANY = 6  # rows from which repeated values say something
_LONG = 25  # characters of a cell that holds a text
_YEAR = re.compile(r"(?:19|20)\d\d$")
_KINDS = (
    ("year", _YEAR),
    ("period", re.compile(r"(?:19|20)\d\d\s?[/–-]\s?(?:\d\d){1,2}$")),
    ("date", re.compile(r"\d{1,4}[-./]\d{1,2}[-./]\d{1,4}(?:[ T]\d\d?[:.]\d\d.*)?$")),
    ("time", re.compile(r"\d\d?:\d\d(?::\d\d)?$")),
    ("share", re.compile(r"[-+]?\d[\d.,]*\s?%$")),
    ("number", re.compile(r"[-+−(]?\s?(?:(?:kr\.?|[€$£])\s?)?[-+−]?\d[\d.,'\s]*(?:\s?(?:kr\.?|,-|[€$£]))?\)?$")),
    ("ordinal", re.compile(r"\d{1,2}\.\s?[^\W\d_]+\.?(?:\s(?:19|20)?\d\d)?$", re.IGNORECASE)),
    ("ordinal", re.compile(r"(?:[QKH]|uge |week )\d{1,2}(?:[ -]?\d{2,4})?$", re.IGNORECASE)),
    ("day", re.compile(r"(?:man|tirs|ons|tors|fre|lør|søn)(?:dag)?\.?$", re.IGNORECASE)),
    ("day", re.compile(r"(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\.?$", re.IGNORECASE)),
    ("month", re.compile(
        r"(?:jan(?:uary?)?|feb(?:ruary?)?|mar(?:ts|ch)?|apr(?:il)?|ma[jy]|june?|juni|july?|juli|aug(?:ust)?|sept?(?:ember)?"
        r"|o[ck]t(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?(?:\s?(?:19|20)\d\d)?$", re.IGNORECASE)),
    ("measure", re.compile(r"[-+−]?\d[\d.,]*\s?[^\W\d_]{1,4}[²³]?\.?(?:/[^\W\d_]+)?$")),
)  # fmt: skip
_SERIES = frozenset(("year", "period", "date", "time", "ordinal", "day", "month"))
_NUMBERED = re.compile(r"([^\W\d_]+)\.? \d{1,3}$")
_NOTHING = re.compile(r"[-–—.?*]+$|n/?a\.?$|#n/a$|null$", re.IGNORECASE)
_DIGITS, _LETTERS = re.compile(r"\d+"), re.compile(r"[^\W\d_]+")
_UNIT = re.compile(
    r"[\[(]?(?:(?:mio|mia|tusinde?|t|1\.?000|k|m)?\.?\s?(?:kr|dkk|eur|usd|sek|nok|gbp)\.?|[€$£%‰°]c?|stk\.?|antal|pct\.?"
    r"|[kmcdµ]?[gmlw]|[kmcd]?m[²³23]|ha|km/t|k?wh|mwh|timer?|min\.?|sek\.?|dage?|uger?|mdr\.?|år|hours?|days?|pcs\.?)[\])]?$",
    re.IGNORECASE,
)


def header_count(rows: Sequence[Row]) -> int:
    """How many of the first rows, which are not empty, name the columns: 0, 1, or 2 where a banner is above them."""
    if len(rows) > 2 and _is_banner(rows[0], rows[1]) and _is_header(rows[1], rows[2:]):
        return 2
    return 1 if len(rows) > 1 and _is_header(rows[0], rows[1:]) else 0


def is_unit_row(header: Row, row: Row) -> bool:
    """Whether a row says what the columns of the header above it are counted in."""
    return bool(row) and set(row) <= set(header) and all(_UNIT.match(cell.text) for cell in row.values())


def are_fields(rows: Sequence[Row]) -> bool:
    """Whether rows are a list of names with their values: "Navn: | Ida"."""
    names = [row[0].text for row in rows if 0 in row]
    if len(names) < 2 or len(names) < len(rows) or any(len(row) > 2 for row in rows):
        return False
    ending = sum(name.endswith(":") for name in names)
    known = sum(map(is_column_name, names))
    others = sum(is_column_name(row[column].text) for row in rows for column in row if column)
    return 2 * ending > len(names) or (2 * known > len(names) and known > 1 and not others)


def with_banner(banner: Row, below: Row) -> dict[int, Cell]:
    """The names of the lower row, each after the one above it, which reaches over the empty cells to its right."""
    names: dict[int, Cell] = {}
    over = ""
    for column in sorted({*banner, *below}):
        own = below[column].text if column in below else ""
        over = banner[column].text if column in banner else over
        names[column] = cell_of(own if over in ("", own) else f"{over} {own}".strip())
    return names


def _is_banner(row: Row, below: Row) -> bool:
    if not row or len(row) >= len(below) or set(row) == {0} or not set(row) <= set(below):
        return False
    return all(column + 1 in below and column + 1 not in row for column in row if column)


def _is_header(row: Row, below: Sequence[Row]) -> bool:
    if len(row) < 2 or any(len(cell.text) > _MAX_NAME for cell in row.values()):
        return False
    columns = {
        column: [r[column].text for r in below[:_SAMPLE] if column in r and not _NOTHING.match(r[column].text)]
        for column in row
    }
    figures_below = any(
        _kind(text) != "text" for column, cell in row.items() if cell.figure for text in columns[column]
    )
    is_series = figures_below and _is_series(row) and not any(map(_is_series, below[:_SAMPLE]))
    evidence = is_series or _names_series(row, columns) or _leaves_corner(row, below)
    for column, cell in row.items():
        texts = columns[column]
        kind, kind_below = _kind(cell.text), _common_kind(texts)
        if kind != "text" and kind == kind_below and not is_series:
            return False
        if kind_below is None:
            continue
        if kind != kind_below and kind_below != "text":
            # a figure between texts may be anything, but one over figures of another kind names them
            evidence = True
        elif kind == kind_below == "text" and _differs(cell.text, texts):
            # where there are two columns, values of any kind may be those of fields
            evidence = evidence or len(row) > 2 or _are_alike(texts)
    names = [cell.text for cell in row.values()]
    known = sum(map(is_column_name, names))
    known_below = sum(is_column_name(text) for texts in columns.values() for text in texts)
    return evidence or ((known == len(names) or (len(names) > 2 and 2 * known > len(names))) and not known_below)


def _kind(text: str) -> str:
    return next((kind for kind, pattern in _KINDS if pattern.match(text)), "text")


def _common_kind(texts: Sequence[str]) -> str | None:
    """The kind that most texts are of; "text" where there is none, None where there are no texts."""
    if not texts:
        return None
    kind, count = Counter(map(_kind, texts)).most_common(1)[0]
    return kind if count > 0.6 * len(texts) else "text"


def _is_series(row: Row) -> bool:
    """Whether figures in a row count up or down by one, as years, weeks and numbers of months do."""
    numbers = [int(cell.text) for _, cell in sorted(row.items()) if re.fullmatch(r"\d{1,4}", cell.text, re.ASCII)]
    steps = {b - a for a, b in pairwise(numbers)}
    are_years = all(_YEAR.match(str(number)) for number in numbers)
    return len(numbers) > (1 if are_years else 2) and steps in ({1}, {-1})


def _names_series(row: Row, columns: Mapping[int, Sequence[str]]) -> bool:
    """Whether a row goes through dates, weekdays or numbered things behind a first name, above what is none of them."""
    first, *others = sorted(row)
    kinds = {_series(row[column].text) for column in others}
    if row[first].figure or len(others) < 2 or len(kinds) > 1 or "" in kinds:
        return False
    texts = {row[column].text for column in others}
    return len(texts) == len(others) and kinds.isdisjoint(_series(text) for n in others for text in columns[n])


def _series(text: str) -> str:
    """What a text is one of several of: "date", "day", "bane" of "Bane 2"; "" for none."""
    kind = _kind(text)
    numbered = _NUMBERED.match(text) if kind == "text" else None
    return kind if kind in _SERIES else numbered[1].casefold() if numbered else ""


def _leaves_corner(row: Row, below: Sequence[Row]) -> bool:
    """Whether only the first cell of a row is empty, above rows that have all of theirs."""
    if 0 in row or len(below) < 2 or any(cell.figure for cell in row.values()):
        return False
    texts = [cell.text for cell in row.values()]
    return len(set(texts)) == len(texts) and all(set(other) == {0, *row} for other in below[:_SAMPLE])


def _differs(name: str, texts: Sequence[str]) -> bool:
    """Whether texts of one column are unlike the text above them."""
    if len(texts) > 1 and not any(map(str.isdigit, name)) and all(any(map(str.isdigit, text)) for text in texts):
        return True  # codes
    if len(texts) > 1 and "@" not in name and all("@" in text for text in texts):
        return True
    if min(map(len, texts)) > max(_LONG, 2 * len(name)):
        return True
    counts = Counter(texts)
    return len(texts) >= _MANY and name not in counts and min(counts.values()) > 1


def _are_alike(texts: Sequence[str]) -> bool:
    """Whether most texts are written alike, as codes and sentences are: "A-12", "B-7"."""
    shapes = Counter(_LETTERS.sub("a", _DIGITS.sub("0", text.casefold())) for text in texts)
    return 2 * max(shapes.values()) > len(texts) or min(map(len, texts)) > _LONG


def with_units(header: Row, units: Row) -> dict[int, Cell]:
    """The names of a header, each followed by its unit in brackets."""
    return {
        column: cell_of(f"{cell.text} ({units[column].text.strip('[]()')})") if column in units else cell
        for column, cell in header.items()
    }
