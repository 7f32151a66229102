"""Measurements of an answer that are made when they are asked for, in the background, and kept with the turn."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from rag.conversations.history import History
from rag.core.background import Job, JobsById
from rag.core.types import Notice, Turn
from rag.core.types.analysis import Influence, PerspectiveEffect

Report = Callable[[int, int], None]
"""Told how many steps have been taken so far, and of how many."""
Part = Literal["influence", "perspective_effect"]
"""The part of a turn's trace that is measured."""
Measure = Callable[[Turn, Report, Callable[[], bool]], Influence | PerspectiveEffect]
"""Given a turn, whom to report to, and `cancelled`. Raises Cancelled, and what the models raise."""

# two measurements of one turn may end at once, and each adds to what the turn has kept by then
_keeping = threading.Lock()


@dataclass(frozen=True, slots=True)
class Measuring:
    """How far measuring has come, in steps. notice: why it ended without a result; None while it goes on."""

    done: int = 0
    of: int = 0
    notice: Notice | None = None


class BackgroundAnalysis(JobsById[Measuring]):
    """Measures one part of a turn's trace in threads of its own, and keeps each result with its turn."""

    def __init__(self, history: History, part: Part, measure: Measure) -> None:
        super().__init__()
        self._history = history
        self._part = part
        self._measure = measure

    def start(self, turn_id: int) -> None:
        """Begin to measure, unless that is under way; one that was cancelled ends first. Raises NotFound."""
        turn = self._history.turn(turn_id)
        job = Job[Measuring](f"kilde-{self._part}-{turn_id}")
        with self._guard:
            earlier = self._jobs.get(turn_id)
            if earlier is not None and earlier.running and not earlier.cancelled():
                return
            self._jobs = {key: other for key, other in self._jobs.items() if other.running or other.notice is not None}
            self._jobs[turn_id] = job
            job.start(lambda: self._run(turn, job, earlier), Measuring(0, len(turn.hits)))

    def status(self, turn_id: int) -> Measuring | None:
        """None where nothing is under way and nothing went wrong: the result, if there is one, is in the turn."""
        job = self._job_of(turn_id)
        if job is None or job.cancelled():
            return None
        if job.running:
            return job.status
        return Measuring(notice=job.notice) if job.notice is not None else None

    def _run(self, turn: Turn, job: Job[Measuring], earlier: Job[Measuring] | None) -> None:
        if earlier is not None:
            earlier.wait()
        job.raise_if_cancelled()
        result = self._measure(turn, lambda done, of: job.report(Measuring(done, of)), job.cancelled)
        with _keeping:
            job.raise_if_cancelled()
            now = self._history.turn(turn.id)  # with what else was added to it meanwhile
            trace = replace(now.trace, **{self._part: result})  # type: ignore[arg-type]
            self._history.save(replace(now, trace=trace))
