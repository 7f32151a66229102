"""What nobody sees is dropped by one rule, in three degrees."""

from __future__ import annotations

import pytest

from rag.core.text.invisible import is_tag, visible, visible_line, without_hidden_letters, without_invisible

FAMILY = "👩\u200d👧"


@pytest.mark.parametrize(
    "sign",
    [
        *("\x00", "\x1b", "\x7f", "\x85", "\u00ad", "\u061c", "\u180e", "\u200b", "\u200e", "\u202e", "\u2060"),
        *("\u2066", "\u206a", "\ufeff", "\ufff9", "\U000e0001", "\U000e0041", "\U000e01ef"),
    ],
)
def test_what_nobody_sees_is_in_no_text_that_is_read_or_shown(sign: str) -> None:
    text = f"Ga{sign}ranti"
    assert without_invisible(text) == visible(text) == visible_line(text) == "Garanti"


def test_what_writing_needs_is_read_but_makes_no_name_that_is_shown() -> None:
    assert without_invisible(FAMILY) == FAMILY
    assert visible(FAMILY) == visible_line(FAMILY) == "👩👧"
    assert visible("\ud800x") == visible_line("\ud800x") == "x"


def test_line_ends() -> None:
    text = "a\tb\r\nc\u2028d"
    assert without_invisible(text) == text
    assert visible(text) == "a\tb\nc\u2028d"
    assert visible_line(text) == "abcd"


def test_offsets_stay_in_what_another_program_reads() -> None:
    text = "Garanti\U000e0041\u200b\ud800!"
    assert without_hidden_letters(text) == "Garanti\ufffd\u200b\ufffd!"


def test_the_tag_block() -> None:
    assert [is_tag(code) for code in (0xDFFFF, 0xE0000, 0xE0FFF, 0xE1000)] == [False, True, True, False]
