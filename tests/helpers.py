"""Where things are, for tests in any folder."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from rag.core.errors import ModelUnavailable
from rag.core.types import Turn
from rag.library import Library
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


def components_of(at: AppTest) -> list[dict[str, Any]]:
    """The data of each of Kilde's own components on a page, in order."""
    return [json.loads(element.proto.json) for element in at.get("bidi_component")]


def asked(library: Library, question: str, conversation_id: int | None = None, **how: Any) -> Turn:
    """The turn of a question asked as a page asks it, once its answer is there. how: as in `Conversations.start`."""
    turn = library.conversations.start(question, conversation_id, **how)
    library.conversations.wait(turn.id, 60)
    return library.conversations.live(turn.id).turn
