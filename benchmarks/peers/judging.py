"""Whether a passage answers a question, for passages of any program. Pure.

In a text the answer has a place: a passage is right where it is of the right document and holds at least half of the
characters of the first accepted answer there (`benchmarks.metrics.holds`). In a PDF programs read different texts, so
the page decides, and whether the answer stands in the passage, whatever white space, hyphens and marks lie between.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from benchmarks.metrics import NOT_FOUND, first_right, holds
from benchmarks.peers.protocol import Passage
from benchmarks.question_sets import Question


class Judged(NamedTuple):
    """rank: of the first right passage. page_rank: of the first on a right page; both from 1, NOT_FOUND for none.

    lost: passages of the right document whose text could not be found in it, so that they could not count.
    """

    rank: int
    page_rank: int
    lost: int


class Squeezed:
    """A text without its white space, which splitters change, and where its characters stood."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._places = [at for at, character in enumerate(text) if not character.isspace()]
        self._squeezed = "".join(text[at] for at in self._places)

    def spans(self, passage: str, start: int | None = None) -> list[tuple[int, int]]:
        """Where the passage stands in the text, (start, end) in characters; everywhere, where `start` is not true."""
        if start is not None and passage and self._text.startswith(passage, start):
            return [(start, start + len(passage))]
        wanted = "".join(passage.split())
        found: list[tuple[int, int]] = []
        at = self._squeezed.find(wanted) if wanted else -1
        while at >= 0:
            found.append((self._places[at], self._places[at + len(wanted) - 1] + 1))
            at = self._squeezed.find(wanted, at + 1)
        return found


def judged(question: Question, passages: Sequence[Passage], texts: Mapping[str, Squeezed]) -> Judged:
    """passages: best first. texts: of the documents without pages, by name."""
    if not question.stands:
        return _by_span(question, passages, texts[question.document])
    own = [one if one.document == question.document else None for one in passages]
    return Judged(
        first_right(one is not None and _stands(one, question.stands) for one in own),
        first_right(one is not None and any(overlap(one.pages, page) for page, _ in question.stands) for one in own),
        0,
    )


def _stands(passage: Passage, stands: Sequence[tuple[int, str]]) -> bool:
    return any(overlap(passage.pages, page) and says(passage.text, words) for page, words in stands)


def _by_span(question: Question, passages: Sequence[Passage], text: Squeezed) -> Judged:
    right, lost = [], 0
    for passage in passages:
        there = passage.document == question.document
        places = text.spans(passage.text, passage.start) if there else []
        lost += there and not places
        right.append(any(holds(place, (question.start, question.end)) for place in places))
    return Judged(first_right(right), NOT_FOUND, lost)


def overlap(pages: tuple[int, int] | None, page: int) -> bool:
    """Whether `page` is one of those from the first to the last, inclusive."""
    return pages is not None and pages[0] <= page <= pages[1]


def says(text: str, answer: str) -> bool:
    """Whether the answer's letters and digits stand in the text in a row, as whole words, in upper or lower case.

    Of an answer without any, its signs.
    """
    return _pattern(answer).search(_normal(text)) is not None


@lru_cache(maxsize=4096)
def _pattern(answer: str) -> re.Pattern[str]:
    letters = [re.escape(character) for character in _normal(answer) if character.isalnum()]
    if letters:
        return re.compile(r"(?<!\w)" + r"[\W_]*".join(letters) + r"(?!\w)")
    return re.compile(r"\s*".join(re.escape(character) for character in _normal(answer) if not character.isspace()))


def _normal(text: str) -> str:
    """Ligatures as letters, in lower case, without raised figures: those that lead to footnotes stand at words."""
    letters = "".join(character for character in text if unicodedata.category(character) != "No")
    return unicodedata.normalize("NFKC", letters).casefold()
