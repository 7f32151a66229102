"""Answers by quoting: the sentences of the passages that answer best, verbatim. Never invents."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from rag.core.text.markdown import plain, shown
from rag.core.text.sentences import LEADERS, stems
from rag.core.text.table_rows import is_row
from rag.core.types import Citation, Hit, Sentence, Span
from rag.store.protocol import Vector

# the weights were chosen with `benchmarks/quotes.py`
MOST_QUOTES = 3
SHARE_OF_BEST = 0.7
"""A further sentence is quoted only where it scores at least this share of the best one."""
DENSE_WEIGHT = 0.5
RANK_WEIGHT = 0.5
NEIGHBOUR_WEIGHT = 0.2
"""Of the words in the sentence before or after: an answer often says "it" for what its neighbour names."""
QUANTITY_WEIGHT = 0.2
"""For a sentence with a number where the question asks for one."""
CODE_WEIGHT = 2.0
"""A word of the question with a digit in it, such as E31, counts this much more than others."""
HEADING_WORDS = 8
HEADING_SHARE = 0.5
"""What the score of a heading counts: it names the subject and says nothing of it."""
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


def choose(
    question: Vector | None,
    question_stems: Sequence[Sequence[str]],
    hits: Sequence[Hit],
    vectors: Mapping[int, Vector],
    asked: str = "",
) -> list[Choice]:
    """The sentences to quote, best first; as many as MOST_QUOTES, and the answers to those that are questions.

    What stands in several passages is one choice. Lines with leaders and without words are never quoted.

    question: (d,) float32 or None. vectors: by chunk id, (sentences, d) float32; a chunk may be missing. asked: the
    question itself, which may ask for a number. Sentences are scored by cosine and BM25 (each min-max normalised over
    all sentences of the hits) and by the score of their passage.
    """
    sentences = _distinct(hits)
    if not sentences:
        return []
    dense = _cosines(question, sentences, vectors)
    lexical = _scaled(_with_neighbours(_bm25(question_stems, sentences), sentences), floor=0.0)
    asks_quantity = bool(_ASKS_QUANTITY.search(asked))
    titles = {hit.rank: {plain(title).casefold() for title in hit.chunk.heading_path} for hit in hits}
    scored = []
    for number, (hit, span, text, _) in enumerate(sentences):
        score = DENSE_WEIGHT * dense[number] + (1 - DENSE_WEIGHT) * lexical[number]
        score += RANK_WEIGHT * hit.score
        if asks_quantity and any(map(str.isdigit, text)):
            score += QUANTITY_WEIGHT
        if _is_heading(text, asked) or plain(text).casefold() in titles[hit.rank]:
            score *= HEADING_SHARE
        scored.append(Choice(hit, span, text, score))
    best = list(_merged(scored).values())
    chosen = [c for c in best[:MOST_QUOTES] if c.score >= SHARE_OF_BEST * best[0].score]
    return _with_answers(chosen, scored)


def as_sentence(choice: Choice) -> Sentence:
    """A choice as a sentence of an answer: its text in one line, its citations exactly as they stand on the page."""
    return Sentence(
        shown(choice.text, choice.hit.document) or choice.text, tuple(map(_citation, (choice, *choice.also)))
    )


def _citation(choice: Choice) -> Citation:
    hit, span = choice.hit, choice.span
    return Citation(hit.rank, hit.document, hit.sha256, hit.chunk.page, span.start, span.end, choice.text)


def _merged(scored: Sequence[Choice]) -> dict[str, Choice]:
    """By what they say, best first: the best choice with those of other passages that read the same, by rank."""
    same: dict[str, list[Choice]] = {}
    for choice in sorted(scored, key=lambda c: (-c.score, c.hit.rank, c.span.start)):
        same.setdefault(_said(choice), []).append(choice)
    merged = {}
    for said, (first, *rest) in same.items():
        others = {c.hit.rank: c for c in reversed(rest) if c.hit.rank != first.hit.rank}
        merged[said] = replace(first, also=tuple(others[rank] for rank in sorted(others)))
    return merged


def _said(choice: Choice) -> str:
    return plain(choice.text).casefold().strip(" .!?;:,")


def _distinct(hits: Sequence[Hit]) -> list[tuple[Hit, Span, str, int]]:
    """All sentences with their place in the chunk; one that overlapping passages share counts for the best of them."""
    seen: set[tuple[str, int, int]] = set()
    found = []
    for hit in hits:
        chunk = hit.chunk
        for place, span in enumerate(chunk.sentences):
            key = (hit.sha256, chunk.page, span.start)
            text = chunk.text[span.start - chunk.start : span.end - chunk.start]
            if key not in seen and any(map(str.isalnum, text)) and not LEADERS.search(text):
                seen.add(key)
                found.append((hit, span, text, place))
    return found


def _cosines(
    question: Vector | None, sentences: Sequence[tuple[Hit, Span, str, int]], vectors: Mapping[int, Vector]
) -> list[float]:
    values = []
    for hit, _, _, place in sentences:
        own = vectors.get(hit.chunk.id)
        known = question is not None and own is not None and place < len(own)
        values.append(float(own[place] @ question) if known else math.nan)  # type: ignore[index]
    return _scaled(values)


def _bm25(question: Sequence[Sequence[str]], sentences: Sequence[tuple[Hit, Span, str, int]]) -> list[float]:
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
        for number, f in enumerate(tf):
            scores[number] += idf * f * (_K1 + 1) / (f + _K1 * (1 - _B + _B * lengths[number] / average))
    return scores


def _with_neighbours(scores: Sequence[float], sentences: Sequence[tuple[Hit, Span, str, int]]) -> list[float]:
    """Each score with a share of the better of its neighbours in the same passage."""

    def near(number: int) -> float:
        beside = [n for n in (number - 1, number + 1) if 0 <= n < len(scores)]
        return max((scores[n] for n in beside if sentences[n][0].rank == sentences[number][0].rank), default=0.0)

    return [score + NEIGHBOUR_WEIGHT * near(number) for number, score in enumerate(scores)]


def _scaled(values: Sequence[float], floor: float | None = None) -> list[float]:
    """To 0..1, the best at 1; NaN is 0. floor: what is 0; the lowest of them where None."""
    array = np.array(values, np.float64)
    known = array[~np.isnan(array)]
    if not known.size:
        return [0.0] * len(values)
    low = float(known.min()) if floor is None else floor
    if known.max() <= low:
        return [0.0] * len(values)
    scaled = (array - low) / (known.max() - low)
    return [float(v) for v in np.nan_to_num(scaled, nan=0.0)]


def _is_heading(text: str, asked: str) -> bool:
    """A title, label or table head: short, without an end, and with no figure that the question does not hold."""
    if text.rstrip()[-1:] in ".!?:;|" or _BULLET.match(text):
        return False
    if is_row(text) and ": " in text:  # a short row of a table; without names in it, it is the table's head
        return False
    words = _NUMBERING.sub("", text).split()
    return len(words) <= HEADING_WORDS and set(_FIGURE.findall(" ".join(words))) <= set(_FIGURE.findall(asked))


def _with_answers(chosen: Sequence[Choice], everything: Sequence[Choice]) -> list[Choice]:
    """A quoted question (of a list of questions and answers) brings the sentence after it: that is the answer."""
    place = {(c.hit.sha256, c.hit.chunk.page, c.span.start): n for n, c in enumerate(everything)}
    merged = _merged(everything)
    result: dict[str, Choice] = {}
    for choice in chosen:
        result.setdefault(_said(choice), choice)
        number = place[choice.hit.sha256, choice.hit.chunk.page, choice.span.start] + 1
        if choice.text.rstrip().endswith("?") and number < len(everything):
            following = everything[number]
            if following.hit.rank == choice.hit.rank:
                result.setdefault(_said(following), merged[_said(following)])
    return list(result.values())
