"""Who answers: the assistant asked, or the one that a router finds; and which of its examples a model is shown."""

from __future__ import annotations

import numpy as np
import pytest

from rag.conversations.assistants.matching import MOST_EXAMPLES, chosen_examples, match_assistants
from rag.core.errors import AssistantGone
from rag.core.model_ref import QUOTING
from rag.core.types import (
    NO_ASSISTANT,
    ROUTER,
    Assistant,
    Conditions,
    Example,
    Preference,
    Scope,
    Trace,
    WithoutEvidence,
)
from rag.core.types.trace import NOBODY
from rag.library import Library
from tests.conftest import HOLIDAY, WARRANTY
from tests.scripted import Scripted, install


def unit(*values: float) -> np.ndarray:
    vector = np.array(values, np.float32)
    return vector / np.linalg.norm(vector)


def kept(library: Library, name: str, **values: object) -> Assistant:
    return library.assistants.save(Assistant(name, **values))  # type: ignore[arg-type]


def asked(library: Library, question: str, assistant: int, **values: object) -> Trace:
    turn = library.conversations.start(question, None, Conditions(assistant=assistant, **values))  # type: ignore[arg-type]
    library.conversations.wait(turn.id, 20)
    return library.conversations.live(turn.id).turn.trace


def test_few_examples_are_all_shown_in_their_order_and_of_many_the_nearest() -> None:
    few = [unit(1, n) for n in range(MOST_EXAMPLES)]
    assert chosen_examples(unit(0, 1), few) == list(range(MOST_EXAMPLES))
    many = [unit(1, n) for n in range(7)]
    assert chosen_examples(unit(0, 1), many) == [6, 5, 4, 3]
    assert chosen_examples(None, many) == [0, 1, 2, 3]


def test_the_router_takes_the_assistant_whose_examples_are_nearest() -> None:
    one = Assistant("One", examples=(Example("a", "b"),), id=1)
    other = Assistant("Other", examples=(Example("c", "d"), Example("e", "f")), id=2)
    question = unit(1, 0.1)
    vectors = {1: ([unit(0.2, 1)], unit(0, 1)), 2: ([unit(0, 1), unit(1, 0.12)], unit(0, 1))}
    best, second = match_assistants(question, [one, other], vectors, [], {1: None, 2: None})
    assert (best.assistant, best.nearest) == (other, "e")
    assert best.score > second.score
    assert best.scope is None


def test_without_the_model_the_router_goes_by_scope(filled: Library) -> None:
    ids = {document.name: document.id for document in filled.documents.all()}
    found = filled.search("How many days of holiday?").hits
    shas = {document.name: document.sha256 for document in filled.documents.all()}
    holiday = Assistant("Holiday", scope=Scope((ids["holiday.md"],)), id=1)
    warranty = Assistant("Warranty", scope=Scope((ids["garanti.txt"],)), id=2)
    inside = {1: frozenset({shas["holiday.md"]}), 2: frozenset({shas["garanti.txt"]})}
    best, second = match_assistants(None, [warranty, holiday], {}, found, inside)
    assert best.assistant == holiday
    assert best.scope is not None and second.scope is not None and best.scope > second.scope
    assert best.example is None and best.perspective == 0.0


def test_a_routed_turn_says_who_answered_and_why(filled: Library) -> None:
    kept(filled, "Ferie", examples=(Example("How many days of holiday do I have?", "25 days [1].", ("25 days",)),))
    warranty = kept(filled, "Garanti", examples=(Example("Hvor længe er skærmen dækket?", "24 måneder [1]."),))
    chosen = asked(filled, "Hvor længe er batterier dækket?", ROUTER).plan.assistant
    assert chosen is not None
    assert (chosen.id, chosen.version, chosen.name) == (warranty.id, 1, "Garanti")
    assert [one.name for one in chosen.weighed] == ["Garanti", "Ferie"]
    assert chosen.weighed[0].nearest == "Hvor længe er skærmen dækket?"
    assert chosen.weighed[0].score >= chosen.weighed[1].score


def test_a_router_without_assistants_answers_as_none(filled: Library) -> None:
    trace = asked(filled, "Hvor længe er batterier dækket?", ROUTER)
    assert trace.plan.assistant == NOBODY
    assert trace.plan.model == QUOTING


def test_an_assistant_that_was_deleted_still_answers_for_its_turns_but_is_never_chosen(filled: Library) -> None:
    gone = kept(filled, "Gone", k=1)
    filled.assistants.remove(gone.id)
    answered_by = asked(filled, "Hvor længe er batterier dækket?", gone.id).plan.assistant
    assert answered_by is not None and answered_by.name == "Gone"
    assert asked(filled, "Hvor længe er batterier dækket?", ROUTER).plan.assistant == NOBODY
    assert filled.assistants.all() == []


def test_an_assistant_that_never_was_makes_the_turn_fail_with_a_sentence(filled: Library) -> None:
    turn = filled.conversations.start("Hvor længe?", None, Conditions(assistant=99))
    filled.conversations.wait(turn.id, 20)
    notice = filled.conversations.live(turn.id).turn.notice
    assert notice is not None and notice.code == AssistantGone.code


def test_what_an_assistant_sets_wins_over_the_settings_and_the_user_over_both(filled: Library) -> None:
    one = kept(filled, "One", k=1, answer_model="scripted")
    writer, other = Scripted("Batterier er dækket i 6 måneder [1]."), Scripted("6 måneder [1].")
    install(filled, writer)
    install(filled, other, "other")
    question = "Hvor længe er batterier dækket?"
    plan = asked(filled, question, one.id).plan
    assert (plan.k, plan.model, len(writer.prompts[0].passages)) == (1, "scripted", 1)
    assert asked(filled, question, one.id, answer_model="other").plan.model == "other"
    assert asked(filled, question, NO_ASSISTANT).plan.model == QUOTING


def test_an_older_version_answers_where_it_is_asked_for(filled: Library) -> None:
    first = kept(filled, "One", k=1)
    filled.assistants.save(Assistant("One", k=2, id=first.id))
    question = "Hvor længe er batterier dækket?"
    assert asked(filled, question, first.id).plan.k == 2
    assert asked(filled, question, first.id, assistant_version=1).plan.k == 1


def test_an_assistant_searches_its_own_documents_only_and_those_of_the_conversation_of_them(filled: Library) -> None:
    ids = {document.name: document.id for document in filled.documents.all()}
    one = kept(filled, "Holiday", scope=Scope((ids["holiday.md"],)))
    retrieval = asked(filled, "Hvor længe er batterier dækket?", one.id).retrieval
    assert retrieval.candidates is not None
    assert {row.document for row in retrieval.candidates} <= {"holiday.md"}
    assert retrieval.searched_in is not None and retrieval.searched_in.count == 1
    both = asked(filled, "Hvor længe?", one.id, scope=Scope((ids["garanti.txt"],)))
    assert both.retrieval.candidates == ()


def test_documents_and_terms_to_leave_out_are_left_out_and_said(filled: Library) -> None:
    shas = {document.name: document.sha256 for document in filled.documents.all()}
    question = "Hvor længe er batterier dækket?"
    without = kept(filled, "A", preference=Preference(avoided_documents=(shas["garanti.txt"],)))
    retrieval = asked(filled, question, without.id).retrieval
    assert retrieval.candidates is not None and retrieval.searched_in is not None
    assert {row.document for row in retrieval.candidates} <= {"holiday.md"}
    assert retrieval.searched_in.excluded == ("garanti.txt",)
    avoiding = kept(filled, "B", preference=Preference(avoided_terms=("batterier",)))
    retrieval = asked(filled, question, avoiding.id).retrieval
    rows = {row.rank: row for row in retrieval.candidates or ()}
    assert retrieval.avoided
    for rank, terms in retrieval.avoided.items():
        assert terms == ("batterier",)
        assert rows[rank].why == "avoided"


def test_without_evidence_an_assistant_may_answer_from_what_is_nearest(filled: Library) -> None:
    question = "Hvem vandt verdensmesterskabet i svømning?"
    nearest = kept(filled, "Near", without_evidence=WithoutEvidence.NEAREST, before="Med forbehold:")
    turn = filled.conversations.start(question, None, Conditions(assistant=nearest.id))
    filled.conversations.wait(turn.id, 20)
    answer = filled.conversations.live(turn.id).turn.answer
    assert answer is not None and answer.answered and answer.doubted
    assert answer.text.startswith("Med forbehold:")
    plain = kept(filled, "Strict")
    turn = filled.conversations.start(question, None, Conditions(assistant=plain.id))
    filled.conversations.wait(turn.id, 20)
    answer = filled.conversations.live(turn.id).turn.answer
    assert answer is not None and not answer.answered


@pytest.mark.parametrize("language", ["da", "en"])
def test_an_assistant_answers_in_its_own_language(filled: Library, language: str) -> None:
    one = kept(filled, "One", language=language, answer_model="scripted")
    writer = Scripted("6 måneder [1].")
    install(filled, writer)
    asked(filled, "Hvor længe er batterier dækket?", one.id)
    assert ("Answer in English" in writer.prompts[0].system) == (language == "en")


def test_the_conversation_keeps_its_assistant(filled: Library) -> None:
    one = kept(filled, "One", k=1)
    first = filled.conversations.start("Hvor længe er batterier dækket?", None, Conditions(assistant=one.id))
    assert filled.conversations.get(first.conversation_id).assistant == one.id
    filled.conversations.wait(first.id, 20)
    second = filled.conversations.start("Og øvrige dele?", first.conversation_id)
    assert second.conditions.assistant == one.id
    filled.conversations.set_assistant(first.conversation_id, NO_ASSISTANT)
    third = filled.conversations.start("Og skærmen?", first.conversation_id)
    assert third.conditions.assistant == NO_ASSISTANT


def test_the_texts_are_what_these_tests_take_them_for() -> None:
    assert "25 days" in HOLIDAY and "6 måneder" in WARRANTY
