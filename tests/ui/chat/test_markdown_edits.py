"""Markdown as a reader expects it."""

from __future__ import annotations

from itertools import pairwise

import pytest

from rag.ui.chat.markdown_edits import edits


def shown(passage: str) -> str:
    for start, end, text in reversed(edits(passage)):
        passage = passage[:start] + text + passage[end:]
    return passage


@pytest.mark.parametrize(
    ("passage", "expected"),
    [
        ("# Title\n\nText.", "Title\n\nText."),
        ("- one\n* two\n1. three", "• one\n• two\n1. three"),
        ("> said\n> twice", "said\ntwice"),
        ("**bold** and *soft* and `code`", "bold and soft and code"),
        ("**all *of it* bold**", "all of it bold"),
        ("one\n\n---\ntwo", "one\n\ntwo"),
        ("| A | B |\n|:--|---:|\n| 1 | 2 |", "A · B\n1 · 2"),
        ("2 * 3 * 4 and my_file_name and a | b", "2 * 3 * 4 and my_file_name and a | b"),
        ("måneder* og #5", "måneder* og #5"),
        ("``a ` b``", "a ` b"),
        ("", ""),
    ],
)
def test_signs_are_left_out_and_words_stay(passage: str, expected: str) -> None:
    assert shown(passage) == expected


def test_edits_are_in_order_and_apart() -> None:
    found = edits("# **A** `b`\n\n- *c*\n\n| d | **e** |\n|---|---|\n")
    assert found == sorted(found)
    assert all(one.end <= other.start for one, other in pairwise(found))
