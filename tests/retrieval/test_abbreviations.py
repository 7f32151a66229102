from __future__ import annotations

import pytest

from rag.retrieval.abbreviations import other_forms


@pytest.mark.parametrize(
    ("question", "word", "form"),
    [
        ("Who is the CEO?", "ceo", ("chief", "executive", "officer")),
        ("Hvem er CFO i selskabet?", "cfo", ("økonomidirektør",)),
        ("Who leads human resources?", "resources", ("hr",)),
        ("Hvem er adm. dir.?", "dir", ("administrerende", "direktør")),
        ("What was capex in 2018?", "capex", ("capital", "expenditures")),
    ],
)
def test_what_is_listed_is_found_in_both_directions(question: str, word: str, form: tuple[str, ...]) -> None:
    assert form in other_forms(question, [])[word]


@pytest.mark.parametrize(
    "definition",
    [
        "Questions go to the Group Safety Board (GSB).",
        "Questions go to the GSB (Group Safety Board).",
    ],
)
def test_what_a_document_defines_is_found_in_both_directions(definition: str) -> None:
    assert other_forms("Who chairs the GSB?", [definition]) == {"gsb": {("group", "safety", "board")}}
    forms = other_forms("Who chairs the group safety board?", [definition])
    assert forms == {word: {("gsb",)} for word in ("group", "safety", "board")}


def test_small_words_have_no_letter_in_an_abbreviation() -> None:
    assert other_forms("Hvad siger RBA?", ["Rådet for Bedre Arbejde (RBA)."]) == {
        "rba": {("rådet", "for", "bedre", "arbejde")}
    }


@pytest.mark.parametrize("text", ["The price (EUR) is 4.", "See the annex (page 4).", "Karen Lund (formand) svarer."])
def test_what_stands_in_brackets_is_not_always_an_abbreviation(text: str) -> None:
    assert other_forms("Hvad er EUR, annex, Lund og formand?", [text]) == {}


def test_other_words_are_left_alone() -> None:
    assert other_forms("Hvor længe er batterier dækket?", ["Group Safety Board (GSB)"]) == {}
