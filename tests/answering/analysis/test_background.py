"""Measurements in the background: begun, cancelled, begun again, and kept beside what others keep."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace

import pytest

from rag.answering.analysis.background import BackgroundAnalysis, Measuring, Report
from rag.core.errors import Cancelled, ModelError, NotFound
from rag.core.types import Turn
from rag.core.types.analysis import Influence, NoEffect, NoInfluence, PerspectiveEffect
from rag.library import Library


class Held:
    """Counts what it is asked to measure; each waits until it is let go."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.begun = threading.Semaphore(0)
        self.results: list[int] = []
        self.at_once = self.most_at_once = 0

    def measure(self, turn: Turn, report: Report, cancelled: Callable[[], bool]) -> Influence:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        report(1, 2)
        self.begun.release()
        assert self.go.wait(20)
        report(2, 2)
        self.at_once -= 1
        if cancelled():
            raise Cancelled
        self.results.append(turn.id)
        return NoInfluence(float(len(self.results)))


@pytest.fixture
def turn(filled: Library) -> Turn:
    begun = filled.conversations.start("Hvor længe er batterier dækket?")
    filled.conversations.wait(begun.id, 30)
    return filled.conversations.live(begun.id).turn


def test_it_is_kept_with_the_turn_and_a_second_click_begins_nothing(filled: Library, turn: Turn) -> None:
    held = Held()
    measurements = BackgroundAnalysis(filled.conversations.history, "influence", held.measure)
    measurements.start(turn.id)
    measurements.start(turn.id)
    assert held.begun.acquire(timeout=20)
    assert measurements.status(turn.id) == Measuring(1, 2)
    held.go.set()
    measurements.wait(turn.id, 20)
    assert measurements.status(turn.id) is None
    assert (held.results, filled.conversations.live(turn.id).turn.trace.influence) == ([turn.id], NoInfluence(1.0))


def test_begun_again_right_after_it_was_cancelled_it_measures_once_the_first_has_ended(
    filled: Library, turn: Turn
) -> None:
    held = Held()
    measurements = BackgroundAnalysis(filled.conversations.history, "influence", held.measure)
    measurements.start(turn.id)
    assert held.begun.acquire(timeout=20)
    measurements.cancel(turn.id)
    assert measurements.status(turn.id) is None
    measurements.start(turn.id)
    assert measurements.status(turn.id) == Measuring(0, len(turn.hits))
    held.go.set()
    measurements.wait(turn.id, 20)
    assert held.results == [turn.id] and held.most_at_once == 1
    assert filled.conversations.live(turn.id).turn.trace.influence == NoInfluence(1.0)
    assert measurements.status(turn.id) is None


def test_what_was_cancelled_reports_and_keeps_nothing_any_more(filled: Library, turn: Turn) -> None:
    held = Held()
    measurements = BackgroundAnalysis(filled.conversations.history, "influence", held.measure)
    measurements.start(turn.id)
    assert held.begun.acquire(timeout=20)
    measurements.cancel(turn.id)
    held.go.set()
    measurements.wait(turn.id, 20)
    assert measurements.status(turn.id) is None
    assert held.results == [] and filled.conversations.live(turn.id).turn.trace.influence is None


def test_two_kinds_that_end_at_once_both_keep_their_result(
    filled: Library, turn: Turn, monkeypatch: pytest.MonkeyPatch
) -> None:
    together = threading.Barrier(2)
    read = filled.conversations.history.turn

    def slowly(turn_id: int) -> Turn:
        found = read(turn_id)
        time.sleep(0.1)  # so that the other one would read before this one has saved
        return found

    def influence(turn: Turn, report: Report, cancelled: Callable[[], bool]) -> Influence:
        together.wait(20)
        return NoInfluence(1.0)

    def effect(turn: Turn, report: Report, cancelled: Callable[[], bool]) -> PerspectiveEffect:
        together.wait(20)
        return NoEffect()

    both = [
        BackgroundAnalysis(filled.conversations.history, "influence", influence),
        BackgroundAnalysis(filled.conversations.history, "perspective_effect", effect),
    ]
    monkeypatch.setattr(filled.conversations.history, "turn", slowly)
    for one in both:
        one.start(turn.id)
    for one in both:
        one.wait(turn.id, 20)
    trace = read(turn.id).trace
    assert (trace.influence, trace.perspective_effect) == (NoInfluence(1.0), NoEffect())


@pytest.mark.parametrize(
    ("error", "code"), [(ModelError(model="m", detail="x"), "model_error"), (ZeroDivisionError(), "error")]
)
def test_what_goes_wrong_is_said_until_it_is_begun_again(
    filled: Library, turn: Turn, error: Exception, code: str
) -> None:
    def measure(turn: Turn, report: Report, cancelled: Callable[[], bool]) -> Influence:
        raise error

    measurements = BackgroundAnalysis(filled.conversations.history, "influence", measure)
    measurements.start(turn.id)
    measurements.wait(turn.id, 20)
    status = measurements.status(turn.id)
    assert status is not None and status.notice is not None and status.notice.code == code
    assert filled.conversations.live(turn.id).turn.trace.influence is None


def test_a_turn_that_is_gone(filled: Library, turn: Turn) -> None:
    held = Held()
    measurements = BackgroundAnalysis(filled.conversations.history, "influence", held.measure)
    with pytest.raises(NotFound):
        measurements.start(99)
    measurements.start(turn.id)
    assert held.begun.acquire(timeout=20)
    filled.conversations.delete(turn.conversation_id)
    held.go.set()
    measurements.wait(turn.id, 20)
    status = measurements.status(turn.id)
    assert status is not None and status.notice is not None and status.notice.code == "conversation_gone"


def test_stopping_all_waits_for_what_was_cancelled_before(filled: Library, turn: Turn) -> None:
    held = Held()
    measurements = BackgroundAnalysis(filled.conversations.history, "influence", held.measure)
    measurements.start(turn.id)
    assert held.begun.acquire(timeout=20)
    measurements.cancel(turn.id)
    measurements.start(turn.id)
    threading.Timer(0.1, held.go.set).start()
    measurements.stop_all()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("kilde-influence")]
    assert held.results == []


def test_the_turn_keeps_what_was_added_meanwhile(filled: Library, turn: Turn) -> None:
    held = Held()
    measurements = BackgroundAnalysis(filled.conversations.history, "influence", held.measure)
    measurements.start(turn.id)
    assert held.begun.acquire(timeout=20)
    filled.conversations.history.save(replace(turn, trace=replace(turn.trace, perspective_effect=NoEffect())))
    held.go.set()
    measurements.wait(turn.id, 20)
    trace = filled.conversations.live(turn.id).turn.trace
    assert (trace.perspective_effect, trace.influence) == (NoEffect(), NoInfluence(1.0))
