"""The name of a model that writes answers, as settings, assistants and turns keep it, and what it says."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

QUOTING = "quoting"
GGUF_SUFFIX = ".gguf"
_HUB_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)?")

Kind = Literal["quoting", "server", "gguf", "folder", "hub"]
_PREFIXES: Mapping[Kind, str] = {"server": "server:"}
"""What the text of a model of some kinds begins with. The other kinds are told by the text itself."""


@dataclass(frozen=True, slots=True)
class ModelRef:
    """One model. `str` gives the text that is stored and typed, and `parse` reads it back: neither loses anything.

    kind and name, with the text in brackets: "quoting", "quoting" (the same); "server", "<server>:<model>"
    ("server:<server>:<model>"); "gguf", a path or a file in the models folder, ending in ".gguf" (the same); "folder",
    the path of a transformers model (the same); "hub", such a model's id on the hub (the same).
    A relative path of one or two parts reads like an id: whoever loads a "hub" model looks for the folder first.
    Raises ValueError for a name that would be read back as another kind.
    """

    kind: Kind
    name: str

    def __post_init__(self) -> None:
        if _kind(str(self)) != self.kind:
            raise ValueError(f"{self.name!r} is no name of a {self.kind} model")

    def __str__(self) -> str:
        return _PREFIXES.get(self.kind, "") + self.name

    @classmethod
    def parse(cls, text: str) -> ModelRef:
        """Reads what `str` wrote; any text is the name of some model, though perhaps of none that exists."""
        kind = _kind(text)
        return cls(kind, text.removeprefix(_PREFIXES.get(kind, "")))

    @classmethod
    def at_server(cls, server: str, model: str) -> ModelRef:
        """A server's model. server: a name without a colon; the model's may have some, such as "llama3.2:3b"."""
        return cls("server", f"{server}:{model}")

    @property
    def server(self) -> str:
        """The server's name; "" for a model of another kind."""
        return self.name.partition(":")[0] if self.kind == "server" else ""

    @property
    def model(self) -> str:
        """The model's own name: at its server, or the last part of its path or id."""
        if self.kind == "server":
            return self.name.partition(":")[2]
        return self.name.replace("\\", "/").rstrip("/").rpartition("/")[2] or self.name


def _kind(text: str) -> Kind:
    if text == QUOTING:
        return "quoting"
    for kind, prefix in _PREFIXES.items():
        if text.startswith(prefix):
            return kind
    if text.lower().endswith(GGUF_SUFFIX):
        return "gguf"
    return "hub" if _HUB_ID.fullmatch(text) else "folder"
