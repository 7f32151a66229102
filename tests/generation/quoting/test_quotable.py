"""What stands together is quoted together, and what only introduces is not quoted alone."""

from __future__ import annotations

from functools import partial

import pytest

from rag.core.types import Hit
from rag.generation.quoting.quotable import MOST_ITEMS, Kind, Quotable, quotables
from tests import factories

hit = partial(factories.hit, language="da", document="1.md")


def texts(*hits: Hit, after: str = "") -> list[str]:
    return [part.text for part in quotables(hits, {1: after} if after else {})]


def only(kind: Kind, *hits: Hit, after: str = "") -> list[Quotable]:
    return [part for part in quotables(hits, {1: after} if after else {}) if part.kind is kind]


def test_every_part_is_exactly_what_stands_on_the_page() -> None:
    page = "Adresse: Havnegade 4\n\nMedbring:\n- pas\n- billet\n\nKan man parkere? Ja. Det er gratis."
    for part in quotables([hit(1, page, start=30)]):
        assert part.text == page[part.span.start - 30 : part.span.end - 30]


def test_a_heading_is_what_its_text_stands_under_and_no_answer() -> None:
    passage = hit(1, "Parkering\n\nDer er plads til 40 biler.", headings=("Hotellet", "Parkering"))
    assert texts(passage) == ["Der er plads til 40 biler."]


def test_a_header_row_is_no_answer_and_its_rows_are() -> None:
    rows = "Vare | Pris\nVare: Kost | Pris: 40 kr.\nVare: Spand | Pris: 25 kr."
    assert texts(hit(1, rows)) == ["Vare: Kost | Pris: 40 kr.", "Vare: Spand | Pris: 25 kr."]


def test_a_row_without_names_of_columns_is_an_answer() -> None:
    assert texts(hit(1, "Sagsnr. | 4471\nFrist | 3. maj")) == ["Sagsnr. | 4471", "Frist | 3. maj"]


def test_a_line_before_a_list_brings_its_items() -> None:
    (whole,) = only(Kind.LIST, hit(1, "Medbring:\n- pas\n- billet\n- håndklæde\n\nVi glæder os."))
    assert whole.text == "Medbring:\n- pas\n- billet\n- håndklæde"
    assert "Medbring:" not in texts(hit(1, "Medbring:\n- pas\n- billet"))


def test_each_item_stands_under_the_line_before_the_list() -> None:
    items = [part for part in quotables([hit(1, "Medbring:\n- pas\n- billet")]) if part.kind is Kind.SENTENCE]
    assert [(part.text, part.under) for part in items] == [("- pas", "Medbring:"), ("- billet", "Medbring:")]


def test_a_line_before_a_table_brings_its_rows() -> None:
    (whole,) = only(Kind.LIST, hit(1, "Priser i 2030:\n\nVare | Pris\nVare: Kost | Pris: 40 kr."))
    assert whole.text.endswith("Vare: Kost | Pris: 40 kr.")


def test_of_a_long_list_the_rest_is_kept_apart() -> None:
    page = "Medbring:\n" + "\n".join(f"- ting {n}" for n in range(1, 11))
    (whole,) = only(Kind.LIST, hit(1, page))
    assert whole.text.endswith(f"- ting {MOST_ITEMS}")
    assert whole.rest == tuple(f"- ting {n}" for n in range(MOST_ITEMS + 1, 11))


def test_a_list_goes_on_behind_its_passage() -> None:
    (whole,) = only(Kind.LIST, hit(1, "Medbring:\n- pas\n- billet"), after="\n- tøj\n\nVi glæder os.")
    assert whole.text == "Medbring:\n- pas\n- billet\n- tøj"
    assert "Vi glæder os." not in texts(hit(1, "Medbring:\n- pas\n- billet"), after="\n- tøj\n\nVi glæder os.")


def test_a_question_brings_its_whole_answer_up_to_the_next_one() -> None:
    faq = hit(1, "Kan man parkere? Ja. Det er gratis. Må man campere? Nej.")
    assert [(part.under, part.text) for part in quotables([faq])] == [
        ("Kan man parkere?", "Ja. Det er gratis."),
        ("Må man campere?", "Nej."),
    ]


def test_the_answer_to_a_question_that_is_a_heading_stands_under_it() -> None:
    (part,) = quotables([hit(1, "Kan man parkere?\n\nJa. Det er gratis.", headings=("Kan man parkere?",))])
    assert (part.text, part.under, part.kind) == ("Ja. Det er gratis.", "Kan man parkere?", Kind.ANSWER)


def test_an_answer_goes_on_behind_its_passage() -> None:
    assert texts(hit(1, "Kan man parkere? Ja."), after=" Det er gratis. Må man campere? Nej.") == ["Ja. Det er gratis."]


@pytest.mark.parametrize(
    ("before", "leaning"),
    [
        ("Porten lukkes om natten.", "Den åbnes igen klokken seks."),
        ("Vi har to sale.", "De koster 400 kr. i timen."),
        ("Kortet bestilles på nettet.", "I denne uge er det gratis."),
        ("The gate is locked at night.", "It is opened at six."),
        ("We offer two plans.", "They can be changed monthly."),
        ("Aflys inden fredag.", "Ellers betaler du det hele."),
    ],
)
def test_a_sentence_that_leans_on_the_one_before_brings_it(before: str, leaning: str) -> None:
    assert f"{before} {leaning}" in texts(hit(1, f"{before} {leaning}"))


@pytest.mark.parametrize(
    "alone",
    [
        "Den 5. maj holder vi lukket.",
        "De nye regler gælder fra maj.",
        "Det gamle værksted er solgt.",
        "This year is quiet.",
    ],
)
def test_an_article_is_no_pronoun(alone: str) -> None:
    assert alone in texts(hit(1, f"Porten lukkes om natten. {alone}"))


def test_a_sentence_does_not_lean_on_a_heading_or_a_row() -> None:
    assert "Den åbnes klokken seks." in texts(hit(1, "Porten\n\nDen åbnes klokken seks.", headings=("Porten",)))


def test_where_nothing_answers_by_itself_a_heading_is_better_than_nothing() -> None:
    assert texts(hit(1, "Parkering", headings=("Parkering",))) == ["Parkering"]
