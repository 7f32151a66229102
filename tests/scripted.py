"""A generator that writes what it is told: for tests of what is done with an answer, not of how one is made."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

from rag.generation.protocol import GREEDY, Prompt, Report, Sampling, Sent, Used
from rag.library import Library


class Scripted:
    """Writes `pieces`, one at a time; or what `reply` makes of the prompt. room: the passages that its context holds.

    wait: is waited for after the first piece. finish: what it says at the end.
    """

    name = "scripted"
    is_loaded = True

    def __init__(
        self,
        *pieces: str,
        wait: threading.Event | None = None,
        reply: Callable[[Prompt], str] | None = None,
        finish: str = "stop",
    ) -> None:
        self.pieces, self.wait, self.reply, self.finish = pieces, wait, reply, finish
        self.room = 99
        self.prompts: list[Prompt] = []
        self.samplings: list[Sampling] = []

    def describe(self) -> dict[str, Any]:
        return {"model": self.name}

    def generate(
        self, prompt: Prompt, cancelled: Callable[[], bool], report: Report, sampling: Sampling = GREEDY
    ) -> Iterator[str]:
        self.prompts.append(prompt)
        self.samplings.append(sampling)
        began = time.perf_counter()
        read = prompt.best(self.room)
        text = "\n\n".join(message.content for message in read.messages)
        report(Sent(read, text, len(text.split()), 999))
        pieces = (self.reply(prompt),) if self.reply is not None else self.pieces
        finish = self.finish
        for number, piece in enumerate(pieces):
            if number and self.wait is not None:
                while not self.wait.wait(0.01) and not cancelled():
                    pass
            if cancelled():
                finish = "stopped"
                break
            yield piece
        seconds = time.perf_counter() - began
        report(Used(finish, seconds, 0.0, len(text.split()), len(pieces)))  # type: ignore[arg-type]

    def close(self) -> None:
        pass


def install(library: Library, generator: Scripted, name: str = "scripted") -> None:
    """Let `library` write with this one under a name, besides those that it has."""
    library.generators.register(name, generator)
