"""What two answers share, and in what they differ."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rag.conversations.comparison import Mark, compare, sentences, sources, words
from rag.core.types import Answer, Conditions, Hit, Place, Scope, Sentence, Trace, Turn, TurnState
from rag.core.types.trace import PlanTrace
from tests.factories import hit_at


def found(rank: int, start: int, end: int, *, page: int = 1, document: str = "a.pdf") -> Hit:
    return hit_at(rank, Place(f"sha of {document}", page, start, end), document=document)


def turn(question: str, *said: str, hits: tuple[Hit, ...] = (), conditions: Conditions | None = None) -> Turn:
    told = tuple(map(Sentence, said))
    answer = Answer(True, " ".join(said), told, told)
    trace = Trace(plan=PlanTrace(model="quoting"))
    return Turn(
        1,
        1,
        1,
        question,
        "",
        TurnState.DONE,
        question,
        answer,
        hits,
        None,
        trace,
        {},
        None,
        conditions or Conditions(),
    )


def marked(pieces: tuple[tuple[str, bool], ...]) -> list[str]:
    return [text for text, changed in pieces if changed]


@pytest.mark.parametrize(
    ("before", "after", "gone", "come"),
    [
        ("Batterier er dækket i 6 måneder.", "Batterier er dækket i 24 måneder.", ["6"], ["24"]),
        ("a b c", "a c", ["b "], []),
        ("one two", "three four", ["one two"], ["three four"]),
        ("", "new", [], ["new"]),
        ("Er det 1.234,50 kr.?", "Er det 1.234,75 kr.?", ["50"], ["75"]),
    ],
)
def test_words_that_differ(before: str, after: str, gone: list[str], come: list[str]) -> None:
    one, other = words(before, after)
    assert "".join(piece.text for piece in one) == before
    assert "".join(piece.text for piece in other) == after
    assert (marked(one), marked(other)) == (gone, come)


def test_sentences_are_the_same_changed_or_on_one_side() -> None:
    before = tuple(
        map(Sentence, ("Batterier er dækket i 6 måneder.", "Skriv til service@example.dk.", "Kvit og frit."))
    )
    after = tuple(
        map(Sentence, ("Skriv til service@example.dk.", "Batterier er dækket i 9 måneder.", "Noget helt andet"))
    )
    one, other = sentences(before, after)
    assert [(s.mark, s.partner) for s in one] == [(Mark.CHANGED, 1), (Mark.SAME, 0), (Mark.ONLY, None)]
    assert [(s.mark, s.partner) for s in other] == [(Mark.SAME, 1), (Mark.CHANGED, 0), (Mark.ONLY, None)]
    assert marked(one[0].pieces) == ["6"] and marked(other[1].pieces) == ["9"]
    assert not marked(one[2].pieces)  # the whole sentence is new: nothing in it is marked


def test_a_sentence_is_in_one_pair_at_most() -> None:
    one, other = sentences((Sentence("Same."), Sentence("Same.")), (Sentence("Same."),))
    assert [s.mark for s in one] == [Mark.SAME, Mark.ONLY]
    assert [s.partner for s in other] == [0]


def test_capitals_and_white_space_make_no_difference() -> None:
    ((one,), _) = sentences((Sentence("Batterier  er dækket."),), (Sentence("batterier er dækket."),))
    assert one.mark is Mark.SAME and not marked(one.pieces)


def test_sources_are_the_same_where_they_share_most_of_a_passage() -> None:
    one, other = sources(
        (found(1, 0, 100), found(2, 200, 300), found(3, 0, 100, document="b.pdf")),
        (found(2, 0, 100), found(1, 210, 320), found(3, 0, 100, page=2, document="b.pdf")),
    )
    assert [(s.hit.number, s.mark, s.number) for s in one] == [
        (1, Mark.SAME, 2),
        (2, Mark.SAME, 1),
        (3, Mark.ONLY, None),
    ]
    assert [(s.hit.number, s.mark, s.number) for s in other] == [
        (1, Mark.SAME, 2),
        (2, Mark.SAME, 1),
        (3, Mark.ONLY, None),
    ]


def test_conditions_that_differ_are_named() -> None:
    before = turn("Hvor længe?", "A.")
    place = Place("s", 1, 0, 9)
    after = turn("Hvor længe?", "A.", conditions=Conditions(Scope(tags=("garanti",)), excluded=(place,)))
    assert compare(before, before).differing == frozenset()
    assert compare(before, after).differing == {"scope", "excluded"}
    other_model = replace(after, trace=Trace(plan=PlanTrace(model="gemma")))
    assert compare(after, other_model).differing == {"answer_model"}
    told_twice = replace(other_model, conditions=replace(other_model.conditions, answer_model="gemma"))
    assert compare(other_model, told_twice).differing == frozenset()


def test_a_refusal_and_a_turn_without_an_answer_are_compared_too() -> None:
    refusal = replace(turn("Hvem?"), answer=Answer(False, "Det står ikke i dine dokumenter."))
    empty = replace(turn("Hvem?"), answer=None)
    found = compare(refusal, empty)
    assert [s.mark for s in found.before.sentences] == [Mark.ONLY]
    assert found.after.sentences == ()
