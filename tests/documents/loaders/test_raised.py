from __future__ import annotations

import pytest

from rag.documents.loaders.raised import note_mark, subscript, superscript


@pytest.mark.parametrize(
    ("raised", "expected"),
    [
        ("2", "²"),
        ("-3", "⁻³"),
        ("−3", "⁻³"),
        ("n", "ⁿ"),
        ("n/2", "^(n/2)"),
        ("Q1", "^Q1"),
        ("th", "th"),
        ("®", "®"),
        (" 2 ", " ² "),
        ("", ""),
        ("opad", "^opad"),
    ],
)
def test_a_raised_sign_stays_apart_from_what_it_stands_by(raised: str, expected: str) -> None:
    assert superscript(raised) == expected


@pytest.mark.parametrize(("lowered", "expected"), [("2", "₂"), ("max", "ₘₐₓ"), ("Q1", "_Q1"), ("i, j", "_(i, j)")])
def test_a_lowered_sign_stays_apart(lowered: str, expected: str) -> None:
    assert subscript(lowered) == expected


@pytest.mark.parametrize(("mark", "expected"), [("1", " ¹"), ("[12]", " ¹²"), ("*", " *"), ("a", " ᵃ"), ("", "")])
def test_a_note_mark_is_no_part_of_the_number_before_it(mark: str, expected: str) -> None:
    assert note_mark(mark) == expected
