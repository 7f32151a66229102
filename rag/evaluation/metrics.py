"""Metrics of saved questions: the ranks of their right passages, and the figures of a whole run. Pure.

R@k is the share of questions whose first right passage is among the first k (with one right passage this is recall),
MRR the mean of 1/rank of the first right passage, 0 where it was not found (Voorhees, 1999, "The TREC-8 Question
Answering Track Report").
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from rag.core.errors import Cancelled, KildeError
from rag.core.text.sentences import words
from rag.core.types import Hit, Notice
from rag.core.types.questions import Expected, SavedQuestion

LONG_RUN = 20
"""Consecutive shared words from which a match of two texts is no coincidence."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """The result of asking a question. hits: all candidates, best first; answered: False for a refusal."""

    hits: Sequence[Hit]
    answered: bool
    notice: Notice | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of one question.

    expects: whether it has a right passage. rank: of the first right passage among all candidates, from 1, or None.
    wrong: the rank of the first wrong passage among the first k, or None.
    fault: why the question could not be asked.
    """

    question_id: int
    question: str
    expects: bool
    rank: int | None = None
    wrong: int | None = None
    answered: bool = False
    fault: Notice | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """One run over saved questions. ran: UTC, ISO 8601. settings: the current ones, by name.

    notice: why the search was limited, such as a model that could not be used.
    """

    ran: str
    k: int
    outcomes: tuple[Outcome, ...]
    settings: dict[str, Any] = field(default_factory=dict)
    notice: Notice | None = None

    @property
    def scored(self) -> tuple[Outcome, ...]:
        """The outcomes that measure the search: with a right passage to find, and without a fault."""
        return tuple(outcome for outcome in self.outcomes if outcome.expects and outcome.fault is None)

    def recall(self, k: int) -> float:
        """R@k over `scored`, 0..1; 0 where there are none."""
        retrieved = sum(outcome.rank is not None and outcome.rank <= k for outcome in self.scored)
        return retrieved / len(self.scored) if self.scored else 0.0

    @property
    def mrr(self) -> float:
        """The mean reciprocal rank over `scored`, 0..1; 0 where there are none."""
        reciprocals = [1 / outcome.rank if outcome.rank else 0.0 for outcome in self.scored]
        return sum(reciprocals) / len(reciprocals) if reciprocals else 0.0

    @property
    def answered(self) -> int:
        """The number of questions that got an answer."""
        return sum(outcome.answered for outcome in self.outcomes)

    @property
    def with_wrong(self) -> int:
        """The number of questions with a wrong passage among the first k."""
        return sum(outcome.wrong is not None for outcome in self.outcomes)

    def of(self, question_id: int) -> Outcome | None:
        """The outcome of a question; None if it was not in the run."""
        return next((outcome for outcome in self.outcomes if outcome.question_id == question_id), None)


def run(
    questions: Sequence[SavedQuestion],
    ask: Callable[[str], Attempt],
    k: int,
    is_gone: Callable[[str], bool],
    ran: str,
    settings: dict[str, Any],
    step: Callable[[int], None] = lambda done: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Report:
    """Ask every question and rank its passages.

    is_gone: whether the content with a SHA-256 was deleted from the library; its passages are then recognised by their
    text. step: called with the number of questions done. Raises Cancelled; the error of a question is recorded in its
    outcome.
    """
    outcomes: list[Outcome] = []
    notice: Notice | None = None
    for question in questions:
        if cancelled():
            raise Cancelled
        try:
            attempt = ask(question.question)
            contents = {passage.place.sha256 for passage in question.passages}
            lost_contents = {sha256 for sha256 in contents if is_gone(sha256)}
        except KildeError as error:
            outcomes.append(Outcome(question.id, question.question, bool(question.right), fault=error.notice()))
        else:
            notice = notice or attempt.notice
            outcomes.append(outcome(question, attempt, k, lost_contents))
        step(len(outcomes))
    return Report(ran, k, tuple(outcomes), settings, notice)


def outcome(question: SavedQuestion, attempt: Attempt, k: int, lost_contents: Collection[str]) -> Outcome:
    """The ranks of one question's passages. lost_contents: SHA-256 of contents no longer in the library."""
    return Outcome(
        question.id,
        question.question,
        bool(question.right),
        _first(question.right, attempt.hits, lost_contents),
        _first(question.wrong, attempt.hits[:k], lost_contents),
        attempt.answered,
    )


def is_same(passage: Expected, hit: Hit, lost_contents: Collection[str]) -> bool:
    """Whether a hit is the expected passage: by its place, or by its text if the content was deleted."""
    if passage.place.sha256 not in lost_contents:
        return passage.place.overlaps(hit.place)
    return shares_text(passage.text, hit.chunk.text)


def shares_text(first: str, second: str) -> bool:
    """Whether one text is part of the other, or they share a long run of words: more than half of the shorter one.

    Case, white space and punctuation are ignored. The long run covers passages that were chunked differently.
    """
    first_words, second_words = words(first), words(second)
    if not first_words or not second_words:
        return False
    needed = min(len(first_words), len(second_words), max(LONG_RUN, min(len(first_words), len(second_words)) // 2 + 1))
    vocabulary = set(second_words)
    if sum(word in vocabulary for word in first_words) < needed:  # a cheap test that rules out most pairs
        return False
    return _longest_run(first_words, second_words) >= needed


def shared(after: Report, before: Report) -> tuple[Report, Report]:
    """Both reports, restricted to questions scored in both, so that only the search differs."""
    common = {outcome.question_id for outcome in after.scored} & {outcome.question_id for outcome in before.scored}

    def restricted(report: Report) -> Report:
        outcomes = tuple(outcome for outcome in report.scored if outcome.question_id in common)
        return replace(report, outcomes=outcomes)

    return restricted(after), restricted(before)


def _first(passages: Sequence[Expected], hits: Sequence[Hit], lost_contents: Collection[str]) -> int | None:
    return next(
        (rank for rank, hit in enumerate(hits, 1) if any(is_same(passage, hit, lost_contents) for passage in passages)),
        None,
    )


def _longest_run(first_words: Sequence[str], second_words: Sequence[str]) -> int:
    """The length of the longest run of consecutive words in both."""
    longest = 0
    runs = [0] * (len(second_words) + 1)
    for word in first_words:
        before = 0
        for place, second_word in enumerate(second_words, 1):
            before, runs[place] = runs[place], before + 1 if word == second_word else 0
            longest = max(longest, runs[place])
    return longest
