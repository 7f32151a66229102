from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import apsw
import pytest

from rag.conversations.history import TITLE_LENGTH, History
from rag.core.errors import NotFound
from rag.core.types import (
    Answer,
    Chunk,
    Citation,
    Conditions,
    Hit,
    Notice,
    Place,
    Scope,
    Sentence,
    Span,
    Trace,
    Turn,
    TurnState,
    Verdict,
)
from rag.core.types.assistants import NO_CONDITIONS
from rag.core.types.trace import AnswerabilityTrace, QueryTrace
from rag.store.connection import Database
from rag.store.conversations import SqliteConversationStore
from rag.store.schema import MIGRATIONS

CHUNK = Chunk(2, 3, 10, 16, "Æbler.", ("Frugt", "Æbler"), (Span(10, 16),), 4, "da", 7, 8)
HIT = Hit(1, CHUNK, "frugt.pdf", "a" * 64, 0.75, 0.9, 2, None, None, True, "", number=1)
CITATION = Citation(1, "frugt.pdf", "a" * 64, 3, 10, 16, "Æbler.")
QUOTE = Sentence("Æbler.", (CITATION,))
WRITTEN = Sentence("Pærer.", (), Verdict.UNSUPPORTED)


@pytest.fixture(params=["file", "memory"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    opened = Database(tmp_path / "kilde.db" if request.param == "file" else None)
    yield opened
    opened.close()


@pytest.fixture
def history(database: Database) -> History:
    return History(SqliteConversationStore(database))


def full(turn: Turn) -> Turn:
    return Turn(
        turn.id,
        turn.conversation_id,
        turn.ordinal,
        turn.question,
        turn.asked,
        TurnState.DONE,
        "frugt – æbler",
        Answer(True, "Pærer.", (WRITTEN,), (QUOTE,)),
        (HIT,),
        Notice("model_unavailable", {"model": "x", "detail": "“y”"}),
        Trace(QueryTrace(stems=(("æbl",),)), answerability=AnswerabilityTrace(0.9, {"cosine": None, "rarest": 1.0})),
        {"total": 12.5},
    )


def test_a_turn_is_kept_with_all_that_shows_it_again(history: History, database: Database) -> None:
    turn = full(history.begin("Hvad med æbler?", None))
    history.save(turn)
    assert History(SqliteConversationStore(database)).turn(turn.id) == turn
    assert history.turns(turn.conversation_id) == [turn]


def test_a_refusal_is_kept(history: History) -> None:
    turn = history.begin("?", None)
    refused = Turn(turn.id, turn.conversation_id, 1, "?", turn.asked, TurnState.DONE, answer=Answer(False, "Nej."))
    history.save(refused)
    assert history.turn(turn.id) == refused


def test_a_new_turn_is_running_and_empty(history: History) -> None:
    turn = history.begin("Hvad?", None)
    assert history.turn(turn.id) == turn
    assert (turn.state, turn.ordinal, turn.answer) == (TurnState.RUNNING, 1, None)
    assert history.running() == [turn]
    history.save(full(turn))
    assert history.running() == []


def test_turns_come_in_order_in_their_own_conversation(history: History) -> None:
    first = history.begin("a", None)
    other = history.begin("b", None)
    second = history.begin("c", first.conversation_id)
    assert other.conversation_id != first.conversation_id
    assert [(t.question, t.ordinal) for t in history.turns(first.conversation_id)] == [("a", 1), ("c", 2)]
    assert second.conversation_id == first.conversation_id


def test_the_last_used_conversation_comes_first(database: Database, history: History) -> None:
    first = history.begin("a", None)
    history.begin("b", None)
    assert [c.title for c in history.conversations()] == ["b", "a"]
    with database.write() as db:  # the clock may not have moved on
        db.execute("UPDATE conversation SET updated = '2000-01-01T00:00:00.000+00:00'")
    history.begin("c", first.conversation_id)
    assert [c.title for c in history.conversations()] == ["a", "b"]


def test_a_title_is_the_first_question_cut_at_a_word(history: History) -> None:
    long = "Hvor længe er batteriet dækket,\nnår det er købt sammen med maskinen og registreret inden tredive dage?"
    turn = history.begin(long, None)
    title = history.conversation(turn.conversation_id).title
    assert title.endswith("…")
    assert len(title) <= TITLE_LENGTH
    assert " ".join(long.split()).startswith(title[:-1] + " ")
    assert len(history.conversation(history.begin("x" * 200, None).conversation_id).title) <= TITLE_LENGTH


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("batteri", ["Batteri og lader"]),
        ("LADER batt", ["Batteri og lader"]),
        ("øvrige", ["Ferieregler"]),
        ("Øvrige", ["Ferieregler"]),
        ("ØVRIGE", ["Ferieregler"]),
        ("ferie øvrige", ["Ferieregler"]),
        ("", ["Ferieregler", "Batteri og lader"]),
        ("%", []),
        ("_", []),
        ("batteri ferie", []),
        ("\\", []),
    ],
)
def test_conversations_are_found_by_title_and_question(history: History, search: str, found: list[str]) -> None:
    history.begin("Batteri og lader", None)
    second = history.begin("Ferieregler", None)
    history.begin("Hvad med ØVRIGE dage?", second.conversation_id)
    assert [c.title for c in history.conversations(search)] == found


def test_renaming(history: History) -> None:
    turn = history.begin("a", None)
    history.rename(turn.conversation_id, "  Min\n titel ")
    assert history.conversation(turn.conversation_id).title == "Min titel"
    history.rename(turn.conversation_id, "  ")
    assert history.conversation(turn.conversation_id).title == "Min titel"


def test_deleting_takes_the_turns_along(history: History) -> None:
    turn, kept = history.begin("a", None), history.begin("b", None)
    history.delete(turn.conversation_id)
    assert [c.id for c in history.conversations()] == [kept.conversation_id]
    with pytest.raises(NotFound):
        history.turn(turn.id)
    history.save(full(turn))  # an answer that was still being written brings nothing back
    assert history.turns(turn.conversation_id) == []


def test_what_is_not_there_is_said(history: History) -> None:
    with pytest.raises(NotFound):
        history.conversation(99)
    with pytest.raises(NotFound):
        history.turn(99)
    with pytest.raises(NotFound):
        history.begin("a", 99)
    with pytest.raises(NotFound):
        history.rename(99, "a")
    history.delete(99)
    assert history.turns(99) == []
    assert history.conversations() == []


def test_an_edited_question_begins_a_branch_and_the_old_one_stays(history: History) -> None:
    first = history.begin("a", None)
    second = history.begin("b", first.conversation_id)
    third = history.begin("c", first.conversation_id)
    assert [t.parent_id for t in (first, second, third)] == [None, first.id, second.id]
    edited = history.begin("b2", first.conversation_id, beside=second.id)
    after = history.begin("d", first.conversation_id)
    shown = lambda: [t.question for t in history.turns(first.conversation_id)]  # noqa: E731
    assert shown() == ["a", "b2", "d"]
    assert history.variants(edited) == history.variants(second) == [second.id, edited.id]
    assert [t.question for t in history.before(after)] == ["a", "b2"]
    history.show(second.id)
    assert shown() == ["a", "b", "c"]
    history.show(edited.id)
    assert shown() == ["a", "b2", "d"]
    assert [t.question for t in history.every_turn(first.conversation_id)] == ["a", "b", "c", "b2", "d"]


def test_the_first_question_can_be_edited_too(history: History) -> None:
    first = history.begin("a", None)
    other = history.begin("a2", first.conversation_id, beside=first.id)
    assert other.parent_id is None
    assert history.variants(first) == [first.id, other.id]
    assert history.before(other) == []
    elsewhere = history.begin("a", None)
    assert history.variants(elsewhere) == [elsewhere.id]
    with pytest.raises(NotFound):
        history.begin("x", first.conversation_id, beside=elsewhere.id)
    with pytest.raises(NotFound):
        history.show(999)


def test_what_a_question_was_asked_with_is_kept(history: History) -> None:
    place = Place("a" * 64, 3, 10, 16)
    conditions = Conditions(Scope((1, 2), ("tag",), 3), (place,), (place, place), ("b" * 64,), True, "model")
    turn = history.begin("a", None, conditions)
    assert turn.conditions == conditions
    assert history.turn(turn.id).conditions == conditions
    history.save(full(turn))
    assert history.turn(turn.id).conditions == NO_CONDITIONS  # that of the turn saved
    assert history.conversation(turn.conversation_id).scope == conditions.scope
    history.set_scope(turn.conversation_id, Scope(tags=("x",)))
    assert history.conversation(turn.conversation_id).scope == Scope(tags=("x",))


def test_an_older_database_keeps_its_conversations(tmp_path: Path) -> None:
    path = tmp_path / "kilde.db"
    old = apsw.Connection(str(path))
    old.execute(MIGRATIONS[0])
    old.pragma("user_version", 1)
    old.execute(
        "INSERT INTO conversation(id, title, created, updated) VALUES (1, 'x', '2026', '2026'), (2, 'y', '', '')"
    )
    old.execute(
        "INSERT INTO turn(conversation_id, ordinal, question, asked, state) VALUES (1, 1, 'a', '', 'done'),"
        " (2, 1, 'b', '', 'done'), (1, 2, 'c', '', 'done'), (1, 3, 'd', '', 'stopped')"
    )
    old.close()
    database = Database(path)
    history = History(SqliteConversationStore(database))
    assert [(t.question, t.parent_id) for t in history.turns(1)] == [("a", None), ("c", 1), ("d", 3)]
    assert [t.question for t in history.turns(2)] == ["b"]
    assert history.conversation(1).scope == Scope()
    assert history.begin("e", 1).parent_id == 4
    database.close()


def test_a_search_shows_where_a_conversation_says_it(history: History) -> None:
    first = history.begin("Hvad med frugt?", None)
    history.save(replace(full(first), question=first.question))
    edited = history.begin("Hvad med ØL?", first.conversation_id, beside=first.id)
    other = history.begin("Titel " + "fyld " * 60 + "ærter og mere " + "fyld " * 30, None)
    history.archive(other.conversation_id)
    (found,) = history.mentions("øl")
    assert (found.conversation.id, found.turn_id, found.snippet) == (first.conversation_id, edited.id, "Hvad med ØL? –")
    (answered,) = history.mentions("pærer frugt")  # one word of the question, one of the answer
    assert answered.turn_id == first.id
    (long,) = history.mentions("ærter")
    assert long.conversation.archived
    assert "ærter og mere" in long.snippet
    assert long.snippet.startswith("…") and long.snippet.endswith("…") and len(long.snippet) < 130
    assert history.mentions("  ") == []
    assert history.mentions("findes-ikke") == []
