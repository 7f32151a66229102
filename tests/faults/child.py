"""Cases in processes of their own, forked from one that has imported everything and has no thread."""

from __future__ import annotations

import json
import os
import select
import signal
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

PATIENCE = 120.0


class ChildFailed(Exception):
    """A case ended in a way that no case may: with what it said."""


def in_child(work: Callable[[], Any], patience: float = PATIENCE) -> Any:
    """What `work` returns, as JSON brings it over. Raises ChildFailed."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        _say(writing, work)
    os.close(writing)
    text = _read(reading, pid, patience)
    os.waitpid(pid, 0)
    os.close(reading)
    if not text:
        raise ChildFailed("it ended without a word")
    said = json.loads(text)
    if "error" in said:
        raise ChildFailed(said["error"])
    return said["result"]


def _say(writing: int, work: Callable[[], Any]) -> None:
    try:
        said = {"result": work()}
    except BaseException:  # noqa: BLE001 - the parent is told of it
        said = {"error": traceback.format_exc()}
    with os.fdopen(writing, "w", encoding="utf-8") as file:
        json.dump(said, file)
    # no atexit of the parent's in here
    os._exit(0)


def _read(reading: int, pid: int, patience: float) -> str:
    parts = []
    end = time.monotonic() + patience
    while time.monotonic() < end:
        if select.select([reading], [], [], 0.5)[0]:
            part = os.read(reading, 1 << 20)
            if not part:
                return b"".join(parts).decode()
            parts.append(part)
    os.kill(pid, signal.SIGKILL)
    return json.dumps({"error": f"it said nothing for {patience} s"})


@dataclass
class Killable:
    """A child that writes down what it begins and what was acknowledged, and may be killed at any moment."""

    work: Callable[[Callable[..., None]], None]
    pid: int = 0
    reading: int = -1
    _left: bytes = b""
    said: list[list[Any]] = field(default_factory=list)

    def start(self) -> None:
        self.reading, writing = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            os.close(self.reading)

            def tell(*words: Any) -> None:
                os.write(writing, json.dumps(words).encode() + b"\n")

            try:
                self.work(tell)
                tell("end")
            except BaseException:  # noqa: BLE001 - the parent is told of it
                tell("error", traceback.format_exc())
            os._exit(0)
        os.close(writing)

    def wait_for(self, word: str, patience: float = PATIENCE) -> None:
        end = time.monotonic() + patience
        while not any(line[0] == word for line in self.said):
            if time.monotonic() > end or not self._take(0.5):
                raise ChildFailed(f"{word} never came: {self.said[-1:]}")

    def kill(self) -> None:
        os.kill(self.pid, signal.SIGKILL)

    def ended(self) -> list[list[Any]]:
        """All that it said, when it has ended."""
        while self._take(PATIENCE):
            pass
        os.waitpid(self.pid, 0)
        os.close(self.reading)
        for line in self.said:
            if line[0] == "error":
                raise ChildFailed(line[1])
        return self.said

    def _take(self, patience: float) -> bool:
        """False at the end of what it says."""
        if not select.select([self.reading], [], [], patience)[0]:
            return True
        part = os.read(self.reading, 1 << 16)
        *lines, self._left = (self._left + part).split(b"\n")
        self.said += [json.loads(line) for line in lines]
        return bool(part)
