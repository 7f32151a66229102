"""What can be questioned in a turn, and what clicking in it does, over a library with a fake model."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import streamlit as st

from rag.conversations.turn_format import decode_trace
from rag.core.errors import InvalidSetting
from rag.core.types import NO_ASSISTANT, ROUTER, Answer, Conditions, Place, Scope, Trace, Turn, TurnState
from rag.core.types.trace import AssistantTrace, RetrievalTrace, SearchedIn
from rag.library import Library
from rag.ui.chat import turn_actions
from rag.ui.chat.turn_data import turn_data
from rag.ui.chat.turn_questions import alternatives, example_targets, items, near_misses, questions_data, with_choice
from rag.ui.shell.session import Session
from tests.conftest import FAKE_MODEL, FakeModels

HERE = Place("hash", 1, 100, 200)
PARAGRAPHS = [f"Regel {n}: Medarbejdere i afdeling {n} har {20 + n} dages ferie om året." for n in range(12)]
QUESTION = "Hvor mange dages ferie om året?"


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    """A library with more passages about one matter than are used for an answer. Tests leave its documents alone."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KILDE_EMBEDDING_MODEL", FAKE_MODEL)
        with Library.open(tmp_path_factory.mktemp("rules"), models=FakeModels()) as library:
            for n, paragraph in enumerate(PARAGRAPHS):
                library.documents.add(f"regel {n}.txt", paragraph.encode())
            assert library.wait(60)
            yield library


def answered(library: Library, turn: Turn) -> Turn:
    library.conversations.wait(turn.id, 20)
    return library.conversations.live(turn.id).turn


def ask(library: Library, question: str = QUESTION) -> Turn:
    return answered(library, library.conversations.start(question))


def seen(library: Library, turn: Turn, wanted: Conditions | None = None, language: str = "en") -> dict[str, Any]:
    data = questions_data(
        turn,
        next_conditions=wanted or turn.conditions,
        variants=library.conversations.variants(turn.id),
        saved=library.saved_questions.of_turn(turn.id),
        models=["quoting"],
        documents={document.sha256: document.name for document in library.documents.all()},
        language=language,
    )
    json.dumps(data)
    return data


# choosing ----------------------------------------------------------------------------------------------------


def test_a_passage_is_either_pinned_or_left_out() -> None:
    pinned = with_choice(Conditions(), "pin", True, HERE)
    assert pinned == Conditions(pinned=(HERE,))
    assert with_choice(pinned, "pin", True, HERE) == pinned
    out = with_choice(pinned, "exclude", True, HERE)
    assert out == Conditions(excluded=(HERE,))
    assert with_choice(out, "pin", True, HERE) == pinned
    assert with_choice(out, "exclude", False, HERE) == with_choice(pinned, "pin", False, HERE) == Conditions()


def test_a_document_left_out_takes_its_pins_along() -> None:
    other = Place("other", 1, 0, 50)
    wanted = with_choice(Conditions(pinned=(HERE, other)), "document", True, HERE)
    assert wanted == Conditions(pinned=(other,), excluded_documents=("hash",))
    assert with_choice(wanted, "document", False, HERE) == Conditions(pinned=(other,))
    assert with_choice(wanted, "pin", True, HERE).excluded_documents == ()


def test_a_passage_is_the_same_where_its_chunk_was_cut_anew() -> None:
    moved = HERE._replace(start=110, end=215)
    assert with_choice(Conditions(pinned=(HERE,)), "pin", False, moved) == Conditions()


# what is shown -----------------------------------------------------------------------------------------------


def test_near_misses_follow_the_sources_and_say_what_they_lack(rules: Library) -> None:
    turn = ask(rules, "Hvor mange dages ferie i afdeling 3?")
    data = seen(rules, turn)
    assert len(data["near"]) == 5
    shown = {"".join(s["text"] for s in near["segments"]) for near in data["near"]}
    assert shown < set(PARAGRAPHS) and not shown & {hit.chunk.text for hit in turn.hits}
    assert all(near["scores"].startswith("Score 0.") for near in data["near"])
    assert any("3" in near["lacks"].split(", ") for near in data["near"])


def test_a_turn_of_an_older_program_is_shown_without_what_it_lacks(rules: Library) -> None:
    turn = ask(rules)
    early: list[dict[str, Any]] = [
        {},
        {"candidates": [{"rank": 1, "score": 0.5}]},
        {"candidates": [{}], "searched_in": {}},
    ]
    for trace in map(decode_trace, early):
        data = seen(rules, replace(turn, trace=trace))
        assert data["near"] == [] and set(data["marks"]) == {f"s{hit.number}" for hit in turn.hits}
        refused = replace(turn, trace=trace, answer=Answer(False, "no"), conditions=Conditions(Scope((1,))))
        assert seen(rules, refused)["searched_in"] == ""


@pytest.mark.parametrize(
    ("scope", "within", "said"),
    [
        (Scope(), SearchedIn(12), ""),
        (Scope((1,), page=3), SearchedIn(1, ("Garanti.pdf",), page=3), "Asked of: Garanti.pdf, p. 3"),
        (Scope((1, 2, 3, 4, 5)), SearchedIn(5, tuple("abcde")), "Asked of: a, b, c, and 2 more"),
        (Scope(tags=("law", "draft")), SearchedIn(1, ("a",)), "Asked of: law, draft"),
        (Scope((1, 2)), None, "Asked of: 2 documents"),
    ],
)
def test_the_scope_of_a_question_is_named(rules: Library, scope: Scope, within: SearchedIn | None, said: str) -> None:
    turn = replace(ask(rules), conditions=Conditions(scope), trace=Trace(retrieval=RetrievalTrace(searched_in=within)))
    assert seen(rules, turn)["scope"] == said


def test_a_refusal_says_where_it_looked_and_can_be_answered_anyway(rules: Library) -> None:
    turn = ask(rules, "Hvem vandt cykelløbet i Frankrig 1998?")
    assert turn.answer is not None and not turn.answer.answered
    data = seen(rules, turn)
    assert data["searched_in"] == "Søgt i: 12 dokumenter." and data["can_answer"]  # as the refusal itself
    assert all("cykelløbet" in lacks for lacks in data["lacks"].values())
    out = replace(turn.conditions, excluded=(turn.hits[0].place,), excluded_documents=(turn.hits[1].sha256,))
    again = answered(rules, rules.conversations.ask_again(turn.id, conditions=out))
    said = seen(rules, again)["searched_in"]
    assert said == f"Søgt i: 11 dokumenter. Udeladt: {turn.hits[1].document}, 1 sted."


@pytest.mark.parametrize("page_language", ["da", "en"])
def test_a_refusal_is_in_the_language_of_the_question_throughout(rules: Library, page_language: str) -> None:
    turn = ask(rules, "Who won the bicycle race in France in 1998?")
    assert turn.answer is not None and not turn.answer.answered
    assert "Your documents" in turn_data(turn, language=page_language)["turn"]["notice"]
    assert seen(rules, turn, language=page_language)["searched_in"] == "Searched: 12 documents."


def test_what_was_chosen_is_counted_against_what_the_turn_had(rules: Library) -> None:
    turn = ask(rules)
    places = [hit.place for hit in turn.hits]
    had = replace(turn, conditions=Conditions(pinned=(places[0],)))
    wanted = Conditions(excluded=(places[1], places[2]), excluded_documents=("x",))
    assert seen(rules, had, wanted)["chosen"] == "2 left out, 1 document left out, 1 taken back"
    assert seen(rules, had)["chosen"] == ""
    assert seen(rules, replace(had, state=TurnState.RUNNING), wanted)["chosen"] == ""


# clicking ----------------------------------------------------------------------------------------------------


@pytest.fixture
def state(rules: Library, monkeypatch: pytest.MonkeyPatch) -> Session:
    """The session of the tab that is clicked in."""
    kept = Session()
    monkeypatch.setattr(turn_actions, "library", lambda: rules)
    monkeypatch.setattr(turn_actions, "session", lambda: kept)
    return kept


def click(turn: Turn, *acts: tuple[str, Any], sender: str = "a", first: int = 1) -> None:
    numbered = [[number, name, value] for number, (name, value) in enumerate(acts, first)]
    turn_actions.on_action(turn.id)("acts", {"from": sender, "acts": numbered})


def shown_turn(library: Library, turn: Turn) -> Turn:
    """The turn that is shown in the place of `turn`, when it is done."""
    return answered(library, library.conversations.turns(turn.conversation_id)[-1].turn)


def test_pinned_and_left_out_passages_change_the_next_answer(rules: Library, state: Session) -> None:
    turn = ask(rules)
    first, second = turn.hits[0], turn.hits[1]
    key, missed = near_misses(items(turn))[0]
    click(
        turn,
        ("choose", {"id": "s1", "what": "exclude", "on": True}),
        ("choose", {"id": "s2", "what": "document", "on": True}),
        ("choose", {"id": key, "what": "pin", "on": True}),
    )
    assert seen(rules, turn, state.next_conditions[turn.id])["chosen"] == "1 pinned, 1 left out, 1 document left out"
    click(turn, ("again", None), first=4)
    again = shown_turn(rules, turn)
    assert again.id != turn.id and state.redraw and turn.id not in state.next_conditions
    used = [hit.place for hit in again.hits]
    assert first.place not in used and second.place not in used and missed.place in used
    data = seen(rules, again)
    assert data["variants"] == {"index": 2, "count": 2, "previous": turn.id, "next": None, "other": turn.id}
    number = next(hit.number for hit in again.hits if hit.place == missed.place)
    assert data["marks"][f"s{number}"]["pin"]
    assert [(one["id"], one["document"], one["on"]) for one in data["left_out"]] == [
        ("x0", first.document, True),
        ("d0", second.document, True),
    ]
    click(
        again,
        ("choose", {"id": "x0", "what": "exclude", "on": False}),
        ("choose", {"id": "d0", "what": "document", "on": False}),
        first=5,
    )
    wanted = state.next_conditions[again.id]
    assert wanted.excluded == wanted.excluded_documents == () and wanted.pinned == (missed.place,)
    click(again, ("undo", None), first=7)
    assert turn_actions.next_conditions(again) == again.conditions


def test_an_action_that_comes_twice_is_done_once(rules: Library, state: Session) -> None:
    turn = ask(rules)
    click(turn, ("regenerate", None))
    click(turn, ("regenerate", None), ("vote", 1))
    assert len(rules.conversations.variants(turn.id)) == 2
    said = rules.saved_questions.of_turn(turn.id)
    assert said is not None and said.vote == 1
    click(turn, ("regenerate", None), sender="b")
    assert len(rules.conversations.variants(turn.id)) == 3
    shown_turn(rules, turn)


def test_an_edited_question_makes_a_branch_and_keeps_the_old_one(rules: Library, state: Session) -> None:
    turn = ask(rules)
    after = answered(rules, rules.conversations.start("Og i afdeling 3?", turn.conversation_id))
    click(turn, ("edit", "  Hvor mange dages ferie i afdeling 7?\n"))
    edited = shown_turn(rules, turn)
    assert edited.question == "Hvor mange dages ferie i afdeling 7?" and edited.parent_id == turn.parent_id
    click(edited, ("show", turn.id), first=2)
    assert [live.turn.id for live in rules.conversations.turns(turn.conversation_id)] == [turn.id, after.id]
    click(turn, ("edit", "   "), ("show", after.id), first=3)  # an empty question, and a turn that is no variant
    assert [live.turn.id for live in rules.conversations.turns(turn.conversation_id)] == [turn.id, after.id]


def test_a_refusal_is_answered_anyway_and_marked(rules: Library, state: Session) -> None:
    turn = ask(rules, "Hvem vandt cykelløbet i Frankrig 1998?")
    click(turn, ("anyway", None))
    answer = shown_turn(rules, turn).answer
    assert answer is not None and answer.answered and answer.doubted


def test_another_model_is_asked_and_a_name_that_is_none_is_refused(
    rules: Library, state: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    turn = ask(rules)
    click(turn, ("model", "quoting"))
    again = shown_turn(rules, turn)
    assert again.conditions.answer_model == "quoting" and seen(rules, again)["model"] == "quoting"
    told: list[Exception] = []
    monkeypatch.setattr(turn_actions, "error_text", lambda error: told.append(error) or "said")
    click(turn, ("model", "a\nb"), first=2)
    assert [type(error) for error in told] == [InvalidSetting] and len(rules.conversations.variants(turn.id)) == 2
    assert st.session_state.pop(turn_actions.FAILED) == "said"


def test_what_the_user_says_of_an_answer_is_kept_and_taken_back(rules: Library, state: Session) -> None:
    turn = ask(rules)
    key, missed = near_misses(items(turn))[0]
    click(
        turn,
        ("vote", -1),
        ("note", "<b>no</b>"),
        ("mark", {"id": "s1", "right": False}),
        ("mark", {"id": key, "right": True}),
    )
    data = seen(rules, turn)
    assert (data["vote"], data["note"]) == (-1, "<b>no</b>")
    assert data["marks"]["s1"]["right"] is False and data["marks"][key]["right"] is True
    said = rules.saved_questions.of_turn(turn.id)
    assert said is not None and {p.text for p in said.right} == {missed.text}
    click(
        turn,
        ("vote", 0),
        ("note", ""),
        ("mark", {"id": "s1", "right": None}),
        ("mark", {"id": key, "right": None}),
        first=5,
    )
    assert rules.saved_questions.of_turn(turn.id) is None


def test_a_vote_up_marks_no_passage_as_the_user_s_word(rules: Library, state: Session) -> None:
    turn = ask(rules)
    click(turn, ("vote", 1))
    assert {mark["right"] for mark in seen(rules, turn)["marks"].values()} == {None}


def test_the_ledger_and_the_comparison_are_pages_of_their_own(rules: Library, state: Session) -> None:
    turn = ask(rules)
    click(turn, ("how", None))
    assert state.redirect == (turn_actions.LEDGER, {"turn": str(turn.id)})
    click(turn, ("regenerate", None), first=2)
    again = shown_turn(rules, turn)
    click(again, ("compare", turn.id), first=3)
    assert state.redirect == (turn_actions.COMPARE, {"turns": f"{turn.id},{again.id}"})


@pytest.mark.parametrize(
    "act",
    [
        ("unknown", 1),
        ("choose", None),
        ("choose", {"id": "s99", "what": "pin", "on": True}),
        ("choose", {"id": "s1", "what": "burn", "on": True}),
        ("choose", {"id": "d7", "what": "document", "on": False}),
        ("mark", {"id": "x0", "right": True}),
        ("mark", {"id": "s1", "right": "yes"}),
        ("vote", 7),
        ("show", "1"),
        ("compare", 12345),
    ],
)
def test_what_the_browser_may_not_do_does_nothing(rules: Library, state: Session, act: tuple[str, Any]) -> None:
    turn = ask(rules)
    click(turn, act)
    assert (state.next_conditions, state.redirect, rules.conversations.variants(turn.id)) == ({}, None, [turn.id])
    assert rules.saved_questions.of_turn(turn.id) is None


def test_who_else_can_be_asked_and_whose_example_a_liked_answer_can_become(rules: Library) -> None:
    turn = ask(rules)
    names = {1: "Regler", 2: "Kunder"}
    assert [one["id"] for one in alternatives(turn, names, "en")] == [1, 2, ROUTER]
    assert [(one["id"], one["own"]) for one in example_targets(turn, names) or ()] == [(1, False), (2, False)]
    plan = replace(turn.trace.plan, assistant=AssistantTrace(1, 1, "Regler"))
    answered_by_rules = replace(turn, trace=replace(turn.trace, plan=plan))
    assert [one["id"] for one in alternatives(answered_by_rules, names, "en")] == [2, ROUTER, NO_ASSISTANT]
    assert example_targets(answered_by_rules, names) == [{"id": 1, "name": "Regler", "own": True}]
    routed = replace(answered_by_rules, conditions=Conditions(assistant=ROUTER))
    assert [one["name"] for one in alternatives(routed, names, "da")] == ["Kunder", "Ingen assistent"]
    # the assistant has gone: any other can take it
    assert example_targets(answered_by_rules, {2: "Kunder"}) == [{"id": 2, "name": "Kunder", "own": False}]
    assert (
        example_targets(replace(turn, answer=Answer(False, "No.")), names) is None
        and alternatives(turn, {}, "en") == []
    )
