"""Choosing who answers, asking several, votes and liked answers, on the page of the chat without a browser."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from rag.core.types import NO_ASSISTANT, ROUTER, Assistant, Conditions, Scope, Turn, TurnState
from rag.library import Library
from rag.ui.chat import panel_view, turn_actions
from rag.ui.shell import session
from rag.ui.shell.session import Session
from tests.helpers import APP, components_of
from tests.scripted import Scripted, install

QUESTION = "Hvor længe er batterier dækket?"

Page = Callable[[], AppTest]


@pytest.fixture
def page(filled: Library, monkeypatch: pytest.MonkeyPatch) -> Page:
    monkeypatch.setattr(session, "_open_library", lambda folder: filled)
    return lambda: AppTest.from_file(str(APP), default_timeout=20).run()


@pytest.fixture
def two(filled: Library) -> tuple[Assistant, Assistant]:
    save = filled.assistants.save
    return save(Assistant("Regler *1*", scenario="Opslag")), save(Assistant("Kunder", scenario="Opslag"))


def drawn(at: AppTest, part: str = "turn") -> list[dict[str, Any]]:
    found = components_of(at)
    return [data for data in found if data.get("part") == part]


def ask(library: Library, at: AppTest, question: str = QUESTION) -> AppTest:
    at.chat_input[0].set_value(question).run()
    return ended(library, at)


def ended(library: Library, at: AppTest) -> AppTest:
    for conversation in library.conversations.all():
        for live in library.conversations.turns(conversation.id):
            panel = library.panels.of_turn(live.turn)
            for turn in panel.turns if panel is not None else (live.turn,):
                library.conversations.wait(turn.id, 20)
    at = at.run()
    assert not at.exception
    return at


def words_on(at: AppTest) -> str:
    return "\n".join(str(element.value) for element in at.get("caption"))


def choose_both(at: AppTest, *more: str) -> AppTest:
    return at.multiselect(key="several_chosen").set_value(["assistant:1", "assistant:2", *more]).run()


def test_an_assistant_is_chosen_for_a_new_conversation_and_kept_with_it(page: Page, filled: Library, two: Any) -> None:
    at = page()
    choice = at.radio(key="assistant_choice")
    assert choice.value == NO_ASSISTANT
    assert choice.options[1:] == [":material/person: Kunder", r":material/person: Regler \*1\*", "Choose for me"]
    at = ask(filled, choice.set_value(two[0].id).run())
    [data] = drawn(at)
    assert data["turn"]["who"]["said"] == "Regler *1*, version 1"
    [conversation] = filled.conversations.all()
    assert conversation.assistant == two[0].id
    at = at.radio(key="assistant_choice").set_value(ROUTER).run()
    assert filled.conversations.get(conversation.id).assistant == ROUTER
    at = ask(filled, at, "How many days of holiday a year?")
    assert drawn(at)[-1]["turn"]["who"]["because"].startswith("Chosen because")
    assert at.button(key="new_chat").click().run().radio(key="assistant_choice").value == NO_ASSISTANT


def test_one_that_was_removed_meanwhile_is_said_and_reads_as_none(page: Page, filled: Library, two: Any) -> None:
    turn = filled.conversations.start(QUESTION, conditions=Conditions(assistant=two[0].id))
    filled.conversations.wait(turn.id, 20)
    filled.assistants.remove(two[0].id)
    at = page().button(key=f"open_{turn.conversation_id}").click().run()
    assert r"“Regler \*1\*” was deleted" in words_on(at)
    at = ask(filled, at)
    assert [data["turn"]["who"] is None for data in drawn(at)] == [False, True]


def test_a_choice_is_not_sent_back_over_what_was_chosen_while_the_page_was_drawn(page: Page, two: Any) -> None:
    at = choose_both(page(), "model:quoting")
    chosen = at.multiselect(key="several_chosen")
    assert chosen.value == ["assistant:1", "assistant:2", "model:quoting"]
    assert not chosen.proto.set_value
    at = at.button(key="several_off").click().run().radio(key="assistant_choice").set_value(two[1].id).run()
    choice = at.radio(key="assistant_choice")
    assert choice.value == two[1].id and not choice.proto.set_value


def test_without_assistants_the_way_to_one_is_shown_and_there_is_nobody_else_to_ask(page: Page) -> None:
    at = page()
    assert "with examples, documents and a model of its own" in words_on(at)
    assert not at.radio and "several_chosen" not in [one.key for one in at.multiselect]


def test_several_are_asked_at_once_until_it_is_switched_off(page: Page, filled: Library, two: Any) -> None:
    at = choose_both(page(), "model:quoting")
    assert at.selectbox(key="several_scenario").value == "Opslag" and not at.radio
    at = ask(filled, at)
    [head] = drawn(at, "head")
    columns = drawn(at)
    assert head["turn"]["question"] == QUESTION and "Kind of questions: Opslag" in head["head"]["facts"]
    assert [data["column"]["name"] for data in columns] == ["Regler *1*", "Kunder", "Quotes only"]
    assert all(data["column"]["can_vote"] and data["turn"]["took"] == ["free"] for data in columns)
    assert all(data["turn"]["sentences"] and data["sources"] for data in columns)
    assert head["questions"]["variants"] is None and all(d["questions"]["variants"] is None for d in columns)
    at = ask(filled, at, "How many days of holiday a year?")
    assert len(drawn(at)) == 6
    at = ask(filled, at.button(key="several_off").click().run(), "And sick leave?")
    assert len(drawn(at)) == 7 and len(drawn(at, "head")) == 2
    [conversation] = filled.conversations.all()
    assert conversation.assistant == NO_ASSISTANT


def test_a_scenario_of_ones_own_is_kept_with_the_votes(page: Page, filled: Library, two: Any) -> None:
    at = choose_both(page())
    # AppTest cannot write what is not among the options
    at.session_state["kilde_session"].panel.scenario = "Helt ny"
    at = at.run()
    assert at.selectbox(key="several_scenario").options == ["None", "Helt ny", "Opslag"]
    ask(filled, at)
    assert filled.panels.scenarios() == ["Helt ny"]


def test_of_those_chosen_one_that_is_removed_is_not_asked(page: Page, filled: Library, two: Any) -> None:
    at = choose_both(page())
    filled.assistants.remove(two[1].id)
    at = ask(filled, at.run())
    assert len(drawn(at)) == 1 and not drawn(at, "head")


def test_stop_stops_all_of_a_panel(page: Page, filled: Library, two: Any) -> None:
    install(filled, Scripted("Batterier ", "er dækket.", wait=threading.Event()))
    for one in two:
        filled.assistants.save(Assistant(one.name, scenario="Opslag", answer_model="scripted", id=one.id))
    at = choose_both(page())
    at.chat_input[0].set_value(QUESTION).run()
    at = at.run()
    assert at.chat_input[0].disabled
    at = ended(filled, at.button(key="stop").click().run())
    assert [data["turn"]["state"] for data in drawn(at)] == ["stopped", "stopped"]
    assert not at.chat_input[0].disabled


# what a click does ---------------------------------------------------------------------------------------------


@pytest.fixture
def tab(filled: Library, monkeypatch: pytest.MonkeyPatch) -> Session:
    """The state of a tab that the actions write to, outside a running page."""
    state = Session()
    for module in (turn_actions, panel_view):
        monkeypatch.setattr(module, "library", lambda: filled)
        monkeypatch.setattr(module, "session", lambda: state)
    monkeypatch.setattr(st, "session_state", {})
    return state


def act(turn: Turn, name: str, value: Any = None) -> None:
    turn_actions._ACTIONS[name](turn, value)


def asked_panel(library: Library, two: tuple[Assistant, Assistant]) -> list[Turn]:
    turns = library.panels.ask(QUESTION, None, [Conditions(assistant=one.id) for one in two])
    for turn in turns:
        library.conversations.wait(turn.id, 20)
    return [library.conversations.live(turn.id).turn for turn in turns]


def test_a_vote_is_said_above_the_columns_and_can_be_taken_back(page: Page, filled: Library, two: Any) -> None:
    first, second = asked_panel(filled, two)
    at = page().button(key=f"open_{first.conversation_id}").click().run()
    assert "Until then the conversation goes on from Regler *1*" in drawn(at, "head")[0]["head"]["said"]
    filled.panels.vote(second.id)
    at = at.run()
    assert drawn(at, "head")[0]["head"]["said"].startswith("You chose Kunder.")
    assert [data["column"]["best"] for data in drawn(at)] == [False, True]
    filled.conversations.show_variant(first.id)
    assert "shown on from Regler *1*" in drawn(at.run(), "head")[0]["head"]["said"]


def test_the_best_of_a_panel_is_voted_for_by_a_click(tab: Session, filled: Library, two: Any) -> None:
    _, second = asked_panel(filled, two)
    act(second, "best")
    panel = filled.panels.of_turn(second)
    assert panel is not None and panel.voted == second.id and tab.redraw


def test_a_panel_is_one_version_of_its_question(tab: Session, filled: Library, two: Any) -> None:
    first, second = asked_panel(filled, two)
    assert panel_view.variant_ids(first) == [first.id]
    act(second, "regenerate")
    [live] = filled.conversations.turns(first.conversation_id)
    filled.conversations.wait(live.turn.id, 20)
    assert panel_view.variant_ids(live.turn) == [first.id, live.turn.id]
    assert panel_view.variant_ids(second) == [second.id, live.turn.id]
    filled.panels.vote(second.id)
    assert panel_view.variant_ids(live.turn) == [second.id, live.turn.id]


def test_the_router_is_overruled_by_asking_another_one(tab: Session, filled: Library, two: Any) -> None:
    turn = filled.conversations.start(
        QUESTION, conditions=Conditions(Scope((1,)), assistant=ROUTER, answer_model="quoting")
    )
    filled.conversations.wait(turn.id, 20)
    act(filled.conversations.live(turn.id).turn, "instead", two[0].id)
    [live] = filled.conversations.turns(turn.conversation_id)
    assert live.turn.conditions == Conditions(Scope((1,)), assistant=two[0].id)
    filled.conversations.wait(live.turn.id, 20)
    for wrong in ("1", None, 99):
        act(live.turn, "instead", wrong)
    assert len(filled.conversations.variants(turn.id)) == 2


def test_an_edited_question_goes_to_the_same_assistant(tab: Session, filled: Library, two: Any) -> None:
    turn = filled.conversations.start(QUESTION, conditions=Conditions(assistant=two[1].id))
    filled.conversations.wait(turn.id, 20)
    act(filled.conversations.live(turn.id).turn, "edit", "How many days of holiday a year?")
    assert filled.conversations.turns(turn.conversation_id)[0].turn.conditions.assistant == two[1].id


def test_a_liked_answer_goes_to_the_assistants_page(tab: Session, filled: Library, two: Any) -> None:
    turn = filled.conversations.start(QUESTION)
    filled.conversations.wait(turn.id, 20)
    turn = filled.conversations.live(turn.id).turn
    act(turn, "example", two[0].id)
    assert tab.redirect == ("pages/assistants.py", {"assistant": str(two[0].id), "example_of": str(turn.id)})
    act(turn, "example", NO_ASSISTANT)
    assert tab.redirect == ("pages/assistants.py", {"example_of": str(turn.id)})
    tab.redirect = None
    for wrong in (99, "1", None, ROUTER):
        act(turn, "example", wrong)
    assert tab.redirect is None


def test_what_the_effect_did_is_shown_on_its_own_page(tab: Session, filled: Library, two: Any) -> None:
    turn = filled.conversations.start(QUESTION, conditions=Conditions(assistant=two[0].id))
    act(turn, "perspective")
    assert tab.redirect == ("pages/compare.py", {"angle": str(turn.id)})
    filled.conversations.wait(turn.id, 20)


# votes ---------------------------------------------------------------------------------------------------------


def _table() -> None:
    from rag.ui.assistants import votes

    votes.vote_table()


def test_the_votes_are_drawn_by_scenario(page: Page, filled: Library, two: Any) -> None:
    at = AppTest.from_function(_table).run()
    assert "Choose “Ask several”" in at.caption[0].value
    best = asked_panel(filled, two)[1]
    filled.panels.vote(best.id, "Slag & *2*")
    at = at.run()
    assert not at.exception and at.markdown[0].value == r"**Slag \& \*2\***"
    bars = [element.proto for element in at.get("progress")]
    assert [(bar.value, bar.text) for bar in bars] == [
        (100, "Kunder: best 1 of 1 times"),
        (0, r"Regler \*1\*: best 0 of 1 times"),
    ]
    assert best.state is TurnState.DONE
