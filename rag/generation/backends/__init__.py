"""The generators of answers: one module, or one family of modules, for each kind of model.

The function `recipe` of a backend returns how to create the generator of a model name; `rag.generation.registry` lists
backends by the kinds of names that they serve.
"""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from rag.generation.protocol import Generator
from rag.models.servers import Server


class Limits(NamedTuple):
    """Limits of GGUF models. context: tokens; threads: of the processor; None chooses automatically."""

    context: int | None = None
    threads: int | None = None


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a backend may need besides a model's name.

    models_folder: where file names without a path are looked up. server: returns the server of a name, or None.
    limits: the current settings.
    """

    models_folder: Path
    server: Callable[[str], Server | None]
    limits: Callable[[], Limits]


class Recipe(NamedTuple):
    """How to create a generator: `make(*arguments)`. Equal recipes share one generator."""

    make: Callable[..., Generator]
    arguments: tuple[Hashable, ...] = ()
