"""The saved questions asked again, in the background, and what the last runs came to."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from rag.core.background import Job
from rag.core.settings import Settings
from rag.core.types import Notice
from rag.evaluation.metrics import Outcome, Report, Tried, run
from rag.evaluation.saved_questions import SavedQuestions
from rag.store.connection import Database

KEPT = 20
"""Runs; older ones go."""


@dataclass(frozen=True, slots=True)
class RunProgress:
    """How many questions of the run under way are done."""

    done: int
    questions: int


class QuestionRuns:
    """At most one run at a time. Raises the errors of the store.

    ask: what a question comes to. settings: those in force. is_gone: whether the content with a SHA-256 is no longer
    in the library.
    """

    def __init__(
        self,
        database: Database,
        saved: SavedQuestions,
        ask: Callable[[str], Tried],
        settings: Callable[[], Settings],
        is_gone: Callable[[str], bool],
    ) -> None:
        self._database = database
        self._saved = saved
        self._ask = ask
        self._settings = settings
        self._is_gone = is_gone
        self._job = Job[RunProgress]("kilde-questions")

    def start(self, ids: Collection[int] | None = None) -> bool:
        """Begin to ask the questions with these ids again, or all. False where one is under way, or none is to ask."""
        settings = self._settings()
        questions = [question for question in self._saved.all() if ids is None or question.id in ids]

        def work() -> None:
            report = run(
                questions,
                self._ask,
                settings.k,
                self._is_gone,
                datetime.now(UTC).isoformat(timespec="milliseconds"),
                asdict(settings),
                lambda done: self._job.report(RunProgress(done, len(questions))),
                self._job.cancelled,
            )
            self._keep(report)

        return bool(questions) and self._job.start(work, RunProgress(0, len(questions)))

    def progress(self) -> RunProgress | None:
        """None where no run is under way."""
        return self._job.status if self._job.running else None

    @property
    def fault(self) -> Notice | None:
        """Why the last run came to nothing; None where it did not, or was cancelled."""
        return self._job.notice

    def cancel(self) -> None:
        """Return at once; the run ends after the question under way, and is not kept."""
        self._job.cancel()

    def wait(self, timeout: float | None = None) -> None:
        """Return when no run is under way."""
        self._job.wait(timeout)

    def stop(self) -> None:
        """Cancel, and return when it has ended."""
        self._job.stop()

    def last(self, n: int = 2) -> list[Report]:
        """The last runs, newest first."""
        with self._database.read() as db:
            found = db.execute("SELECT report FROM question_run ORDER BY id DESC LIMIT ?", (n,))
            return [_report(json.loads(row[0])) for row in found]

    def _keep(self, report: Report) -> None:
        with self._database.write() as db:
            kept = json.dumps(asdict(report), ensure_ascii=False)
            db.execute("INSERT INTO question_run(ran, report) VALUES (?, ?)", (report.ran, kept))
            db.execute(
                "DELETE FROM question_run WHERE id NOT IN (SELECT id FROM question_run ORDER BY id DESC LIMIT ?)",
                (KEPT,),
            )


def _report(kept: dict[str, Any]) -> Report:
    outcomes = tuple(Outcome(**{**one, "fault": _notice(one["fault"])}) for one in kept["outcomes"])
    return Report(**{**kept, "outcomes": outcomes, "notice": _notice(kept["notice"])})


def _notice(kept: dict[str, Any] | None) -> Notice | None:
    return Notice(**kept) if kept else None
