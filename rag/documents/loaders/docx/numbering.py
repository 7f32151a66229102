"""The numbers that Word shows in front of headings and list items: they are not in the text, but counted."""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
BULLET = "•"
_ROMAN = ((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"),
          (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))  # fmt: skip
_MAX_LEVELS = 9  # levels


class _Level(NamedTuple):
    start: int
    form: str
    text: str


class Numbers:
    """Counts the numbered paragraphs of a document, in order."""

    def __init__(self, numbering: Any) -> None:
        """numbering: the root of the numbering part, None where there is none."""
        self._kinds: dict[str, dict[int, _Level]] = {}
        self._lists: dict[str, tuple[str, dict[int, int]]] = {}
        self._counts: dict[str, dict[int, int]] = {}
        self._started: set[str] = set()
        if numbering is None:
            return
        for kind in numbering.findall(f"{W}abstractNum"):
            self._kinds[kind.get(f"{W}abstractNumId", "")] = dict(_levels(kind))
        for instance in numbering.findall(f"{W}num"):
            restarts = {
                _number(override, "ilvl", of_element=True): _number(override, "startOverride")
                for override in instance.findall(f"{W}lvlOverride")
                if override.find(f"{W}startOverride") is not None
            }
            self._lists[instance.get(f"{W}numId", "")] = (_value(instance, "abstractNumId"), restarts)

    def mark(self, list_id: str, level: int) -> str:
        """The mark in front of the next paragraph of a list on a level (from 0); "" where it has none."""
        kind, restarts = self._lists.get(list_id, ("", {}))
        levels = self._kinds.get(kind, {})
        level_format = levels.get(level)
        if level_format is None:
            return ""
        if level_format.form == "bullet":
            return BULLET
        counts = self._counts.setdefault(kind, {})
        if list_id not in self._started:
            self._started.add(list_id)
            for restarted, start in restarts.items():
                counts[restarted] = start - 1
        counts[level] = counts.get(level, level_format.start - 1) + 1
        for deeper in [counted_level for counted_level in counts if counted_level > level]:
            del counts[deeper]
        number_text = re.sub(
            r"%([1-9])", lambda place: self._level_number(levels, counts, int(place[1]) - 1), level_format.text
        )
        return "" if level_format.form == "none" else number_text.strip()

    @staticmethod
    def _level_number(levels: dict[int, _Level], counts: dict[int, int], level: int) -> str:
        level_format = levels.get(level)
        return "" if level_format is None else format_number(counts.get(level, level_format.start), level_format.form)


def format_number(number: int, form: str) -> str:
    """A number in one of Word's number formats; as figures where the format is unknown."""
    if form in ("lowerLetter", "upperLetter") and number > 0:
        letter = chr(ord("a") + (number - 1) % 26) * min((number - 1) // 26 + 1, 9)
        return letter if form == "lowerLetter" else letter.upper()
    if form in ("lowerRoman", "upperRoman") and 0 < number < 4000:
        roman = ""
        for value, sign in _ROMAN:
            roman += sign * (number // value)
            number %= value
        return roman if form == "lowerRoman" else roman.upper()
    return f"{number:02}" if form == "decimalZero" else str(number)


def _levels(kind: Any) -> Iterator[tuple[int, _Level]]:
    for level in kind.findall(f"{W}lvl"):
        index = _number(level, "ilvl", of_element=True)
        if 0 <= index < _MAX_LEVELS:
            start = _number(level, "start") if level.find(f"{W}start") is not None else 1
            yield index, _Level(start, _value(level, "numFmt") or "decimal", _value(level, "lvlText"))


def _value(element: Any, name: str) -> str:
    child = element.find(f"{W}{name}")
    return "" if child is None else str(child.get(f"{W}val") or "")


def _number(element: Any, name: str, *, of_element: bool = False) -> int:
    text = str(element.get(f"{W}{name}") or "") if of_element else _value(element, name)
    return int(text) if text.isdecimal() and len(text) < 9 else 0
