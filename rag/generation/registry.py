"""Creates and caches the generator for the name of an answer model."""

import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from rag.core.model_ref import QUOTING, Kind, ModelRef
from rag.generation.backends import Limits, Recipe, Surroundings, llama_cpp, openai, quoting, transformers
from rag.generation.protocol import Generator, Scores
from rag.generation.slots import ModelSlots, SlotLimitedGenerator
from rag.models.servers import Server

__all__ = ["BACKENDS", "MOST_LOADED", "Backend", "Generators", "Limits"]

MOST_LOADED = 2
"""Local models in memory at once: two can be compared side by side, more take turns."""


class Backend(NamedTuple):
    """What serves one kind of names.

    takes_memory: its generators score answers, too, and share the slots. offers: names of models that need neither a
    file nor a server, to be listed with those that do.
    """

    recipe: Callable[[ModelRef, Surroundings], Recipe]
    takes_memory: bool
    offers: tuple[str, ...] = ()


BACKENDS: Mapping[Kind, Backend] = {
    "quoting": Backend(quoting.recipe, takes_memory=False, offers=(QUOTING,)),
    "server": Backend(openai.recipe, takes_memory=False),
    "gguf": Backend(llama_cpp.recipe, takes_memory=True),
    "folder": Backend(transformers.recipe, takes_memory=True),
    "hub": Backend(transformers.recipe, takes_memory=True),
}


class Generators:
    """Answer models by name; see `ModelRef`. A local one stays loaded until others need its slot."""

    def __init__(
        self, models_folder: Path, server: Callable[[str], Server | None], limits: Callable[[], Limits] = Limits
    ) -> None:
        """server, limits: see `Surroundings`; called at each `get`, so that a change creates a new generator."""
        self._surroundings = Surroundings(models_folder, server, limits)
        self._guard = threading.Lock()
        self._slots = ModelSlots(MOST_LOADED)
        self._generators: dict[tuple[ModelRef, Recipe], Generator] = {}
        self._registered: dict[str, Generator] = {}

    def register(self, name: str, generator: Generator) -> None:
        """Answer by a generator of the caller's own, such as a test's, wherever this name is asked for."""
        self._registered[name] = generator

    def get(self, name: str) -> Generator:
        """The generator. The model is loaded at its first use, for which another one may be unloaded.

        Raises ModelUnavailable for an unknown server.
        """
        if name in self._registered:
            return self._registered[name]
        ref = ModelRef.parse(name)
        backend = BACKENDS[ref.kind]
        recipe = backend.recipe(ref, self._surroundings)
        with self._guard:
            if (ref, recipe) not in self._generators:
                self._generators[ref, recipe] = self._made(recipe, backend)
            return self._generators[ref, recipe]

    def is_loaded(self, name: str) -> bool:
        """Whether the model is in memory, so that its file must not be deleted."""
        return any(
            generator.is_loaded for generator in self._named(name) if isinstance(generator, SlotLimitedGenerator)
        )

    def unload(self, name: str) -> None:
        """Free the memory of a model; an answer that it is writing ends."""
        for generator in self._named(name, forget=True):
            generator.close()

    def close(self) -> None:
        """Free the memory of all models."""
        with self._guard:
            generators = list(self._generators.values())
            self._generators.clear()
        for generator in generators:
            generator.close()

    def _named(self, name: str, *, forget: bool = False) -> list[Generator]:
        """The generators of one model, one per recipe."""
        ref = ModelRef.parse(name)
        with self._guard:
            keys = [key for key in self._generators if key[0] == ref]
            take = self._generators.pop if forget else self._generators.__getitem__
            return [take(key) for key in keys]

    def _made(self, recipe: Recipe, backend: Backend) -> Generator:
        generator = recipe.make(*recipe.arguments)
        if not backend.takes_memory:
            return generator
        assert isinstance(generator, Scores)
        return SlotLimitedGenerator(generator, self._slots)
