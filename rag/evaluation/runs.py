"""Runs the saved questions in the background and stores the reports."""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass

from rag.core.background import OneJob
from rag.core.events import Done, Event, Quoted, Retrieved
from rag.core.serialization import from_json, to_json
from rag.core.settings import Settings
from rag.core.timing import utc_now
from rag.core.types import Hit, Notice
from rag.evaluation.metrics import Attempt, Report, run
from rag.evaluation.saved_questions import SavedQuestions
from rag.store.records_protocol import QuestionRunStore

MAX_REPORTS = 20
"""Reports kept; older ones are deleted."""


@dataclass(frozen=True, slots=True)
class RunProgress:
    """The number of questions done in the current run."""

    done: int
    questions: int


def attempt(events: Iterator[Event]) -> Attempt:
    """The result of asking a question, up to the quotes: the events are closed before an answer is written."""
    candidates: Sequence[Hit] = ()
    with closing(events):  # type: ignore[type-var]
        for event in events:
            if isinstance(event, Retrieved):
                candidates = event.candidates
            elif isinstance(event, Quoted | Done):
                answer = event.turn.answer
                return Attempt(candidates, answer is not None and answer.answered, event.turn.notice)
    raise AssertionError("an answer ends with Done")


class QuestionRuns(OneJob[RunProgress]):
    """Runs saved questions, one run at a time. Raises the errors of the store.

    ask: answers a question. settings: returns the current ones. is_gone: whether the content with a SHA-256 was deleted
    from the library.
    """

    def __init__(
        self,
        store: QuestionRunStore,
        saved: SavedQuestions,
        ask: Callable[[str], Attempt],
        settings: Callable[[], Settings],
        is_gone: Callable[[str], bool],
    ) -> None:
        super().__init__("kilde-questions")
        self._store = store
        self._saved = saved
        self._ask = ask
        self._settings = settings
        self._is_gone = is_gone

    def start(self, ids: Collection[int] | None = None) -> bool:
        """Start a run over the questions with these ids, or all. False if a run is active or there are no questions."""
        settings = self._settings()
        questions = [question for question in self._saved.all() if ids is None or question.id in ids]

        def work() -> None:
            report = run(
                questions,
                self._ask,
                settings.k,
                self._is_gone,
                utc_now(),
                asdict(settings),
                lambda done: self._job.report(RunProgress(done, len(questions))),
                self._job.cancelled,
            )
            self._store.add(report.ran, to_json(report), MAX_REPORTS)

        return bool(questions) and self._job.start(work, RunProgress(0, len(questions)))

    @property
    def fault(self) -> Notice | None:
        """Why the last run failed; None if it succeeded or was cancelled."""
        return self._job.notice

    def last(self, n: int = 2) -> list[Report]:
        """The reports of the last runs, newest first."""
        return [from_json(Report, report) for report in self._store.reports(n)]
