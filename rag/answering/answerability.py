"""Decides whether the documents answer a question, and how likely the first quote is right.

Two logistic models over the same signals of what is quoted first: how it was chosen, what it has of the question, how
it stands out among the candidates, and what the reader makes of it. One tells whether the documents answer at all, the
other whether the first quote does; a quote can miss what is there. `benchmarks/answerability.py` fits the constants and
measures what they reach, with questions whose document was left out.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass
from enum import StrEnum
from pathlib import PurePath

import numpy as np

from rag.core.text.sentences import stems
from rag.core.types import Hit
from rag.generation.quoting import Choice, Known
from rag.store.values import Question, Vector

COMPARED = 20
"""Passages whose sentences form the background that the best sentence is compared with."""
FEWEST_SENTENCES = 40
TYPICAL_COSINE, TYPICAL_SPREAD = 0.80, 0.025
"""Mean and deviation of the cosines of sentences, with multilingual-e5-small. Fewer sentences than FEWEST_SENTENCES
are filled up with values of this distribution.
"""
MOST_WORDS = 8
FITTED_FOR = "intfloat/multilingual-e5-small"
STRONG, POSSIBLE = 0.9, 0.5
"""The least `Answerability.chance` of a level."""
# not at the beginning of a sentence, where every word has a capital
_NAME = re.compile(r"(?<=[^.!?]\s)[A-ZÆØÅÄÖÉ][\w-]+")


class Confidence(StrEnum):
    """The form in which a user sees the chance of an answer. CLOSEST: it is introduced as the closest passages."""

    STRONG = "strong"
    POSSIBLE = "possible"
    CLOSEST = "closest"


MEASURED: Mapping[Confidence, float] = {Confidence.STRONG: 0.97, Confidence.POSSIBLE: 0.77, Confidence.CLOSEST: 0.25}
"""Share of first quotes that answer at each level, over questions that nothing was fitted on: everyday ones of the half
called "test" and a third of XQuAD's (`python -m benchmarks.answerability --every 3`)."""


@dataclass(frozen=True, slots=True)
class Signals:
    """Signals that the first quote answers.

    stands: share of the question's words, by rarity, in the quote or in what it stands under: headings, a question, the
    line before a list, the name of its document. words: share of all its words, unweighted, in the best passage.
    missing: names (words with a capital) of the question that neither the passage with most of them nor its document's
    name has. share: logarithm of the quote's chance among all parts of the passages. leads: whether it is from the
    first passage. holds: 1 where it holds a thing of the kind asked for, -1 where it does not. count: words of the
    question, at most MOST_WORDS. outlier: by how many standard deviations the best sentence's cosine exceeds those of
    all candidates; None without vectors. The last three are None without a reader: best: its logit that a passage
    answers, the highest one; relevance: that of the quote's passage; sentence: its score of the quote's best sentence.
    """

    stands: float
    words: float
    missing: float
    share: float
    leads: float
    holds: float
    count: float
    outlier: float | None
    best: float | None
    relevance: float | None
    sentence: float | None


@dataclass(frozen=True, slots=True)
class Answerability:
    """probability: that the documents answer, 0..1; the threshold is 0.5, set so that few questions are wrongly
    refused, which is worse than passages that do not help. chance: that the first quote answers, 0..1, calibrated.
    """

    signals: Signals
    probability: float
    chance: float

    @property
    def answers(self) -> bool:
        return self.probability >= 0.5


@dataclass(frozen=True, slots=True)
class Weights:
    """Of a logistic model: bias, and the weights of `Signals`."""

    bias: float
    signals: Signals

    def probability(self, signals: Signals) -> float:
        """0..1; what is None counts as 0."""
        pairs = zip(astuple(self.signals), astuple(signals), strict=True)
        logit = self.bias + math.fsum((weight or 0.0) * (value or 0.0) for weight, value in pairs)
        return 1.0 / (1.0 + math.exp(-max(-50.0, min(50.0, logit))))


@dataclass(frozen=True, slots=True)
class Models:
    """answers: whether the documents answer. first: whether the first quote does."""

    answers: Weights
    first: Weights


def confidence(chance: float) -> Confidence:
    """chance: see `Answerability.chance`."""
    if chance >= STRONG:
        return Confidence.STRONG
    return Confidence.POSSIBLE if chance >= POSSIBLE else Confidence.CLOSEST


def judge(
    question: Question,
    choice: Choice | None,
    hits: Sequence[Hit],
    candidates: Sequence[Hit],
    rarity: Mapping[str, float],
    known: Known,
    model: str = "",
) -> Answerability:
    """Whether passages answer a question. choice: what is quoted first; None where nothing can be.

    hits: the passages used; candidates: those ranked below them. rarity: inverse document frequency by stem. known:
    with the vectors of the first COMPARED candidates, too. model: the embedding model; its cosines are weighed only
    where the constants were fitted for it.
    """
    if choice is None:
        return Answerability(Signals(0, 0, 0, 0, 0, 0, 0, None, None, None, None), 0.0, 0.0)
    signals = measure(question, choice, hits, candidates, rarity, known)
    by_meaning = signals.outlier is not None and model == FITTED_FOR
    models = MODELS["reader" if signals.best is not None else "vectors" if by_meaning else "words"]
    return Answerability(signals, models.answers.probability(signals), models.first.probability(signals))


def measure(
    question: Question,
    choice: Choice,
    hits: Sequence[Hit],
    candidates: Sequence[Hit],
    rarity: Mapping[str, float],
    known: Known,
) -> Signals:
    """The signals, not yet weighted."""
    part, hit = choice.part, choice.part.hit
    weights = [max((rarity.get(stem, 0.0) for stem in word), default=0.0) for word in question.stems]
    around = (part.text, part.under, *hit.chunk.heading_path, PurePath(hit.document).stem)
    present = _present(question.stems, "\n".join(around), hit.chunk.language)
    passages = [_present(question.stems, _text(one), one.chunk.language) for one in hits]
    vectors = [] if question.vector is None else [known.vectors.get(one.chunk.id) for one in (*hits, *candidates)]
    read = [known.readings.get(one.chunk.id) for one in hits]
    reading = known.readings.get(hit.chunk.id)
    return Signals(
        stands=math.fsum(weight for weight, there in zip(weights, present, strict=True) if there)
        / (sum(weights) or 1.0),
        words=max((sum(row) / len(row) for row in passages if row), default=0.0),
        missing=min((_missing(question.text, one) for one in hits), default=0.0),
        share=math.log(max(choice.share, 1e-6)),
        leads=float(hit.chunk.id == hits[0].chunk.id),
        holds=choice.signals.holds,
        count=float(min(len(question.stems), MOST_WORDS)),
        outlier=_outlier(question.vector, [rows for rows in vectors[:COMPARED] if rows is not None]),
        best=max((reading.relevance for reading in read if reading is not None), default=None),
        relevance=None if reading is None else reading.relevance,
        sentence=None if reading is None else choice.signals.sentence,
    )


def _present(question: Sequence[Sequence[str]], text: str, language: str) -> list[bool]:
    words = set(stems(text, language))
    return [not words.isdisjoint(word) for word in question]


def _text(hit: Hit) -> str:
    return "\n".join((*hit.chunk.heading_path, hit.chunk.text, PurePath(hit.document).stem))


def _outlier(question: Vector | None, vectors: Sequence[Vector]) -> float | None:
    if question is None or not vectors:
        return None
    values = [float(cosine) for rows in vectors for cosine in rows @ question]
    fill = max(0, FEWEST_SENTENCES - len(values))
    # alternating below and above the mean, so that both mean and deviation are the typical ones
    values += [TYPICAL_COSINE + (TYPICAL_SPREAD if n % 2 else -TYPICAL_SPREAD) for n in range(fill)]
    return float((max(values) - np.mean(values)) / (np.std(values) + 1e-3))


def _missing(question: str, hit: Hit) -> float:
    text = _text(hit).casefold()
    # without the genitive s: "Norges" counts where "Norge" stands
    return float(sum(name.casefold().rstrip("s") not in text for name in _NAME.findall(question)))


# Fitted by `python -m benchmarks.answerability --fit` on the split "dev" of `benchmarks.answered`, each set weighing
# the same; by what there is: the reader, vectors without it, words alone.
MODELS: Mapping[str, Models] = {
    "reader": Models(
        Weights(-2.245, Signals(3.325, 0.826, -1.202, 0.246, 0.108, 0.779, 0.152, 0.549, 0.054, 0.096, 0.119)),
        Weights(-1.763, Signals(3.158, -0.748, -0.681, 1.245, 0.268, 0.414, 0.097, 0.346, 0.057, 0.116, 0.040)),
    ),
    "vectors": Models(
        Weights(-2.877, Signals(2.457, 1.934, -1.468, 1.371, 0.350, 0.632, 0.183, 0.826, 0.000, 0.000, 0.000)),
        Weights(-2.476, Signals(2.710, 0.241, -0.926, 2.030, 0.537, 0.368, 0.138, 0.586, 0.000, 0.000, 0.000)),
    ),
    "words": Models(
        Weights(-1.481, Signals(2.414, 2.209, -1.397, 1.469, 0.296, 0.569, 0.227, 0.000, 0.000, 0.000, 0.000)),
        Weights(-1.465, Signals(2.622, 0.525, -0.889, 2.104, 0.505, 0.312, 0.171, 0.000, 0.000, 0.000, 0.000)),
    ),
}
