"""One question's way: its events in order, and what is read once and handed on."""

from __future__ import annotations

from typing import Any

import pytest

from rag.core.events import Done, Event, Quoted, Retrieved, Working
from rag.core.types import Assistant, Conditions, Place, Scope, TurnState
from rag.library import Library
from tests.scripted import Scripted, install

QUESTION = "Hvor længe er batterier dækket?"


def named(event: Event) -> str:
    return event.stage if isinstance(event, Working) else type(event).__name__


def counted(monkeypatch: pytest.MonkeyPatch, part: Any, name: str) -> list[str]:
    """The calls of a method of a part of the store from now on."""
    calls: list[str] = []
    method = getattr(part, name)

    def call(*given: Any, **values: Any) -> Any:
        calls.append(name)
        return method(*given, **values)

    monkeypatch.setattr(part, name, call)
    return calls


def test_a_question_goes_from_search_to_passages_to_quotes(filled: Library) -> None:
    events = list(filled.ask_events(QUESTION))
    assert [named(event) for event in events] == ["searching", "Retrieved", "reading", "Quoted", "Done"]
    retrieved = next(event.turn for event in events if isinstance(event, Retrieved))
    quoted = next(event.turn for event in events if isinstance(event, Quoted))
    done = next(event.turn for event in events if isinstance(event, Done))
    assert retrieved.hits and retrieved.answer is None and retrieved.trace.retrieval.candidates
    assert quoted.answer is not None and quoted.trace == retrieved.trace
    assert (done.answer, done.state) == (quoted.answer, TurnState.DONE)


def test_it_can_be_stopped_at_each_event(filled: Library) -> None:
    install(filled, Scripted("Batterier er dækket i 6 måneder [1]."))
    assistant = filled.assistants.save(Assistant("A", answer_model="scripted"))
    conditions = Conditions(assistant=assistant.id)
    every = [named(event) for event in filled.ask_events(QUESTION, conditions=conditions)]
    assert every[-1] == "Done" and "Delta" in every
    for last in range(len(every) - 1):
        seen: list[Event] = []
        for event in filled.ask_events(QUESTION, conditions=conditions, cancelled=lambda: len(seen) > last):  # noqa: B023
            seen.append(event)
        done = seen[-1]
        assert isinstance(done, Done) and done.turn.state is TurnState.STOPPED
        assert done.turn.answer is not None and done.turn.answer.quotes


def test_the_space_and_the_documents_are_read_once(filled: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    install(filled, Scripted("Batterier er dækket i 6 måneder [1]."))
    library = filled.documents.all()
    assistant = filled.assistants.save(Assistant("A", answer_model="scripted", scope=Scope((library[0].id,))))
    excluded = (library[-1].sha256,)
    pinned = (Place(library[0].sha256, 1, 0, 10),)
    conditions = Conditions(assistant=assistant.id, excluded_documents=excluded, pinned=pinned)
    spaces = counted(monkeypatch, filled.store.spaces, "active")
    searchable = counted(monkeypatch, filled.store.chunks, "searchable")
    listings = counted(monkeypatch, filled.store.documents, "all")
    *_, done = filled.ask_events(QUESTION, conditions=conditions)
    assert isinstance(done, Done) and done.turn.trace.retrieval.space.model
    assert (len(spaces), len(searchable), len(listings)) == (1, 1, 1)
