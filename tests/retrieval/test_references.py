"""Clauses and codes that a question names are found where a passage begins with them or has them."""

from __future__ import annotations

import pytest

from rag.library import Library
from rag.retrieval.references import References


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("Hvad siger punkt 5.3?", "5.2 Luk låget.\n5.3 Skyl med vand."),
        ("Hvad siger pkt. 5.3 i vejledningen?", "5.3. Skyl med vand."),
        ("What does 5.3 say?", "• 5.3 Rinse with water."),
        ("What does section 2.3.1 say?", "Section 2.3.1\nLeave is paid."),
        ("Hvad siger § 4?", "§ 4. Kontingentet betales i maj."),
        ("Hvad siger §4?", "§4 Kontingentet betales i maj."),
        ("Hvad siger § 4 stk. 2?", "§ 4. Kontingentet betales i maj. Stk. 2. Det kan deles."),
        ("Hvad siger kapitel 3?", "3 Ansvar\nSpild betales af sælger."),
        ("What is in annex 2?", "Annex 2: prices"),
        ("Hvad siger krav FK-04?", "ID: FK-04 | Krav: Klippekort kan deles"),
        ("Hvad siger krav fk\u201104?", "Se FK-04, der kom til senere."),
        ("Hvad betyder alarm A07?", "Kode: A07 | Betyder: Lavt tryk"),
        ("Hvad siger punkt 5.3?", "Nr.: 5.3 | Krav: Skyl med vand"),
    ],
)
def test_a_passage_has_what_the_question_names(question: str, text: str) -> None:
    assert References(question).share(text) == 1.0


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("Hvad siger punkt 5.3?", "5.30 Skyl med vand."),
        ("Hvad siger punkt 5.3?", "5.3.1 Skyl med vand."),
        ("Hvad siger punkt 5.3?", "Vægten er 5.3 kg, og prisen 15.3 kr."),  # within a line
        ("Hvad siger § 4?", "4 kr. pr. stk."),
        ("Hvad siger § 4 stk. 2?", "2. Tryk på knappen."),
        ("Hvad siger krav FK-04?", "ID: FK-041 | Krav: Klippekort; se XFK-04"),
        ("Hvad betyder alarm A07?", "Kode: A071"),
    ],
)
def test_another_number_is_not_meant(question: str, text: str) -> None:
    assert References(question).share(text) == 0.0


@pytest.mark.parametrize(
    "question",
    [
        "Hvad var omsætningen i 2018?",
        "Hvad koster 1.250 stk.?",
        "Hvem mødte den 12.5.2027?",
        "Hvad sker der kl. 8.30?",
        "What is new in version 8.3?",
        "Må det veje 4.5 kg?",
        "Hvor mange dage har 3 medarbejdere?",
        "Is 4.5 % the rate?",
    ],
)
def test_plain_numbers_refer_to_nothing(question: str) -> None:
    assert not References(question)


def test_a_heading_counts_and_a_part_of_several_is_a_share() -> None:
    references = References("Hvad siger § 4 stk. 2?")
    assert references.share("Stk. 2. Det kan deles.", ("§ 4 Kontingent",)) == 1.0
    assert references.share("Stk. 1. Det betales i maj.", ("§ 4 Kontingent",)) == 0.5


def test_the_passage_of_a_clause_is_before_others_that_say_more_of_the_question(library: Library) -> None:
    about = "Aftalen om samarbejde med Lolland: hvad aftalen om samarbejdet siger, og hvad punkt for punkt betyder."
    clauses = "\n\n".join(
        f"# {n} Afsnit\n\n{n}.1 Der betales {n} kr.\n\n{n}.2 Ventetid er {n} timer." for n in (1, 2, 3)
    )
    library.documents.add("aftale.md", f"# Aftale\n\n{about}\n\n{clauses}".encode())
    library.wait()
    first = library.search("Hvad siger punkt 2.2 i aftalen om samarbejde med Lolland?").hits[0]
    assert "2.2 Ventetid" in first.chunk.text
