"""One question to several at once: the turns, the conversation, and the votes."""

from __future__ import annotations

import pytest

from rag.conversations.panels import Panel, contender
from rag.core.errors import DiskFull, InvalidPanel
from rag.core.types import Assistant, Conditions, Scope, Turn, TurnState
from rag.library import Library

QUESTION = "Hvor længe er batterier dækket?"


def assistants(library: Library) -> list[Assistant]:
    save = library.assistants.save
    return [save(Assistant("Regler", scenario="Opslag")), save(Assistant("Kunder", before="Kære kunde."))]


def asked(library: Library, scenario: str = "Opslag", conversation_id: int | None = None) -> Panel:
    """A panel of two assistants and quoting, when all have answered."""
    conditions = [Conditions(assistant=one.id) for one in assistants(library)]
    turns = library.panels.ask(QUESTION, conversation_id, [*conditions, Conditions(answer_model="quoting")], scenario)
    for turn in turns:
        library.conversations.wait(turn.id, 20)
    return panel_of(library, turns[0])


def panel_of(library: Library, turn: Turn) -> Panel:
    found = library.panels.of_turn(library.conversations.live(turn.id).turn)
    assert found is not None
    return found


@pytest.mark.parametrize("count", [0, 1, 5])
def test_two_to_four_are_asked(filled: Library, count: int) -> None:
    with pytest.raises(InvalidPanel):
        filled.panels.ask(QUESTION, None, [Conditions()] * count)
    assert filled.conversations.all() == []


def test_all_are_asked_or_none(filled: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(db: object, turn_id: int) -> None:  # as a kill would end it before all is written
        raise DiskFull

    monkeypatch.setattr("rag.store.panels.show_branch", full)
    with pytest.raises(DiskFull):
        filled.panels.ask(QUESTION, None, [Conditions(), Conditions(regardless=True)])
    assert filled.conversations.all() == [] and filled.conversations.history.running() == []


def test_a_vote_and_what_is_shown_from_then_on_are_one(filled: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    panel = asked(filled)

    def full(db: object, turn_id: int) -> None:
        raise DiskFull

    monkeypatch.setattr("rag.store.panels.show_branch", full)
    with pytest.raises(DiskFull):
        filled.panels.vote(panel.turns[1].id)
    assert panel_of(filled, panel.turns[0]).voted is None


def test_each_answers_in_a_turn_of_its_own_in_one_place(filled: Library) -> None:
    panel = asked(filled)
    assert [turn.state for turn in panel.turns] == [TurnState.DONE] * 3
    assert [contender(turn).name for turn in panel.turns] == ["Regler", "Kunder", ""]
    assert {turn.parent_id for turn in panel.turns} == {None}
    assert panel.voted is None and panel.scenario == "Opslag"
    [shown] = filled.conversations.turns(panel.turns[0].conversation_id)
    assert shown.turn.id == panel.turns[0].id
    second = panel.turns[1].answer
    assert second is not None and second.text.startswith("Kære kunde.")


def test_the_conversation_goes_on_from_the_one_voted_for(filled: Library) -> None:
    panel = asked(filled)
    conversation, best = panel.turns[0].conversation_id, panel.turns[1]
    filled.panels.vote(best.id)
    follow = filled.conversations.start("Og øvrige dele?", conversation, Conditions(Scope()))
    assert follow.parent_id == best.id
    filled.conversations.wait(follow.id, 20)
    # a vote for another one takes its place, and shows its branch
    filled.panels.vote(panel.turns[2].id)
    assert panel_of(filled, best).voted == panel.turns[2].id
    assert [live.turn.id for live in filled.conversations.turns(conversation)] == [panel.turns[2].id]
    filled.panels.vote(best.id)
    assert [live.turn.id for live in filled.conversations.turns(conversation)] == [best.id, follow.id]


def test_the_same_vote_again_takes_it_back(filled: Library) -> None:
    panel = asked(filled)
    filled.panels.vote(panel.turns[1].id)
    filled.panels.vote(panel.turns[1].id)
    assert panel_of(filled, panel.turns[0]).voted is None and filled.panels.tally() == []


def test_votes_are_counted_by_assistant_and_scenario_over_its_versions(filled: Library) -> None:
    panel = asked(filled)
    filled.panels.vote(panel.turns[1].id)
    rules, customers = (filled.assistants.get(one) for one in (1, 2))
    renamed = filled.assistants.save(Assistant("Kundesvar", before="Hej.", id=customers.id))
    for scenario, best in (("Opslag", 1), ("Kunder", 0)):
        conditions = [Conditions(assistant=one) for one in (rules.id, renamed.id)]
        turns = filled.panels.ask(QUESTION, None, conditions, scenario)
        for turn in turns:
            filled.conversations.wait(turn.id, 20)
        filled.panels.vote(turns[best].id)
    counted = [(tally.scenario, tally.name, tally.model, tally.won, tally.panels) for tally in filled.panels.tally()]
    assert counted == [
        ("Kunder", "Regler", "", 1, 1),
        ("Kunder", "Kundesvar", "", 0, 1),
        ("Opslag", "Kundesvar", "", 2, 2),
        ("Opslag", "", "quoting", 0, 1),
        ("Opslag", "Regler", "", 0, 2),
    ]
    assert filled.panels.scenarios() == ["Kunder", "Opslag"]


def test_the_votes_outlive_the_conversation(filled: Library) -> None:
    panel = asked(filled)
    filled.panels.vote(panel.turns[0].id)
    filled.conversations.delete(panel.turns[0].conversation_id)
    assert next((one.name, one.won) for one in filled.panels.tally()) == ("Regler", 1)


def test_an_answer_outside_a_panel_cannot_be_voted_for(filled: Library) -> None:
    turn = filled.conversations.start(QUESTION)
    filled.conversations.wait(turn.id, 20)
    with pytest.raises(InvalidPanel):
        filled.panels.vote(turn.id)


def test_one_asked_again_stands_beside_its_panel(filled: Library) -> None:
    panel = asked(filled)
    again = filled.conversations.ask_again(panel.turns[1].id)
    filled.conversations.wait(again.id, 20)
    assert filled.conversations.live(again.id).turn.panel_id is None
    assert len(panel_of(filled, panel.turns[0]).turns) == 3
    assert [live.turn.id for live in filled.conversations.turns(again.conversation_id)] == [again.id]
