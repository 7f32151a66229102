"""What is said of an answer becomes a saved question, and outlives what it was said of."""

from __future__ import annotations

from typing import Any

import pytest

from rag.core.errors import NotFound
from rag.core.types import Place, Turn
from rag.core.types.questions import Expected, SavedQuestion
from rag.library import Library
from rag.store.chunks import SqliteChunks
from rag.store.values import Candidate

QUESTION = "Hvor længe er batterier dækket?"
ELSEWHERE = Place("0" * 64, 3, 10, 50)


@pytest.fixture
def turn(filled: Library) -> Turn:
    """An answered turn with citations."""
    started = filled.conversations.start(QUESTION)
    filled.conversations.wait(started.id, 20)
    answered = filled.conversations.live(started.id).turn
    assert answered.answer is not None and answered.answer.sentences[0].citations
    return answered


def said(library: Library, turn: Turn) -> SavedQuestion:
    found = library.saved_questions.of_turn(turn.id)
    assert found is not None
    return found


def test_nothing_said_nothing_saved(filled: Library, turn: Turn) -> None:
    assert filled.saved_questions.of_turn(turn.id) is None
    assert filled.saved_questions.all() == []


def test_a_vote_up_expects_what_was_cited(filled: Library, turn: Turn) -> None:
    saved = filled.saved_questions
    saved.vote(turn.id, 1)
    question = said(filled, turn)
    assert turn.answer is not None
    cited = [citation for sentence in turn.answer.sentences for citation in sentence.citations]
    assert question.question == QUESTION and question.vote == 1 and question.turn_id == turn.id
    assert [p.text for p in question.passages] == list(dict.fromkeys(c.quote for c in cited))
    assert all(p.right and p.implied for p in question.passages)
    saved.vote(turn.id, -1)
    assert said(filled, turn).vote == -1 and said(filled, turn).passages == ()
    saved.vote(turn.id, 1)
    assert said(filled, turn).passages == question.passages
    saved.vote(turn.id, 0)
    assert saved.of_turn(turn.id) is None


def test_what_the_user_marked_counts_more_than_the_vote(filled: Library, turn: Turn) -> None:
    saved = filled.saved_questions
    saved.mark(turn.id, ELSEWHERE, "other.pdf", "The right one.", True)
    saved.vote(turn.id, 1)
    assert said(filled, turn).passages == (Expected("other.pdf", ELSEWHERE, "The right one.", True),)
    # with the mark taken back, the vote speaks again
    saved.mark(turn.id, ELSEWHERE, "other.pdf", "The right one.", None)
    assert said(filled, turn).passages and all(p.implied for p in said(filled, turn).passages)
    # a wrong passage leaves those that were cited and are not it
    cited = said(filled, turn).passages
    hit = next(h for h in turn.hits if h.place.sha256 == cited[0].place.sha256)
    saved.mark(turn.id, hit.place, hit.document, hit.chunk.text, False)
    assert [p.text for p in said(filled, turn).wrong] == [hit.chunk.text]
    assert cited[0].text in hit.chunk.text and cited[0] not in said(filled, turn).right


def test_a_mark_can_be_changed_and_taken_back(filled: Library, turn: Turn) -> None:
    saved = filled.saved_questions
    hit = turn.hits[0]
    for right in (True, False, True):
        saved.mark(turn.id, hit.place, hit.document, hit.chunk.text, right)
        assert said(filled, turn).passages == (Expected(hit.document, hit.place, hit.chunk.text, right),)
    saved.mark(turn.id, hit.place, hit.document, hit.chunk.text, None)
    assert saved.of_turn(turn.id) is None
    saved.mark(turn.id, hit.place, hit.document, hit.chunk.text, None)  # nothing to take back
    assert saved.of_turn(turn.id) is None


def test_a_note(filled: Library, turn: Turn) -> None:
    filled.saved_questions.note(turn.id, "  Mangler undtagelsen. \n")
    assert said(filled, turn).note == "Mangler undtagelsen."
    filled.saved_questions.note(turn.id, " ")
    assert filled.saved_questions.of_turn(turn.id) is None


def test_a_follow_up_is_saved_as_it_stands_alone(filled: Library, turn: Turn) -> None:
    follow = filled.conversations.start("Og øvrige dele?", turn.conversation_id)
    filled.conversations.wait(follow.id, 20)
    answered = filled.conversations.live(follow.id).turn
    filled.saved_questions.vote(follow.id, -1)
    assert answered.searched != answered.question
    assert said(filled, answered).question == answered.searched


def test_a_turn_that_is_not_there(filled: Library, turn: Turn) -> None:
    with pytest.raises(NotFound):
        filled.saved_questions.vote(turn.id + 100, 1)
    with pytest.raises(ValueError, match="vote 2"):
        filled.saved_questions.vote(turn.id, 2)
    assert filled.saved_questions.all() == []


def test_a_saved_question_outlives_turn_and_document(filled: Library, turn: Turn) -> None:
    filled.saved_questions.vote(turn.id, 1)
    before = said(filled, turn)
    filled.conversations.delete(turn.conversation_id)
    filled.documents.remove([document.id for document in filled.documents.all()])
    (after,) = filled.saved_questions.all()
    assert after.turn_id is None
    assert (after.question, after.vote, after.passages) == (before.question, 1, before.passages)


def test_questions_are_searched_and_put_into_scenarios(filled: Library, turn: Turn) -> None:
    saved = filled.saved_questions
    saved.vote(turn.id, 1)
    by_hand = saved.add(" How many days of holiday? ", [Expected("holiday.md", ELSEWHERE, "25 days", True)], "Ferie")
    assert by_hand.question == "How many days of holiday?" and by_hand.turn_id is None
    assert [q.id for q in saved.all()] == [by_hand.id, said(filled, turn).id]
    assert saved.all("25 HOLIDAY") == [by_hand] == saved.all("ferie")
    assert saved.all("batteriet nothing") == []
    saved.set_scenario([by_hand.id, said(filled, turn).id], "  Before   release ")
    assert {q.scenario for q in saved.all()} == {"Before release"}
    saved.remove([by_hand.id])
    assert [q.question for q in saved.all()] == [QUESTION]
    with pytest.raises(ValueError, match="empty"):
        saved.add("  ")


def test_restored_questions_are_all_there_once(filled: Library, turn: Turn) -> None:
    saved = filled.saved_questions
    saved.vote(turn.id, 1)
    saved.add("A question without passages", scenario="x")
    before = saved.all()
    assert saved.restore(before) == 0
    saved.remove([question.id for question in before])
    assert saved.restore([*before, *before]) == 2
    assert [(q.question, q.saved, q.vote, q.scenario, q.passages) for q in saved.all()] == [
        (q.question, q.saved, q.vote, q.scenario, q.passages) for q in before
    ]
    broken = SavedQuestion(0, None, "Fresh", before[0].saved), SavedQuestion(0, None, " ", before[0].saved)
    with pytest.raises(ValueError, match="empty"):
        saved.restore(broken)
    assert len(saved.all()) == 2


def test_trying_a_question_searches_once(filled: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    filled.settings.save(filled.settings.current().changed(k=1))
    hits = filled.search(QUESTION).hits
    search, searches = SqliteChunks.search, []

    def counted(chunks: SqliteChunks, *arguments: Any, **options: Any) -> list[Candidate]:
        searches.append(arguments)
        return search(chunks, *arguments, **options)

    monkeypatch.setattr(SqliteChunks, "search", counted)
    attempt = filled.try_question(QUESTION)
    assert len(searches) == 1
    assert (attempt.hits, attempt.answered, attempt.notice) == (hits, True, None)
    assert len(hits) > filled.settings.current().k  # the candidates, not only the passages used
