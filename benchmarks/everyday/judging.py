"""What an answer is worth, and what that comes to over many questions."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Any

from benchmarks.everyday.questions import Question
from benchmarks.everyday.support import spaced
from benchmarks.metrics import estimate


class Verdict(StrEnum):
    """Of one question. NOT_READ: none of its documents is of a format that is read."""

    RIGHT_FIRST = "right first"
    RIGHT_LATER = "right later"
    WRONG = "wrong"
    REFUSED_WRONGLY = "refused wrongly"
    REFUSED_RIGHTLY = "refused rightly"
    ANSWERED_WRONGLY = "answered wrongly"
    NOT_READ = "not read"


GOOD = (Verdict.RIGHT_FIRST, Verdict.REFUSED_RIGHTLY)
BANDS = (0.0, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1.0)
"""Of the chance that an answer is given with."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question and what became of it.

    chance: 0..1 that the documents answer, as the answer was given with; None where there was none. held: whether any
    of the passages used matches `right`. ms: milliseconds that the answer took.
    """

    question: Question
    verdict: Verdict
    quotes: tuple[str, ...] = ()
    chance: float | None = None
    held: bool = False
    ms: float = 0.0


def verdict(quotes: Sequence[str], right: str | None) -> Verdict:
    """quotes: the sentences of an answer, the first one first; empty where it was refused."""
    if not quotes:
        return Verdict.REFUSED_RIGHTLY if right is None else Verdict.REFUSED_WRONGLY
    if right is None:
        return Verdict.ANSWERED_WRONGLY
    good = [holds(quote, right) for quote in quotes]
    return Verdict.RIGHT_FIRST if good[0] else Verdict.RIGHT_LATER if any(good) else Verdict.WRONG


def holds(text: str, right: str) -> bool:
    """Whether a quote, white space aside, matches; a blank follows it, so that `right` may ask for what comes after."""
    return re.search(right, spaced(text) + " ") is not None


def figures(asked: Sequence[Asked]) -> dict[str, Any]:
    """Counts by verdict, and shares with intervals (see `benchmarks.metrics`) over documents drawn together.

    right_first, right, held, refused_wrongly: of the questions that are answered; refused_rightly: of the others; good:
    right first or refused rightly, of all. A share of no question is left out.
    """
    answerable = [one for one in asked if one.question.right is not None]
    others = [one for one in asked if one.question.right is None]
    counts = Counter(one.verdict for one in asked)
    shares = {
        "good": (asked, GOOD),
        "right_first": (answerable, (Verdict.RIGHT_FIRST,)),
        "right": (answerable, (Verdict.RIGHT_FIRST, Verdict.RIGHT_LATER)),
        "refused_wrongly": (answerable, (Verdict.REFUSED_WRONGLY,)),
        "refused_rightly": (others, (Verdict.REFUSED_RIGHTLY,)),
    }
    result: dict[str, Any] = {
        "questions": len(asked),
        "answerable": len(answerable),
        "counts": {name: counts[name] for name in Verdict if counts[name]},
    }
    for name, (of, wanted) in shares.items():
        if of:
            result[name] = _share(of, [one.verdict in wanted for one in of])
    if answerable:
        result["held"] = _share(answerable, [one.held for one in answerable])
    return result


def bands(asked: Sequence[Asked]) -> list[dict[str, Any]]:
    """Of the answers given, by the chance they were given with: how many, and the share that was right first."""
    given = [(one.chance, one.verdict) for one in asked if one.quotes and one.chance is not None]
    found = []
    for low, high in pairwise(BANDS):
        inside = [said for chance, said in given if low <= chance < high or chance == high == 1]
        if inside:
            right = sum(said is Verdict.RIGHT_FIRST for said in inside)
            found.append(
                {"from": low, "to": high, "answers": len(inside), "right_first": round(right / len(inside), 4)}
            )
    return found


def _share(asked: Sequence[Asked], values: Sequence[bool]) -> dict[str, Any]:
    return estimate([float(value) for value in values], [one.question.files for one in asked]).rounded()
