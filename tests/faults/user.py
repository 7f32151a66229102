"""A user of the real library: what she does, what was acknowledged, and whether that, and nothing else, is there."""

from __future__ import annotations

import hashlib
import random
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rag.core.errors import DocumentGone
from rag.core.types import Page, Parsed, Space, State
from rag.documents import document_reader
from rag.documents.chunking import chunk
from rag.library import Library
from tests.conftest import FAKE_MODEL, FakeModels, WordCounter

SPACES = (Space(FAKE_MODEL, "", 0, "", "", 40, 8), Space(FAKE_MODEL, "", 0, "", "", 60, 10))
"""A change of chunk size: what "switch" switches between."""


def text_of(number: int, words: int = 120) -> str:
    """A document that is told from all others by the word `signNUMBERx`, in every sentence."""
    chance = random.Random(number)
    sentences = []
    while words > 0:
        length = chance.randint(6, 12)
        said = " ".join(f"word{chance.randint(0, 400)}" for _ in range(length - 1))
        sentences.append(f"The sign{number}x {said}.")
        words -= length
    return " ".join(sentences)


def _load_here(path: Path, media_type: str, name: str, *, recognise_later: bool = False, **_: Any) -> Parsed:
    # the loaders' own child processes have nothing to do with what is kept, and take longer than the rest of a case
    text = path.read_text(encoding="utf-8")
    if recognise_later and re.match(r"The sign\d*[13579]x", text):
        return Parsed((Page(1, text[: text.index(".") + 1]),), lacking={1: "part"})
    return Parsed((Page(1, text),))


def _recognised_here(path: Path, media_type: str, parsed: Parsed, **_: Any) -> Parsed:
    """What is typed in a document with an odd number is its first sentence; the others are on a picture."""
    return replace(parsed, pages=(Page(1, path.read_text(encoding="utf-8")),), lacking={})


def opened(folder: Path) -> Library:
    """The real library with the tests' encoder, working in the caller's thread."""
    document_reader.load = _load_here  # type: ignore[attr-defined]
    document_reader.recognised = _recognised_here  # type: ignore[attr-defined]
    return Library.open(folder, work=False, models=FakeModels())


@dataclass(frozen=True)
class Change:
    """One thing that she does. what: add, replace, delete, reindex, switch, snapshot."""

    what: str
    name: str = ""
    number: int = 0

    def after(self, before: Mapping[str, int]) -> dict[str, int]:
        """What is there then: by name the number of the document."""
        there = dict(before)
        if self.what in ("add", "replace"):
            there[self.name] = self.number
        elif self.what == "delete":
            there.pop(self.name, None)
        return there


def do(library: Library, change: Change) -> None:
    """Return when it is acknowledged: indexed, gone, switched."""
    ids = {d.name: d.id for d in library.documents.all()}
    if change.what in ("add", "replace"):
        library.documents.add(change.name, text_of(change.number).encode(), replace=change.what == "replace")
    elif change.what == "delete":
        library.documents.remove([ids[change.name]])
    elif change.what == "reindex":
        library.documents.reindex([ids[change.name]])
    elif change.what == "switch":
        active = library.store.spaces.active()
        assert active is not None
        other = next(space for space in SPACES if space.chunk_size != active.chunk_size)
        library.store.spaces.begin(library.embedding_models.embedding(FAKE_MODEL).describe(other))
    elif change.what == "snapshot":
        library.store.indexes.rebuild()
    library.work_until_done(lambda _: None)


def first_space(library: Library) -> None:
    described = library.embedding_models.embedding(FAKE_MODEL).describe(SPACES[0])
    library.store.spaces.ensure(replace(described))


def next_change(chance: random.Random, there: Mapping[str, int], number: int) -> Change:
    names = sorted(there)
    what = chance.choices(
        ("add", "replace", "delete", "reindex", "switch", "snapshot"), (5, 2, 2 if len(names) < 12 else 8, 2, 1, 1)
    )[0]
    if what == "add" or len(names) < 3:
        return Change("add", f"d{number}.txt", number)
    if what in ("switch", "snapshot"):
        return Change(what)
    return Change(what, chance.choice(names), number)


def live(folder: Path, seed: int, there: Mapping[str, int], first: int, tell: Callable[..., None]) -> None:
    """Do one thing after another, for ever: to be killed. Tells what is begun and what was acknowledged."""
    chance = random.Random(seed)
    library = opened(folder)
    first_space(library)
    tell("ready")
    number = first
    while True:
        change = next_change(chance, there, number)
        tell("begin", change.what, change.name, change.number)
        do(library, change)
        tell("done")
        there = change.after(there)
        number += 1


def told(said: list[list[Any]], there: Mapping[str, int]) -> tuple[dict[str, int], dict[str, int], Change | None]:
    """What was acknowledged, what may be there as well or instead, and what was under way."""
    acknowledged = dict(there)
    under_way: Change | None = None
    for line in said:
        if line[0] == "begin":
            under_way = Change(*line[1:])
        elif line[0] == "done" and under_way is not None:
            acknowledged, under_way = under_way.after(acknowledged), None
    return acknowledged, acknowledged if under_way is None else under_way.after(acknowledged), under_way


@dataclass(frozen=True)
class Found:
    """What is there after a fault. seconds: until everything could be searched again."""

    there: dict[str, int]
    lost: int
    phantom: int
    half: int
    problems: list[str]
    refused: str
    alarms: int
    leftovers: int
    seconds: float


def look(folder: Path, acknowledged: Mapping[str, int], allowed: Mapping[str, int]) -> dict[str, Any]:
    """Open the library as the next start would, let it go on, and compare everything with what must be there.

    lost: acknowledged, and not there or not what it was. phantom: there or found, and neither acknowledged nor under
    way. half: partly there.
    """
    began = time.monotonic()
    library = opened(folder)
    refused = library.store.database.refusal
    if refused is not None:
        return vars(Found({}, len(acknowledged), 0, 0, [], str(refused), 0, 0, 0.0))
    first_space(library)
    library.work_until_done(lambda _: None)
    library.search("ready", meaning=True)
    seconds = time.monotonic() - began
    there: dict[str, int] = {}
    lost = phantom = half = 0
    for document in library.documents.all():
        try:
            data = library.documents.original(document.id)
        except DocumentGone:  # a row without its file
            lost += 1
            continue
        number = next((n for n in numbers(acknowledged, allowed) if text_of(n).encode() == data), -1)
        there[document.name] = number
        whole = document.state is State.READY and hashlib.sha256(data).hexdigest() == document.sha256
        half += not (whole and number >= 0 and _is_whole(library, document.id, text_of(number)))
        phantom += number not in (acknowledged.get(document.name), allowed.get(document.name))
    # one change at most was under way: of each name there is what was acknowledged, or what that change makes of it
    for name, number in acknowledged.items():
        lost += there.get(name) not in (number, allowed.get(name))
    for number in numbers(acknowledged, allowed):
        hits = {hit.document for hit in library.search(f"sign{number}x").hits if f"sign{number}x" in hit.chunk.text}
        expected = {name for name, n in there.items() if n == number}
        lost += bool(expected - hits)
        phantom += bool(hits - expected)
    problems = [problem.code for problem in library.maintenance.verify().problems]
    leftovers, alarms = problems.count("files_extra"), problems.count("newest_lost")
    wrong = [code for code in problems if code not in ("files_extra", "newest_lost")]
    library.close()
    return vars(Found(there, lost, phantom, half + len(wrong), wrong, "", alarms, leftovers, seconds))


def numbers(*states: Mapping[str, int]) -> set[int]:
    return {number for state in states for number in state.values()}


def _is_whole(library: Library, document_id: int, text: str) -> bool:
    """Whether its chunks are exactly those that cutting it makes, each once, each with its vector."""
    space = library.store.spaces.active()
    assert space is not None
    expected = chunk([Page(1, text)], space.chunk_size, space.overlap, WordCounter().count)
    made = library.store.chunks.of_document(document_id)
    same = [(c.ordinal, c.start, c.end, c.text) for c in made] == [
        (c.ordinal, c.start, c.end, c.text) for c in expected
    ]
    return same and library.store.chunks.embedded(document_id) == {c.id for c in made}
