"""What can be quoted of a passage: sentences and rows, and what only makes sense together. Pure.

A heading, a table's header, a line that ends in a colon and the question of a FAQ say nothing by themselves: what they
introduce is quoted with them or under them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType

from rag.core.text.blocks import LEADERS
from rag.core.text.markdown import plain
from rag.core.text.sentences import sentences
from rag.core.text.table_rows import BETWEEN, is_row
from rag.core.types import Hit, Span

MOST_ITEMS = 7
"""Items of a list that are quoted at once; the reader opens the rest."""
READ_ON = 4000
"""Characters behind a passage that are looked at for the rest of a list or of an answer."""
LONGEST_TITLE = 8
"""Words of a line that is taken for a title by its form."""
LONGEST_ANSWER = 700
"""Characters up to which the answer to a question of a FAQ is quoted whole."""

_ITEM = re.compile(r"\s*(?:[-*+•‣⁃◦▪▫■□●○►✓·–—\uf0b7]|\(?(?:\d{1,3}|[A-Za-zÆØÅæøå])[.)]|\d{1,2}(?:\.\d{1,2})+\.?)\s+\S")
_STOPS = (".", "!", "?", ";")
_PRONOUN = (
    r"(?:den|det|de|han|hun)\s+(?:\w+(?:r|es)|kan|skal|må|vil|blev|ble|var|havde|hadde)"
    r"|(?:it|they|he|she|its|their|his)|(?:this|that|these|those)\s+(?:is|are|was|were|will|can|may|must|has|have|\w+s)"
    r"|(?:\w+\s){0,2}(?:denne|dette|disse)|(?:\w+\s){0,2}such"
    r"|herefter|derefter|derfor|ellers|i så fald|otherwise|therefore|however|then|in that case|samme|the same"
)
_LEANS = re.compile(rf"\W*(?:{_PRONOUN})\b", re.IGNORECASE)
"""A sentence about something that only the sentence before names: "Den koster 40 kr."."""


class Kind(StrEnum):
    """SENTENCE: of prose, also a label with its value. ROW: of a table. LIST: a line with the items that it
    introduces, or the steps under a heading. ANSWER: all that stands under a question.
    """

    SENTENCE = "sentence"
    ROW = "row"
    LIST = "list"
    ANSWER = "answer"


@dataclass(frozen=True, slots=True)
class Quotable:
    """A part of a passage that answers by itself.

    span: its offsets in the page; `text` is exactly that slice. places: the indices of its sentences among those of the
    chunk; further ones lie behind it. kind: see `Kind`. under: what it stands under inside its passage, such as a
    question or the line before a list. lines: of a list the line before it and its items, each as it stands there;
    rest: the items that are not in `text`.
    """

    hit: Hit
    span: Span
    text: str
    places: range
    kind: Kind
    under: str = ""
    lines: tuple[str, ...] = ()
    rest: tuple[str, ...] = ()


class _Role(StrEnum):
    TEXT = "text"
    ROW = "row"
    ITEM = "item"
    HEADING = "heading"
    HEADER = "header"
    LEAD_IN = "lead_in"
    QUESTION = "question"
    NOTHING = "nothing"


def quotables(hits: Sequence[Hit], after: Mapping[int, str] = MappingProxyType({})) -> list[Quotable]:
    """Of all passages, in their order. What overlapping passages share counts for the best of them.

    after: by chunk id, how the page goes on behind it under the same headings; lists and answers that reach the end of
    their passage go on there. Where nothing answers by itself, all sentences with words are given: a heading is better
    than no place at all.
    """
    found = list(_distinct(part for hit in hits for part in _Passage(hit, after.get(hit.chunk.id, "")).parts()))
    return found or list(_distinct(part for hit in hits for part in _Passage(hit, "").sentences()))


def _distinct(parts: Iterable[Quotable]) -> Iterator[Quotable]:
    seen: set[tuple[str, int, int, int]] = set()
    for part in parts:
        place = (part.hit.sha256, part.hit.chunk.page, *part.span)
        if place not in seen:
            seen.add(place)
            yield part


class _Passage:
    """The sentences of one passage, those of the chunk and, where a list or an answer goes on, those behind it."""

    def __init__(self, hit: Hit, after: str) -> None:
        chunk = hit.chunk
        self.hit = hit
        self.own = len(chunk.sentences)
        self.spans = list(chunk.sentences)
        self.text = chunk.text
        self.roles = self._roles()
        if after and self._is_open():
            self.text += after
            self.spans += [Span(chunk.end + start, chunk.end + end) for start, end in sentences(after, chunk.language)]
            self.roles = self._roles()

    def parts(self) -> Iterator[Quotable]:
        """What answers by itself."""
        at, under = 0, ""
        while at < self.own:
            role = self.roles[at]
            if role in (_Role.QUESTION, _Role.HEADING):
                under = self.said(at) if self.said(at).rstrip().endswith("?") else ""
                end = self._end_of_answer(at + 1)
                if under and end > at + 1 and self._length(at + 1, end) <= LONGEST_ANSWER:
                    yield self._part(at + 1, end, Kind.ANSWER, under)
                    at, under = end, ""
                    continue
            elif role in (_Role.LEAD_IN, _Role.ITEM):
                first = at + (role is _Role.LEAD_IN)
                end = self._end_of_list(first)
                if end - first > (role is _Role.ITEM):
                    yield self._list(at, first, end, under)
                lead_in = self.said(at) if role is _Role.LEAD_IN else under
                for item in range(first, min(end, self.own)):
                    yield from self._sentence(item, lead_in)
                at = max(end, at + 1)
                continue
            else:
                yield from self._sentence(at, under)
            at += 1

    def sentences(self) -> Iterator[Quotable]:
        """All sentences with words."""
        for at in range(self.own):
            if self.roles[at] is not _Role.NOTHING:
                yield self._part(at, at + 1, Kind.SENTENCE, "")

    def said(self, at: int) -> str:
        return self._slice(self.spans[at])

    def _slice(self, span: Span) -> str:
        return self.text[span.start - self.hit.chunk.start : span.end - self.hit.chunk.start]

    def _sentence(self, at: int, under: str) -> Iterator[Quotable]:
        if self.roles[at] in (_Role.HEADING, _Role.HEADER, _Role.NOTHING):
            return
        kind = Kind.ROW if self.roles[at] is _Role.ROW else Kind.SENTENCE
        yield self._part(at - self._leans(at), at + 1, kind, under)

    def _leans(self, at: int) -> bool:
        if at == 0 or not self.roles[at] is self.roles[at - 1] is _Role.TEXT:
            return False
        return self.said(at - 1).rstrip().endswith(_STOPS) and _LEANS.match(self.said(at)) is not None

    def _list(self, at: int, first: int, end: int, under: str) -> Quotable:
        shown = min(end, first + MOST_ITEMS)
        lines, rest = (tuple(map(self.said, places)) for places in (range(at, shown), range(shown, end)))
        return replace(self._part(at, shown, Kind.LIST, under), lines=lines, rest=rest)

    def _part(self, first: int, end: int, kind: Kind, under: str) -> Quotable:
        span = Span(self.spans[first].start, self.spans[end - 1].end)
        return Quotable(self.hit, span, self._slice(span), range(first, min(end, self.own)), kind, under)

    def _length(self, first: int, end: int) -> int:
        return self.spans[end - 1].end - self.spans[first].start

    def _is_open(self) -> bool:
        """Whether a list or the answer to a question may go on behind the chunk."""
        if not self.roles or self.roles[-1] in (_Role.LEAD_IN, _Role.ITEM, _Role.QUESTION):
            return True
        return any(role in (_Role.QUESTION, _Role.LEAD_IN) for role in self.roles[-MOST_ITEMS:])

    def _end_of_answer(self, at: int) -> int:
        while at < len(self.spans) and self.roles[at] not in (_Role.QUESTION, _Role.HEADING):
            at += 1
        return at

    def _end_of_list(self, first: int) -> int:
        """Where the items from `first` on end: marked ones, rows, lines without a full stop, or else one sentence."""
        if first >= len(self.roles) or self.roles[first] in (_Role.HEADING, _Role.LEAD_IN, _Role.QUESTION):
            return first
        at = first
        while at < len(self.roles) and self._is_item(at, self.roles[first]):
            at += 1
        return max(at, first + 1)

    def _is_item(self, at: int, first: _Role) -> bool:
        role = self.roles[at]
        if first in (_Role.ROW, _Role.HEADER):
            return role in (_Role.ROW, _Role.HEADER)
        return role is first and (role is _Role.ITEM or not self.said(at).rstrip().endswith("."))

    def _roles(self) -> list[_Role]:
        titles = {plain(title).casefold() for title in self.hit.chunk.heading_path}
        texts = [self._slice(span) for span in self.spans]
        roles = [_role(text, following, titles) for text, following in zip(texts, [*texts[1:], ""], strict=False)]
        return [_Role.HEADING if self._is_title(at, roles) else role for at, role in enumerate(roles)]

    def _is_title(self, at: int, roles: Sequence[_Role]) -> bool:
        """Whether a short line stands over the prose below it, apart from it, without being known as a heading."""
        if at + 1 >= len(roles) or not roles[at] is roles[at + 1] is _Role.TEXT:
            return False
        title, span, below = self.said(at), self.spans[at], self.spans[at + 1]
        is_apart = "\n\n" in self._slice(Span(span.end, below.start))
        is_short = len(title.split()) <= LONGEST_TITLE and "\n" not in title
        ends = title.rstrip()[-1:] not in ".!;" and self._slice(below).rstrip().endswith(_STOPS)
        return is_apart and is_short and ends and not any(sign.isdigit() or sign in ":,@" for sign in title)


def _role(text: str, following: str, titles: set[str]) -> _Role:
    if not any(map(str.isalnum, text)) or LEADERS.search(text):
        return _Role.NOTHING
    if plain(text).casefold() in titles:
        return _Role.HEADING
    if is_row(text):
        return _Role.HEADER if _names_columns(text, following) else _Role.ROW
    last = text.rstrip()[-1:]
    if last in ":?":
        return _Role.LEAD_IN if last == ":" else _Role.QUESTION
    return _Role.ITEM if _ITEM.match(text) else _Role.TEXT


def _names_columns(row: str, following: str) -> bool:
    """Whether the cells of a row stand before those of the next one: "Sort | Pris", "Sort: Solbær | Pris: 22"."""
    cells = [cell.strip() for cell in row.split(BETWEEN) if cell.strip()]
    return is_row(following) and 2 * sum(f"{cell}: " in following for cell in cells) >= len(cells)
