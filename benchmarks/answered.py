"""Questions with known answers, asked through the public API: of the everyday documents, of NorQuAD and of XQuAD.

Those of NorQuAD and XQuAD are asked twice: of the whole store, and with the document that answers left out, where only
a refusal is right (unless a second document answers as well, see `data/answered_elsewhere.jsonl`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from benchmarks.everyday.__main__ import FOLDER
from benchmarks.everyday.files import written
from benchmarks.everyday.judging import holds
from benchmarks.everyday.questions import SET, groups, read
from benchmarks.everyday.sources import sources
from benchmarks.kept import kept
from benchmarks.question_sets import DATA, QuestionSet, available, indexed
from rag.core.file_types import BY_SUFFIX
from rag.core.types import Conditions, Turn
from rag.library import Library

EVERYDAY = "everyday"
ELSEWHERE = DATA / "answered_elsewhere.jsonl"


@dataclass(frozen=True, slots=True)
class Case:
    """A question that was asked. group: what is kept together in resampling, the documents of the question.

    answerable: whether a document that answers is there. right: whether a text answers. turn: what came of it.
    """

    name: str
    group: str
    language: str
    kind: str
    answerable: bool
    right: Callable[[str], bool]
    turn: Turn
    library: Library

    @property
    def first(self) -> bool:
        """Whether the first quote answers, also where the answer was refused."""
        answer = self.turn.answer
        return self.answerable and bool(answer and answer.quotes) and self.right(answer.quotes[0].text)  # type: ignore[union-attr]


def cases(split: str, every: int = 1) -> Iterator[Case]:
    """All questions of a split: of the everyday set, "dev" or "test"; of the articles all of NorQuAD's validation set
    belong to "dev" and all of XQuAD to "test". every: of the articles take one question in so many.
    """
    yield from _everyday(split)
    for questions in available():
        if split == ("test" if questions.name.startswith("xquad") else "dev"):
            yield from _articles(questions, every)


def _everyday(split: str) -> Iterator[Case]:
    questions = [question for question in read(SET) if question.split == split]
    names = {name for question in questions for name in question.files}
    FOLDER.mkdir(parents=True, exist_ok=True)
    found = written({name: source for name, source in sources().items() if name in names}, FOLDER / "files")
    documents = {name: path for name, path in found.items() if path.suffix in BY_SUFFIX}
    for files, asked in groups(questions).items():
        with kept(f"everyday/{files[0]}", {name: documents[name] for name in files}) as library:
            for question in asked:
                pattern = question.right
                yield Case(
                    EVERYDAY,
                    files[0],
                    question.language,
                    question.kind,
                    pattern is not None,
                    lambda text, pattern=pattern: pattern is not None and holds(text, pattern),  # type: ignore[misc]
                    library.ask(question.question),
                    library,
                )


def _articles(questions: QuestionSet, every: int) -> Iterator[Case]:
    rows = (json.loads(line) for line in ELSEWHERE.read_text(encoding="utf-8").splitlines())
    elsewhere = {row["question"] for row in rows if row["set"] == questions.name}
    language = questions.name.rsplit("_", 1)[-1] if questions.name.startswith("xquad") else "no"
    with indexed(questions) as library:
        hashes = {document.name: document.sha256 for document in library.documents.all()}
        for question in questions.questions[::every]:
            answer = " ".join(questions.documents[question.document][question.start : question.end].split())
            pattern = re.compile(re.escape(answer), re.IGNORECASE)

            def right(text: str, pattern: re.Pattern[str] = pattern) -> bool:
                return pattern.search(" ".join(text.split())) is not None

            for there in (True, False):
                if not there and question.id in elsewhere:
                    continue
                without = () if there else (hashes[question.document],)
                turn = library.ask(question.text, conditions=Conditions(excluded_documents=without))
                yield Case(questions.name, question.document, language, "article", there, right, turn, library)
