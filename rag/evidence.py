"""Do the documents answer the question at all? Decided from meaning and words together.

A logistic model over signals of the retrieved passages. `benchmarks/evidence.py` fits its constants and measures
what they reach, with questions whose document was left out of the store.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass
from itertools import pairwise

import numpy as np

from rag.store.protocol import Vector
from rag.text import stems
from rag.types import Hit

COMPARED = 20
"""The best sentence is held against those of so many of the best passages."""
FEWEST_SENTENCES = 40
TYPICAL_COSINE, TYPICAL_SPREAD = 0.80, 0.025
"""Of those sentences with multilingual-e5-small; fill them up in a store that has fewer."""
TRUSTED = 0.3
"""So much of `Signals.outlier` counts where no word of the question is in the passages, all of it at a coverage of 0.7:
one sentence that stands out in meaning alone is often one about a kindred matter."""
NEAR = 3
"""Words of the question that follow each other are found together where so few words lie between."""
COSINE_WEIGHT = 5.0
"""Against coverage in `Signals.sentence`: cosines of this model lie between 0.75 and 0.95, coverage between 0 and 1."""
RARITIES = (4.5, 8.0)
"""What was seen while fitting; in a small store no word is rare, and the model must not be led beyond what it knows."""
# not at the beginning, where every word has a capital
_NAME = re.compile(r"(?<=[^.!?]\s)[A-ZÆØÅÄÖÉ][\w-]+")

Rows = Sequence[Sequence[bool]]


@dataclass(frozen=True, slots=True)
class Signals:
    """What speaks for an answer, of the passages used. coverage is a share of the question's words, by rarity.

    sentence: the best sentence's cosine with the question and its coverage, together with the sentence before, in
    one figure. outlier: by how many standard deviations the best sentence's cosine exceeds those of all candidates,
    less where the words are not there (TRUSTED). Both are None without vectors.
    coverage: of the best sentence, with the one before. words: share of all words, unweighted, in the best passage.
    missing: names (words with a capital) of the question that the passage with most of them lacks.
    together: share of neighbouring words that stand near each other in one sentence. second: whether the second
    rarest word stands in any passage. lexical: BM25 of the first passage, as a share of the rarity of all words, so
    that it means the same for a short and a long question. rarity: mean of the question's words, held within RARITIES.
    """

    sentence: float | None
    outlier: float | None
    coverage: float
    words: float
    missing: float
    together: float
    second: float
    lexical: float
    rarity: float


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


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked. stems: the words, each with its alternatives. vector: (d,) float32 or None."""

    text: str
    stems: Sequence[Sequence[str]]
    vector: Vector | None = None


def weigh(
    question: Question,
    hits: Sequence[Hit],
    others: Sequence[Hit],
    rarity: Mapping[str, float],
    sentences: Mapping[int, Vector],
    model: str = "",
) -> Evidence:
    """hits: the passages used; others: candidates beyond them.

    rarity: inverse document frequency by stem. sentences: by chunk id, (s, d) float32, of the first COMPARED
    candidates; a chunk may be missing. model: the embedding model; its cosines are weighed only where the constants
    were fitted for it.
    """
    signals = measure(question, hits, others, rarity, sentences)
    known = signals.sentence is not None and model in WEIGHTS
    weights = WEIGHTS[model if known else ""]
    values = [value or 0.0 for value in astuple(signals)]
    logit = weights.bias + sum(w * v for w, v in zip(weights.values, values, strict=True))
    return Evidence(signals, 1.0 / (1.0 + math.exp(-max(-50.0, min(50.0, logit)))) if hits else 0.0)


def measure(
    question: Question,
    hits: Sequence[Hit],
    others: Sequence[Hit],
    rarity: Mapping[str, float],
    sentences: Mapping[int, Vector],
) -> Signals:
    """The signals of the passages, without weighing them."""
    asked = question.stems
    weights = [max((rarity.get(stem, 0.0) for stem in word), default=0.0) for word in asked]
    total = sum(weights) or 1.0
    read = [[stems(text, hit.chunk.language) for text in _sentences(hit)] for hit in hits]
    pairs = [_with_previous([_there(asked, set(words)) for words in passage]) for passage in read]
    coverages = [[_weight(weights, row) / total for row in rows] for rows in pairs]
    passages = [set(stems(" ".join((*hit.chunk.heading_path, hit.chunk.text)), hit.chunk.language)) for hit in hits]
    there = [_there(asked, passage) for passage in passages]
    second = sorted(range(len(asked)), key=lambda n: -weights[n])[1:2]
    cosines = [_cosines(question.vector, hit, sentences) for hit in (*hits, *others)[:COMPARED]]
    coverage = max((value for row in coverages for value in row), default=0.0)
    outlier = _outlier(cosines)
    return Signals(
        sentence=_best_sentence(coverages, cosines),
        outlier=None if outlier is None else outlier * min(1.0, TRUSTED + coverage),
        coverage=coverage,
        words=max((sum(row) / len(row) for row in there if row), default=0.0),
        missing=min((_missing(question.text, hit) for hit in hits), default=0.0),
        together=max((_together(asked, passage) for passage in read), default=0.0),
        second=float(any(row[n] for row in there for n in second)) if second else 1.0,
        lexical=(hits[0].lexical_score or 0.0) / total if hits else 0.0,
        rarity=min(max(sum(weights) / max(1, len(asked)), RARITIES[0]), RARITIES[1]),
    )


def _sentences(hit: Hit) -> list[str]:
    chunk = hit.chunk
    return [chunk.text[span.start - chunk.start : span.end - chunk.start] for span in chunk.sentences]


def _there(question: Sequence[Sequence[str]], words: set[str]) -> list[bool]:
    return [any(stem in words for stem in word) for word in question]


def _with_previous(rows: Rows) -> list[list[bool]]:
    """An answer often says "it" for what the sentence before it names."""
    before = [[False] * len(row) for row in rows[:1]] + [list(row) for row in rows[:-1]]
    return [[a or b for a, b in zip(row, last, strict=True)] for row, last in zip(rows, before, strict=True)]


def _weight(weights: Sequence[float], row: Sequence[bool]) -> float:
    return sum(weight for weight, there in zip(weights, row, strict=True) if there)


def _cosines(vector: Vector | None, hit: Hit, sentences: Mapping[int, Vector]) -> list[float]:
    own = sentences.get(hit.chunk.id)
    return [] if vector is None or own is None else [float(cosine) for cosine in own @ vector]


def _best_sentence(coverages: Sequence[Sequence[float]], cosines: Sequence[Sequence[float]]) -> float | None:
    joint = [
        coverage + COSINE_WEIGHT * (cosine - TYPICAL_COSINE)
        for coverage_row, cosine_row in zip(coverages, cosines, strict=False)
        for coverage, cosine in zip(coverage_row, cosine_row, strict=False)
    ]
    return max(joint, default=None)


def _outlier(cosines: Sequence[Sequence[float]]) -> float | None:
    values = [cosine for row in cosines for cosine in row]
    if not values:
        return None
    fill = max(0, FEWEST_SENTENCES - len(values))
    # evenly below and above, so that both mean and spread are the typical ones
    values += [TYPICAL_COSINE + (TYPICAL_SPREAD if n % 2 else -TYPICAL_SPREAD) for n in range(fill)]
    return float((max(values) - np.mean(values)) / (np.std(values) + 1e-3))


def _missing(question: str, hit: Hit) -> float:
    text = " ".join((*hit.chunk.heading_path, hit.chunk.text)).casefold()
    # "Norges" is there where "Norge" is
    return float(sum(name.casefold().rstrip("s") not in text for name in _NAME.findall(question)))


def _together(question: Sequence[Sequence[str]], passage: Sequence[Sequence[str]]) -> float:
    if len(question) < 2:
        return 0.5  # neither for nor against
    places = [
        [[at for at, stem in enumerate(sentence) if stem in set(word)] for sentence in passage] for word in question
    ]
    near = [
        any(abs(i - j) <= NEAR and i != j for first, then in zip(a, b, strict=True) for i in first for j in then)
        for a, b in pairwise(places)
    ]
    return sum(near) / len(near)


# Fitted by `python -m benchmarks.evidence --fit` on XQuAD (English) and NorQuAD (validation), both of equal weight.
WEIGHTS: dict[str, Weights] = {
    "intfloat/multilingual-e5-small": Weights(-7.952, (5.773, 1.463, -5.206, 1.402, -0.724, 1.205, 0.552, 0.905, 0.45)),
    # another model's cosines mean something else
    "": Weights(-6.018, (0.0, 0.0, 1.764, 2.353, -1.025, 1.949, 0.256, 3.501, 0.544)),
}
