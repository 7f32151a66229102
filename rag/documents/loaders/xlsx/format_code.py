"""A number format's code, cut into the sections and signs that it is made of (ECMA-376-1, 18.8.30 and 18.8.31)."""

import operator
import re
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

_SIGN = re.compile(
    r'"(?P<quoted>[^"]*)"?|[\\!](?P<escaped>.)|_(?:.|$)|\*(?:.|$)|\[\$(?P<currency>[^\]-]*)(?:-(?P<locale>[0-9A-Fa-f]*))?[^\]]*\]'
    r"|\[(?P<elapsed>[hH]+|[mM]+|[sS]+)\]|\[(?P<condition>[<>=]{1,2})(?P<limit>[-+]?[\d.]+(?:E[-+]?\d+)?)\]|\[[^\]]*\]"
    r"|(?P<general>General|Standard)|(?P<exponent>[Ee][-+])|(?P<noon>AM/PM|A/P)|(?P<date>[yY]+|[mM]+|[dD]+|[hH]+|[sS]+)"
    r"|(?P<place>[0#?])|(?P<sign>.)",
    re.IGNORECASE | re.DOTALL,
)
_SECTION = re.compile(r'(?:^|;)((?:"[^"]*"|[\\_*].|\[[^\]]*\]|[^;"\\]|\\$|")*)', re.DOTALL)
_TESTS: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "=": operator.eq,
    "<>": operator.ne,
}
_MAX_LENGTH = 1000
"""Characters of a code; Excel takes 255."""


class Sign(NamedTuple):
    """kind: "text", "place" (0, #, ?), "elapsed", "general", "exponent", "noon", "date" or "sign"."""

    kind: str
    text: str


class Section(NamedTuple):
    """signs: in order, colours and widths left out. test, limit: the condition of it, "" for none. locale: of dates."""

    signs: tuple[Sign, ...]
    test: str = ""
    limit: float = 0.0
    locale: str = ""

    def takes(self, value: float) -> bool:
        """Whether a value meets the condition."""
        return _TESTS[self.test](value, self.limit)

    def is_of_dates(self) -> bool:
        return any(sign.kind in ("date", "elapsed", "noon") for sign in self.signs)

    def literal(self) -> str:
        return "".join(sign.text for sign in self.signs if sign.kind in ("text", "sign"))


@lru_cache(maxsize=1000)
def sections(code: str) -> tuple[Section, ...]:
    """The sections of a format's code, at least one."""
    return tuple(_section(text) for text in _SECTION.findall(code[:_MAX_LENGTH])) or (Section(()),)


def section_of(code: str, value: float) -> tuple[Section, bool]:
    """The section that shows a number, and whether it shows the number's sign by itself, so that no minus is added."""
    parts = sections(code)[:3]
    if any(part.test in _TESTS for part in parts):
        for part in parts:
            if part.test not in _TESTS or part.takes(value):
                only_negative = part.test in ("<", "<=") and part.limit <= 0
                return part, only_negative
        return Section((Sign("general", ""),)), False
    if value < 0 and len(parts) > 1:
        return parts[1], True
    return parts[2 if value == 0 and len(parts) > 2 else 0], False


def text_section(code: str) -> Section | None:
    """The section that shows a text; None where it is shown as it is."""
    parts = sections(code)
    part = parts[3] if len(parts) > 3 else parts[-1]
    return part if len(parts) > 3 or any(sign.text == "@" for sign in part.signs) else None


def _section(text: str) -> Section:
    signs: list[Sign] = []
    test, limit, locale = "", 0.0, ""
    for found in _SIGN.finditer(text):
        if found["condition"]:
            test, limit = found["condition"], _number(found["limit"])
        elif found["quoted"] is not None or found["escaped"] is not None or found["currency"] is not None:
            locale = locale or (found["locale"] or "").upper()
            signs.append(Sign("text", found["quoted"] or found["escaped"] or found["currency"] or ""))
        else:
            kind = found.lastgroup
            if kind is not None and kind not in ("limit", "locale"):
                signs.append(Sign(kind, found[kind]))
    return Section(tuple(signs), test, limit, locale)


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0
