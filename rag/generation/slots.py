"""Limits the number of local models in memory, and decides which one to unload."""

import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any, Protocol

from rag.generation.protocol import GREEDY, Generator, Likelihood, Prompt, Report, Sampling, Scores

POLL_SECONDS = 0.05


class Local(Generator, Scores, Protocol):
    """A local model, which takes memory and can score answers."""


class ModelSlots:
    """A number of slots for models. A writing model is never unloaded; the next one waits, and can be cancelled."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._changed = threading.Condition()
        self._loaded: list[Local] = []  # most recently used last
        self._writing: list[Local] = []  # one entry per answer

    def enter(self, model: Local, cancelled: Callable[[], bool]) -> bool:
        """Return True when there is room, False once `cancelled()`."""
        leaving: Local | None = None
        with self._changed:
            while model not in self._loaded and len(self._loaded) >= self._count:
                leaving = next((loaded for loaded in self._loaded if loaded not in self._writing), None)
                if leaving is not None:
                    self._loaded.remove(leaving)
                elif cancelled():
                    return False
                else:
                    self._changed.wait(POLL_SECONDS)
            self._loaded = [*(loaded for loaded in self._loaded if loaded is not model), model]
            self._writing.append(model)
        if leaving is not None:
            leaving.close()
        return True

    def leave(self, model: Local) -> None:
        """Called when an answer is written; the model stays in memory until another one needs its slot."""
        with self._changed:
            self._writing.remove(model)
            self._changed.notify_all()


class SlotLimitedGenerator:
    """A local model that waits for a free slot before it works."""

    def __init__(self, model: Local, slots: ModelSlots) -> None:
        self.model = model
        self._slots = slots

    @property
    def name(self) -> str:
        return self.model.name

    @property
    def is_loaded(self) -> bool:
        return self.model.is_loaded

    def describe(self) -> dict[str, Any]:
        return self.model.describe()

    def generate(
        self, prompt: Prompt, cancelled: Callable[[], bool], report: Report, sampling: Sampling = GREEDY
    ) -> Iterator[str]:
        if not self._slots.enter(self.model, cancelled):
            return
        try:
            with closing(self.model.generate(prompt, cancelled, report, sampling)) as pieces:  # type: ignore[type-var]
                yield from pieces
        finally:
            self._slots.leave(self.model)

    def likelihood(self, prompt: Prompt, answer: str) -> Likelihood:
        self._slots.enter(self.model, lambda: False)
        try:
            return self.model.likelihood(prompt, answer)
        finally:
            self._slots.leave(self.model)

    def close(self) -> None:
        self.model.close()
