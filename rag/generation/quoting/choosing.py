"""Chooses what to quote: the parts of the passages that answer best, each with where it stands. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, field, replace

import numpy as np

from rag.core.text.markdown import plain, shown
from rag.core.types import Citation, Hit, Sentence
from rag.generation.quoting.quotable import Quotable, quotables
from rag.generation.quoting.signals import Signals, measure, on_page
from rag.models.reader.reader import Reading
from rag.store.values import Question, Vector

MOST_QUOTES = 3
SHARE_OF_BEST, SHARE_OF_ADDING = 0.5, 0.1
"""The least chance of a further part, as a share of the best one's, at which it is quoted as well; the second where it
has words of the question that no part quoted so far has, as where a question has two halves."""
SURE = 0.5
"""The least `Reading.probability` of a short answer that is marked in its quote."""
ADDS = 0.1
"""The least share of the question's words, by rarity, that such a part adds."""
WEIGHTS: Mapping[bool, Signals] = {
    True: Signals(1.37, 1.30, 0.45, 0.46, 0.44, -0.32, 0.34, sentence=0.41, relevance=0.15, span=1.36),
    False: Signals(2.15, 3.29, 1.11, 2.02, 0.81, -0.99, 3.00),
}
"""By whether there is a reader. Fitted by `python -m benchmarks.quoting_weights` on the everyday questions of the half
called "dev" and on NorQuAD's: a conditional logistic model of which part of the passages answers. The score of a part
is the sum of its signals with these weights, so that exp(score) is its chance against the others."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of the passages, by chunk id; any may be missing.

    vectors: of their sentences, (sentences, d) float32. after: how the page goes on behind them, see `quotables`.
    readings: what the reader made of them.
    """

    vectors: Mapping[int, Vector] = field(default_factory=dict)
    after: Mapping[int, str] = field(default_factory=dict)
    readings: Mapping[int, Reading] = field(default_factory=dict)


NOTHING = Known()


@dataclass(frozen=True, slots=True)
class Choice:
    """A part that could be quoted. share: its chance, 0..1, among all parts.

    signals: what spoke for it. words: the indices of the question's words that it has. also: other passages that say
    the same. short: the words in it that answer, as the reader sees them, where it is sure.
    """

    part: Quotable
    share: float
    signals: Signals
    words: frozenset[int] = frozenset()
    short: str = ""
    also: tuple[Quotable, ...] = ()


def quote(question: Question, hits: Sequence[Hit], known: Known = NOTHING) -> tuple[Sentence, ...]:
    """What `choose` selects, with its citations."""
    return tuple(map(as_sentence, choose(question, hits, known)))


def choose(question: Question, hits: Sequence[Hit], known: Known = NOTHING) -> list[Choice]:
    """The parts to quote, best first: at most MOST_QUOTES. One in several passages is one choice.

    hits: numbered passages.
    """
    parts = quotables(hits, known.after)
    if not parts:
        return []
    measured = measure(question, parts, known.vectors, known.readings)
    scores = measured.values @ np.array(astuple(WEIGHTS[bool(known.readings)]))
    choices = [
        Choice(part, float(score), Signals(*map(float, values)), words, _short(part, known))
        for part, score, values, words in zip(parts, scores, measured.values, measured.words, strict=True)
    ]
    return _chosen(_with_shares(_merged(choices)), measured.rarities)


def _short(part: Quotable, known: Known) -> str:
    reading = known.readings.get(part.hit.chunk.id)
    if reading is None or reading.probability < SURE or reading.relevance < 0.0:
        return ""
    span, page_start = on_page(part.hit, reading.span), part.hit.chunk.start
    is_inside = part.span.start <= span.start < span.end <= part.span.end
    return part.hit.chunk.text[span.start - page_start : span.end - page_start] if is_inside else ""


def _with_shares(ranked: Sequence[Choice]) -> list[Choice]:
    """The same with their chances in the place of their scores: what stands in many places competes once."""
    chances = np.exp(np.array([choice.share for choice in ranked]) - ranked[0].share)
    chances /= chances.sum()
    return [replace(choice, share=float(chance)) for choice, chance in zip(ranked, chances, strict=True)]


def _chosen(ranked: Sequence[Choice], rarities: Sequence[float]) -> list[Choice]:
    chosen: list[Choice] = []
    said: set[int] = set()
    for choice in ranked:
        share = choice.share / ranked[0].share
        adds = sum(rarities[word] for word in choice.words - said) >= ADDS
        if share < (SHARE_OF_ADDING if adds else SHARE_OF_BEST) or any(
            _overlap(choice.part, other.part) for other in chosen
        ):
            continue
        chosen.append(choice)
        said |= choice.words
        if len(chosen) == MOST_QUOTES:
            break
    return chosen


def as_sentence(choice: Choice) -> Sentence:
    """A choice as a sentence of an answer, its citations exactly as they stand on the page.

    Its text is in one line, that of a list in one line for each item.
    """
    part = choice.part

    def in_one_line(text: str) -> str:
        return shown(text, part.hit.document) or text

    return Sentence(
        "\n".join(" ".join(line.split()) for line in part.lines) or in_one_line(part.text),
        tuple(map(_citation, (part, *choice.also))),
        under=in_one_line(part.under),
        rest=tuple(" ".join(line.split()) for line in part.rest),
        short=" ".join(choice.short.split()),
    )


def _citation(part: Quotable) -> Citation:
    hit, span = part.hit, part.span
    return Citation(hit.number, hit.document, hit.sha256, hit.chunk.page, span.start, span.end, part.text)


def _merged(choices: Sequence[Choice]) -> list[Choice]:
    """Choices, best first: each the best of those that read the same, with the other passages that say it."""
    groups: dict[str, list[Choice]] = {}
    for choice in sorted(choices, key=lambda c: (-c.share, c.part.hit.number, c.part.span.start)):
        groups.setdefault(plain(choice.part.text).casefold().strip(" .!?;:,"), []).append(choice)
    merged = []
    for best, *duplicates in groups.values():
        number = best.part.hit.number
        by_number = {c.part.hit.number: c.part for c in reversed(duplicates) if c.part.hit.number != number}
        merged.append(replace(best, also=tuple(by_number[number] for number in sorted(by_number))))
    return merged


def _overlap(one: Quotable, other: Quotable) -> bool:
    same_page = (one.hit.sha256, one.hit.chunk.page) == (other.hit.sha256, other.hit.chunk.page)
    return same_page and one.span.start < other.span.end and other.span.start < one.span.end
