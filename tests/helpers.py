"""Where things are, for tests in any folder."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rag.core.errors import ModelUnavailable
from rag.models.embedding.protocol import Embedded
from tests.conftest import FakeModel, HashingEncoder

TESTS = Path(__file__).resolve().parent
ROOT = TESTS.parent
APP = ROOT / "app.py"


def until(condition: Callable[[], Any], seconds: float = 10.0) -> Any:
    """What `condition` says once it is true; fails the test when it is not in time."""
    end = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < end, "not in time"
        time.sleep(0.01)
    return value


class SlowEncoder(HashingEncoder):
    """Embeds when it is allowed to."""

    def __init__(self) -> None:
        self.go = threading.Event()

    def encode_passages(self, passages: Any, cancelled: Callable[[], bool] | None = None) -> Embedded:
        while not self.go.wait(0.01):
            if cancelled is not None and cancelled():
                from rag.core.errors import Cancelled

                raise Cancelled
        return super().encode_passages(passages, cancelled)


def break_counters(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(self: FakeModel) -> Any:
        raise ModelUnavailable(model=self.name, detail="offline")

    monkeypatch.setattr(FakeModel, "counter", broken)
