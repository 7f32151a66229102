"""A question asked of an assistant to see how it answers, in a thread of its own; kept nowhere. Knows no page."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace

from rag.answering.turn_runner import LiveTurn
from rag.core.background import Job, notice_of
from rag.core.events import Begun, Delta, Done, Event, Quoted, Retrieved, Working
from rag.core.types import Notice, Turn, TurnState


class Trial:
    """One question under way, or answered."""

    def __init__(self, question: str, ask: Callable[[Callable[[], bool]], Iterator[Event]]) -> None:
        """ask: given `cancelled`, answers the question event by event."""
        self.question = question
        self._ask = ask
        self._job = Job[LiveTurn]("kilde-trial")
        self._began = time.monotonic()
        self._live = LiveTurn(Turn(0, 0, 1, question, ""), working=Working("searching", {}))
        self._job.start(self._run)

    @property
    def live(self) -> LiveTurn:
        """As it is now."""
        return self._live

    @property
    def is_running(self) -> bool:
        return self._live.turn.state is TurnState.RUNNING

    def stop(self) -> None:
        """Return at once; what there is stays."""
        self._job.cancel()

    def wait(self, timeout: float) -> None:
        """Return when it has ended."""
        self._job.wait(timeout)

    def _run(self) -> None:
        try:
            events = self._ask(self._job.cancelled)
            with closing(events):  # type: ignore[type-var]
                for event in events:
                    self._live = replace(self._after(event), seconds=time.monotonic() - self._began)
        except Exception as error:  # noqa: BLE001 (it is logged there)
            self._fail(notice_of(error, "a trial failed"))

    def _after(self, event: Event) -> LiveTurn:
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
