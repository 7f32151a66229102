"""The everyday questions: which documents they are asked of, and what a right answer must hold."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

DATA = Path(__file__).parent.parent / "data"
SET, TRAINING = DATA / "everyday.jsonl", DATA / "everyday_train.jsonl"


@dataclass(frozen=True, slots=True)
class Question:
    """files: the documents that it is asked of, unless it is asked of all together.

    right: a regular expression that the first quote must match; None where only a refusal is right. answer: the short
    answer as it stands in `document`, support: the sentence, or the cells of the row with " | " between them, that says
    it; both "" where nothing does. where: the headings above it. language: of the question and, where it is another
    one, of the document: "en-da" is an English question about a Danish one. alone: it names nothing that would tell
    its document from others, and is not asked of all together. split: "dev", "test" or "train".
    """

    id: str
    question: str
    files: tuple[str, ...]
    kind: str
    language: str
    format: str
    split: str
    right: str | None
    answer: str
    where: str
    document: str
    support: str
    alone: bool = False


def read(path: Path) -> list[Question]:
    """The questions of a file of JSON lines whose keys are the fields above."""
    rows = (json.loads(line) for line in path.read_text(encoding="utf-8").splitlines())
    return [Question(**{**row, "files": tuple(row["files"])}) for row in rows]


def groups(questions: Iterable[Question]) -> dict[tuple[str, ...], list[Question]]:
    """Questions by the documents that they are asked of."""
    found: dict[tuple[str, ...], list[Question]] = {}
    for question in questions:
        found.setdefault(question.files, []).append(question)
    return found
