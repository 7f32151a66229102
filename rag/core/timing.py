"""The time now, and how long the steps of some work take."""

import time
from datetime import UTC, datetime


def utc_now() -> str:
    """The time as records have it: UTC, ISO 8601, to the millisecond."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


class Stopwatch:
    """Measures laps in milliseconds."""

    def __init__(self) -> None:
        self._began = self._last = time.perf_counter()
        self.laps: dict[str, float] = {}

    def lap(self, name: str) -> float:
        """Milliseconds since the last lap, or since the start; kept in `laps` by `name`."""
        lap_end = time.perf_counter()
        self.laps[name] = round((lap_end - self._last) * 1000, 1)
        self._last = lap_end
        return self.laps[name]

    def total(self) -> float:
        """Milliseconds since the start."""
        return round((time.perf_counter() - self._began) * 1000, 1)
