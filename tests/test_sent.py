from __future__ import annotations

from typing import Any

import pytest

from rag.ui.sent import LARGEST, addressed, whole, wholes, words


@pytest.mark.parametrize("value", [0, 1, LARGEST])
def test_whole_numbers(value: int) -> None:
    assert whole(value) == value


@pytest.mark.parametrize("value", [-1, LARGEST + 1, 2**63, True, False, 1.0, "1", None, [1], {}, float("nan")])
def test_what_is_no_whole_number(value: Any) -> None:
    assert whole(value) is None


def test_lists_and_words() -> None:
    assert wholes([3, True, "4", 2**70, 5]) == [3, 5]
    assert wholes("123") == wholes(None) == wholes({1: 2}) == []
    assert words("abcdef", 3) == "abc" and words(12, 3) == words(None, 3) == ""
    assert words("a\ud800b", 9) == "a?b"


@pytest.mark.parametrize(
    ("written", "number"),
    [("7", 7), ("007", 7), ("0", 0), ("", None), ("-1", None), ("1.0", None), (" 1", None), ("٣", None), ("²", None),
     ("9" * 16, None), ("9" * 5000, None), (str(LARGEST), LARGEST), (str(LARGEST + 1), None)],
)  # fmt: skip
def test_numbers_in_addresses(written: str, number: int | None) -> None:
    assert addressed(written) == number
