"""Work in the background: a daemon thread that can be watched, cancelled and waited for.

`Job` is the one place of the product that starts threads for work of its own, so that all of it is named, cancelled,
logged and shown in the same way. Work that is to be cancelled asks `cancelled` between its steps.
"""

import logging
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from rag.core.errors import Cancelled, KildeError
from rag.core.types import Notice

logger = logging.getLogger(__name__)

Status = TypeVar("Status")


class Job(Generic[Status]):
    """At most one run of some work at a time; it can be started again when that has ended. Safe to use from any thread.

    status: what the work reported last, None before it reported anything; it stays when the run ends.
    notice: why the last run failed; None while it is under way, where it succeeded, and where it was cancelled.
    """

    def __init__(self, name: str) -> None:
        """name: of the thread, and of the job in the log."""
        self.name = name
        self.status: Status | None = None
        self.notice: Notice | None = None
        self._guard = threading.Lock()
        self._thread: threading.Thread | None = None
        self._running = False
        self._cancel = threading.Event()
        self._wake = threading.Event()

    @property
    def running(self) -> bool:
        return self._running

    def start(self, work: Callable[[], object], status: Status | None = None) -> bool:
        """Begin to work. status: the first one. False where a run is under way: it goes on, and `work` is not begun."""
        with self._guard:
            if self._running:
                return False
            # an event of its own for each run: work may hand `cancelled` to a thread that outlives the run
            self._cancel = threading.Event()
            self.status, self.notice = status, None
            thread = threading.Thread(target=self._run, args=(work,), name=self.name, daemon=True)
            thread.start()
            self._thread, self._running = thread, True
            return True

    def report(self, status: Status) -> None:
        """Called by the work: how far it is."""
        self.status = status

    def cancel(self) -> None:
        """Ask the run to end, and return at once; what was never started is not cancelled by it."""
        self._cancel.set()
        self._wake.set()

    @property
    def cancelled(self) -> Callable[[], bool]:
        """Whether the present run has been asked to end: a function that stays true to this run."""
        return self._cancel.is_set

    def raise_if_cancelled(self) -> None:
        """Raises Cancelled."""
        raise_if_cancelled(self.cancelled)

    def wait(self, timeout: float | None = None) -> bool:
        """Return when the run has ended, or after so many seconds. Whether it has ended."""
        thread = self._thread
        if thread is not None:
            thread.join(timeout)
        return not self._running

    def stop(self) -> None:
        """Cancel the run, and return when it has ended."""
        self.cancel()
        self.wait()

    def wake(self) -> None:
        """End the pause that the work makes, or the next one."""
        self._wake.set()

    def pause(self, seconds: float) -> bool:
        """Called by the work: wait so long at most. True where the job was woken or cancelled meanwhile, or before."""
        woken = self._cancel.is_set() or self._wake.wait(seconds)
        self._wake.clear()
        return woken

    def _run(self, work: Callable[[], object]) -> None:
        notice = None
        try:
            work()
        except Cancelled:
            pass
        except Exception as error:  # noqa: BLE001 (it is logged there)
            notice = notice_of(error, f"{self.name} failed")
        finally:
            with self._guard:
                self.notice, self._running = notice, False


class OneJob(Generic[Status]):
    """Base of what does one thing at a time in the background."""

    def __init__(self, name: str) -> None:
        self._job = Job[Status](name)

    def progress(self) -> Status | None:
        """None where no run is under way."""
        return self._job.status if self._job.running else None

    def cancel(self) -> None:
        """Return at once; the run ends at its next step, and nothing is kept of it."""
        self._job.cancel()

    def wait(self, timeout: float | None = None) -> None:
        """Return when no run is under way."""
        self._job.wait(timeout)

    def stop(self) -> None:
        """Cancel, and return when the run has ended."""
        self._job.stop()


class JobsById(Generic[Status]):
    """Base of what does things in the background for several turns at once, each by the turn's id."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._jobs: dict[int, Job[Status]] = {}

    def cancel(self, turn_id: int) -> None:
        """Return at once; the run ends at its next step."""
        if (job := self._job_of(turn_id)) is not None:
            job.cancel()

    def wait(self, turn_id: int, timeout: float | None = None) -> None:
        """Return when the run has ended."""
        if (job := self._job_of(turn_id)) is not None:
            job.wait(timeout)

    def stop_all(self) -> None:
        """Cancel all, and return when they have ended."""
        with self._guard:
            jobs = list(self._jobs.values())
        for job in jobs:
            job.cancel()
        for job in jobs:
            job.wait()

    def _job_of(self, turn_id: int) -> Job[Status] | None:
        with self._guard:
            return self._jobs.get(turn_id)


def notice_of(error: Exception, failure: str) -> Notice:
    """What a user is told of an error that ended work in the background.

    It is logged: an unexpected one with its traceback, since it is a bug. failure: what the log says.
    """
    if isinstance(error, KildeError):
        logger.info("%s: %s", failure, error)
        return error.notice()
    logger.exception(failure)
    return Notice("error")


def raise_if_cancelled(cancelled: Callable[[], bool]) -> None:
    """Raises Cancelled."""
    if cancelled():
        raise Cancelled
