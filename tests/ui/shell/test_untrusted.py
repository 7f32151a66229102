from __future__ import annotations

from typing import Any

import pytest

from rag.ui.shell.untrusted import LARGEST, as_id, as_int, as_ints, as_text


@pytest.mark.parametrize("value", [0, 1, LARGEST])
def test_whole_numbers(value: int) -> None:
    assert as_int(value) == value


@pytest.mark.parametrize("value", [-1, LARGEST + 1, 2**63, True, False, 1.0, "1", None, [1], {}, float("nan")])
def test_what_is_no_whole_number(value: Any) -> None:
    assert as_int(value) is None


def test_lists_and_words() -> None:
    assert as_ints([3, True, "4", 2**70, 5]) == [3, 5]
    assert as_ints("123") == as_ints(None) == as_ints({1: 2}) == []
    assert as_text("abcdef", 3) == "abc" and as_text(12, 3) == as_text(None, 3) == ""
    assert as_text("a\ud800b", 9) == "a?b"


@pytest.mark.parametrize(
    ("written", "number"),
    [("7", 7), ("007", 7), ("0", 0), ("", None), ("-1", None), ("1.0", None), (" 1", None), ("٣", None), ("²", None),
     ("9" * 16, None), ("9" * 5000, None), (str(LARGEST), LARGEST), (str(LARGEST + 1), None)],
)  # fmt: skip
def test_numbers_in_addresses(written: str, number: int | None) -> None:
    assert as_id(written) == number
