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
"""Sentences are two versions of one where so many percent of their letters are the same (`rapidfuzz.fuzz.ratio`)."""
_WORDS = re.compile(r"\w+|\s+|[^\w\s]")


class Mark(StrEnum):
    """What stands on one side of a comparison, seen from the other."""

    SAME = "same"  # in both, word for word
    CHANGED = "changed"  # in both, with other words in it
    ONLY = "only"  # on this side alone


class Piece(NamedTuple):
    """A run of words; changed: not on the other side."""

    text: str
    changed: bool


@dataclass(frozen=True, slots=True)
class Compared:
    """A sentence of one side. pieces: its text, cut where it begins or ceases to differ. other: its place there."""

    sentence: Sentence
    mark: Mark
    pieces: tuple[Piece, ...]
    other: int | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """A passage of one side. number: its number on the other side, None where it is not there."""

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
    """differing: the names of the fields of `Conditions` that are not the same; with "model" for the answer model."""

    before: Side
    after: Side
    differing: frozenset[str] = field(default_factory=frozenset)


def compare(before: Turn, after: Turn) -> Comparison:
    """Two turns, of one question or of two."""
    asked = words(before.question, after.question)
    said = sentences(_sentences(before), _sentences(after))
    found = sources(before.hits, after.hits)
    return Comparison(
        Side(before, asked[0], said[0], found[0]),
        Side(after, asked[1], said[1], found[1]),
        _differing(before, after),
    )


def words(before: str, after: str) -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
    """Both texts, cut into what they share and what they do not; joined, the pieces are the texts again."""
    one, other = _WORDS.findall(before), _WORDS.findall(after)
    sides: tuple[list[Piece], list[Piece]] = ([], [])
    matcher = SequenceMatcher(None, [w.casefold() for w in one], [w.casefold() for w in other], autojunk=False)
    for kind, a, b, c, d in matcher.get_opcodes():
        for side, run in zip(sides, (one[a:b], other[c:d]), strict=True):
            if run:
                side.append(Piece("".join(run), kind != "equal"))
    return _joined(sides[0]), _joined(sides[1])


def sentences(
    before: Sequence[Sentence], after: Sequence[Sentence]
) -> tuple[tuple[Compared, ...], tuple[Compared, ...]]:
    """Each side's sentences in its own order, each with the one on the other side that is most like it.

    Pairs are made from the most alike down, whatever their order: quotes are ordered by how well they answer, and one
    that has moved up is still the same. A sentence is in one pair at most.
    """
    likeness = sorted(
        (
            (fuzz.ratio(_folded(one.text), _folded(other.text)), -abs(i - j), i, j)
            for i, one in enumerate(before)
            for j, other in enumerate(after)
        ),
        key=lambda pair: (-pair[0], -pair[1], pair[2], pair[3]),
    )
    there: dict[int, int] = {}
    back: dict[int, int] = {}
    for alike, _, i, j in likeness:
        if alike >= ALIKE and i not in there and j not in back:
            there[i], back[j] = j, i
    return (
        tuple(_compared(one, after, there.get(i), first=True) for i, one in enumerate(before)),
        tuple(_compared(one, before, back.get(j), first=False) for j, one in enumerate(after)),
    )


def sources(before: Sequence[Hit], after: Sequence[Hit]) -> tuple[tuple[Source, ...], tuple[Source, ...]]:
    """Each side's passages by number, with the number that the same passage has on the other side."""

    def side(hits: Sequence[Hit], others: Sequence[Hit]) -> tuple[Source, ...]:
        found = []
        for hit in sorted(hits, key=lambda hit: hit.rank):
            number = next((other.rank for other in others if hit.place.overlaps(other.place)), None)
            found.append(Source(hit, Mark.ONLY if number is None else Mark.SAME, number))
        return tuple(found)

    return side(before, after), side(after, before)


def _sentences(turn: Turn) -> Sequence[Sentence]:
    """What the answer consists of; a refusal is one sentence without a source."""
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
    """With a space between two changed words as part of the change: one mark reads better than three."""
    found: list[Piece] = []
    for number, piece in enumerate(pieces):
        between = 0 < number < len(pieces) - 1 and piece.text.isspace()
        text, changed = (
            piece.text,
            piece.changed or (between and pieces[number - 1].changed and pieces[number + 1].changed),
        )
        if found and found[-1].changed == changed:
            found[-1] = Piece(found[-1].text + text, changed)
        else:
            found.append(Piece(text, changed))
    return tuple(found)


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())


def _differing(before: Turn, after: Turn) -> frozenset[str]:
    def of(turn: Turn) -> dict[str, Any]:
        kept = {one.name: getattr(turn.conditions, one.name) for one in fields(Conditions)}
        kept["answer_model"] = model(turn)
        return kept

    one, other = of(before), of(after)
    return frozenset(name for name in one if one[name] != other[name])


def model(turn: Turn) -> str:
    """The answer model that a turn was asked with, or "" where that is not known."""
    return turn.conditions.answer_model or str(turn.ledger.get("answer_model", ""))
