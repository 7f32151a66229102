"""Answers by quoting verbatim the sentences of the passages that answer best. Pure."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from rag.core.text.blocks import LEADERS
from rag.core.text.markdown import plain, shown
from rag.core.text.sentences import stems
from rag.core.text.table_rows import is_row
from rag.core.types import Citation, Hit, Sentence, Span
from rag.store.values import Vector

# the weights were chosen with `benchmarks/quotes.py`
MOST_QUOTES = 3
SHARE_OF_BEST = 0.7
"""The least score, as a share of the best one, for a further sentence to be quoted."""
DENSE_WEIGHT = 0.5
RANK_WEIGHT = 0.5
NEIGHBOUR_WEIGHT = 0.2
"""Weight of the adjacent sentences' words, as an answer often says "it" for what its neighbour names."""
QUANTITY_WEIGHT = 0.2
"""Bonus for a sentence with a number if the question asks for one."""
CODE_WEIGHT = 2.0
"""Factor for a word of the question that contains a digit, such as E31."""
HEADING_WORDS = 8
HEADING_SHARE = 0.5
"""Factor on the score of a heading, which names a subject without saying anything about it."""
_K1, _B = 1.2, 0.75  # Robertson and Zaragoza (2009)
_ASKS_QUANTITY = re.compile(
    r"\b(?:hvor (?:mange|længe|lenge|meget|mye|lang|langt|stor|stort|høj|højt|høy|høyt|gammel|ofte|sent|tidligt|lavt?)"
    r"|hvornår|når|hvilke[nt]? (?:år|dato|dag|måned)|årstall|årstal|hvad koster"
    r"|how (?:many|much|long|old|often|far|large|big|tall|high|late|early|loud|heavy)|when"
    r"|wh(?:at|ich) (?:year|date|day|percentage|century|decade|time|number|temperature))\b",
    re.IGNORECASE,
)
_BULLET = re.compile(r"\s*[-*+•–◦▪]\s")
_NUMBERING = re.compile(r"^\s*(?:\d+(?:\.\d+)*\.?|#+)\s+")
_FIGURE = re.compile(r"\d+(?:[.,]\d+)*")


@dataclass(frozen=True, slots=True)
class Choice:
    """A sentence that could be quoted. span: its offsets in the page. also: other passages that say the same."""

    hit: Hit
    span: Span
    text: str
    score: float
    also: tuple[Choice, ...] = ()


class _Candidate(NamedTuple):
    """A sentence of a passage. place: its index among the sentences of its chunk."""

    hit: Hit
    span: Span
    text: str
    place: int


def quote(
    question: Vector | None,
    question_stems: Sequence[Sequence[str]],
    hits: Sequence[Hit],
    vectors: Mapping[int, Vector],
    question_text: str = "",
) -> tuple[Sentence, ...]:
    """The sentences that `choose` selects, with their citations."""
    return tuple(map(as_sentence, choose(question, question_stems, hits, vectors, question_text)))


def choose(
    question: Vector | None,
    question_stems: Sequence[Sequence[str]],
    hits: Sequence[Hit],
    vectors: Mapping[int, Vector],
    question_text: str = "",
) -> list[Choice]:
    """The sentences to quote, best first: at most MOST_QUOTES, plus the answers to those that are questions.

    A sentence in several passages is one choice. Lines with leaders or without words are never quoted.

    question: (d,) float32 or None. hits: numbered passages. vectors: by chunk id, (sentences, d) float32; chunks may
    be missing. question_text: the question itself, which may ask for a number. Sentences are scored by cosine and BM25
    (each min-max normalised over all sentences of the hits) and by the score of their passage.
    """
    sentences = _distinct(hits)
    if not sentences:
        return []
    dense = _cosines(question, sentences, vectors)
    lexical = _scaled(_with_neighbours(_bm25(question_stems, sentences), sentences), floor=0.0)
    asks_quantity = bool(_ASKS_QUANTITY.search(question_text))
    titles = {hit.number: {plain(title).casefold() for title in hit.chunk.heading_path} for hit in hits}
    scored = []
    for at, (hit, span, text, _) in enumerate(sentences):
        score = DENSE_WEIGHT * dense[at] + (1 - DENSE_WEIGHT) * lexical[at]
        score += RANK_WEIGHT * hit.score
        if asks_quantity and any(map(str.isdigit, text)):
            score += QUANTITY_WEIGHT
        if _is_heading(text, question_text) or plain(text).casefold() in titles[hit.number]:
            score *= HEADING_SHARE
        scored.append(Choice(hit, span, text, score))
    best = list(_merged(scored).values())
    choices = [c for c in best[:MOST_QUOTES] if c.score >= SHARE_OF_BEST * best[0].score]
    return _with_answers(choices, scored)


def as_sentence(choice: Choice) -> Sentence:
    """A choice as a sentence of an answer: its text in one line, its citations exactly as they stand on the page."""
    return Sentence(
        shown(choice.text, choice.hit.document) or choice.text, tuple(map(_citation, (choice, *choice.also)))
    )


def _citation(choice: Choice) -> Citation:
    hit, span = choice.hit, choice.span
    return Citation(hit.number, hit.document, hit.sha256, hit.chunk.page, span.start, span.end, choice.text)


def _merged(scored: Sequence[Choice]) -> dict[str, Choice]:
    """Choices by `_key`, best first: each the best of its group, with the other passages that read the same."""
    groups: dict[str, list[Choice]] = {}
    for choice in sorted(scored, key=lambda c: (-c.score, c.hit.number, c.span.start)):
        groups.setdefault(_key(choice), []).append(choice)
    merged = {}
    for key, (best, *duplicates) in groups.items():
        by_number = {c.hit.number: c for c in reversed(duplicates) if c.hit.number != best.hit.number}
        merged[key] = replace(best, also=tuple(by_number[number] for number in sorted(by_number)))
    return merged


def _key(choice: Choice) -> str:
    """The text of a sentence without punctuation and case; equal for choices that read the same."""
    return plain(choice.text).casefold().strip(" .!?;:,")


def _distinct(hits: Sequence[Hit]) -> list[_Candidate]:
    """All sentences; one shared by overlapping passages counts for the best of them."""
    starts: set[tuple[str, int, int]] = set()
    candidates = []
    for hit in hits:
        chunk = hit.chunk
        for place, span in enumerate(chunk.sentences):
            start = (hit.sha256, chunk.page, span.start)
            text = chunk.text[span.start - chunk.start : span.end - chunk.start]
            if start not in starts and any(map(str.isalnum, text)) and not LEADERS.search(text):
                starts.add(start)
                candidates.append(_Candidate(hit, span, text, place))
    return candidates


def _cosines(question: Vector | None, sentences: Sequence[_Candidate], vectors: Mapping[int, Vector]) -> list[float]:
    values = []
    for hit, _, _, place in sentences:
        sentence_vectors = vectors.get(hit.chunk.id)
        has_vector = question is not None and sentence_vectors is not None and place < len(sentence_vectors)
        values.append(float(sentence_vectors[place] @ question) if has_vector else math.nan)  # type: ignore[index]
    return _scaled(values)


def _bm25(question: Sequence[Sequence[str]], sentences: Sequence[_Candidate]) -> list[float]:
    """BM25 of each sentence, with the sentences of all hits as the collection; any alternative of a word counts."""
    counts = [Counter(stems(text, hit.chunk.language)) for hit, _, text, _ in sentences]
    lengths = [sum(c.values()) for c in counts]
    average = sum(lengths) / len(lengths) or 1.0
    scores = [0.0] * len(sentences)
    for alternatives in question:
        tf = [sum(c[stem] for stem in set(alternatives)) for c in counts]
        holding = sum(1 for f in tf if f)
        idf = math.log(1 + (len(sentences) - holding + 0.5) / (holding + 0.5))
        if any(map(str.isdigit, "".join(alternatives))):
            idf *= CODE_WEIGHT
        for at, f in enumerate(tf):
            scores[at] += idf * f * (_K1 + 1) / (f + _K1 * (1 - _B + _B * lengths[at] / average))
    return scores


def _with_neighbours(scores: Sequence[float], sentences: Sequence[_Candidate]) -> list[float]:
    """Each score plus a share of the better neighbour's score in the same passage."""

    def neighbour(at: int) -> float:
        beside = [n for n in (at - 1, at + 1) if 0 <= n < len(scores)]
        return max((scores[n] for n in beside if sentences[n].hit.number == sentences[at].hit.number), default=0.0)

    return [score + NEIGHBOUR_WEIGHT * neighbour(at) for at, score in enumerate(scores)]


def _scaled(values: Sequence[float], floor: float | None = None) -> list[float]:
    """Min-max normalised to 0..1; NaN becomes 0. floor: the value mapped to 0, by default the lowest."""
    array = np.array(values, np.float64)
    numbers = array[~np.isnan(array)]
    if not numbers.size:
        return [0.0] * len(values)
    low = float(numbers.min()) if floor is None else floor
    if numbers.max() <= low:
        return [0.0] * len(values)
    scaled = (array - low) / (numbers.max() - low)
    return [float(v) for v in np.nan_to_num(scaled, nan=0.0)]


def _is_heading(text: str, question: str) -> bool:
    """A title, label or table head: short, without final punctuation, and without numbers that the question lacks."""
    if text.rstrip()[-1:] in ".!?:;|" or _BULLET.match(text):
        return False
    if is_row(text) and ": " in text:  # a short row of a table; without names in it, it is the table's head
        return False
    words = _NUMBERING.sub("", text).split()
    return len(words) <= HEADING_WORDS and set(_FIGURE.findall(" ".join(words))) <= set(_FIGURE.findall(question))


def _with_answers(choices: Sequence[Choice], every: Sequence[Choice]) -> list[Choice]:
    """Adds the sentence after a quoted question (of a FAQ), as it is the answer."""
    places = {(c.hit.sha256, c.hit.chunk.page, c.span.start): n for n, c in enumerate(every)}
    merged = _merged(every)
    result: dict[str, Choice] = {}
    for choice in choices:
        result.setdefault(_key(choice), choice)
        following = places[choice.hit.sha256, choice.hit.chunk.page, choice.span.start] + 1
        if choice.text.rstrip().endswith("?") and following < len(every):
            answer = every[following]
            if answer.hit.number == choice.hit.number:
                result.setdefault(_key(answer), merged[_key(answer)])
    return list(result.values())
