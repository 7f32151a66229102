"""Decides whether the documents answer the question, from meaning and words together.

A logistic model over signals of the retrieved passages. The strongest is late interaction (Khattab and Zaharia, 2020,
"ColBERT"): each token of the question is compared with every token of a passage, which shows whether the passage has a
counterpart for each word; one vector for the whole shows only that both are about the same topic.
`benchmarks/answerability.py` fits the constants and measures what they reach, with questions whose document was left
out.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass
from itertools import pairwise

import numpy as np

from rag.core.text.sentences import stem_of, stems, words
from rag.core.text.stopwords import STOPWORDS
from rag.core.text.tokens import word_groups
from rag.core.types import Hit
from rag.models.embedding.protocol import Encoder, Passage, Tokens
from rag.store.values import Question, Vector

COMPARED = 20
"""Passages whose sentences form the background that the best sentence is compared with."""
MATCHED = 3
"""Passages encoded token by token. This takes nearly all of the time of the decision."""
TYPICAL_MATCH = 0.78
"""The match of a passage that does not answer, with multilingual-e5-small. Fills up what a small store lacks."""
LEAST_WEIGHT = 0.5
"""The weight of a frequent word such as "which", which still tells what kind of thing is in question."""
FEWEST_SENTENCES = 40
TYPICAL_COSINE, TYPICAL_SPREAD = 0.80, 0.025
"""Mean and deviation of the cosines of sentences, with multilingual-e5-small. Fewer sentences than
FEWEST_SENTENCES are filled up with values of this distribution."""
TRUSTED = 0.3
"""The share of `Signals.outlier` that counts at a coverage of 0; all of it counts at a coverage of 0.7. A sentence
that is an outlier in meaning alone is often about a related topic."""
NEAR = 3
"""Neighbouring words of the question count as together with at most NEAR - 1 words between them."""
COSINE_WEIGHT = 5.0
"""Weight against coverage in `Signals.sentence`: cosines of this model range over 0.75..0.95, coverage over 0..1."""
RARITIES = (4.5, 8.0)
"""The range in the fitted data. In a small store no word is rare, and the model must not extrapolate."""
# not at the beginning of a sentence, where every word has a capital
_NAME = re.compile(r"(?<=[^.!?]\s)[A-ZÆØÅÄÖÉ][\w-]+")

Rows = Sequence[Sequence[bool]]


@dataclass(frozen=True, slots=True)
class Signals:
    """Signals that the passages used hold an answer. coverage: share of the question's words, weighted by rarity.

    match: for each token of the question its highest cosine with a token of the best passage, as a mean weighted by
    rarity. ahead: how much that exceeds the mean of the other passages encoded (MATCHED), which cover related topics.
    sentence: the best sentence's cosine with the question plus its coverage, together with the sentence before, in
    one figure. outlier: by how many standard deviations the best sentence's cosine exceeds those of all candidates,
    less where the words are missing (TRUSTED). These four are None without vectors.
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
    """probability: that the passages answer the question, 0..1; the threshold is 0.5.

    It is calibrated for two (in English) or three answerable questions to one that is not (four, by words alone). That
    ratio sets the threshold so that few questions are wrongly refused, which is worse than passages that do not help.
    """

    signals: Signals
    probability: float

    @property
    def answers(self) -> bool:
        return self.probability >= 0.5


@dataclass(frozen=True, slots=True)
class Weights:
    """values: one for each of `Signals`, in order; the first four are 0 where the words decide alone.

    bias: the constant of the logistic model. english: the same for questions in English, where cosines separate answers
    from other passages more clearly. Both are equal where the words decide alone.
    """

    bias: float
    english: float
    values: tuple[float, ...]


def judge(
    question: Question,
    hits: Sequence[Hit],
    candidates: Sequence[Hit],
    rarity: Mapping[str, float],
    sentences: Mapping[int, Vector],
    model: str = "",
    encoder: Encoder | None = None,
) -> Answerability:
    """Whether passages answer a question. hits: the passages used; candidates: those ranked below them.

    rarity: inverse document frequency by stem. sentences: by chunk id, (s, d) float32, of the first COMPARED
    candidates; a chunk may be missing. model: the embedding model; its cosines are weighed only where the constants
    were fitted for it. encoder: that model, loaded; the words decide alone without it.
    """
    model_known = encoder is not None and model in WEIGHTS and question.vector is not None
    scores = (
        matches(question, (*hits, *candidates)[:MATCHED], rarity, encoder) if model_known and encoder and hits else []
    )
    signals = measure(question, hits, candidates, rarity, sentences, scores)
    weights = WEIGHTS[model if scores and signals.sentence is not None else ""]
    values = [value or 0.0 for value in astuple(signals)]
    bias = weights.english if in_english(question.text) else weights.bias
    logit = bias + sum(w * v for w, v in zip(weights.values, values, strict=True))
    probability = 1.0 / (1.0 + math.exp(-max(-50.0, min(50.0, logit)))) if hits else 0.0
    return Answerability(signals, probability)


def in_english(question: str) -> bool:
    """Decides by function words; False in doubt. Passages tell less: many in Danish manuals look English."""
    question_words = words(question)
    nordic = STOPWORDS["da"] | STOPWORDS["no"]
    return sum(word in STOPWORDS["en"] for word in question_words) > sum(word in nordic for word in question_words)


def matches(question: Question, hits: Sequence[Hit], rarity: Mapping[str, float], encoder: Encoder) -> list[float]:
    """Late interaction score of each passage, -1..1. Encodes the question and all passages."""
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
    """(t,) float32, summing to 1: for each token the rarity of its word."""
    rarities = {stem: max((rarity.get(s, 0.0) for s in word), default=0.0) for word in question.stems for stem in word}
    weights = np.full(len(tokens.places), LEAST_WEIGHT, np.float32)
    for start, end, word in word_groups(question.text):
        alternatives = {stem for spelling in word for code in ("da", "en") for stem in stem_of(spelling, code)}
        inside = (tokens.places >= start) & (tokens.places < end)
        weights[inside] = np.maximum(weights[inside], max(rarities.get(stem, 0.0) for stem in alternatives))
    return weights / np.float32(weights.sum())


def measure(
    question: Question,
    hits: Sequence[Hit],
    candidates: Sequence[Hit],
    rarity: Mapping[str, float],
    sentences: Mapping[int, Vector],
    scores: Sequence[float] = (),
) -> Signals:
    """The signals, not yet weighted. scores: from `matches`, for the best passages."""
    question_words = question.stems
    weights = [max((rarity.get(stem, 0.0) for stem in word), default=0.0) for word in question_words]
    total = sum(weights) or 1.0
    sentence_stems = [[stems(text, hit.chunk.language) for text in _sentences(hit)] for hit in hits]
    pairs = [_with_previous([_present(question_words, set(words)) for words in passage]) for passage in sentence_stems]
    coverages = [[_weight(weights, row) / total for row in rows] for rows in pairs]
    passages = [set(stems(" ".join((*hit.chunk.heading_path, hit.chunk.text)), hit.chunk.language)) for hit in hits]
    present = [_present(question_words, passage) for passage in passages]
    second = sorted(range(len(question_words)), key=lambda n: -weights[n])[1:2]
    cosines = [_cosines(question.vector, hit, sentences) for hit in (*hits, *candidates)[:COMPARED]]
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
    """Mean of all but the best score, padded to MATCHED passages with TYPICAL_MATCH."""
    lower_scores = [*sorted(scores)[:-1], *[TYPICAL_MATCH] * (MATCHED - len(scores))]
    return sum(lower_scores) / len(lower_scores)


def _sentences(hit: Hit) -> list[str]:
    chunk = hit.chunk
    return [chunk.text[span.start - chunk.start : span.end - chunk.start] for span in chunk.sentences]


def _present(question: Sequence[Sequence[str]], words: set[str]) -> list[bool]:
    return [any(stem in words for stem in word) for word in question]


def _with_previous(rows: Rows) -> list[list[bool]]:
    """Each row joined with the one before, as a sentence often says "it" for what the previous one names."""
    before = [[False] * len(row) for row in rows[:1]] + [list(row) for row in rows[:-1]]
    return [[a or b for a, b in zip(row, last, strict=True)] for row, last in zip(rows, before, strict=True)]


def _weight(weights: Sequence[float], row: Sequence[bool]) -> float:
    return sum(weight for weight, present in zip(weights, row, strict=True) if present)


def _cosines(vector: Vector | None, hit: Hit, sentences: Mapping[int, Vector]) -> list[float]:
    sentence_vectors = sentences.get(hit.chunk.id)
    return [] if vector is None or sentence_vectors is None else [float(cosine) for cosine in sentence_vectors @ vector]


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
    # alternating below and above the mean, so that both mean and deviation are the typical ones
    values += [TYPICAL_COSINE + (TYPICAL_SPREAD if n % 2 else -TYPICAL_SPREAD) for n in range(fill)]
    return float((max(values) - np.mean(values)) / (np.std(values) + 1e-3))


def _missing(question: str, hit: Hit) -> float:
    text = " ".join((*hit.chunk.heading_path, hit.chunk.text)).casefold()
    # without the genitive s: "Norges" counts where "Norge" stands
    return float(sum(name.casefold().rstrip("s") not in text for name in _NAME.findall(question)))


def _together(question: Sequence[Sequence[str]], passage: Sequence[Sequence[str]]) -> float:
    if len(question) < 2:
        return 0.5  # neither for nor against
    places = [
        [[at for at, stem in enumerate(sentence) if stem in set(word)] for sentence in passage] for word in question
    ]
    near = [
        any(abs(i - j) <= NEAR and i != j for first, second in zip(a, b, strict=True) for i in first for j in second)
        for a, b in pairwise(places)
    ]
    return sum(near) / len(near)


# Fitted by `python -m benchmarks.answerability --fit` on XQuAD (English) and NorQuAD (validation), each weighing the
# same.
WEIGHTS: dict[str, Weights] = {
    "intfloat/multilingual-e5-small": Weights(
        -28.468, -28.7, (27.181, 20.894, 1.55, 0.661, 0.0, 1.446, -0.626, 0.0, 0.0, 0.0, 0.409)
    ),
    # without vectors, or with a model that nothing was fitted for
    "": Weights(-6.104, -6.104, (0.0, 0.0, 0.0, 0.0, 1.611, 2.115, -1.075, 2.092, 0.167, 3.724, 0.568)),
}
