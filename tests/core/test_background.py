"""Work in the background: watched, cancelled, waited for, and never ended by an error that nobody sees."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

import pytest

from rag.core.background import Job, notice_of, raise_if_cancelled
from rag.core.errors import Cancelled, DiskFull
from rag.core.types import Notice


def fail(error: Exception) -> Callable[[], None]:
    def work() -> None:
        raise error

    return work


def test_a_job_runs_in_a_daemon_thread_with_its_name() -> None:
    threads: list[threading.Thread] = []
    job = Job[None]("kilde-sample")
    assert job.start(lambda: threads.append(threading.current_thread()))
    assert job.wait(10)
    assert threads[0].name == "kilde-sample" and threads[0].daemon
    assert not job.running and job.notice is None


def test_its_status_can_be_read_while_it_runs_and_afterwards() -> None:
    job, go = Job[int]("kilde-sample"), threading.Event()
    assert job.status is None

    def work() -> None:
        go.wait(10)
        job.report(2)

    job.start(work, 1)
    assert (job.running, job.status) == (True, 1)
    go.set()
    assert job.wait(10)
    assert (job.running, job.status) == (False, 2)


def test_at_most_one_run_at_a_time() -> None:
    job, go = Job[str]("kilde-sample"), threading.Event()
    begun: list[str] = []

    def work(name: str) -> None:
        begun.append(name)
        go.wait(10)

    assert job.start(lambda: work("first"), "first")
    assert not job.start(lambda: work("second"), "second")
    assert job.status == "first"
    assert not job.wait(0.01)
    go.set()
    assert job.wait(10)
    assert job.start(lambda: work("third"))
    assert job.wait(10)
    assert begun == ["first", "third"]


def test_of_many_that_start_it_at_once_only_one_does() -> None:
    job, go, together = Job[None]("kilde-sample"), threading.Event(), threading.Barrier(8)
    answers: list[bool] = []

    def start() -> None:
        together.wait(10)
        answers.append(job.start(lambda: go.wait(10)))

    threads = [threading.Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    go.set()
    assert sorted(answers) == [False] * 7 + [True]
    assert job.wait(10)


def test_it_is_cancelled_at_its_next_step_and_that_is_no_fault() -> None:
    job = Job[None]("kilde-sample")

    def work() -> None:
        while True:
            job.raise_if_cancelled()
            time.sleep(0.001)

    job.start(work)
    job.stop()
    assert not job.running and job.notice is None and job.cancelled()
    ended = job.cancelled
    assert job.start(lambda: None)
    assert job.wait(10)
    assert not job.cancelled() and ended()  # each run is cancelled for itself


def test_an_error_of_ours_is_kept_until_the_next_run() -> None:
    job = Job[None]("kilde-sample")
    job.start(fail(DiskFull()))
    assert job.wait(10)
    assert job.notice == Notice("disk_full") and not job.running
    job.start(lambda: None)
    assert job.wait(10)
    assert job.notice is None


def test_an_unexpected_error_is_logged_and_kept_as_one(caplog: pytest.LogCaptureFixture) -> None:
    job = Job[None]("kilde-sample")
    with caplog.at_level(logging.ERROR):
        job.start(fail(ZeroDivisionError("by nought")))
        assert job.wait(10)
    assert job.notice == Notice("error")
    assert "kilde-sample failed" in caplog.text and "by nought" in caplog.text


def test_a_pause_ends_when_the_job_is_woken_or_cancelled() -> None:
    job = Job[int]("kilde-sample")

    def work() -> None:
        while not job.cancelled():
            job.report((job.status or 0) + 1)
            job.pause(60)

    def reached(steps: int) -> bool:
        deadline = time.monotonic() + 10
        while job.status != steps and time.monotonic() < deadline:
            time.sleep(0.001)
        return job.status == steps

    job.start(work)
    assert reached(1)
    job.wake()
    assert reached(2)
    job.cancel()
    assert job.wait(10)
    assert job.status == 2


def test_who_wakes_a_job_before_its_pause_is_not_missed() -> None:
    job = Job[None]("kilde-sample")
    job.wake()
    assert job.pause(60)
    assert not job.pause(0.001)
    job.cancel()
    assert job.pause(60) and job.pause(60)


def test_a_job_that_was_never_started_has_ended() -> None:
    job = Job[None]("kilde-sample")
    job.stop()
    assert job.wait() and not job.running


def test_what_is_told_of_an_error() -> None:
    assert notice_of(DiskFull(), "it failed") == Notice("disk_full")
    with pytest.raises(Cancelled):
        raise_if_cancelled(lambda: True)
    raise_if_cancelled(lambda: False)
