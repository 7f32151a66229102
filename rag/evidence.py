"""Do the documents answer the question at all? Decided from meaning and words together.

A logistic model over signals of the retrieved passages. `benchmarks/evidence.py` fits its constants and measures
what they reach, with questions whose document was left out of the store.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass

from rag.text import stems
from rag.types import Hit

BACKGROUND = 20
"""So many of the best cosines make the background that the very best is held against."""
TYPICAL_BACKGROUND = 0.80
"""Mean of that background with multilingual-e5-small; fills it up in a store with fewer passages."""
TYPICAL_LENGTH = 90
_K1, _B = 1.2, 0.75  # as in BM25 (Robertson and Zaragoza, 2009)


@dataclass(frozen=True, slots=True)
class Signals:
    """What speaks for an answer; each is higher, the more does.

    cosine: of the best passage. gap: that less the mean of the background; both None without vectors.
    coverage: share of the question's words, by rarity, that stand in the passage with most of them. covered: the same
    for all passages together. rarest, second: whether the two rarest words stand in any. density: BM25 of the best
    passage, as a share of the rarity of all words, so that it means the same for a short and a long question.
    """

    cosine: float | None
    gap: float | None
    coverage: float
    covered: float
    rarest: float
    second: float
    density: float


@dataclass(frozen=True, slots=True)
class Evidence:
    """probability: that the passages answer the question, 0..1, at the threshold 0.5."""

    signals: Signals
    probability: float

    @property
    def answers(self) -> bool:
        return self.probability >= 0.5


@dataclass(frozen=True, slots=True)
class Weights:
    """Of the signals, in their order; the first two are 0 where the words decide alone."""

    bias: float
    values: tuple[float, ...]


def weigh(
    question: Sequence[Sequence[str]],
    hits: Sequence[Hit],
    others: Sequence[Hit],
    rarity: Mapping[str, float],
    model: str = "",
) -> Evidence:
    """question: the words, each with its alternative stems. hits: the passages used; others: candidates beyond them.

    rarity: inverse document frequency by stem. model: the embedding model; its cosines are weighed only where the
    constants were fitted for it.
    """
    signals = measure(question, hits, others, rarity)
    known = signals.cosine is not None and model in WEIGHTS
    weights = WEIGHTS[model if known else ""]
    values = [value or 0.0 for value in astuple(signals)]
    logit = weights.bias + sum(w * v for w, v in zip(weights.values, values, strict=True))
    return Evidence(signals, 1.0 / (1.0 + math.exp(-max(-50.0, min(50.0, logit)))) if hits else 0.0)


def measure(
    question: Sequence[Sequence[str]], hits: Sequence[Hit], others: Sequence[Hit], rarity: Mapping[str, float]
) -> Signals:
    """The signals of the passages, without weighing them."""
    cosines = sorted((h.dense_score for h in (*hits, *others) if h.dense_score is not None), reverse=True)
    best = max((h.dense_score for h in hits if h.dense_score is not None), default=None)
    background = (cosines + [TYPICAL_BACKGROUND] * BACKGROUND)[:BACKGROUND]
    weights = [max((rarity.get(stem, 0.0) for stem in word), default=0.0) for word in question]
    total = sum(weights) or 1.0
    passages = [_words(hit) for hit in hits]
    there = [[any(passage[stem] for stem in word) for word in question] for passage in passages]
    in_any = [any(row[n] for row in there) for n in range(len(question))]
    rarest = sorted(range(len(question)), key=lambda n: -weights[n])[:2]
    return Signals(
        cosine=best,
        gap=None if best is None else best - sum(background) / BACKGROUND,
        coverage=max((_weight(weights, row) / total for row in there), default=0.0),
        covered=_weight(weights, in_any) / total,
        rarest=float(any(in_any[n] for n in rarest[:1])),
        second=float(any(in_any[n] for n in rarest[1:])) if len(rarest) > 1 else 1.0,
        density=max((_density(question, weights, passage) / total for passage in passages), default=0.0),
    )


def _weight(weights: Sequence[float], row: Sequence[bool]) -> float:
    return sum(weight for weight, there in zip(weights, row, strict=True) if there)


def _density(question: Sequence[Sequence[str]], weights: Sequence[float], passage: Counter[str]) -> float:
    norm = _K1 * (1 - _B + _B * passage.total() / TYPICAL_LENGTH)
    counts = [sum(passage[stem] for stem in set(word)) for word in question]
    return sum(w * n * (_K1 + 1) / (n + norm) for w, n in zip(weights, counts, strict=True))


def _words(hit: Hit) -> Counter[str]:
    return Counter(stems(" ".join((*hit.chunk.heading_path, hit.chunk.text)), hit.chunk.language))


WEIGHTS: dict[str, Weights] = {
    "intfloat/multilingual-e5-small": Weights(-30.81, (31.007, 26.612, 6.682, 2.895, -0.896, -0.136, -1.313)),
    # another model's cosines mean something else
    "": Weights(-4.219, (0.0, 0.0, 5.662, 2.821, -1.291, -0.316, 1.974)),
}
