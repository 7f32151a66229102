"""What speaks for a part of a passage as the answer: meaning, words, what it stands under, what it holds. Pure."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass
from pathlib import PurePath

import numpy as np

from rag.core.text.letters import spelling
from rag.core.text.sentences import stems
from rag.core.types import Hit, Span
from rag.generation.quoting.asked import asked_for, holds
from rag.generation.quoting.quotable import Quotable
from rag.models.reader.reader import Reading
from rag.store.values import Question, Vector

LEAST_LOGIT = -10.0
_K1, _B = 1.2, 0.75  # Robertson and Zaragoza (2009)


@dataclass(frozen=True, slots=True)
class Signals:
    """Of one part, each about 0..1.

    meaning: the best cosine of its sentences, min-max normalised over all parts. own: BM25 of its own words, as a share
    of what all words of the question weigh. around: the weight of the words that it has only in what it stands under:
    headings, a question, the line before a list, the name of its document. letters: the share of the question's runs of
    letters, which also finds parts of compounds and misspelt words. holds: 1 where it holds a thing of the kind that is
    asked for, -1 where it does not, 0 where no form tells. letterhead: several names on a line, as in "Acme · Report".
    passage: the score of its passage, as a share of the best one.

    The last three are 0 without a reader. sentence: the reader's score of its best sentence, a logit, at least
    LEAST_LOGIT. relevance: the logarithm of its chance that the passage answers. span: how much of the reader's
    short answer to this passage is in it, times how sure that is.
    """

    meaning: float
    own: float
    around: float
    letters: float
    holds: float
    letterhead: float
    passage: float
    sentence: float = 0.0
    relevance: float = 0.0
    span: float = 0.0


@dataclass(frozen=True, slots=True)
class Measured:
    """values: (parts, signals) float64. words: of each part the indices of the question's words that it has itself.

    rarities: of each word of the question, as a share of all of them.
    """

    values: Vector
    words: list[frozenset[int]]
    rarities: list[float]


def measure(
    question: Question, parts: Sequence[Quotable], vectors: Mapping[int, Vector], readings: Mapping[int, Reading]
) -> Measured:
    """vectors: by chunk id, (sentences, d) float32; readings: by chunk id. Chunks may be missing in both."""
    own = [Counter(stems(part.text, part.hit.chunk.language)) for part in parts]
    around = [_words_around(part) for part in parts]
    weights = _rarities(question.stems, own, around)
    total = sum(weights) or 1.0
    average = sum(sum(counts.values()) for counts in own) / len(own) or 1.0
    thing = asked_for(question.text)
    best = max(part.hit.score for part in parts) or 1.0
    letters = spelling(_words(question.stems), [part.text for part in parts])
    meaning = _scaled([_cosine(question.vector, part, vectors) for part in parts])
    rows = []
    for at, part in enumerate(parts):
        own_weight, around_weight = _weights(question.stems, weights, own[at], around[at], average)
        held = holds(part.text, thing)
        rows.append(
            Signals(
                meaning=meaning[at],
                own=own_weight / total,
                around=around_weight / total,
                letters=letters[at],
                holds=0.0 if held is None else 1.0 if held else -1.0,
                letterhead=float(" · " in part.text),
                passage=part.hit.score / best,
                **_read(part, readings.get(part.hit.chunk.id)),
            )
        )
    words = [
        frozenset(at for at, alternatives in enumerate(question.stems) if not counts.keys().isdisjoint(alternatives))
        for counts in own
    ]
    return Measured(np.array([astuple(row) for row in rows]), words, [weight / total for weight in weights])


def _read(part: Quotable, reading: Reading | None) -> dict[str, float]:
    if reading is None:
        return {}
    sentences = [reading.sentences[place] for place in part.places if place < len(reading.sentences)]
    start, end = on_page(part.hit, reading.span)
    shared = max(0, min(end, part.span.end) - max(start, part.span.start))
    return {
        "sentence": max((LEAST_LOGIT, *sentences)),
        "relevance": -math.log1p(math.exp(-max(LEAST_LOGIT, reading.relevance))),
        "span": reading.probability * shared / (end - start) if end > start else 0.0,
    }


def on_page(hit: Hit, span: Span) -> Span:
    """A span of a passage as it was read, in offsets of its page."""
    first = min((sentence.start for sentence in hit.chunk.sentences), default=hit.chunk.start)
    return Span(first + span.start, first + span.end)


def _words(question: Sequence[Sequence[str]]) -> list[str]:
    """One stem of each word: the shortest, whose letters are in the most forms of it."""
    return [min(alternatives, key=len) for alternatives in question if alternatives]


def _rarities(
    question: Sequence[Sequence[str]], own: Sequence[Counter[str]], around: Sequence[set[str]]
) -> list[float]:
    """The inverse document frequency of each word of the question. A word that all parts stand under tells nothing."""
    weights = []
    for alternatives in question:
        holding = sum(
            any(stem in own_words or stem in around_words for stem in alternatives)
            for own_words, around_words in zip(own, around, strict=True)
        )
        weights.append(math.log(1 + (len(own) - holding + 0.5) / (holding + 0.5)))
    return weights


def _weights(
    question: Sequence[Sequence[str]],
    rarities: Sequence[float],
    own: Counter[str],
    around: set[str],
    average: float,
) -> tuple[float, float]:
    """BM25 of the part's own words, and the weight of those that are only around it. average: words of a part."""
    length = sum(own.values())
    own_weight = around_weight = 0.0
    for alternatives, rarity in zip(question, rarities, strict=True):
        frequency = sum(own[stem] for stem in set(alternatives))
        if frequency:
            own_weight += rarity * frequency * (_K1 + 1) / (frequency + _K1 * (1 - _B + _B * length / average))
        elif not around.isdisjoint(alternatives):
            around_weight += rarity
    return own_weight, around_weight


def _words_around(part: Quotable) -> set[str]:
    name = PurePath(part.hit.document).stem.replace("_", " ")
    texts = (*part.hit.chunk.heading_path, part.under, name)
    return set(stems("\n".join(texts), part.hit.chunk.language))


def _cosine(question: Vector | None, part: Quotable, vectors: Mapping[int, Vector]) -> float:
    rows = vectors.get(part.hit.chunk.id)
    if question is None or rows is None:
        return math.nan
    places = [at for at in part.places if at < len(rows)]
    return float((rows[places] @ question).max()) if places else math.nan


def _scaled(values: Sequence[float]) -> list[float]:
    """Min-max normalised to 0..1; NaN becomes 0."""
    array = np.array(values, np.float64)
    numbers = array[~np.isnan(array)]
    if not numbers.size or numbers.max() <= numbers.min():
        return [0.0] * len(values)
    return [float(v) for v in np.nan_to_num((array - numbers.min()) / (numbers.max() - numbers.min()), nan=0.0)]
