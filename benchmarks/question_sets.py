"""Question sets: documents, and questions that each have one thing to be found in them.

Two forms of files are read: JSON {documents: [{id, text}], questions: [{id, question, doc, answers, start}]}, and lines
of JSON {id, question, document, page, answer, also, also_answers, kind, split} about files that are elsewhere.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.kept import CACHE, kept
from rag.library import Library

__all__ = ["CACHE", "DATA", "OTHERS", "Question", "QuestionSet", "available", "indexed", "load", "load_lines"]

DATA = Path(__file__).parent / "data"
OTHERS = "any page that answers"
"""What figures are called in which any passage of the documents that answer, the question's own or others, is right."""


@dataclass(frozen=True, slots=True)
class Question:
    """document: the name that answers it; start, end: where in its text the first accepted answer stands.

    stands: instead of these two, page and what stands there, white space aside; any of them answers. item: not a place
    but the document itself is to be found. others: documents that answer as well, it is not known where.
    split: "dev" or "test". kind: what makes the question hard; both may be "".
    """

    id: str
    text: str
    document: str
    start: int = 0
    end: int = 0
    stands: tuple[tuple[int, str], ...] = ()
    item: bool = False
    others: tuple[str, ...] = ()
    split: str = ""
    kind: str = ""


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """documents: text by name, or the file. library: what holds them under `cache/`, the set's name where empty."""

    name: str
    documents: Mapping[str, Any]
    questions: list[Question]
    library: str = ""


def load(path: Path) -> QuestionSet:
    """A file of the form {documents: [{id, text}], questions: [{id, question, doc, answers, start}]}."""
    raw = json.loads(path.read_text(encoding="utf-8"))
    questions = [
        Question(
            q["id"],
            q["question"],
            f"{q['doc']}.txt",
            q["start"],
            q["start"] + len(q["answers"][0]),
            split=q.get("split", ""),
        )
        for q in raw["questions"]
    ]
    return QuestionSet(path.stem, {f"{d['id']}.txt": d["text"] for d in raw["documents"]}, questions)


def load_lines(path: Path) -> list[Question]:
    """Lines {id, question, document, page (1 where left out), answer, also, also_answers, kind, split}.

    also: pages that answer as well, in the words of `also_answers` where it has them. With `package`, the names of
    documents begin with it, and those in `also` are names, too.
    """
    found = []
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        words = row.get("also_answers", {})
        prefix = f"{row['package']}/" if "package" in row else ""
        also = row.get("also", [])
        stands = [(row.get("page", 1), row["answer"])]
        stands += [(page, words.get(str(page), row["answer"])) for page in also if not prefix]
        found.append(
            Question(
                row["id"],
                row["question"],
                prefix + row["document"],
                stands=tuple(stands),
                others=tuple(prefix + name for name in also if prefix),
                split=row.get("split", ""),
                kind=row.get("kind", ""),
            )
        )
    return found


def indexed(questions: QuestionSet, *, as_it_is: bool = False) -> Library:
    """A library with the set's documents, by default settings; see `benchmarks.kept.kept`."""
    return kept(questions.library or questions.name, questions.documents, as_it_is=as_it_is)


def available() -> Iterator[QuestionSet]:
    """All sets under `benchmarks/data` that bring their documents along, by name."""
    for path in sorted(DATA.glob("*.json")):
        yield load(path)
