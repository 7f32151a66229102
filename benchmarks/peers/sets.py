"""The question sets, and their documents as files in a folder of their own, the same for all."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks import manual
from benchmarks.named_sets import DANISH, named
from benchmarks.peers.judging import Squeezed
from benchmarks.question_sets import Question, QuestionSet

FILES = Path(tempfile.gettempdir()) / "kilde-peers"
"""A short path: LlamaIndex embeds a file's path with its text."""


@dataclass(frozen=True, slots=True)
class Files:
    """A set as it is measured here. folder: holds its files and nothing else. texts: by name, without the PDFs."""

    name: str
    folder: Path
    questions: tuple[Question, ...]
    texts: Mapping[str, Squeezed]
    bytes: int

    @property
    def documents(self) -> int:
        return len(list(self.folder.iterdir()))


def manual_da() -> QuestionSet:
    """Twenty questions over Debian's Danish manual, 102 pages of PDF; those that it does not answer are left out."""
    pdf = manual.fetched()
    rows = map(json.loads, manual.QUESTIONS.read_text(encoding="utf-8").splitlines())
    asked = [
        Question(row["id"], row["q"], row["document"], stands=tuple((page, row["answer"]) for page in pages))
        for row in rows
        if (pages := row["pages"] if "pages" in row else [row["page"]])
    ]
    return QuestionSet("manual_da", {pdf.name: pdf}, asked)


SETS: Mapping[str, Callable[[], QuestionSet]] = {
    "xquad_en": lambda: named("xquad_en"),
    "norquad_validation": lambda: named("norquad_validation"),
    "manual_da": manual_da,
    "danish": lambda: named("danish"),
}


def available() -> list[str]:
    """The names of the sets whose questions are here."""
    return [name for name in SETS if name != "danish" or DANISH.is_file()]


def written(name: str, limit: int | None = None) -> Files:
    """A set with its documents as files. limit: only so many documents, and the questions that they answer."""
    chosen = SETS[name]()
    folder = FILES / (name if limit is None else f"{name}-{limit}")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    names = list(chosen.documents)[:limit]
    texts: dict[str, Squeezed] = {}
    for document in names:
        content = chosen.documents[document]
        if isinstance(content, Path):
            shutil.copyfile(content, folder / document)
        else:
            (folder / document).write_bytes(content.encode("utf-8"))
            texts[document] = Squeezed(content)
    questions = tuple(question for question in chosen.questions if question.document in names)
    return Files(name, folder, questions, texts, sum(path.stat().st_size for path in folder.iterdir()))
