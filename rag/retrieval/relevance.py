"""Estimates the calibrated probability that a passage is the right one, comparable between questions. Pure.

A logistic model over signals of the search. The constants are fitted on questions with known answers by
`benchmarks/relevance.py`, which also measures how often each level was right on questions that were not fitted on. No
signal is an absolute cosine, so that the constants hold for other embedding models as well.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from rag.core.types import Hit

STRONG, POSSIBLE = 0.7, 0.25
"""The least probability of a level."""


class Level(StrEnum):
    """The form in which a user sees a probability."""

    STRONG = "strong"
    POSSIBLE = "possible"
    WEAK = "weak"


MEASURED: Mapping[Level, float] = {Level.STRONG: 0.8, Level.POSSIBLE: 0.3, Level.WEAK: 0.1}
"""Share of right passages at each level, in tenths, among the first four, on held-out questions. From the question set
that is least favourable: strong and possible were right least often, and weak most often."""


@dataclass(frozen=True, slots=True)
class Signals:
    """Signals of one passage among the candidates of a question.

    score, coverage: as in `Hit`. lead: its score minus that of the best other one. apart: its cosine in standard
    deviations above the mean of all candidates. by_meaning, by_words: 1 / rank in each list, 0 if absent.
    """

    score: float
    coverage: float
    lead: float
    apart: float
    by_meaning: float
    by_words: float

    def values(self) -> tuple[float, ...]:
        """The signals in the order of the fields."""
        return (self.score, self.coverage, self.lead, self.apart, self.by_meaning, self.by_words)


@dataclass(frozen=True, slots=True)
class Weights:
    """Weights of the logistic model, in the order of `Signals`."""

    bias: float
    signals: tuple[float, ...]


WEIGHTS: Mapping[bool, Weights] = {
    True: Weights(-4.37, (1.01, 1.27, 6.34, 0.21, 1.10, 1.62)),
    False: Weights(-4.94, (1.52, 2.05, 3.66, 0.00, 0.00, 1.99)),
}
"""By whether the question was also searched by meaning."""


def with_relevance(hits: Sequence[Hit]) -> list[Hit]:
    """The candidates of a question, ranked, each with its `relevance`."""
    by_meaning = any(hit.dense_score is not None for hit in hits)
    weights = WEIGHTS[by_meaning]
    return [
        replace(hit, relevance=_probability(weights, signals)) for hit, signals in zip(hits, measure(hits), strict=True)
    ]


def level(relevance: float) -> Level:
    """relevance: 0..1, see `Hit.relevance`."""
    return Level.STRONG if relevance >= STRONG else Level.POSSIBLE if relevance >= POSSIBLE else Level.WEAK


def measure(hits: Sequence[Hit]) -> list[Signals]:
    """The signals of each of the candidates of a question."""
    best, second = sorted([*(hit.score for hit in hits), 0.0, 0.0], reverse=True)[:2]
    cosines = [hit.dense_score for hit in hits if hit.dense_score is not None]
    mean = math.fsum(cosines) / len(cosines) if cosines else 0.0
    spread = math.sqrt(math.fsum((c - mean) ** 2 for c in cosines) / len(cosines)) if cosines else 0.0
    return [
        Signals(
            score=hit.score,
            coverage=hit.coverage or 0.0,
            lead=hit.score - (second if hit.score == best else best),
            apart=0.0 if hit.dense_score is None or not spread else (hit.dense_score - mean) / spread,
            by_meaning=1.0 / hit.dense_rank if hit.dense_rank else 0.0,
            by_words=1.0 / hit.lexical_rank if hit.lexical_rank else 0.0,
        )
        for hit in hits
    ]


def _probability(weights: Weights, signals: Signals) -> float:
    logit = weights.bias + math.fsum(w * s for w, s in zip(weights.signals, signals.values(), strict=True))
    return 1.0 / (1.0 + math.exp(-logit))
