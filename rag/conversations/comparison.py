"""Two answers side by side: the sentences they share, what changed in them, and the sources of each. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from difflib import SequenceMatcher
from enum import StrEnum
from typing import Any, NamedTuple

from rapidfuzz import fuzz

from rag.core.types import Conditions, Hit, Sentence, Turn

ALIKE = 70.0
"""Two sentences are versions of each other from this similarity on, in percent (`rapidfuzz.fuzz.ratio`)."""
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
    """A sentence of one side. pieces: its text, cut where differences begin and end. other: its place over there."""

    sentence: Sentence
    mark: Mark
    pieces: tuple[Piece, ...]
    other: int | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """A passage of one side. number: its number on the other side, None where that side lacks it."""

    hit: Hit
    mark: Mark
    number: int | None = None


@dataclass(frozen=True, slots=True)
class Side:
    """One of two turns, as seen from the other. sources: by number."""

    turn: Turn
    question: tuple[Piece, ...]
    sentences: tuple[Compared, ...]
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """differing: the names of the fields of `Conditions` that differ, by the answer model that was in fact asked."""

    before: Side
    after: Side
    differing: frozenset[str] = field(default_factory=frozenset)


def compare(before: Turn, after: Turn) -> Comparison:
    """Two turns, of one question or of two."""
    questions = words(before.question, after.question)
    answers = sentences(_sentences(before), _sentences(after))
    passages = sources(before.hits, after.hits)
    return Comparison(
        Side(before, questions[0], answers[0], passages[0]),
        Side(after, questions[1], answers[1], passages[1]),
        _differing(before, after),
    )


def words(before: str, after: str) -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
    """Both texts, cut into what they share and what they do not; the pieces of each, joined, are its text."""
    left, right = _WORDS.findall(before), _WORDS.findall(after)
    pieces: tuple[list[Piece], list[Piece]] = ([], [])
    folded_left, folded_right = ([word.casefold() for word in side] for side in (left, right))
    matcher = SequenceMatcher(None, folded_left, folded_right, autojunk=False)
    for kind, left_start, left_end, right_start, right_end in matcher.get_opcodes():
        for side, run in zip(pieces, (left[left_start:left_end], right[right_start:right_end]), strict=True):
            if run:
                side.append(Piece("".join(run), kind != "equal"))
    return _joined(pieces[0]), _joined(pieces[1])


def sentences(
    before: Sequence[Sentence], after: Sequence[Sentence]
) -> tuple[tuple[Compared, ...], tuple[Compared, ...]]:
    """Each side's sentences in its own order, each with the sentence of the other side that is most like it.

    Pairs are made greedily from the most alike down, regardless of order: quotes are ordered by how well they answer,
    and one that has moved up is still the same. A sentence is in one pair at most.
    """
    pairs = sorted(
        (-fuzz.ratio(_folded(left.text), _folded(right.text)), abs(i - j), i, j)
        for i, left in enumerate(before)
        for j, right in enumerate(after)
    )
    partner_after: dict[int, int] = {}
    partner_before: dict[int, int] = {}
    for unlike, _, i, j in pairs:
        if -unlike >= ALIKE and i not in partner_after and j not in partner_before:
            partner_after[i], partner_before[j] = j, i
    return (
        tuple(_compared(left, after, partner_after.get(i), first=True) for i, left in enumerate(before)),
        tuple(_compared(right, before, partner_before.get(j), first=False) for j, right in enumerate(after)),
    )


def sources(before: Sequence[Hit], after: Sequence[Hit]) -> tuple[tuple[Source, ...], tuple[Source, ...]]:
    """Each side's passages by number, with the number that the same passage has on the other side."""

    def side(hits: Sequence[Hit], others: Sequence[Hit]) -> tuple[Source, ...]:
        passages = []
        for hit in sorted(hits, key=lambda hit: hit.number):
            number = next((other.number for other in others if hit.place.overlaps(other.place)), None)
            passages.append(Source(hit, Mark.ONLY if number is None else Mark.SAME, number))
        return tuple(passages)

    return side(before, after), side(after, before)


def _sentences(turn: Turn) -> Sequence[Sentence]:
    """The sentences of the answer; a refusal counts as one sentence without a source."""
    if turn.answer is None:
        return ()
    return turn.answer.sentences or ((Sentence(turn.answer.text),) if turn.answer.text else ())


def _compared(sentence: Sentence, others: Sequence[Sentence], place: int | None, *, first: bool) -> Compared:
    if place is None:
        return Compared(sentence, Mark.ONLY, (Piece(sentence.text, False),))
    other = others[place].text
    if _folded(sentence.text) == _folded(other):
        return Compared(sentence, Mark.SAME, (Piece(sentence.text, False),), place)
    pieces = words(sentence.text, other)[0] if first else words(other, sentence.text)[1]
    return Compared(sentence, Mark.CHANGED, pieces, place)


def _joined(pieces: Sequence[Piece]) -> tuple[Piece, ...]:
    """Neighbours joined; a space between changed words is part of the change, as one mark reads better than three."""
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

    left, right = conditions(before), conditions(after)
    return frozenset(name for name in left if left[name] != right[name])


def model(turn: Turn) -> str:
    """The answer model that a turn was asked with, "" where it is unknown."""
    return turn.conditions.answer_model or turn.trace.plan.model
