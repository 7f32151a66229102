"""Validates what a browser sends in a message or in an address. Pure.

Our component scripts send what we expect, but anyone can speak to the server without them and send any JSON. A value of
another type or range becomes None or is left out; it never raises.
"""

from typing import Any

LARGEST = 2**53 - 1
"""The largest integer that JavaScript represents exactly; SQLite's limit is higher."""
_DIGITS = len(str(LARGEST))


def as_int(value: Any) -> int | None:
    """`value` if it is an integer from 0 to LARGEST, else None."""
    return value if type(value) is int and 0 <= value <= LARGEST else None


def as_ints(value: Any) -> list[int]:
    """The integers of a list that `as_int` accepts, in order."""
    return [number for number in value if as_int(number) is not None] if isinstance(value, list) else []


def as_text(value: Any, max_length: int) -> str:
    """The first `max_length` characters of a text, "" for any other type. Lone surrogates become "?"."""
    return value[:max_length].encode("utf-8", "replace").decode("utf-8") if isinstance(value, str) else ""


def as_id(text: str) -> int | None:
    """The integer that a query parameter holds, else None."""
    return as_int(int(text)) if text.isascii() and text.isdecimal() and len(text) <= _DIGITS else None
