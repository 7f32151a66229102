"""Measurements of an answer that are made when they are asked for, in the background, and kept with the turn."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from rag.conversations.history import History
from rag.core.errors import Cancelled, KildeError
from rag.core.types import Notice, Turn

logger = logging.getLogger(__name__)

Report = Callable[[int, int], None]
"""Told how many steps have been taken so far, and of how many."""
Measure = Callable[[Turn, Report, Callable[[], bool]], dict[str, Any]]
"""Given a turn, whom to report to, and `cancelled`; returns JSON. Raises Cancelled, and what the models raise."""

# two measurements of one turn may end at once, and each adds to what the turn has kept by then
_keeping = threading.Lock()


@dataclass(frozen=True, slots=True)
class Measuring:
    """How far measuring has come, in steps. notice: why it ended without a result; None while it goes on."""

    done: int = 0
    of: int = 0
    notice: Notice | None = None


class BackgroundAnalysis:
    """Measures in threads of its own, and keeps each result with its turn, in its ledger under `key`."""

    def __init__(self, history: History, key: str, measure: Measure) -> None:
        self._history = history
        self._key = key
        self._measure = measure
        self._guard = threading.Lock()
        self._status: dict[int, Measuring] = {}
        self._running: dict[int, tuple[threading.Thread, threading.Event]] = {}

    def start(self, turn_id: int) -> None:
        """Begin to measure, unless that is under way; one that was cancelled ends first. Raises NotFound."""
        turn = self._history.turn(turn_id)
        cancel = threading.Event()
        with self._guard:
            before = self._running.get(turn_id)
            if before is not None and not before[1].is_set():
                return
            thread = threading.Thread(
                target=self._run,
                args=(turn, cancel, before[0] if before is not None else None),
                name=f"kilde-{self._key}-{turn_id}",
                daemon=True,
            )
            self._running[turn_id] = (thread, cancel)
            self._status[turn_id] = Measuring(0, len(turn.hits))
            thread.start()

    def status(self, turn_id: int) -> Measuring | None:
        """None where nothing is under way and nothing went wrong: the result, if there is one, is in the turn."""
        with self._guard:
            return self._status.get(turn_id)

    def cancel(self, turn_id: int) -> None:
        """Return at once; measuring ends before its next step."""
        with self._guard:
            running = self._running.get(turn_id)
            self._status.pop(turn_id, None)
            if running is not None:
                running[1].set()

    def wait(self, turn_id: int, timeout: float | None = None) -> None:
        """Return when measuring has ended."""
        with self._guard:
            running = self._running.get(turn_id)
        if running is not None:
            running[0].join(timeout)

    def stop_all(self) -> None:
        """Stop everything, and return when it has ended."""
        with self._guard:
            ids = list(self._running)
        for turn_id in ids:
            self.cancel(turn_id)
        for turn_id in ids:
            self.wait(turn_id)

    def _run(self, turn: Turn, cancel: threading.Event, before: threading.Thread | None) -> None:
        ended: Measuring | None = None
        try:
            if before is not None:
                before.join()
            raise_if_cancelled(cancel.is_set)
            result = self._measure(turn, lambda done, of: self._report(turn.id, cancel, done, of), cancel.is_set)
            with _keeping:
                raise_if_cancelled(cancel.is_set)
                now = self._history.turn(turn.id)  # with what else was added to it meanwhile
                self._history.save(replace(now, ledger={**now.ledger, self._key: result}))
        except Cancelled:
            pass
        except KildeError as error:
            ended = Measuring(notice=error.notice())
        except Exception:
            logger.exception("measuring %s failed", self._key)
            ended = Measuring(notice=Notice("error"))
        finally:
            with self._guard:
                if self._running[turn.id][1] is cancel:  # else it was begun anew
                    del self._running[turn.id]
                    self._status.pop(turn.id, None)
                    if ended is not None and not cancel.is_set():
                        self._status[turn.id] = ended

    def _report(self, turn_id: int, cancel: threading.Event, done: int, of: int) -> None:
        with self._guard:
            if not cancel.is_set():
                self._status[turn_id] = Measuring(done, of)


def raise_if_cancelled(cancelled: Callable[[], bool]) -> None:
    """Raises Cancelled."""
    if cancelled():
        raise Cancelled
