"""Sentences are cut where a reader cuts them: a table of texts in Danish, Norwegian and English."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.core.text.marked import CUT, found, lines, shown, unmarked

ROWS = [
    tuple(line.replace("⏎", "\n").split(": ", 1))
    for line in lines(Path(__file__).parent / "breaks.txt")
    if line and not line.startswith("#")
]


def test_the_table_has_enough_breaks() -> None:
    assert sum(text.count(CUT) for _, text in ROWS) >= 200
    assert {language for language, _ in ROWS} == {"da", "nb", "nn", "en"}


@pytest.mark.parametrize(("language", "text"), ROWS, ids=[f"{n}-{text[:25]}" for n, (_, text) in enumerate(ROWS)])
def test_a_text_is_cut_as_a_reader_cuts_it(language: str, text: str) -> None:
    plain, ends = unmarked(text)
    assert shown(plain, found(plain, language)) == shown(plain, ends)


def test_the_language_of_a_document_may_be_unknown() -> None:
    """A short text's language is not known, and Danish documents quote English: the abbreviations are one list."""
    wrong = [text for _, text in ROWS if found(unmarked(text)[0], "") != unmarked(text)[1]]
    assert wrong == []
