"""How well saved questions are served: where their right passages come among those found, and what that comes to. Pure.

R@k is the share of questions whose first right passage is among the first k (with one right passage this is recall),
MRR the mean of 1/rank of the first right passage, 0 where it was not found (Voorhees, 1999, "The TREC-8 Question
Answering Track Report").
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from rag.core.errors import Cancelled, KildeError
from rag.core.text.sentences import words
from rag.core.types import Hit, Notice
from rag.evaluation.saved_questions import Expected, SavedQuestion

LONG_RUN = 20
"""Words in a row that two texts share by more than chance."""


@dataclass(frozen=True, slots=True)
class Tried:
    """What asking a question came to. hits: all candidates, best first; answered: False for a refusal."""

    hits: Sequence[Hit]
    answered: bool
    notice: Notice | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one question fared.

    expects: whether it has a right passage. rank: that of the first right passage among all candidates, None where
    none of them is. wrong: that of the first wrong passage among the first k, None where there is none.
    fault: why it could not be tried.
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
    """One run over saved questions. ran: UTC, ISO 8601. settings: those in force, by name.

    notice: what held the search back, such as a model that could not be used.
    """

    ran: str
    k: int
    outcomes: tuple[Outcome, ...]
    settings: dict[str, Any] = field(default_factory=dict)
    notice: Notice | None = None

    @property
    def scored(self) -> tuple[Outcome, ...]:
        """Those that say something of the search: with a right passage to find, and tried."""
        return tuple(outcome for outcome in self.outcomes if outcome.expects and outcome.fault is None)

    def recall(self, k: int) -> float:
        """R@k over `scored`, 0..1; 0 where there are none."""
        found = sum(outcome.rank is not None and outcome.rank <= k for outcome in self.scored)
        return found / len(self.scored) if self.scored else 0.0

    @property
    def mrr(self) -> float:
        """Over `scored`, 0..1; 0 where there are none."""
        return sum(1 / o.rank for o in self.scored if o.rank) / len(self.scored) if self.scored else 0.0

    @property
    def answered(self) -> int:
        """How many of all questions got an answer."""
        return sum(outcome.answered for outcome in self.outcomes)

    @property
    def with_wrong(self) -> int:
        """How many had a wrong passage among the first k."""
        return sum(outcome.wrong is not None for outcome in self.outcomes)

    def of(self, question_id: int) -> Outcome | None:
        """None where the question was not in the run."""
        return next((outcome for outcome in self.outcomes if outcome.question_id == question_id), None)


def run(
    questions: Sequence[SavedQuestion],
    ask: Callable[[str], Tried],
    k: int,
    is_gone: Callable[[str], bool],
    ran: str,
    settings: dict[str, Any],
    step: Callable[[int], None] = lambda done: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Report:
    """Ask every question and see where its passages come.

    is_gone: whether the content with a SHA-256 is no longer in the library: its passages are then known by their
    text. step: called with the number of questions done. Raises Cancelled; what is wrong with one question is told
    in its outcome.
    """
    outcomes: list[Outcome] = []
    notice: Notice | None = None
    for question in questions:
        if cancelled():
            raise Cancelled
        try:
            tried = ask(question.question)
            gone = {p.place.sha256 for p in question.passages if is_gone(p.place.sha256)}
        except KildeError as error:
            unknown = Outcome(question.id, question.question, bool(question.right), fault=error.notice())
            outcomes.append(unknown)
        else:
            notice = notice or tried.notice
            outcomes.append(outcome(question, tried, k, gone))
        step(len(outcomes))
    return Report(ran, k, tuple(outcomes), settings, notice)


def outcome(question: SavedQuestion, tried: Tried, k: int, gone: Collection[str]) -> Outcome:
    """Where the passages of one question come. gone: the SHA-256 of contents that are not in the library any more."""
    return Outcome(
        question.id,
        question.question,
        bool(question.right),
        _first(question.right, tried.hits, gone),
        _first(question.wrong, tried.hits[:k], gone),
        tried.answered,
    )


def is_same(passage: Expected, hit: Hit, gone: Collection[str]) -> bool:
    """Whether a hit is the passage expected: by its place, or by its text where its content has changed."""
    if passage.place.sha256 not in gone:
        return passage.place.overlaps(hit.place)
    return shares_text(passage.text, hit.chunk.text)


def shares_text(one: str, other: str) -> bool:
    """Whether one text stands in the other, or they share a long run of words: more than half of the shorter one.

    Case, white space and signs do not count. The long run is for passages that were cut at other places.
    """
    left, right = words(one), words(other)
    if not left or not right:
        return False
    needed = min(len(left), len(right), max(LONG_RUN, min(len(left), len(right)) // 2 + 1))
    there = set(right)
    if sum(word in there for word in left) < needed:  # most are told apart by this, which takes no time
        return False
    return _longest_run(left, right) >= needed


def shared(now: Report, before: Report) -> tuple[Report, Report]:
    """Both reports over the questions scored in both: what else differs is no difference of the search."""
    both = {o.question_id for o in now.scored} & {o.question_id for o in before.scored}

    def only(report: Report) -> Report:
        return replace(report, outcomes=tuple(o for o in report.scored if o.question_id in both))

    return only(now), only(before)


def _first(passages: Sequence[Expected], hits: Sequence[Hit], gone: Collection[str]) -> int | None:
    return next(
        (rank for rank, hit in enumerate(hits, 1) if any(is_same(passage, hit, gone) for passage in passages)), None
    )


def _longest_run(left: Sequence[str], right: Sequence[str]) -> int:
    """The length of the longest run of words that stands in both."""
    longest = 0
    runs = [0] * (len(right) + 1)
    for word in left:
        before = 0
        for place, other in enumerate(right, 1):
            before, runs[place] = runs[place], before + 1 if word == other else 0
            longest = max(longest, runs[place])
    return longest
