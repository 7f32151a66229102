"""The months in the languages that dates are written in: names from Unicode's CLDR, read where one is first needed."""

from collections.abc import Mapping
from functools import cache

LANGUAGES = ("da", "nb", "en")
_ALSO_SHORT = {"febr": 2, "sept": 9}  # in use, and not in CLDR


@cache
def names(language: str) -> tuple[str, ...]:
    """The twelve as they are written inside a date: "januar", "January". language: one of LANGUAGES."""
    return _names(language, "wide")


@cache
def full() -> Mapping[str, int]:
    """1 to 12 by casefolded name, in any of the languages."""
    return {name: number for language in LANGUAGES for number, name in _numbered(language, "wide")}


@cache
def short() -> Mapping[str, int]:
    """1 to 12 by what a name is shortened to, casefolded and without its full stop; without the names in full."""
    listed = {name: number for language in LANGUAGES for number, name in _numbered(language, "abbreviated")}
    return {name: number for name, number in (listed | _ALSO_SHORT).items() if name not in full()}


@cache
def numbers() -> Mapping[str, int]:
    """1 to 12 by name, in full or shortened."""
    return {**full(), **short()}


def _numbered(language: str, width: str) -> list[tuple[int, str]]:
    return [(number, name.casefold().rstrip(".")) for number, name in enumerate(_names(language, width), 1)]


def _names(language: str, width: str) -> tuple[str, ...]:
    # loading it takes as long as drawing a page
    from babel import Locale

    listed = Locale.parse(language).months["format"][width]
    return tuple(listed[number] for number in range(1, 13))
