"""The marks of list items and headings, counted as they are shown."""

import re
from dataclasses import dataclass, field
from typing import Any

from rag.documents.loaders.numerals import numeral
from rag.documents.loaders.odf.package import attribute, find_all

_BULLET = "•"
_LEVELS = 10  # of an OpenDocument list


@dataclass(frozen=True, slots=True)
class _Level:
    """How the items of one level are numbered. format: "" for none, "•" for bullets. display: how many levels."""

    format: str
    prefix: str = ""
    suffix: str = ""
    start: int = 1
    display: int = 1


@dataclass(slots=True)
class Counters:
    """The numbers of a list that is being read, by level; 0 before the first item."""

    levels: dict[int, _Level]
    numbers: list[int] = field(default_factory=lambda: [0] * _LEVELS)

    def mark(self, depth: int, start: int | None = None) -> str:
        """Count an item and return its mark: "2.", "1.2", "b)", "•", or "" where it has none. depth: from 0."""
        depth = min(depth, _LEVELS - 1)
        level = self.levels.get(depth + 1)
        if level is None:
            return _BULLET
        first = level.start if start is None else start
        self.numbers[depth] = first if start is not None or not self.numbers[depth] else self.numbers[depth] + 1
        self.numbers[depth + 1 :] = [0] * (_LEVELS - depth - 1)
        if level.format in ("", _BULLET):
            return level.format
        shown = range(max(depth + 1 - level.display, 0), depth + 1)
        formats = [(n, self.levels[n + 1].format) for n in shown if n + 1 in self.levels]
        parts = [numeral(self.numbers[n] or 1, kind) for n, kind in formats if kind]
        return f"{level.prefix}{'.'.join(parts)}{level.suffix}".strip()


class Numbering:
    """The lists of a document and its numbered headings. roots: of the parts that have styles."""

    def __init__(self, *roots: Any) -> None:
        self._styles: dict[str, dict[int, _Level]] = {}
        outline: dict[int, _Level] = {}
        for root in roots:
            if root is None:
                continue
            for style in find_all(root, "text:list-style"):
                self._styles[attribute(style, "style:name")] = _levels(style)
            for style in find_all(root, "text:outline-style"):
                outline = {number: level for number, level in _levels(style).items() if level.format}
        self.outline = Counters(outline)
        self._by_id: dict[str, Counters] = {}
        self._by_style: dict[str, Counters] = {}

    def counters(self, element: Any, style: str) -> Counters:
        """Those of an outermost list, new ones or those of the list that it continues."""
        counters = self._by_id.get(attribute(element, "text:continue-list", "-"))
        if counters is None and attribute(element, "text:continue-numbering") == "true":
            counters = self._by_style.get(style)
        if counters is None:
            counters = Counters(self._styles.get(style, {}))
        self._by_style[style] = counters
        if name := attribute(element, "xml:id"):
            self._by_id[name] = counters
        return counters

    def restyled(self, counters: Counters, style: str) -> Counters:
        """The counters of a list inside another that has a style of its own."""
        levels = self._styles.get(style)
        return counters if levels is None or levels is counters.levels else Counters(levels, counters.numbers)


def _levels(style: Any) -> dict[int, _Level]:
    levels = {}
    for element in style:
        number = _int(attribute(element, "text:level"), 0)
        if not number:
            continue
        name = str(element.tag)
        if name.endswith(("-number", "outline-level-style")):
            levels[number] = _Level(
                attribute(element, "style:num-format"),
                attribute(element, "style:num-prefix"),
                attribute(element, "style:num-suffix"),
                _int(attribute(element, "text:start-value"), 1),
                _int(attribute(element, "text:display-levels"), 1),
            )
        else:
            levels[number] = _Level(_BULLET)
    return levels


def _int(text: str, otherwise: int) -> int:
    return int(text) if re.fullmatch(r"\d{1,6}", text, re.ASCII) else otherwise
