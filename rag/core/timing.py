"""The time now, and the milliseconds between the steps of something."""

from __future__ import annotations

import time
from datetime import UTC, datetime


def utc_now() -> str:
    """The time as records have it: UTC, ISO 8601, to the millisecond."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


class Stopwatch:
    """Milliseconds between laps."""

    def __init__(self) -> None:
        self._began = self._last = time.perf_counter()
        self.laps: dict[str, float] = {}

    def lap(self, name: str) -> float:
        now = time.perf_counter()
        self.laps[name] = round((now - self._last) * 1000, 1)
        self._last = now
        return self.laps[name]

    def total(self) -> float:
        return round((time.perf_counter() - self._began) * 1000, 1)
