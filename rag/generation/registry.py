"""From the name of an answer model to what writes with it, and which of them stay in memory."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from rag.core.errors import ModelUnavailable
from rag.core.settings import QUOTING, server_and_model
from rag.generation.protocol import GREEDY, Generator, Likelihood, Prompt, Report, Sampling, Scores
from rag.models.servers import Server

GGUF = ".gguf"
MOST_LOADED = 2
"""Models of this machine kept in memory at once: two can be asked side by side, more take turns."""
POLL_SECONDS = 0.05


class Local(Generator, Scores, Protocol):
    """A model on this machine: it takes memory, and can say how likely it finds an answer."""


class Limits(NamedTuple):
    """Of GGUF files. context: tokens; threads; None for what Kilde finds best."""

    context: int | None = None
    threads: int | None = None


class Generators:
    """Answer models by name. A local one is kept until others need its place; a server's costs no memory.

    "quoting"; "<file>.gguf", a path or a name in the models folder; "server:<server>:<model>"; else a folder or the
    hub's id of a transformers model. server: finds one by its name, None where there is none. limits: as they are now.
    """

    def __init__(
        self,
        models_folder: Path,
        server: Callable[[str], Server | None],
        limits: Callable[[], Limits] = Limits,
    ) -> None:
        self._folder = models_folder
        self._server = server
        self._limits = limits
        self._guard = threading.Lock()
        self._room = ModelSlots(MOST_LOADED)
        self._local: dict[tuple[str, Limits], SlotLimitedGenerator] = {}
        self._other: dict[tuple[str, Server | None], Generator] = {}

    def get(self, name: str) -> Generator:
        """The model is loaded at its first use, when another one may have to leave.

        Raises ModelUnavailable for a server that is not there.
        """
        if name == QUOTING or server_and_model(name):
            return self._without_memory(name)
        limits = self._limits() if name.lower().endswith(GGUF) else Limits()
        with self._guard:
            if (name, limits) not in self._local:
                self._local[name, limits] = SlotLimitedGenerator(self._made(name, limits), self._room)
            return self._local[name, limits]

    def is_loaded(self, name: str) -> bool:
        """Whether it is in memory, so that its file must not be taken away."""
        with self._guard:
            return any(one.is_loaded for (known, _), one in self._local.items() if known == name)

    def let_go(self, name: str) -> None:
        """Take a local model out of memory; an answer that it is writing ends."""
        with self._guard:
            gone = [self._local.pop(key) for key in list(self._local) if key[0] == name]
        for generator in gone:
            generator.close()

    def close(self) -> None:
        """Let go of all."""
        with self._guard:
            every = [*self._local.values(), *self._other.values()]
            self._local.clear()
            self._other.clear()
        for generator in every:
            generator.close()

    def _without_memory(self, name: str) -> Generator:
        from rag.generation.backends.openai import OpenAIGenerator
        from rag.generation.backends.quoting import QuotingGenerator

        server_name, model = server_and_model(name) or ("", "")
        # part of the key: a server that was configured otherwise is another one
        server = None if name == QUOTING else self._server(server_name)
        with self._guard:
            if (name, server) not in self._other:
                if name == QUOTING:
                    self._other[name, server] = QuotingGenerator()
                elif server is None or not model:
                    raise ModelUnavailable(model=name, detail=f"no server called {server_name}")
                else:
                    self._other[name, server] = OpenAIGenerator(server, model)
            return self._other[name, server]

    def _made(self, name: str, limits: Limits) -> Local:
        if name.lower().endswith(GGUF):
            from rag.generation.backends.llama_cpp import LlamaCppGenerator

            path = Path(name).expanduser()
            path = path if path.is_absolute() else self._folder / name
            return LlamaCppGenerator(name, path, limits.context, limits.threads)
        from rag.generation.backends.transformers import TransformersGenerator

        return TransformersGenerator(name)


class ModelSlots:
    """So many models at once. A model that writes is never sent away: the next one waits, and can be stopped."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._changed = threading.Condition()
        self._inside: list[Local] = []  # the last used one at the end
        self._at_work: list[Local] = []  # once for each answer

    def enter(self, model: Local, cancelled: Callable[[], bool]) -> bool:
        """Return True when there is room, False once `cancelled()`."""
        leaving: Local | None = None
        with self._changed:
            while model not in self._inside and len(self._inside) >= self._most:
                leaving = next((one for one in self._inside if one not in self._at_work), None)
                if leaving is not None:
                    self._inside.remove(leaving)
                elif cancelled():
                    return False
                else:
                    self._changed.wait(POLL_SECONDS)
            self._inside = [*(one for one in self._inside if one is not model), model]
            self._at_work.append(model)
        if leaving is not None:
            leaving.close()
        return True

    def leave(self, model: Local) -> None:
        """It has written; it stays in memory as long as nobody needs its place."""
        with self._changed:
            self._at_work.remove(model)
            self._changed.notify_all()


class SlotLimitedGenerator:
    """A local model that waits for room in memory before it works."""

    def __init__(self, model: Local, room: ModelSlots) -> None:
        self.model = model
        self._room = room

    @property
    def name(self) -> str:
        return self.model.name

    @property
    def is_loaded(self) -> bool:
        return self.model.is_loaded

    def describe(self) -> dict[str, Any]:
        """See `Generator.describe`."""
        return self.model.describe()

    def generate(
        self, prompt: Prompt, cancelled: Callable[[], bool], report: Report, sampling: Sampling = GREEDY
    ) -> Iterator[str]:
        """See `Generator.generate`."""
        if not self._room.enter(self.model, cancelled):
            return
        try:
            with closing(self.model.generate(prompt, cancelled, report, sampling)) as pieces:  # type: ignore[type-var]
                yield from pieces
        finally:
            self._room.leave(self.model)

    def likelihood(self, prompt: Prompt, answer: str) -> Likelihood:
        """See `Scores.likelihood`."""
        self._room.enter(self.model, lambda: False)
        try:
            return self.model.likelihood(prompt, answer)
        finally:
            self._room.leave(self.model)

    def close(self) -> None:
        """See `Generator.close`."""
        self.model.close()
