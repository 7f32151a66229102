from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from rag.answering.turn_runner import AT_ONCE, MOST_WAITING, TurnRunner, recovered
from rag.conversations.history import NO_CONDITIONS, History
from rag.core.errors import DiskFull, ModelUnavailable, TooManyQuestions
from rag.core.events import Delta, Done, Event, Quoted, Retrieved, Working
from rag.core.types import Answer, Chunk, Citation, Hit, Sentence, Span, Trace, Turn, TurnState
from rag.core.types.trace import PlanTrace
from rag.library import Library
from rag.store.connection import Database
from rag.store.conversations import SqliteConversationStore

TEXT = "Batterier er dækket i 6 måneder."
HIT = Hit(
    1, Chunk(0, 1, 0, len(TEXT), TEXT, sentences=(Span(0, len(TEXT)),), language="da"), "a.txt", "a" * 64, 1.0, number=1
)
QUOTE = Sentence(TEXT, (Citation(1, "a.txt", "a" * 64, 1, 0, len(TEXT), TEXT),))
ANSWER = Answer(True, TEXT, (QUOTE,), (QUOTE,))
QUESTION = "Hvor længe er batterier dækket?"


@pytest.fixture
def history() -> Iterator[History]:
    database = Database(None)
    yield History(SqliteConversationStore(database))
    database.close()


@pytest.fixture
def running(history: History) -> Iterator[TurnRunner]:
    turns = TurnRunner(history)
    yield turns
    turns.stop_all()


def until(condition: Callable[[], Any]) -> Any:
    end = time.monotonic() + 10
    while not (value := condition()):
        assert time.monotonic() < end, "not in time"
        time.sleep(0.005)
    return value


class Script:
    """Answers a turn by quoting, then writes pieces; waits before the last one for `go` or a stop."""

    def __init__(self, turn: Turn, *pieces: str, fails: Exception | None = None) -> None:
        self.turn, self.pieces, self.fails = turn, pieces, fails
        self.go = threading.Event()

    def __call__(self, cancelled: Callable[[], bool]) -> Iterator[Event]:
        turn = replace(self.turn, hits=(HIT,), searched=QUESTION)
        yield Working("searching", {"documents": 1})
        yield Retrieved(turn)
        turn = replace(turn, answer=ANSWER)
        yield Quoted(turn)
        yield Working("writing", {"model": "m"})
        for piece in self.pieces:
            yield Delta(piece)
        while not self.go.wait(0.005) and not cancelled():
            pass
        if self.fails is not None:
            raise self.fails
        yield Done(replace(turn, state=TurnState.STOPPED if cancelled() else TurnState.DONE))


def test_a_turn_is_shown_as_it_comes_and_kept_when_it_is_done(history: History, running: TurnRunner) -> None:
    turn = history.begin(QUESTION, None)
    script = Script(turn, "Batterier er ", "dækket.")
    running.start(turn, script)
    live = until(lambda: (now := running.get(turn.id)) and now.partial == "Batterier er dækket." and now)
    assert live.working == Working("writing", {"model": "m"})
    assert live.turn.answer == ANSWER
    assert live.turn.hits == (HIT,)
    script.go.set()
    running.wait(turn.id, 10)
    assert running.get(turn.id) is None
    assert history.turn(turn.id) == replace(turn, state=TurnState.DONE, hits=(HIT,), searched=QUESTION, answer=ANSWER)


def test_what_has_come_is_durable_before_the_turn_ends(history: History, running: TurnRunner) -> None:
    turn = history.begin(QUESTION, None)
    running.start(turn, Script(turn))
    kept = until(lambda: (now := history.turn(turn.id)).answer and now)
    assert (kept.state, kept.answer, kept.hits) == (TurnState.RUNNING, ANSWER, (HIT,))


def test_an_answer_is_shown_as_finished_when_it_is_durable(
    history: History, running: TurnRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    turn = history.begin(QUESTION, None)
    script = Script(turn)
    save, shown = history.save, []

    def saving(kept: Turn) -> None:
        live = running.get(turn.id)
        shown.append((kept.state, live.turn.state if live else None))
        save(kept)

    monkeypatch.setattr(history, "save", saving)
    running.start(turn, script)
    script.go.set()
    running.wait(turn.id, 10)
    assert shown[-1] == (TurnState.DONE, TurnState.RUNNING)


def test_a_stop_returns_at_once_and_keeps_what_there_is(history: History, running: TurnRunner) -> None:
    turn = history.begin(QUESTION, None)
    running.start(turn, Script(turn, "Batterier"))
    until(lambda: (now := running.get(turn.id)) and now.partial)
    began = time.monotonic()
    running.cancel(turn.id)
    assert time.monotonic() - began < 0.5
    running.wait(turn.id, 10)
    kept = history.turn(turn.id)
    assert (kept.state, kept.answer) == (TurnState.STOPPED, ANSWER)
    assert kept.trace.partial == ""


@pytest.mark.parametrize(
    ("error", "code"),
    [(ModelUnavailable(model="m", detail="d"), "model_unavailable"), (RuntimeError("secret detail"), "error")],
)
def test_a_failure_keeps_the_quotes_and_says_so(
    history: History, running: TurnRunner, error: Exception, code: str, caplog: pytest.LogCaptureFixture
) -> None:
    turn = history.begin(QUESTION, None)
    script = Script(turn, fails=error)
    script.go.set()
    running.start(turn, script)
    kept = until(lambda: (now := history.turn(turn.id)).state is TurnState.FAILED and now)
    assert kept.answer == ANSWER
    assert kept.hits == (HIT,)
    assert kept.notice is not None
    assert kept.notice.code == code
    assert "secret" not in str(kept.notice.values)
    until(lambda: running.get(turn.id) is None)


def test_a_store_that_cannot_keep_it_ends_the_turn_all_the_same(
    history: History, running: TurnRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    turn = history.begin(QUESTION, None)

    def full(_: Turn) -> None:
        raise DiskFull

    monkeypatch.setattr(history, "save", full)
    running.start(turn, Script(turn))
    running.wait(turn.id, 10)
    live = running.get(turn.id)
    assert live is not None  # what there is of it is shown, though it could not be kept
    assert live.turn.state is TurnState.FAILED
    assert live.turn.notice is not None and live.turn.notice.code == "disk_full"


def test_turns_do_not_get_in_each_others_way(history: History, running: TurnRunner) -> None:
    turns = [history.begin(f"{QUESTION} {n}", None) for n in range(5)]
    scripts = [Script(turn, f"piece {turn.id}") for turn in turns]
    for turn, script in zip(turns, scripts, strict=True):
        running.start(turn, script)
    for turn in turns:
        until(lambda turn=turn: (now := running.get(turn.id)) and now.partial == f"piece {turn.id}")  # type: ignore[misc]
    running.cancel(turns[2].id)
    running.wait(turns[2].id, 10)
    assert [running.get(turn.id) is not None for turn in turns] == [True, True, False, True, True]
    running.stop_all()
    assert {history.turn(turn.id).state for turn in turns} == {TurnState.STOPPED}


def test_only_so_many_turns_are_answered_at_once_and_the_others_wait(history: History, running: TurnRunner) -> None:
    turns = [history.begin(QUESTION, None) for _ in range(AT_ONCE + 2)]
    scripts = [Script(turn, "x") for turn in turns]
    for turn, script in zip(turns, scripts, strict=True):
        running.start(turn, script)

    def stage(turn: Turn) -> str:
        live = running.get(turn.id)
        return "" if live is None or live.working is None else live.working.stage

    until(lambda: sorted(map(stage, turns)) == ["waiting"] * 2 + ["writing"] * AT_ONCE)
    first, second = (turn for turn in turns if stage(turn) == "waiting")
    running.cancel(first.id)  # one that waits need not wait for its place to be stopped
    running.wait(first.id, 10)
    assert history.turn(first.id).state is TurnState.STOPPED
    assert stage(second) == "waiting"
    for script in scripts:
        script.go.set()
    for turn in turns:
        running.wait(turn.id, 10)
    assert all(history.turn(turn.id).state is TurnState.DONE for turn in turns if turn != first)
    again = Script(turns[0], "x")  # every place was given back, and no more than were taken
    again.go.set()
    running.start(turns[0], again)
    running.wait(turns[0].id, 10)


def test_more_than_can_wait_are_refused_in_words(
    history: History, running: TurnRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert MOST_WAITING > AT_ONCE
    monkeypatch.setattr("rag.answering.turn_runner.MOST_WAITING", 2)
    for _ in range(2):
        running.check_room()
        turn = history.begin(QUESTION, None)
        running.start(turn, Script(turn, "x"))
    with pytest.raises(TooManyQuestions, match="2 questions are being answered"):
        running.check_room()
    running.stop_all()
    running.check_room()


def test_a_question_too_many_is_not_begun(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = library.conversations.start(QUESTION)
    until(lambda: library.conversations.live(kept.id).turn.state is not TurnState.RUNNING)
    monkeypatch.setattr("rag.answering.turn_runner.MOST_WAITING", 0)
    for begin in (
        lambda: library.conversations.start(QUESTION),
        lambda: library.conversations.ask_again(kept.id),
        lambda: library.panels.ask(QUESTION, None, [NO_CONDITIONS] * 2),
    ):
        with pytest.raises(TooManyQuestions):
            begin()
    assert len(library.conversations.all()) == 1 and library.conversations.variants(kept.id) == [kept.id]


def test_what_is_not_running_can_be_stopped_and_waited_for(running: TurnRunner) -> None:
    running.cancel(99)
    running.wait(99)
    assert running.get(99) is None


# after a crash ------------------------------------------------------------------------------------------


def test_a_written_answer_that_was_cut_off_is_kept_and_grounded(
    history: History, running: TurnRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag.answering.turn_runner.SAVE_SECONDS", 0.0)
    turn = history.begin(QUESTION, None)
    running.start(turn, Script(turn, "Batterier er dækket i 6 måneder [1]. ", "Og hele jorden er lavet af"))
    kept = until(lambda: (now := history.turn(turn.id)).trace.partial.endswith("lavet af") and now)
    found = recovered(kept)  # as a new process would
    assert (found.state, found.notice.code if found.notice else "") == (TurnState.STOPPED, "interrupted")
    assert found.answer is not None
    supported, cut_off = found.answer.sentences
    assert supported == QUOTE
    assert cut_off.citations == ()
    assert found.answer.quotes == (QUOTE,)
    assert found.trace.partial == ""


def test_quotes_without_a_written_answer_are_kept() -> None:
    cut = Turn(1, 1, 1, QUESTION, "", answer=ANSWER, hits=(HIT,), trace=Trace(plan=PlanTrace(k=4)))
    assert recovered(cut).answer == ANSWER
    assert recovered(cut).trace == Trace(plan=PlanTrace(k=4))


def test_a_turn_that_had_only_begun_is_stopped() -> None:
    found = recovered(Turn(1, 1, 1, QUESTION, ""))
    assert (found.state, found.answer, found.hits) == (TurnState.STOPPED, None, ())
