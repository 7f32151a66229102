"""The threads that embed: how many, how urgent, and how they stop."""

from __future__ import annotations

import os
import sys
import threading
import time
from functools import partial

import pytest

from rag.core.errors import Cancelled
from rag.models.embedding.batching import NICENESS, Threads, physical_cores, priority_gate, threads


def test_each_thread_has_one_of_torchs_and_the_rest_keep_theirs() -> None:
    import torch

    before = torch.get_num_threads()
    made = Threads("test")
    torch.set_num_threads(before)
    seen: list[int] = []
    made.run([lambda: seen.append(torch.get_num_threads())] * 8)
    assert seen == [1] * 8
    new = threading.Thread(target=lambda: seen.append(torch.get_num_threads()))
    new.start()
    new.join()
    assert seen[-1] == before == torch.get_num_threads()


@pytest.mark.skipif(sys.platform != "linux", reason="niceness of a thread is Linux's")
def test_what_can_wait_is_less_urgent() -> None:
    own = os.getpriority(os.PRIO_PROCESS, 0)
    found: dict[bool, set[int]] = {}
    for urgent in (True, False):
        seen: set[int] = set()
        threads(urgent).run([lambda seen=seen: seen.add(os.getpriority(os.PRIO_PROCESS, 0))] * 4)  # type: ignore[misc]
        found[urgent] = seen
    assert found == {True: {own}, False: {min(19, NICENESS)}}
    assert os.getpriority(os.PRIO_PROCESS, 0) == own
    assert threads(True) is threads(True)


def test_as_many_run_at_once_as_there_are_threads() -> None:
    made = Threads("test")
    both = threading.Barrier(made.number)

    def meet() -> None:
        both.wait(10)

    made.run([meet] * made.number)
    assert made.number == physical_cores()


def test_cancelling_lets_what_runs_end_and_begins_nothing_more() -> None:
    made = Threads("test")
    ended: list[int] = []

    def work(number: int) -> None:
        time.sleep(0.05)
        ended.append(number)

    asked = iter([False] * 3 + [True] * 100)
    with pytest.raises(Cancelled):
        made.run((partial(work, number) for number in range(50)), lambda: next(asked))
    assert sorted(ended) == [0, 1, 2]
    made.run([])


def test_what_a_task_raises_comes_out_when_the_others_have_ended() -> None:
    made = Threads("test")
    ended: list[int] = []

    def work(number: int) -> None:
        if number == 1:
            raise ValueError(number)
        time.sleep(0.05)
        ended.append(number)

    with pytest.raises(ValueError, match="1"):
        made.run(partial(work, number) for number in range(2))
    assert ended == [0]
    made.run([partial(work, 5)])
    assert ended == [0, 5]


def test_what_can_wait_gives_way_until_nobody_needs_it() -> None:
    patient = Threads("test", NICENESS)
    gave, went_on = threading.Event(), threading.Event()

    def work() -> None:
        gave.set()
        priority_gate.give_way(20)
        went_on.set()

    with priority_gate.hold(), priority_gate.hold():
        running = threading.Thread(target=lambda: patient.run([work]))
        running.start()
        assert gave.wait(10)
        assert not went_on.wait(0.2)
    assert went_on.wait(10)
    running.join(10)


def test_what_gives_way_is_never_stopped_for_good() -> None:
    patient = Threads("test", NICENESS)
    with priority_gate.hold():
        patient.run([partial(priority_gate.give_way, 0.05)] * 4)


def test_what_somebody_waits_for_does_not_wait() -> None:
    began = time.monotonic()
    with priority_gate.hold():
        priority_gate.give_way(20)
        Threads("test").run([partial(priority_gate.give_way, 20)])
    assert time.monotonic() - began < 10


def test_the_way_is_free_again_after_an_error() -> None:
    with pytest.raises(ValueError, match="broken"), priority_gate.hold():
        raise ValueError("broken")
    test_what_can_wait_gives_way_until_nobody_needs_it()
