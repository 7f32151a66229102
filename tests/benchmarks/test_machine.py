"""What else the machine did while something was measured."""

from __future__ import annotations

import pytest

from benchmarks import machine
from benchmarks.machine import QUIET, Taken, least_disturbed


def shares(monkeypatch: pytest.MonkeyPatch, *given: float) -> None:
    told = iter(given)
    monkeypatch.setattr(machine.Taken, "share", lambda self: next(told))


def test_what_was_disturbed_least_is_kept_whatever_was_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    shares(monkeypatch, 0.3, 0.1, 0.2)
    measured = iter([5.0, 9.0, 1.0])
    assert least_disturbed(lambda: next(measured), 3) == (9.0, 0.1)


def test_a_quiet_machine_is_measured_once(monkeypatch: pytest.MonkeyPatch) -> None:
    shares(monkeypatch, 0.3, QUIET)
    measured = iter([5.0, 9.0])
    assert least_disturbed(lambda: next(measured), 9) == (9.0, QUIET)


def test_there_is_always_one_attempt(monkeypatch: pytest.MonkeyPatch) -> None:
    shares(monkeypatch, 1.0)
    assert least_disturbed(lambda: "once", 0) == ("once", 1.0)


def test_what_others_take_is_a_share() -> None:
    taken = Taken()
    sum(range(2_000_000))
    assert 0.0 <= taken.share() <= 1.0
