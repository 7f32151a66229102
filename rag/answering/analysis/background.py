"""Runs an analysis of an answer in the background, on request, and saves the result in the turn's trace."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from rag.conversations.history import History
from rag.core.background import Job, JobsById
from rag.core.types import Notice, Turn
from rag.core.types.analysis import Influence, PerspectiveEffect

Report = Callable[[int, int], None]
"""Called with the number of steps done and the total."""
Part = Literal["influence", "perspective_effect"]
"""The part of a turn's trace that is measured."""
Measure = Callable[[Turn, Report, Callable[[], bool]], Influence | PerspectiveEffect]
"""Takes a turn, a progress callback and `cancelled`. Raises Cancelled and any error of the models."""

# two analyses of one turn may end at the same time; each must add its result to the newest trace
_keeping = threading.Lock()


@dataclass(frozen=True, slots=True)
class Measuring:
    """Progress of an analysis, in steps. notice: why it ended without a result; None while it runs."""

    done: int = 0
    total: int = 0
    notice: Notice | None = None


class BackgroundAnalysis(JobsById[Measuring]):
    """Computes one part of a turn's trace, one thread for each turn, and saves the result in the turn."""

    def __init__(self, history: History, part: Part, measure: Measure) -> None:
        super().__init__()
        self._history = history
        self._part = part
        self._measure = measure

    def start(self, turn_id: int) -> None:
        """Start the analysis unless it is running; a cancelled run is awaited first. Raises NotFound."""
        turn = self._history.turn(turn_id)
        job = Job[Measuring](f"kilde-{self._part}-{turn_id}")
        with self._guard:
            earlier = self._jobs.get(turn_id)
            if earlier is not None and earlier.running and not earlier.cancelled():
                return
            self._jobs = {key: j for key, j in self._jobs.items() if j.running or j.notice is not None}
            self._jobs[turn_id] = job
            job.start(lambda: self._run(turn, job, earlier), Measuring(0, len(turn.hits)))

    def status(self, turn_id: int) -> Measuring | None:
        """The progress or the failure; None otherwise, as a finished result is read from the turn."""
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
        result = self._measure(turn, lambda done, total: job.report(Measuring(done, total)), job.cancelled)
        with _keeping:
            job.raise_if_cancelled()
            latest = self._history.turn(turn.id)  # another analysis may have saved its result meanwhile
            trace = replace(latest.trace, **{self._part: result})  # type: ignore[arg-type]
            self._history.save(replace(latest, trace=trace))
