"""Frozen dataclasses as JSON and back, by pydantic's validation of their annotations.

What a record of an older version lacks takes its default, and keys that the dataclass does not have are passed over: a
field can be added with a default, and removed, without a migration.
"""

import json
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from pydantic import TypeAdapter

T = TypeVar("T")


def to_plain(value: Any) -> Any:
    """A value as JSON has it: dataclasses as dicts by field name, tuples as lists, enums as their values."""
    from pydantic_core import to_jsonable_python

    return to_jsonable_python(value)


def to_json(value: Any) -> str:
    """A value as JSON, with letters as they are."""
    return json.dumps(to_plain(value), ensure_ascii=False)


def from_json(kind: type[T], text: str) -> T:
    """The value of this type that `to_json` wrote, in this version or an older one.

    Raises pydantic.ValidationError, which is a ValueError, where the text is no such value.
    """
    adapter: TypeAdapter[T] = _adapter(kind)  # type: ignore[arg-type]
    return adapter.validate_json(text)


def from_plain(kind: type[T], value: Any) -> T:
    """The value of this type that `to_plain` made plain; otherwise as `from_json`."""
    adapter: TypeAdapter[T] = _adapter(kind)  # type: ignore[arg-type]
    return adapter.validate_python(value)


@cache
def _adapter(kind: Any) -> Any:
    # imported and built at first use, 75 ms together: the first page of the app is drawn before
    from pydantic import TypeAdapter

    return TypeAdapter(kind)
