"""How much of a question stands in a passage and around it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.core.text.letters import spelling
from rag.core.text.sentences import query_stems, stems
from rag.retrieval.coverage import QuestionWords

DANISH = (
    "Garantien dækker alle apparater i to år. Batterierne udskiftes gratis, og medarbejderne løser opgaverne løbende;"
    " reservedelslageret hos ISO-27001-godkendte værksteder (§ 12, 3.4.1) åbner kl. 8."
)
ENGLISH = "The warranties covered batteries and studies. Employees are happily carrying boxes; some were grayer."


def wanted(question: str, **rarity: float) -> QuestionWords:
    asked = query_stems(question, ["da", "en"])
    return QuestionWords(asked, {stem: rarity.get(stem, 1.0) for word in asked for stem in word})


def test_words_in_any_form_count_and_those_that_begin_alike_do_not() -> None:
    asked = wanted("Hvor længe er et batteri dækket af garanti?")
    assert asked.share([("Garantien dækker batterier.", "da")]) == pytest.approx(3 / 4)
    assert asked.share([("Batteriladeren er sort.", "da")]) == 0.0


def test_what_stands_around_counts_as_well_and_once() -> None:
    asked = wanted("batteri garanti")
    assert asked.share([("Den varer to år.", "da")]) == 0.0
    assert asked.share([("Den varer to år.", "da"), ("Om garantien", "da")]) == 0.5
    assert asked.share([("garanti garanti", "da"), ("garantien", "da")]) == 0.5


def test_rare_words_weigh_more() -> None:
    asked = QuestionWords([["garanti"], ["år"]], {"garanti": 3.0, "år": 1.0})
    assert asked.share([("Garantien", "da")]) == 0.75
    assert asked.share([("et år", "da")]) == 0.25


def test_a_code_is_stems_in_the_ways_people_write_it() -> None:
    text = [("Se ISO‑27001 og § 12.", "da")]
    for question in ("ISO-27001", "iso27001", "§12"):
        assert wanted(question).share(text) == 1.0, question


@pytest.mark.parametrize("question", ["", "?!", "og i at"])
def test_a_question_without_words_that_are_there_has_nothing(question: str) -> None:
    assert wanted(question).share([("Garantien", "da")]) == 0.0


@given(st.sampled_from([("da", DANISH), ("en", ENGLISH)]), st.sets(st.integers(0, 40), min_size=1, max_size=5))
def test_it_finds_what_cutting_every_word_finds(text: tuple[str, str], places: set[int]) -> None:
    language, words = text[0], stems(text[1], text[0])
    some = [[words[place % len(words)]] for place in places]
    assert QuestionWords(some, {}).stems_in(text[1], language) == {stem for word in some for stem in word}


def test_a_language_whose_words_change_inside_is_read_whole() -> None:
    asked = QuestionWords([["haus"]], {"haus": 1.0})
    assert asked.share([("Die Häuser", "de")]) == 1.0


def test_parts_of_compounds_and_misspelt_words_are_found_by_their_letters() -> None:
    texts = ["Skrivebordsmiljøet startes igen.", "Garantien er to år.", "Bordet er skrevet ned."]
    desk, guarantee, table = spelling(["skrivebord"], texts)
    assert desk == 1.0 > table > guarantee == 0.0
    misspelt = spelling(["garrantien"], texts)
    assert misspelt[1] > 0.3 and misspelt[0] == misspelt[2] == 0.0


def test_runs_that_are_everywhere_weigh_less() -> None:
    texts = ["garanti motor", "garanti batteri", "garanti"]
    motor, battery, _ = spelling(["garanti", "motor"], texts)
    assert motor == 1.0
    assert battery < 0.5


def test_a_short_word_has_to_stand_as_a_word() -> None:
    assert spelling(["ram"], ["4 GB RAM.", "Programmet"]) == [1.0, 0.0]


def test_without_words_or_texts_nothing_is_spelt() -> None:
    assert spelling([], ["garanti"]) == [0.0]
    assert spelling(["garanti"], []) == []


@given(st.lists(st.text(max_size=12), max_size=4), st.lists(st.text(max_size=40), max_size=4))
def test_spelling_is_a_share(words: list[str], texts: list[str]) -> None:
    assert all(0.0 <= share <= 1.0 + 1e-9 for share in spelling(words, texts))
