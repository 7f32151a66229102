"""A question asked of an assistant to see how it answers, in a thread of its own; kept nowhere. Knows no page."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace

from rag.answering.turn_runner import LiveTurn
from rag.core.errors import KildeError
from rag.core.events import Begun, Delta, Done, Event, Quoted, Retrieved, Working
from rag.core.types import Notice, Turn, TurnState

logger = logging.getLogger(__name__)


class Trial:
    """One question under way, or answered."""

    def __init__(self, question: str, ask: Callable[[Callable[[], bool]], Iterator[Event]]) -> None:
        """ask: given `cancelled`, answers the question event by event."""
        self.question = question
        self._ask = ask
        self._cancel = threading.Event()
        self._began = time.monotonic()
        self._live = LiveTurn(Turn(0, 0, 1, question, ""), working=Working("searching", {}))
        self._thread = threading.Thread(target=self._run, name="kilde-trial", daemon=True)
        self._thread.start()

    @property
    def live(self) -> LiveTurn:
        """As it is now."""
        return self._live

    @property
    def is_running(self) -> bool:
        return self._live.turn.state is TurnState.RUNNING

    def stop(self) -> None:
        """Return at once; what there is stays."""
        self._cancel.set()

    def wait(self, timeout: float) -> None:
        """Return when it has ended."""
        self._thread.join(timeout)

    def _run(self) -> None:
        try:
            events = self._ask(self._cancel.is_set)
            with closing(events):  # type: ignore[type-var]
                for event in events:
                    self._live = replace(self._after(event), seconds=time.monotonic() - self._began)
        except KildeError as error:
            self._fail(error.notice())
        except Exception:
            logger.exception("a trial failed")
            self._fail(Notice("error"))

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
