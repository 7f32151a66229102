"""Saved questions as files: written for a spreadsheet or another library, and read from one."""

from collections.abc import Sequence
from typing import Literal

from rag.core.types import Page
from rag.evaluation import file_format
from rag.evaluation.runs import QuestionRuns
from rag.evaluation.saved_questions import SavedQuestions
from rag.store.protocol import DocumentCatalog


class QuestionTransfer:
    """Moves the saved questions of one library in and out; see `rag.evaluation.file_format`."""

    def __init__(self, questions: SavedQuestions, runs: QuestionRuns, documents: DocumentCatalog) -> None:
        self._questions = questions
        self._runs = runs
        self._documents = documents

    def export(self, form: Literal["json", "csv"], language: str = "en") -> bytes:
        """All saved questions as a file; CSV has the ranks of the last run."""
        questions = self._questions.all()
        if form == "csv":
            return file_format.to_csv(questions, language, next(iter(self._runs.last(1)), None))
        return file_format.to_json(questions, self._pages_of)

    def import_(self, data: bytes) -> int:
        """Add the questions of a JSON file; returns how many were not here yet. Raises InvalidQuestions."""
        return self._questions.restore(file_format.from_json(data))

    def _pages_of(self, sha256: str) -> Sequence[Page]:
        document = self._documents.with_content(sha256)
        return self._documents.pages(document.id) if document is not None else ()
