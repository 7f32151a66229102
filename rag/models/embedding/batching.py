"""Groups texts into batches for embedding, and provides the threads that embed them."""

import os
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from rag.core.errors import Cancelled

BATCH_TOKENS = 1024
"""Tokens per forward pass, including padding. With 384 dimensions in bfloat16 the widest states (1024 x 1536) are 3 MB
and nearly fit the caches; a small batch also makes a stop take effect sooner."""
LEAST_TOKENS = 256
"""With fewer tokens, reading the weights dominates, and another thread gains nothing."""
MOST_WAITED = 0.02
"""Longest pause in seconds, about a dozen of which occur per batch: a stream of questions slows indexing down without
stopping it."""
NICENESS = 10
"""Niceness of indexing threads: a thread that answers preempts them at once (on Linux it gets 90 %)."""


_thread_flags = threading.local()


def batches(lengths: Sequence[int], workers: int, budget: int = BATCH_TOKENS) -> list[list[int]]:
    """Indices grouped into batches of similar length, longest texts first.

    lengths: tokens of each text. A batch has at most `budget` tokens including padding, or a single text. Batches are
    sized so that all `workers` finish at about the same time.
    """
    remaining = sum(lengths)
    count = -(-remaining // (round(budget * 0.95) * workers)) * workers  # 5 % for padding, not known yet
    count = max(1, min(count, remaining // LEAST_TOKENS))
    groups: list[list[int]] = []
    share = 0
    for index in sorted(range(len(lengths)), key=lengths.__getitem__, reverse=True):
        # sorted: the first text of a batch is its longest
        padded = lengths[groups[-1][0]] * (len(groups[-1]) + 1) if groups else 0
        # round to the nearest text: up to half a text above the share is accepted
        if not groups or padded > budget or padded - lengths[index] // 2 > share:
            share = remaining // max(1, count - len(groups))
            groups.append([])
        groups[-1].append(index)
        remaining -= lengths[index]
    return groups


class PriorityGate:
    """Pauses indexing while an answer is awaited: two threads on one core would each be a third slower.

    Several threads may hold it at once.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._holders = 0

    @contextmanager
    def hold(self) -> Iterator[None]:
        """A context for urgent work, during which indexing pauses."""
        with self._changed:
            self._holders += 1
        try:
            yield
        finally:
            with self._changed:
                self._holders -= 1
                self._changed.notify_all()

    def give_way(self, seconds: float = MOST_WAITED) -> None:
        """Wait until nobody holds the gate, at most `seconds`; only indexing threads wait, others return at once."""
        if not getattr(_thread_flags, "can_wait", False):
            return
        with self._changed:
            self._changed.wait_for(lambda: not self._holders, seconds)


priority_gate = PriorityGate()


class Threads:
    """Threads that each embed whole batches, with a single torch thread in each.

    Two batches in parallel on two cores are faster than one batch on both: no operator waits for its other half, which
    takes long if something else runs on that core.
    """

    def __init__(self, name: str, niceness: int = 0) -> None:
        """niceness: ignored if the system has none per thread."""
        self.number = physical_cores()
        self._pool = ThreadPoolExecutor(self.number, f"kilde-{name}")
        started = threading.Barrier(self.number)
        for future in [self._pool.submit(_begin, started, niceness) for _ in range(self.number)]:
            future.result()

    def run(self, tasks: Iterable[Callable[[], None]], cancelled: Callable[[], bool] | None = None) -> None:
        """Run the tasks, as many at once as there are threads. cancelled: called before each task. Raises Cancelled."""
        pending: set[Future[None]] = set()
        try:
            for task in tasks:
                if len(pending) == self.number:
                    done, pending = wait(pending, return_when=FIRST_COMPLETED)
                    for future in done:
                        future.result()
                if cancelled is not None and cancelled():
                    raise Cancelled
                pending.add(self._submit(task))
        finally:
            wait(pending)
        for future in pending:
            future.result()

    def _submit(self, task: Callable[[], None]) -> Future[None]:
        try:
            return self._pool.submit(task)
        except RuntimeError as error:  # the interpreter is shutting down while a daemon thread still submits work
            raise Cancelled from error


@cache
def threads(urgent: bool) -> Threads:
    """The threads for questions (urgent) or for indexing, both started once per process."""
    return Threads("encode") if urgent else Threads("index", NICENESS)


def _begin(started: threading.Barrier, niceness: int) -> None:
    import torch

    torch.get_num_threads()  # the first call in a thread initialises its setting from the process-wide one
    torch.set_num_threads(1)
    _thread_flags.can_wait = bool(niceness)
    if niceness and sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), niceness)
    started.wait()


def physical_cores() -> int:
    """The physical cores that this process may use, at least 1: a second thread on one core makes torch no faster."""
    try:
        cpus = os.sched_getaffinity(0)
    except AttributeError:  # not Linux
        return max(1, os.cpu_count() or 1)
    cores = set()
    for cpu in cpus:
        siblings = Path(f"/sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list")
        cores.add(siblings.read_text() if siblings.is_file() else str(cpu))
    return max(1, len(cores))
