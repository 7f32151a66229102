"""Compares two answers: shared sentences, the changes within them, and the sources of each. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from difflib import SequenceMatcher
from enum import StrEnum
from typing import Any, NamedTuple

from rapidfuzz import fuzz

from rag.core.types import Conditions, Hit, Sentence, Turn

ALIKE = 70.0
"""The least similarity of two versions of a sentence, in percent (`rapidfuzz.fuzz.ratio`)."""
_WORDS = re.compile(r"\w+|\s+|[^\w\s]")


class Mark(StrEnum):
    """How a sentence or source of one side relates to the other side."""

    SAME = "same"  # in both, word for word
    CHANGED = "changed"  # in both, with other words in it
    ONLY = "only"  # on this side alone


class Piece(NamedTuple):
    """A run of words. changed: the other side does not have it."""

    text: str
    changed: bool


@dataclass(frozen=True, slots=True)
class Compared:
    """A sentence of one side. pieces: its text, split into equal and changed runs. partner: index on the other side."""

    sentence: Sentence
    mark: Mark
    pieces: tuple[Piece, ...]
    partner: int | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """A passage of one side. number: its number on the other side, None where that side lacks it."""

    hit: Hit
    mark: Mark
    number: int | None = None


@dataclass(frozen=True, slots=True)
class Side:
    """One of two turns, compared with the other. sources: by number."""

    turn: Turn
    question: tuple[Piece, ...]
    sentences: tuple[Compared, ...]
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """differing: names of the fields of `Conditions` that differ; the answer model is the one that was used."""

    before: Side
    after: Side
    differing: frozenset[str] = field(default_factory=frozenset)


def compare(before: Turn, after: Turn) -> Comparison:
    """Compare two turns, of the same question or of different ones."""
    questions = words(before.question, after.question)
    answers = sentences(_sentences(before), _sentences(after))
    passages = sources(before.hits, after.hits)
    return Comparison(
        Side(before, questions[0], answers[0], passages[0]),
        Side(after, questions[1], answers[1], passages[1]),
        _differing(before, after),
    )


def words(before: str, after: str) -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
    """Both texts, split into shared and changed pieces; the joined pieces of each are its text."""
    left_words, right_words = _WORDS.findall(before), _WORDS.findall(after)
    pieces: tuple[list[Piece], list[Piece]] = ([], [])
    folded_left, folded_right = ([word.casefold() for word in side] for side in (left_words, right_words))
    matcher = SequenceMatcher(None, folded_left, folded_right, autojunk=False)
    for kind, left_start, left_end, right_start, right_end in matcher.get_opcodes():
        for side, run in zip(
            pieces, (left_words[left_start:left_end], right_words[right_start:right_end]), strict=True
        ):
            if run:
                side.append(Piece("".join(run), kind != "equal"))
    return _joined(pieces[0]), _joined(pieces[1])


def sentences(
    before: Sequence[Sentence], after: Sequence[Sentence]
) -> tuple[tuple[Compared, ...], tuple[Compared, ...]]:
    """Each side's sentences in its own order, each paired with the most similar one of the other side.

    Pairs are made greedily by similarity, regardless of order: quotes are ordered by how well they answer, and a quote
    that moved up is still the same. A sentence is in at most one pair.
    """
    pairs = sorted(
        (-fuzz.ratio(_folded(sentence.text), _folded(right.text)), abs(i - j), i, j)
        for i, sentence in enumerate(before)
        for j, right in enumerate(after)
    )
    partner_after: dict[int, int] = {}
    partner_before: dict[int, int] = {}
    for unlike, _, i, j in pairs:
        if -unlike >= ALIKE and i not in partner_after and j not in partner_before:
            partner_after[i], partner_before[j] = j, i
    return (
        tuple(_compared(sentence, after, partner_after.get(i), first=True) for i, sentence in enumerate(before)),
        tuple(_compared(right, before, partner_before.get(j), first=False) for j, right in enumerate(after)),
    )


def sources(before: Sequence[Hit], after: Sequence[Hit]) -> tuple[tuple[Source, ...], tuple[Source, ...]]:
    """Each side's passages by number, with the number that the same passage has on the other side."""

    def side(hits: Sequence[Hit], other_hits: Sequence[Hit]) -> tuple[Source, ...]:
        passages = []
        for hit in sorted(hits, key=lambda hit: hit.number):
            number = next((candidate.number for candidate in other_hits if hit.place.overlaps(candidate.place)), None)
            passages.append(Source(hit, Mark.ONLY if number is None else Mark.SAME, number))
        return tuple(passages)

    return side(before, after), side(after, before)


def _sentences(turn: Turn) -> Sequence[Sentence]:
    """The sentences of the answer; a refusal counts as one sentence without a source."""
    if turn.answer is None:
        return ()
    return turn.answer.sentences or ((Sentence(turn.answer.text),) if turn.answer.text else ())


def _compared(sentence: Sentence, other_sentences: Sequence[Sentence], place: int | None, *, first: bool) -> Compared:
    if place is None:
        return Compared(sentence, Mark.ONLY, (Piece(sentence.text, False),))
    other_text = other_sentences[place].text
    if _folded(sentence.text) == _folded(other_text):
        return Compared(sentence, Mark.SAME, (Piece(sentence.text, False),), place)
    pieces = words(sentence.text, other_text)[0] if first else words(other_text, sentence.text)[1]
    return Compared(sentence, Mark.CHANGED, pieces, place)


def _joined(pieces: Sequence[Piece]) -> tuple[Piece, ...]:
    """Adjacent pieces merged; a space between changed words counts as changed, as one mark reads better than three."""
    joined: list[Piece] = []
    for number, (text, changed) in enumerate(pieces):
        if text.isspace() and 0 < number < len(pieces) - 1:
            changed = changed or (pieces[number - 1].changed and pieces[number + 1].changed)
        if joined and joined[-1].changed == changed:
            joined[-1] = Piece(joined[-1].text + text, changed)
        else:
            joined.append(Piece(text, changed))
    return tuple(joined)


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())


def _differing(before: Turn, after: Turn) -> frozenset[str]:
    def conditions(turn: Turn) -> dict[str, Any]:
        values = {field.name: getattr(turn.conditions, field.name) for field in fields(Conditions)}
        return {**values, "answer_model": model(turn)}

    conditions_before, conditions_after = conditions(before), conditions(after)
    return frozenset(name for name in conditions_before if conditions_before[name] != conditions_after[name])


def model(turn: Turn) -> str:
    """The answer model that a turn was asked with, "" where it is unknown."""
    return turn.conditions.answer_model or turn.trace.plan.model
