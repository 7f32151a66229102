"""Which passages an assistant wants first, and which not at all."""

from __future__ import annotations

import pytest

from rag.core.types import Assistant, Conditions, Hit, Preference, Turn
from rag.library import Library
from rag.retrieval.boosting import FAVOUR, prefer
from tests import factories


def hit(rank: int, score: float, text: str, *, document: str = "a.txt", headings: tuple[str, ...] = ()) -> Hit:
    more = {"sha256": f"sha of {document}", "headings": headings, "language": "da", "dense_rank": rank, "number": 0}
    return factories.hit(rank, text, score=score, document=document, **more)


FOUND = [
    hit(1, 0.9, "Batterier er dækket i 6 måneder."),
    hit(2, 0.8, "Ferien holdes om sommeren."),
    hit(3, 0.7, "Prisen er 100 kroner.", document="b.txt"),
    hit(4, 0.2, "Andet.", headings=("Priser og rabatter",)),
]


def ranked(preference: Preference) -> list[str]:
    return [one.chunk.text.split()[0] for one in prefer(FOUND, preference).hits]


def test_without_a_preference_all_is_as_it_was() -> None:
    assert prefer(FOUND, Preference()) == (preferred := prefer(FOUND, Preference()))
    assert preferred.hits == FOUND and not preferred.favoured and not preferred.avoided


def test_a_favoured_passage_passes_its_neighbours_but_not_one_that_answers_far_better() -> None:
    preferred = prefer(FOUND, Preference(favoured_terms=("pris",)))
    assert [(one.retrieved_rank, one.chunk.text.split()[0]) for one in preferred.hits] == [
        (1, "Batterier"),
        (2, "Prisen"),
        (3, "Ferien"),
        (4, "Andet."),
    ]
    assert preferred.hits[1].score == pytest.approx(0.7 + FAVOUR)
    assert preferred.hits[3].score == pytest.approx(0.2 + FAVOUR)
    assert preferred.favoured == {2: ("pris",), 4: ("pris",)}  # the one in its text, the other in its heading


def test_all_words_of_a_term_must_stand_there_in_any_form() -> None:
    assert prefer(FOUND, Preference(favoured_terms=("rabat priser",))).favoured == {4: ("rabat priser",)}
    assert not prefer(FOUND, Preference(favoured_terms=("rabat ferie",))).favoured
    assert not prefer(FOUND, Preference(favoured_terms=("!?",))).favoured  # no word at all matches nothing


def test_documents_are_named_and_scores_stay_within_their_range() -> None:
    preferred = prefer(FOUND, Preference(favoured_documents=("sha of a.txt",), favoured_terms=("batteri",)))
    assert preferred.favoured[1] == ("batteri", "a.txt")
    assert [one.score for one in preferred.hits][:2] == [1.0, pytest.approx(0.95)]


def test_what_is_both_favoured_and_avoided_is_left_out() -> None:
    preferred = prefer(FOUND, Preference(favoured_terms=("batteri",), avoided_terms=("måned", "100")))
    assert (preferred.favoured, preferred.avoided) == ({}, {1: ("måned",), 3: ("100",)})
    assert [one.score for one in preferred.hits] == [0.9, 0.8, 0.7, 0.2]


def test_equals_keep_their_order() -> None:
    same = [hit(n, 0.5, f"Ord {n}") for n in (1, 2, 3)]
    assert [one.chunk.text for one in prefer(same, Preference(favoured_terms=("ord",))).hits] == [
        "Ord 1",
        "Ord 2",
        "Ord 3",
    ]


# through the library --------------------------------------------------------------------------------------


def asked(library: Library, preference: Preference, **conditions: object) -> Turn:
    assistant = library.assistants.save(Assistant("Regler", preference=preference))
    turn = library.conversations.start(
        "Hvor længe er batterier dækket?",
        conditions=Conditions(assistant=assistant.id, **conditions),  # type: ignore[arg-type]
    )
    library.conversations.wait(turn.id, 60)
    return library.conversations.live(turn.id).turn


def test_the_ledger_tells_by_rank_what_was_favoured_and_what_was_left_out(filled: Library) -> None:
    turn = asked(filled, Preference(favoured_terms=("kvittering",), avoided_terms=("sygdom", "sick")))
    retrieval = turn.trace.retrieval
    rows = {row.rank: row for row in retrieval.candidates or ()}
    for rank, terms in retrieval.favoured.items():
        number = rows[rank].number
        assert (
            number is not None
            and terms == ("kvittering",)
            and "kvittering" in turn.hits[number - 1].chunk.text.casefold()
        )
    assert retrieval.favoured and retrieval.avoided
    for rank, terms in retrieval.avoided.items():
        assert (rows[rank].why, rows[rank].number, terms) == ("avoided", None, ("sick",))
    assert all("sick" not in hit.chunk.text.casefold() for hit in turn.hits)


def test_what_the_user_pins_is_used_although_it_is_avoided(filled: Library) -> None:
    first = asked(filled, Preference())
    place = next(hit.place for hit in first.hits if "Batterier" in hit.chunk.text)
    without = asked(filled, Preference(avoided_terms=("batterier",)))
    assert place not in [hit.place for hit in without.hits]
    pinned = asked(filled, Preference(avoided_terms=("batterier",)), pinned=(place,))
    assert place in [hit.place for hit in pinned.hits]


def test_a_document_that_is_avoided_is_not_searched(filled: Library) -> None:
    (holiday,) = [one for one in filled.documents.all() if one.name == "holiday.md"]
    turn = asked(filled, Preference(avoided_documents=(holiday.sha256,)))
    assert "holiday.md" not in {row.document for row in turn.trace.retrieval.candidates or ()}
    searched_in = turn.trace.retrieval.searched_in
    assert searched_in is not None and searched_in.excluded == ("holiday.md",)
