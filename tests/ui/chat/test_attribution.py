"""Who answered and what it took, in words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rag.core.types import ROUTER, Answer, Assistant, Conditions, Sentence, Trace, Turn, TurnState, Verdict
from rag.core.types.trace import AssistantTrace, PlanTrace, WeighedAssistant
from rag.core.types.writing import GenerationTrace, StepTrace, Used, WritingTrace
from rag.ui.chat.attribution import answered_by, because, chain, is_cut_off, model_name, title, took

TURN = Turn(7, 1, 1, "Hvor længe?", "2026-03-01T10:00:00+00:00", TurnState.DONE)
FIT = WeighedAssistant(3, 2, "Regler", 0.7, "Hvor længe gælder garantien?", 0.83, 0.6, 0.0)
KEPT = AssistantTrace(3, 2, "Regler", "gavel")


def answered(assistant: AssistantTrace) -> Turn:
    return replace(TURN, trace=Trace(plan=PlanTrace(assistant)))


def spent(*used: Used | None) -> Turn:
    """By the assistant's own model and by each step."""
    own, *further = [GenerationTrace(used=one) for one in used]
    steps = tuple(StepTrace(name=str(n), generation=generation) for n, generation in enumerate(further))
    return replace(TURN, trace=Trace(writing=WritingTrace(own, steps=steps)))


def test_a_turn_says_which_version_answered() -> None:
    who = answered_by(answered(KEPT), "en")
    assert who is not None
    assert (who["said"], who["icon"], who["because"]) == ("Regler, version 2", "gavel", "")
    assert answered_by(TURN, "en") is None


def test_before_the_turn_says_it_the_assistant_asked_is_named() -> None:
    who = answered_by(TURN, "da", Assistant("Regler", icon="../evil", id=3, version=4))
    assert who is not None and who["said"] == "Regler, version 4" and who["icon"] == "person"


def test_a_router_says_why_in_one_sentence_and_what_else_it_weighed() -> None:
    other = replace(FIT, id=4, name="Kunder", score=0.414)
    who = answered_by(answered(replace(KEPT, weighed=(FIT, other))), "en")
    assert who is not None
    assert who["because"] == (
        "Chosen because the question is like the example “Hvor længe gælder garantien?” (83\xa0%) and 60\xa0% of what"
        " was found is in its documents."
    )
    assert who["others"] == "Others that were weighed: Kunder 41\xa0%."


@pytest.mark.parametrize(
    ("fit", "said"),
    [
        (WeighedAssistant(perspective=0.4), "its name and perspective fit the question"),
        (WeighedAssistant(), "none of the others fits better"),
        (WeighedAssistant(nearest="What?", example=0.01, scope=0.9), "90\xa0% of what was found"),
    ],
)
def test_only_what_tells_is_a_reason(fit: WeighedAssistant, said: str) -> None:
    assert said in because(fit, "en") and "example" not in because(fit, "en")


def test_the_chain_shows_who_is_at_work_and_who_gave_nothing() -> None:
    running = replace(TURN, state=TurnState.RUNNING)
    names = ["Regler", "Kontrol", "Klart sprog"]
    assert [one["state"] for one in chain(running, names, 2)] == ["done", "now", "waits"]
    assert chain(running, ["Regler"], 1) == []
    steps = (StepTrace(name="Regler", output="Ja."), StepTrace(name="Kontrol", output=""))
    ended = chain(replace(TURN, trace=Trace(writing=WritingTrace(steps=steps))), names, 2)
    assert ended == [{"name": "Regler", "state": "done"}, {"name": "Kontrol", "state": "nothing"}]


def test_an_answer_that_broke_off_is_told_from_one_that_was_stopped() -> None:
    written = Answer(True, "Six", (Sentence("Six", (), Verdict.UNSUPPORTED),), ())
    assert is_cut_off(replace(TURN, answer=replace(written, cut_off=True)))
    assert is_cut_off(replace(TURN, answer=written, state=TurnState.FAILED))
    assert not is_cut_off(replace(TURN, answer=written, state=TurnState.STOPPED))
    assert not is_cut_off(replace(TURN, state=TurnState.FAILED))


def test_what_an_answer_took_is_that_of_all_its_steps() -> None:
    used = Used("stop", 10.81, 0.81, written_tokens=443, cost=0.012, currency="USD")
    step = Used("stop", 4.2, 0.2, written_tokens=30, cost=0.01, currency="USD")
    assert (used.tokens_per_second, step.tokens_per_second) == (pytest.approx(44.2), pytest.approx(7.25))
    assert took(spent(used, None, step), "en") == ["first word 0.8 s", "7.2 tokens/s", "0.02 USD"]
    assert took(spent(used), "da")[0] == "første ord 0,8 s"
    assert took(TURN, "en") == [] and took(TURN, "en", free=True) == ["free"]


def test_models_are_named_as_a_reader_knows_them() -> None:
    assert model_name("quoting", "en") == "Quotes only"
    assert model_name("/srv/models/gemma.gguf", "en") == "gemma.gguf"
    assert model_name("server:ollama:llama3:8b", "en") == "llama3:8b (ollama)"
    assert model_name("google/gemma-3", "en") == "gemma-3"


def test_a_column_is_named_after_its_assistant_or_its_model() -> None:
    assert title(answered(KEPT), "en") == "Regler"
    assert title(replace(TURN, conditions=Conditions(answer_model="quoting")), "en") == "Quotes only"
    assert title(replace(TURN, conditions=Conditions(assistant=ROUTER)), "en") == "Choose for me"
