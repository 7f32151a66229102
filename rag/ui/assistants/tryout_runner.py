"""Runs the trial of an assistant in a background thread; nothing is stored. Independent of Streamlit."""

import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace

from rag.answering.turn_runner import LiveTurn
from rag.core.background import Job, notice_of
from rag.core.events import Begun, Delta, Done, Event, Quoted, Retrieved, Working
from rag.core.types import Notice, Turn, TurnState


class Trial:
    """A trial question and its answer so far."""

    def __init__(self, question: str, ask: Callable[[Callable[[], bool]], Iterator[Event]]) -> None:
        """Starts at once. ask: yields the answer's events; its argument tells whether to stop."""
        self.question = question
        self._ask = ask
        self._job = Job[LiveTurn]("kilde-trial")
        self._start_time = time.monotonic()
        self._live = LiveTurn(Turn(0, 0, 1, question, ""), working=Working("searching", {}))
        self._job.start(self._run)

    @property
    def live(self) -> LiveTurn:
        """A snapshot of the answer."""
        return self._live

    @property
    def is_running(self) -> bool:
        return self._live.turn.state is TurnState.RUNNING

    def stop(self) -> None:
        """Asks the thread to stop and returns at once; the answer so far stays."""
        self._job.cancel()

    def wait(self, timeout: float) -> None:
        """Returns when the trial has ended, or after `timeout` seconds."""
        self._job.wait(timeout)

    def _run(self) -> None:
        try:
            events = self._ask(self._job.cancelled)
            with closing(events):  # type: ignore[type-var]
                for event in events:
                    self._live = replace(self._apply(event), seconds=time.monotonic() - self._start_time)
        except Exception as error:  # noqa: BLE001 (`notice_of` logs it)
            self._fail(notice_of(error, "a trial failed"))

    def _apply(self, event: Event) -> LiveTurn:
        live = self._live
        match event:
            case Working():
                return replace(live, working=event)
            case Delta(text):
                return replace(live, partial=live.partial + text)
            case Begun():
                return replace(live, partial="")
            case Retrieved(turn) | Quoted(turn):
                return replace(live, turn=turn)
            case Done(turn):
                return replace(live, turn=turn, partial="", working=None)

    def _fail(self, notice: Notice) -> None:
        turn = replace(self._live.turn, state=TurnState.FAILED, notice=notice)
        self._live = replace(self._live, turn=turn, partial="", working=None)
