"""What a row of the table is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True)
class Row:
    """One kind of fault. wrong: what must be 0, by its name; told: what else was counted or measured.

    not_run: why it could not be run here; a row that was not run proves nothing.
    """

    name: str
    cases: int = 0
    wrong: Mapping[str, int] = field(default_factory=dict)
    told: Mapping[str, Any] = field(default_factory=dict)
    seconds: float = 0.0
    not_run: str = ""

    @property
    def good(self) -> bool:
        return not self.not_run and self.cases > 0 and not any(self.wrong.values())

    def as_plain(self) -> dict[str, Any]:
        return {**asdict(self), "good": self.good}


@dataclass(frozen=True)
class Size:
    """How much of everything is tried."""

    kills: int
    snapshots: int
    pages: int
    wal: int
    full: int
    power: int
    session_seconds: float
    sessions: int
    two_seconds: float


FULL = Size(
    kills=200, snapshots=300, pages=200, wal=100, full=60, power=1200, session_seconds=60, sessions=20, two_seconds=20
)
QUICK = Size(kills=4, snapshots=16, pages=8, wal=4, full=5, power=16, session_seconds=0.7, sessions=6, two_seconds=0.6)

Run = Callable[[int, Size], Row]
