"""Do the documents answer the question at all? Decided from meaning and words together.

A logistic model over signals of the retrieved passages. The strongest is late interaction (Khattab and Zaharia, 2020,
"ColBERT"): each token of the question is held against every token of a passage, which shows whether the passage has
something for each of its words, where one vector shows only that both are about the same matter.
`benchmarks/evidence.py` fits the constants and measures what they reach, with questions whose document was left out.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass
from itertools import pairwise

import numpy as np

from rag.core.text.sentences import stems, words
from rag.core.text.stopwords import STOPWORDS
from rag.core.types import Hit
from rag.models.embedding.protocol import Encoder, Passage, Tokens
from rag.store.values import Vector

COMPARED = 20
"""How many of the best passages the best sentence is compared with."""
MATCHED = 3
"""How many of the best passages are read again, token by token: nearly all of the time that the decision takes."""
TYPICAL_MATCH = 0.78
"""The match of a passage that does not answer, with multilingual-e5-small; in place of those a small store lacks."""
LEAST_WEIGHT = 0.5
"""The weight of a word that says little, such as "which": it still tells what kind of thing the question is about."""
FEWEST_SENTENCES = 40
TYPICAL_COSINE, TYPICAL_SPREAD = 0.80, 0.025
"""Mean and deviation of the cosines of sentences, with multilingual-e5-small. A store with fewer sentences than
FEWEST_SENTENCES is filled up with them."""
TRUSTED = 0.3
"""The share of `Signals.outlier` that counts where the passages have no word of the question; all of it counts at a
coverage of 0.7. One sentence that stands out in meaning alone is often one about a kindred matter."""
NEAR = 3
"""Neighbouring words of the question stand together where at most NEAR - 1 words lie between them."""
COSINE_WEIGHT = 5.0
"""Against coverage in `Signals.sentence`: cosines of this model lie between 0.75 and 0.95, coverage between 0 and 1."""
RARITIES = (4.5, 8.0)
"""The range seen while fitting; in a small store no word is rare, and the model must not extrapolate."""
_WORD = re.compile(r"\w+")
# not at the beginning, where every word has a capital
_NAME = re.compile(r"(?<=[^.!?]\s)[A-ZÆØÅÄÖÉ][\w-]+")

Rows = Sequence[Sequence[bool]]


@dataclass(frozen=True, slots=True)
class Signals:
    """What speaks for an answer in the passages used. coverage is a share of the question's words, by rarity.

    match: how near each token of the question comes to one of the best passage (cosine), mean by rarity. ahead: by
    how much that exceeds the mean of the other passages read (MATCHED), which are about kindred matters.
    sentence: the best sentence's cosine with the question and its coverage, together with the sentence before, in
    one figure. outlier: by how many standard deviations the best sentence's cosine exceeds those of all candidates,
    less where the words are not there (TRUSTED). These four are None without vectors.
    coverage: of the best sentence, with the one before. words: share of all words, unweighted, in the best passage.
    missing: names (words with a capital) of the question that the passage with most of them lacks.
    together: share of neighbouring words that stand near each other in one sentence. second: whether the second
    rarest word stands in any passage. lexical: BM25 of the first passage, as a share of the rarity of all words, so
    that it means the same for a short and a long question. rarity: mean of the question's words, held within RARITIES.
    """

    match: float | None
    ahead: float | None
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
class Answerability:
    """probability: that the passages answer the question, 0..1, at the threshold 0.5.

    It is right where two (in English) or three questions have an answer to one that has none (four, by words alone);
    that ratio puts the threshold where few are wrongly refused, which is worse than passages that do not help.
    """

    signals: Signals
    probability: float

    @property
    def answers(self) -> bool:
        return self.probability >= 0.5


@dataclass(frozen=True, slots=True)
class Weights:
    """values: of the signals, in their order; the first four are 0 where the words decide alone.

    bias, english: the threshold, and that for questions in English, where cosines differ more between what answers and
    what does not. It is the same for words alone.
    """

    bias: float
    english: float
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """The question as it is judged. stems: its words, each with its alternatives. vector: (d,) float32 or None."""

    text: str
    stems: Sequence[Sequence[str]]
    vector: Vector | None = None


def judge(
    question: Question,
    hits: Sequence[Hit],
    others: Sequence[Hit],
    rarity: Mapping[str, float],
    sentences: Mapping[int, Vector],
    model: str = "",
    encoder: Encoder | None = None,
) -> Answerability:
    """Whether passages answer a question. hits: the passages used; others: candidates beyond them.

    rarity: inverse document frequency by stem. sentences: by chunk id, (s, d) float32, of the first COMPARED
    candidates; a chunk may be missing. model: the embedding model; its cosines are weighed only where the constants
    were fitted for it. encoder: that model, loaded; the words decide alone without it.
    """
    known = encoder is not None and model in WEIGHTS and question.vector is not None
    scores = matches(question, (*hits, *others)[:MATCHED], rarity, encoder) if known and encoder and hits else []
    signals = measure(question, hits, others, rarity, sentences, scores)
    weights = WEIGHTS[model if scores and signals.sentence is not None else ""]
    values = [value or 0.0 for value in astuple(signals)]
    bias = weights.english if in_english(question.text) else weights.bias
    logit = bias + sum(w * v for w, v in zip(weights.values, values, strict=True))
    probability = 1.0 / (1.0 + math.exp(-max(-50.0, min(50.0, logit)))) if hits else 0.0
    return Answerability(signals, probability)


def in_english(question: str) -> bool:
    """By its function words; in doubt it is not. Passages tell less: many of a Danish manual of commands seem so."""
    question_words = words(question)
    nordic = STOPWORDS["da"] | STOPWORDS["no"]
    return sum(word in STOPWORDS["en"] for word in question_words) > sum(word in nordic for word in question_words)


def matches(question: Question, hits: Sequence[Hit], rarity: Mapping[str, float], encoder: Encoder) -> list[float]:
    """For each passage how near the question's tokens come to its own, -1..1. Encodes all of them."""
    (tokens,) = encoder.encode_tokens([Passage(question.text)], queries=True)
    if not len(tokens.states):
        return []
    weights = _token_weights(question, tokens, rarity)
    passages = [Passage(hit.chunk.text, " › ".join(hit.chunk.heading_path)) for hit in hits]
    return [
        float((tokens.states @ passage.states.T).max(axis=1) @ weights) if len(passage.states) else TYPICAL_MATCH
        for passage in encoder.encode_tokens(passages)
    ]


def _token_weights(question: Question, tokens: Tokens, rarity: Mapping[str, float]) -> Vector:
    """(t,) float32, in sum 1: the rarity of the word that each token is of."""
    rarities = {stem: max((rarity.get(s, 0.0) for s in word), default=0.0) for word in question.stems for stem in word}
    weights = np.full(len(tokens.places), LEAST_WEIGHT, np.float32)
    for word in _WORD.finditer(question.text):
        alternatives = (*stems(word[0], "da"), *stems(word[0], "en"))
        inside = (tokens.places >= word.start()) & (tokens.places < word.end())
        weights[inside] = max(LEAST_WEIGHT, *(rarities.get(stem, 0.0) for stem in alternatives))
    return weights / np.float32(weights.sum())


def measure(
    question: Question,
    hits: Sequence[Hit],
    others: Sequence[Hit],
    rarity: Mapping[str, float],
    sentences: Mapping[int, Vector],
    scores: Sequence[float] = (),
) -> Signals:
    """The signals of the passages, without weighing them. scores: what `matches` gave for the best."""
    question_words = question.stems
    weights = [max((rarity.get(stem, 0.0) for stem in word), default=0.0) for word in question_words]
    total = sum(weights) or 1.0
    sentence_stems = [[stems(text, hit.chunk.language) for text in _sentences(hit)] for hit in hits]
    pairs = [_with_previous([_present(question_words, set(words)) for words in passage]) for passage in sentence_stems]
    coverages = [[_weight(weights, row) / total for row in rows] for rows in pairs]
    passages = [set(stems(" ".join((*hit.chunk.heading_path, hit.chunk.text)), hit.chunk.language)) for hit in hits]
    present = [_present(question_words, passage) for passage in passages]
    second = sorted(range(len(question_words)), key=lambda n: -weights[n])[1:2]
    cosines = [_cosines(question.vector, hit, sentences) for hit in (*hits, *others)[:COMPARED]]
    coverage = max((value for row in coverages for value in row), default=0.0)
    outlier = _outlier(cosines)
    best = max(scores, default=None)
    return Signals(
        match=best,
        ahead=None if best is None else best - _mean_of_others(scores),
        sentence=_best_sentence(coverages, cosines),
        outlier=None if outlier is None else outlier * min(1.0, TRUSTED + coverage),
        coverage=coverage,
        words=max((sum(row) / len(row) for row in present if row), default=0.0),
        missing=min((_missing(question.text, hit) for hit in hits), default=0.0),
        together=max((_together(question_words, passage) for passage in sentence_stems), default=0.0),
        second=float(any(row[n] for row in present for n in second)) if second else 1.0,
        lexical=(hits[0].lexical_score or 0.0) / total if hits else 0.0,
        rarity=min(max(sum(weights) / max(1, len(question_words)), RARITIES[0]), RARITIES[1]),
    )


def _mean_of_others(scores: Sequence[float]) -> float:
    """Mean without the best, of as many as if there were MATCHED passages."""
    others = [*sorted(scores)[:-1], *[TYPICAL_MATCH] * (MATCHED - len(scores))]
    return sum(others) / len(others)


def _sentences(hit: Hit) -> list[str]:
    chunk = hit.chunk
    return [chunk.text[span.start - chunk.start : span.end - chunk.start] for span in chunk.sentences]


def _present(question: Sequence[Sequence[str]], words: set[str]) -> list[bool]:
    return [any(stem in words for stem in word) for word in question]


def _with_previous(rows: Rows) -> list[list[bool]]:
    """An answer often says "it" for what the sentence before it names."""
    before = [[False] * len(row) for row in rows[:1]] + [list(row) for row in rows[:-1]]
    return [[a or b for a, b in zip(row, last, strict=True)] for row, last in zip(rows, before, strict=True)]


def _weight(weights: Sequence[float], row: Sequence[bool]) -> float:
    return sum(weight for weight, present in zip(weights, row, strict=True) if present)


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
    "intfloat/multilingual-e5-small": Weights(
        -28.468, -28.7, (27.181, 20.894, 1.55, 0.661, 0.0, 1.446, -0.626, 0.0, 0.0, 0.0, 0.409)
    ),
    # another model's cosines mean something else
    "": Weights(-6.104, -6.104, (0.0, 0.0, 0.0, 0.0, 1.611, 2.115, -1.075, 2.092, 0.167, 3.724, 0.568)),
}
