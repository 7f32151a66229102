"""Numbers are words as a whole, alike in every spelling, and their parts are none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.core.text.letters import spelling
from rag.core.text.sentences import query_stems, query_words, stems, words
from rag.core.text.tokens import word_groups, words_of_figures
from rag.retrieval.coverage import QuestionWords

ALIKE = [
    ("11223344", "11 22 33 44", "11-22-33-44", "1122 3344", "+45 11223344", "+45 11 22 33 44", "+4511223344"),
    ("91234567", "912 34 567", "+47 912 34 567"),
    ("3. maj", "3 maj", "3/5", "03-05", "3.maj", "May 3", "3rd of May", "3 May", "3. mai"),
    ("3. maj 2027", "3. Maj 2027", "2027-05-03", "03.05.2027", "03-05-2027", "3.5.2027", "3/5-2027", "3/5 2027"),
    ("3. maj 2027", "May 3, 2027", "3 May 2027", "May 3rd, 2027", "den 3.\nmaj 2027", "03/05/2027"),
    ("1250", "1.250", "1,250", "1 250", "1\u00a0250", "1.250,00", "1,250.00", "1.250 kr.", "1.250,-", "1250 DKK"),
    ("1250000", "1.250.000", "1,250,000", "1 250 000"),
    ("12,5", "12.5", "12,50"),
    ("1.250,75", "1,250.75", "1250,75", "1 250,75"),
    ("AB-1234/5", "ab-1234/5", "AB12345"),
    ("AB-1234/5", "AB 1234/5"),
    ("ISO-27001", "iso27001"),
    ("ISO-27001", "ISO 27001", "ISO 27001:2022"),
    ("010203-1234", "0102031234", "010203 1234"),
    ("4571 1234 5678 9012", "4571123456789012", "4571-1234-5678-9012"),
    ("1.250¹ kr.", "1.250", "1.250 ¹"),
    ("kl. 10.30", "10:30"),
    ("m²", "m2"),
    ("CO₂", "CO2"),
]

APART = [
    ("uge 12", "Lancering: 12-12-2027"),
    ("Model 3", "Ny forrude: 3.450 kr."),
    ("Model 3", "den 3. maj"),
    ("4", "4,5 kg"),
    ("5", "4,5 kg"),
    ("22", "tlf. 11 22 33 44"),
    ("250", "1.250 kr."),
    ("1", "1 250 kr."),
    ("1234", "01234"),
    ("2.1", "2.10"),
    ("3. maj", "den 13. maj"),
    ("2501", "1.250¹"),
    ("10-3", "10⁻³"),
    ("0", "10.0.2.2"),
    ("1234", "010203-1234"),
]


def shares_a_figure(question: str, text: str) -> bool:
    """Whether one of the question's words with digits, in any of its spellings, is a word of the text."""
    asked = {stem for word in query_stems(question, ["da", "en"]) for stem in word if any(map(str.isdigit, stem))}
    return not asked.isdisjoint(words(text))


@pytest.mark.parametrize("spellings", ALIKE, ids=[group[0] for group in ALIKE])
def test_a_number_is_found_in_every_spelling(spellings: tuple[str, ...]) -> None:
    assert [(a, b) for a in spellings for b in spellings if not shares_a_figure(a, f"Det er {b} i dag.")] == []


@pytest.mark.parametrize(("question", "text"), APART)
def test_a_part_of_a_number_is_no_word(question: str, text: str) -> None:
    assert not shares_a_figure(question, text)
    asked = query_words(question, ["da"])
    figures = [word for word, written in asked.items() if any(map(str.isdigit, written))]
    assert QuestionWords(figures, {stem: 1.0 for word in figures for stem in word}).share([(text, "da")]) == 0.0
    assert spelling([asked[word] for word in figures], [text]) == [0.0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("uge 10-12", ["uge", "10", "12", "10/12", "10-12"]),  # a span of two numbers has both
        ("24–52 dB", ["24", "52", "db"]),
        ("i 2022/23", ["i", "2022/23", "2022"]),
        ("2022 2023 2024 2025", ["2022", "2023", "2024", "2025"]),
        ("12 14 16 18 20", ["12", "14", "16", "18", "20"]),
        ("5+100", ["5", "100"]),
        ("ISO/IEC 27001:2022", ["iso", "iec", "iso/iec", "27001", "2022", "27001:2022"]),
        ("den 3. maj 2027 blev", ["den", "maj", "3/5", "2027-05-03", "2027", "blev"]),
        ("maj 2027", ["maj", "2027"]),
        ("32. maj 13/13", ["32", "maj", "13/13", "1313"]),
        ("moms¹", ["moms", "moms¹", "moms1"]),
    ],
)
def test_words(text: str, expected: list[str]) -> None:
    assert words(text) == expected


def test_a_month_is_found_by_its_name_and_a_year_by_itself() -> None:
    assert "maj" in words("den 3. maj") and "2027" in words("03-05-2027")
    assert "2027" in words("May 3, 2027")
    assert "2027-05-03" in words("3. maj 2027") and "2027-05-03" not in words("3. maj 2028")


SIGNS = "0123456789 .,-/:+§¹⁻₂\u00a0\u2011\nabmaj"


@given(st.text(alphabet=SIGNS, max_size=60) | st.text(max_size=40))
def test_any_text_has_words_in_order(text: str) -> None:
    folded = text.casefold()
    places = [(start, end) for start, end, _ in word_groups(text)]
    assert all(0 <= start < end <= len(folded) for start, end in places)
    assert places == sorted(places)
    assert all(group and all(group) for _, _, group in word_groups(text))
    assert all(" " not in word and "\n" not in word for word in words(text))


@given(st.text(alphabet=SIGNS, max_size=60), st.integers(0, 30))
def test_what_is_looked_up_without_reading_everything_is_the_same(text: str, place: int) -> None:
    found = stems(text, "da")
    asked = [word for word in found if any("0" <= letter <= "9" for letter in word)]
    if asked:
        one = asked[place % len(asked)]
        assert one in set(words_of_figures(text, [one]))
        assert QuestionWords([[one]], {}).stems_in(text, "da") == {one}
    assert set(words_of_figures(text, found)) <= set(found)
