"""Names of columns that go through a series: dates, weekdays, months, quarters, "Bane 1", "Bane 2".

Over cells that are none of them they are names, whatever those cells hold.
"""

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise

from rag.documents.loaders.table_cells import Cell, Row, is_figure

_KINDS = (
    ("year", re.compile(r"(?:19|20)\d\d$")),
    ("period", re.compile(r"(?:19|20)\d\d\s?[/–-]\s?(?:\d\d){1,2}$")),
    ("date", re.compile(r"\d{1,4}[-./]\d{1,2}[-./]\d{1,4}(?:[ T]\d\d?[:.]\d\d.*)?$")),
    ("time", re.compile(r"\d\d?:\d\d(?::\d\d)?$")),
    ("ordinal", re.compile(r"\d{1,2}\.\s?[^\W\d_]+\.?(?:\s(?:19|20)?\d\d)?$", re.IGNORECASE)),
    ("ordinal", re.compile(r"(?:[QKH]|uge |week )\d{1,2}(?:[ -]?\d{2,4})?$", re.IGNORECASE)),
    ("day", re.compile(r"(?:man|tirs|ons|tors|fre|lør|søn)(?:dag)?\.?$", re.IGNORECASE)),
    ("day", re.compile(r"(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\.?$", re.IGNORECASE)),
    ("month", re.compile(
        r"(?:jan(?:uary?)?|feb(?:ruary?)?|mar(?:ts|ch)?|apr(?:il)?|ma[jy]|june?|juni|july?|juli|aug(?:ust)?|sept?(?:ember)?"
        r"|o[ck]t(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?(?:\s?(?:19|20)\d\d)?$", re.IGNORECASE)),
)  # fmt: skip
_NUMBERED = re.compile(r"([^\W\d_]+)\.? \d{1,3}$")
_COUNTED = re.compile(r"([^\W\d_]{2,20})[ .]?([0-9]{1,3})")


def names_series(own: Mapping[int, Cell], below: Sequence[Row]) -> bool:
    """Whether a row goes through a series behind a first name, above cells that are none of it. own: its cells."""
    first, *others = sorted(own)
    kinds = {_series(own[column].text) for column in others}
    if is_figure(own[first]) or len(others) < 2 or len(kinds) > 1 or "" in kinds:
        return False
    if len({own[column].text for column in others}) < len(others):
        return False
    return kinds.isdisjoint(_series(row[column].text) for row in below for column in others if column in row)


def are_counted(row: Row) -> bool:
    """Whether cells, but perhaps the first, are one word with a number that counts up: "Bane 1", "Bane 2", "Bane 3"."""
    matches = [_COUNTED.fullmatch(cell.text) for _, cell in sorted(row.items())]
    found = [match for match in matches if match is not None]
    words, numbers = {match[1] for match in found}, [match[2] for match in found]
    return (
        None not in matches[1:] and len(words) == 1 and is_counting(numbers) and int(numbers[1]) - int(numbers[0]) == 1
    )


def is_counting(texts: Sequence[str], least: int = 3) -> bool:
    """Whether numbers count on in equal steps, as weeks and sizes above columns do: 36, 38, 40. least: how many."""
    if len(texts) < least or not all(text.isdecimal() and len(text) < 9 for text in texts):
        return False
    steps = {second - first for first, second in pairwise(map(int, texts))}
    return len(steps) == 1 and min(steps) > 0


def _series(text: str) -> str:
    """What a text is one of several of: "date", "day", "bane" of "Bane 2"; "" for none."""
    kind = next((kind for kind, pattern in _KINDS if pattern.match(text)), "")
    numbered = _NUMBERED.match(text)
    return kind or (numbered[1].casefold() if numbered else "")
