"""The numbers that Word shows before headings and list items: they are not in the text, but counted for it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
BULLET = "•"
_ROMAN = ((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"),
          (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))  # fmt: skip
_MOST = 9  # levels


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
        self._begun: set[str] = set()
        if numbering is None:
            return
        for kind in numbering.findall(f"{W}abstractNum"):
            self._kinds[kind.get(f"{W}abstractNumId", "")] = dict(_levels(kind))
        for one in numbering.findall(f"{W}num"):
            restarts = {
                _number(override, "ilvl", own=True): _number(override, "startOverride")
                for override in one.findall(f"{W}lvlOverride")
                if override.find(f"{W}startOverride") is not None
            }
            self._lists[one.get(f"{W}numId", "")] = (_value(one, "abstractNumId"), restarts)

    def mark(self, list_id: str, level: int) -> str:
        """What stands before the next paragraph of a list on a level (from 0); "" where there is nothing."""
        kind, restarts = self._lists.get(list_id, ("", {}))
        levels = self._kinds.get(kind, {})
        own = levels.get(level)
        if own is None:
            return ""
        if own.form == "bullet":
            return BULLET
        counts = self._counts.setdefault(kind, {})
        if list_id not in self._begun:
            self._begun.add(list_id)
            for restarted, start in restarts.items():
                counts[restarted] = start - 1
        counts[level] = counts.get(level, own.start - 1) + 1
        for deeper in [other for other in counts if other > level]:
            del counts[deeper]
        shown = re.sub(r"%([1-9])", lambda place: self._shown(levels, counts, int(place[1]) - 1), own.text)
        return "" if own.form == "none" else shown.strip()

    @staticmethod
    def _shown(levels: dict[int, _Level], counts: dict[int, int], level: int) -> str:
        of = levels.get(level)
        return "" if of is None else written(counts.get(level, of.start), of.form)


def written(number: int, form: str) -> str:
    """A number as one of Word's forms writes it; as figures where the form is none that we know."""
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
        at = _number(level, "ilvl", own=True)
        if 0 <= at < _MOST:
            start = _number(level, "start") if level.find(f"{W}start") is not None else 1
            yield at, _Level(start, _value(level, "numFmt") or "decimal", _value(level, "lvlText"))


def _value(element: Any, name: str) -> str:
    child = element.find(f"{W}{name}")
    return "" if child is None else str(child.get(f"{W}val") or "")


def _number(element: Any, name: str, *, own: bool = False) -> int:
    text = str(element.get(f"{W}{name}") or "") if own else _value(element, name)
    return int(text) if text.isdecimal() and len(text) < 9 else 0
