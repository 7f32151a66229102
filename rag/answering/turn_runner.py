"""Turns being answered, each in a thread of its own: they go on whatever the page that asked does."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from rag.answering.writer import written_answer
from rag.conversations.history import History
from rag.core.background import Job, JobsById, notice_of
from rag.core.errors import KildeError, TooManyQuestions
from rag.core.events import Begun, Delta, Done, Event, Quoted, Retrieved, Working
from rag.core.text.languages import answer_language
from rag.core.types import Notice, Turn, TurnState

logger = logging.getLogger(__name__)

AT_ONCE = 8
"""So many turns are answered at the same time; the others wait, in no certain order. A panel asks up to four."""
MOST_WAITING = 100
"""So many turns can be running, those that wait among them."""
_LOOK_SECONDS = 0.05
SAVE_SECONDS = 1.0
"""How often a written answer is kept while it comes: what a crash can lose of it."""


@dataclass(frozen=True, slots=True)
class LiveTurn:
    """A turn as it is now. partial: what a model has written so far. working: what is being done, None when ended.

    step: of a chain of assistants the number of the one at work, from 1.
    """

    turn: Turn
    partial: str = ""
    working: Working | None = None
    seconds: float = 0.0
    step: int = 1


class TurnRunner(JobsById[LiveTurn]):
    """Starts, shows and stops turns; of one that is cancelled what there is stays."""

    def __init__(self, history: History) -> None:
        super().__init__()
        self._history = history
        self._unsaved: dict[int, LiveTurn] = {}
        self._places = threading.BoundedSemaphore(AT_ONCE)

    def check_room(self) -> None:
        """To be asked before a turn is begun. Raises TooManyQuestions."""
        with self._guard:
            if len(self._jobs) >= MOST_WAITING:
                raise TooManyQuestions(most=MOST_WAITING)

    def start(self, turn: Turn, ask: Callable[[Callable[[], bool]], Iterator[Event]]) -> None:
        """ask: given `cancelled`, answers the turn."""
        job = Job[LiveTurn](f"kilde-turn-{turn.id}")
        with self._guard:
            if turn.id in self._jobs:  # asked for twice at the same moment
                return
            self._unsaved.pop(turn.id, None)
            self._jobs[turn.id] = job
            job.start(lambda: self._run(turn, ask, job), LiveTurn(turn, working=Working("searching", {})))

    def get(self, turn_id: int) -> LiveTurn | None:
        """None where the turn is not running here."""
        with self._guard:
            job = self._jobs.get(turn_id)
            return job.status if job is not None else self._unsaved.get(turn_id)

    def _run(self, turn: Turn, ask: Callable[[Callable[[], bool]], Iterator[Event]], job: Job[LiveTurn]) -> None:
        has_place = self._wait_for_place(turn, job)
        began = saved = time.monotonic()
        unsaved: LiveTurn | None = None
        live = LiveTurn(turn, working=Working("searching", {}))
        try:
            for event in ask(job.cancelled):
                now = time.monotonic()
                live = replace(_after(live, event), seconds=now - began)
                if isinstance(event, Done):  # what is shown as finished is there after a crash
                    self._history.save(live.turn)
                    saved = now
                job.report(live)
                if isinstance(event, Retrieved | Quoted) or now - saved > SAVE_SECONDS:
                    self._history.save(_with_partial(live))
                    saved = now
        except Exception as error:  # noqa: BLE001 (it is logged there)
            unsaved = self._fail(live, notice_of(error, "answering failed"))
        finally:
            if has_place:
                self._places.release()
            with self._guard:
                del self._jobs[turn.id]
                if unsaved is not None:
                    self._unsaved[turn.id] = unsaved

    def _wait_for_place(self, turn: Turn, job: Job[LiveTurn]) -> bool:
        """False where the turn was stopped before there was one: it ends soon without."""
        if self._places.acquire(blocking=False):
            return True
        job.report(LiveTurn(turn, working=Working("waiting", {})))
        while not self._places.acquire(timeout=_LOOK_SECONDS):
            if job.cancelled():
                return False
        return True

    def _fail(self, live: LiveTurn, notice: Notice) -> LiveTurn | None:
        """Returns the failed turn where it could not be kept: it is then shown from memory until the next start."""
        turn = replace(recovered(_with_partial(live)), state=TurnState.FAILED, notice=notice)
        try:
            self._history.save(turn)
        except KildeError as error:  # such as a full disk
            logger.warning("%s", error)
            return LiveTurn(turn)
        return None


def _after(live: LiveTurn, event: Event) -> LiveTurn:
    match event:
        case Working():
            return replace(live, working=event)
        case Delta(text):
            return replace(live, partial=live.partial + text)
        case Begun(number):
            return replace(live, partial="", step=number)
        case Retrieved(turn) | Quoted(turn):
            return replace(live, turn=turn)
        case Done(turn):
            return replace(live, turn=turn, partial="", working=None)


def _with_partial(live: LiveTurn) -> Turn:
    """The turn with what has been written so far, kept in a form that `recovered` can finish."""
    turn = live.turn
    return replace(turn, trace=replace(turn.trace, partial=live.partial)) if live.partial else turn


def recovered(turn: Turn) -> Turn:
    """A turn whose program ended while it was answered: stopped, with what had come."""
    answer, partial, trace = turn.answer, turn.trace.partial, replace(turn.trace, partial="")
    if answer is not None and partial:
        answer = written_answer(answer, partial, turn.hits, answer_language(turn.question))
    return replace(turn, state=TurnState.STOPPED, notice=Notice("interrupted"), answer=answer, trace=trace)
