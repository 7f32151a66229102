"""Question sets, and a library that holds their documents, kept between runs so that they are indexed once."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rag.library import Library

DATA = Path(__file__).parent / "data"
CACHE = Path(__file__).parent / "cache"


@dataclass(frozen=True, slots=True)
class Question:
    """document: the name that answers it; start, end: where in its text the first accepted answer stands."""

    id: str
    text: str
    document: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """documents: text by name."""

    name: str
    documents: dict[str, str]
    questions: list[Question]


def load(path: Path) -> QuestionSet:
    """A file of the form {documents: [{id, text}], questions: [{id, question, doc, answers, start}]}."""
    raw = json.loads(path.read_text(encoding="utf-8"))
    questions = [
        Question(q["id"], q["question"], f"{q['doc']}.txt", q["start"], q["start"] + len(q["answers"][0]))
        for q in raw["questions"]
    ]
    return QuestionSet(path.stem, {f"{d['id']}.txt": d["text"] for d in raw["documents"]}, questions)


def indexed(questions: QuestionSet) -> Library:
    """A library with the set's documents, by default settings; indexed at the first call, with progress on stderr."""
    library = Library.open(CACHE / questions.name, work=False)
    known = {d.name for d in library.documents()}
    for name, text in questions.documents.items():
        if name not in known:
            library.add(name, text.encode("utf-8"))
    library.work_until_done(
        lambda p: print(f"\r{p.space.chunks_done} of {p.space.chunks} chunks  ", end="", file=sys.stderr)
    )
    return library


def available() -> Iterator[QuestionSet]:
    """All sets under `benchmarks/data`, by name."""
    for path in sorted(DATA.glob("*.json")):
        yield load(path)
