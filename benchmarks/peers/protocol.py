"""What the runner and the process that measures a peer say to each other: JSON, one value a line.

The runner writes one line to the child's standard input, a `Task`; the child answers on its standard output with one
event a line, each {"event": NAME, ...}. Imported in every peer's environment, so it needs Python's own library alone.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Model:
    """An embedding model as a sentence-transformers folder. The prefixes go in front of questions and passages."""

    name: str
    folder: str
    query_prefix: str = ""
    passage_prefix: str = ""


@dataclass(frozen=True, slots=True)
class Passage:
    """What a peer gives for a question. document: the name of its file.

    start: where in the document's text it begins, in characters, where the peer tells. pages: first and last, from 1,
    in files with pages.
    """

    document: str
    text: str
    start: int | None = None
    pages: tuple[int, int] | None = None


class Adapter(Protocol):
    """One peer. `load` comes first, then `index` and `save`, or in another process `open`, then `search`."""

    def load(self, model: Model) -> None:
        """Import the library and load the model, ready to embed."""
        ...

    def index(self, files: Path, state: Path) -> int:
        """Make the .txt and .pdf files of a flat folder searchable. Returns the number of chunks."""
        ...

    def save(self, state: Path) -> None:
        """Write what is still only in memory to the folder `state`."""
        ...

    def open(self, state: Path) -> None:
        """Make searchable what `index` and `save` left in `state`."""
        ...

    def search(self, question: str, k: int) -> list[Passage]:
        """At most k passages, best first."""
        ...

    def close(self) -> None:
        """Let go of the folder."""
        ...


@dataclass(frozen=True, slots=True)
class Task:
    """What one child does. reopen: search what is in `state` once, rather than index and ask all the questions."""

    peer: str
    model: Model
    files: str
    state: str
    k: int
    questions: tuple[str, ...]
    reopen: bool = False

    def to_line(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_line(cls, line: str) -> Task:
        raw: dict[str, Any] = json.loads(line)
        return cls(**{**raw, "model": Model(**raw["model"]), "questions": tuple(raw["questions"])})


@dataclass(frozen=True, slots=True)
class Answered:
    """A question's passages, and how long the search took, from the question as text, in milliseconds."""

    ms: float
    passages: tuple[Passage, ...] = field(default=())

    @classmethod
    def from_event(cls, event: dict[str, Any]) -> Answered:
        return cls(event["ms"], tuple(passage(one) for one in event["passages"]))


def passage(raw: dict[str, Any]) -> Passage:
    """A passage out of its JSON."""
    pages = raw["pages"]
    return Passage(raw["document"], raw["text"], raw["start"], None if pages is None else (pages[0], pages[1]))
