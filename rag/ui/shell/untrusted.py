"""What a browser sends, and an address names, taken for what it is: anything. Pure.

The scripts of the components send what we wrote them to; who speaks to the server without them can send what JSON can
hold. What is not what was asked for is None or left out, and never an error.
"""

from __future__ import annotations

from typing import Any

LARGEST = 2**53 - 1
"""The largest whole number that JavaScript holds exactly; SQLite holds more."""
_DIGITS = len(str(LARGEST))


def as_int(value: Any) -> int | None:
    """A whole number from 0 to LARGEST."""
    return value if type(value) is int and 0 <= value <= LARGEST else None


def as_ints(value: Any) -> list[int]:
    """The whole numbers of a list, in order."""
    return [one for one in value if as_int(one) is not None] if isinstance(value, list) else []


def as_text(value: Any, most: int) -> str:
    """A text of at most `most` characters; "" for anything else. Lone surrogates, which JSON can spell, become "?"."""
    return value[:most].encode("utf-8", "replace").decode("utf-8") if isinstance(value, str) else ""


def as_id(written: str) -> int | None:
    """The whole number that stands in an address."""
    return as_int(int(written)) if written.isascii() and written.isdecimal() and len(written) <= _DIGITS else None
