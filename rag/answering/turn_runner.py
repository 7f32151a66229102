"""Answers turns in threads of their own, so that they continue when the page is left."""

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
"""Turns answered at the same time; others wait, in no guaranteed order. A panel asks up to four."""
MOST_WAITING = 100
"""The most turns that can be running or waiting."""
_LOOK_SECONDS = 0.05
SAVE_SECONDS = 1.0
"""Interval at which a growing answer is saved: the most that a crash can lose."""


@dataclass(frozen=True, slots=True)
class LiveTurn:
    """The current state of a turn. partial: text written so far. working: the current activity, None when ended.

    step: the number of the assistant at work in a chain, from 1.
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
        """Call before a turn is begun. Raises TooManyQuestions."""
        with self._guard:
            if len(self._jobs) >= MOST_WAITING:
                raise TooManyQuestions(most=MOST_WAITING)

    def start(self, turn: Turn, ask: Callable[[Callable[[], bool]], Iterator[Event]]) -> None:
        """Answer a turn in the background. ask: takes `cancelled` and yields the events."""
        job = Job[LiveTurn](f"kilde-turn-{turn.id}")
        with self._guard:
            if turn.id in self._jobs:  # started twice at the same moment
                return
            self._unsaved.pop(turn.id, None)
            self._jobs[turn.id] = job
            job.start(lambda: self._run(turn, ask, job), LiveTurn(turn, working=Working("searching", {})))

    def get(self, turn_id: int) -> LiveTurn | None:
        """The state of a turn; None if it is not running in this process."""
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
                event_time = time.monotonic()
                live = replace(_after(live, event), seconds=event_time - began)
                if isinstance(event, Done):  # a turn shown as finished must survive a crash
                    self._history.save(live.turn)
                    saved = event_time
                job.report(live)
                if isinstance(event, Retrieved | Quoted) or event_time - saved > SAVE_SECONDS:
                    self._history.save(_with_partial(live))
                    saved = event_time
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
        """Wait for a free place. False if the turn was stopped first; it then ends soon without one."""
        if self._places.acquire(blocking=False):
            return True
        job.report(LiveTurn(turn, working=Working("waiting", {})))
        while not self._places.acquire(timeout=_LOOK_SECONDS):
            if job.cancelled():
                return False
        return True

    def _fail(self, live: LiveTurn, notice: Notice) -> LiveTurn | None:
        """Save the turn as failed. Returns it if saving fails, to be shown from memory until the next start."""
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
    """The turn with the text written so far, in a form that `recovered` can complete."""
    turn = live.turn
    return replace(turn, trace=replace(turn.trace, partial=live.partial)) if live.partial else turn


def recovered(turn: Turn) -> Turn:
    """A turn that was cut off by the end of the process: marked as stopped, with the partial answer."""
    answer, partial, trace = turn.answer, turn.trace.partial, replace(turn.trace, partial="")
    if answer is not None and partial:
        answer = written_answer(answer, partial, turn.hits, answer_language(turn.question))
    return replace(turn, state=TurnState.STOPPED, notice=Notice("interrupted"), answer=answer, trace=trace)
