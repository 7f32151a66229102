"""The generators of answers: one module, or one family of modules, for each kind of model.

A backend has a function `recipe` from a model's name to how its generator is made; `rag.generation.registry` lists it
under the kinds of names that it serves.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from rag.generation.protocol import Generator
from rag.models.servers import Server


class Limits(NamedTuple):
    """Of GGUF files. context: tokens; threads: of the processor; None for what Kilde finds best."""

    context: int | None = None
    threads: int | None = None


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a backend may need beside a model's name.

    models_folder: where a file's name without a path is looked up. server: finds a server by its name, None where there
    is none. limits: as they are set now.
    """

    models_folder: Path
    server: Callable[[str], Server | None]
    limits: Callable[[], Limits]


class Recipe(NamedTuple):
    """How a generator is made: `make(*arguments)`. Equal recipes make the same, so one generator serves for all."""

    make: Callable[..., Generator]
    arguments: tuple[Hashable, ...] = ()
