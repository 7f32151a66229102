"""Pages -> chunks: runs of whole sentences on one page, cut where the text itself has a joint. Pure."""

from __future__ import annotations

import itertools
import math
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from rag.text import detect_language, language_with_confidence, sentences
from rag.types import Chunk, Page, Span

MIN_SIZE = 16  # tokens; less holds no sentence

Count = Callable[[Sequence[str]], list[int]]

# a heading begins a new chunk where the one before it is at least this full
_MIN_FILL = 1 / 3
# a chunk is taken to be in another language than its document with this confidence and this many letters only
_SURE = 0.9
_ENOUGH_LETTERS = 80
_TITLE_WORDS = 15
# a line at the top or bottom of more than half of at least so many pages is a running one
_RUNNING_PAGES = 4

# best places to cut a sentence that is too long, best first
_JOINTS = (re.compile(r"\n+"), re.compile(r"[;:.!?]\s+"), re.compile(r",\s+|\s[–—-]\s"), re.compile(r"\s+"))


@dataclass(frozen=True, slots=True)
class _Unit:
    """A sentence, or a piece of one that is longer than a chunk."""

    page: int  # index into the pages
    start: int
    end: int
    heading: bool
    running: bool


@dataclass(frozen=True, slots=True)
class _Run:
    """Units first..last (exclusive) make a chunk; those before `fresh` are repeated from the chunk before."""

    first: int
    fresh: int
    last: int


def chunk(pages: Sequence[Page], size: int, overlap: int, count: Count, language: str | None = None) -> list[Chunk]:
    """Cuts the pages of one document into chunks of at most `size` tokens.

    overlap: up to so many tokens of whole sentences at the end of a chunk are repeated at the beginning of the next,
    but not across pages or a heading that began a chunk. count: the tokens of each text in the encoder's count; called
    with large batches, a few times in all. language: of the document, detected where None.
    Every character that is not white space is in at least one chunk. A heading path is the one in force where the
    chunk begins, running titles aside. The language of a chunk is detected where it is long enough to be sure, else
    the document's.
    Raises ValueError where size < 16 or overlap is not in 0..size/2 (exclusive).
    """
    if size < MIN_SIZE:
        raise ValueError(f"size must be at least {MIN_SIZE} tokens, not {size}")
    if not 0 <= overlap < size / 2:
        raise ValueError(f"overlap must be from 0 to less than half of size ({size}), not {overlap}")
    if language is None:
        language = _document_language(pages)
    units = _sentence_units(pages, language)
    if not units:
        return []
    units, costs, base = _cut_long(units, pages, size, count)
    runs = [
        run for first, last in _by_page(units) for run in _pack(units, costs, first, last, max(size - base, 1), overlap)
    ]
    runs, tokens = _within(runs, units, pages, size, count)
    paths = _Paths(pages)
    chunks = []
    for ordinal, (run, length) in enumerate(zip(runs, tokens, strict=True)):
        text, (page, start, end) = _text(run, units, pages), _extent(run, units)
        own = units[run.first : run.last]
        titled = next((unit for unit in own if not unit.running), own[0])
        # a page with nothing but a running line says that line
        said = [unit for unit in own if not _is_title(unit, pages)] or own
        chunks.append(
            Chunk(
                ordinal=ordinal,
                page=pages[page].number,
                start=start,
                end=end,
                text=text,
                heading_path=paths.at(page, titled.start),
                sentences=tuple(Span(unit.start, unit.end) for unit in said),
                tokens=length,
                language=_language(text, language),
            )
        )
    return chunks


def _document_language(pages: Sequence[Page]) -> str:
    """By a sample of up to ten pages over the whole document: the first may be a title page or a table of contents."""
    step = max(len(pages) // 10, 1)
    return detect_language("\n".join(page.text[:500] for page in pages[::step][:10]))


def _language(text: str, document: str) -> str:
    if sum(map(str.isalpha, text)) < _ENOUGH_LETTERS:
        return document
    found, confidence = language_with_confidence(text)
    return found if confidence >= _SURE else document


def _sentence_units(pages: Sequence[Page], language: str) -> list[_Unit]:
    running = _running_lines(pages)
    units = []
    for index, page in enumerate(pages):
        offsets = {heading.offset for heading in page.headings if 0 <= heading.offset < len(page.text)}
        edges = sorted({0, len(page.text), *offsets})
        for begin, stop in itertools.pairwise(edges):
            for number, span in enumerate(sentences(page.text[begin:stop], language)):
                start, end = begin + span.start, begin + span.end
                units.append(
                    _Unit(index, start, end, begin in offsets and number == 0, _bare(page.text[start:end]) in running)
                )
    return units


def _running_lines(pages: Sequence[Page]) -> set[str]:
    """Titles and page numbers that come again on most pages, without their digits."""
    seen: Counter[str] = Counter()
    for page in pages:
        lines = page.text.strip().split("\n")
        seen.update({_bare(lines[0]), _bare(lines[-1])} - {""})
    return {line for line, times in seen.items() if times >= _RUNNING_PAGES and times * 2 > len(pages)}


def _is_title(unit: _Unit, pages: Sequence[Page]) -> bool:
    """A running title is on the page, but nothing that the document says there. A last line with an end is."""
    text = pages[unit.page].text[unit.start : unit.end]
    return unit.running and len(text.split()) <= _TITLE_WORDS and not text.endswith((".", "!", "?"))


def _bare(line: str) -> str:
    return re.sub(r"\d+|\b[ivxlc]+\b", "#", line.strip())


def _cut_long(units: list[_Unit], pages: Sequence[Page], size: int, count: Count) -> tuple[list[_Unit], list[int], int]:
    """Units of at most `size` tokens, their costs without what `count` adds to every text, and that."""
    base, *counts = count(["", *(pages[unit.page].text[unit.start : unit.end] for unit in units)])
    known: list[int | None] = list(counts)
    while True:
        cut: list[_Unit] = []
        costs: list[int | None] = []
        for unit, tokens in zip(units, known, strict=True):
            if tokens is None or tokens <= size or unit.end - unit.start < 2:
                cut.append(unit)
                costs.append(tokens)
                continue
            pieces = _pieces(unit, pages[unit.page].text, math.ceil(1.1 * tokens / size))
            cut += pieces
            costs += [None] * len(pieces)
        missing = [unit for unit, tokens in zip(cut, costs, strict=True) if tokens is None]
        if not missing:
            return cut, [max((tokens or 0) - base, 0) for tokens in costs], base
        new = iter(count([pages[unit.page].text[unit.start : unit.end] for unit in missing]))
        units, known = cut, [next(new) if tokens is None else tokens for tokens in costs]


def _pieces(unit: _Unit, text: str, parts: int) -> list[_Unit]:
    """At least two pieces of a unit, cut near even distances at its best joints; white space between them is left."""
    step = max((unit.end - unit.start) / parts, 1.0)
    pieces: list[_Unit] = []
    start = unit.start
    while start < unit.end:
        target = start + step
        end = unit.end if unit.end - start <= 1.3 * step and start > unit.start else _joint(text, start, target, unit)
        body = text[start:end]
        left, right = start + len(body) - len(body.lstrip()), start + len(body.rstrip())
        if right > left:
            pieces.append(_Unit(unit.page, left, right, unit.heading and not pieces, unit.running))
        start = end
    return pieces


def _joint(text: str, start: int, target: float, unit: _Unit) -> int:
    """The end of the joint nearest to `target`, and inside the unit."""
    reach = (target - start) / 2
    low, high = max(start + 1, int(target - reach)), min(unit.end - 1, int(target + reach))
    for pattern in _JOINTS:
        ends = [match.end() for match in pattern.finditer(text, low, high) if match.end() < unit.end]
        if ends:
            return min(ends, key=lambda end: abs(end - target))
    return min(max(int(target), start + 1), unit.end)


def _by_page(units: Sequence[_Unit]) -> Iterator[tuple[int, int]]:
    first = 0
    for index in range(1, len(units) + 1):
        if index == len(units) or units[index].page != units[first].page:
            yield first, index
            first = index


def _pack(
    units: Sequence[_Unit], costs: Sequence[int], begin: int, stop: int, budget: int, overlap: int
) -> Iterator[_Run]:
    """Fills chunks one after the other with the units begin..stop of one page."""
    first = fresh = begin
    total = 0
    for index in range(begin, stop):
        full = total + costs[index] > budget
        titled = units[index].heading and total >= _MIN_FILL * budget
        if index > fresh and (full or titled):
            end = index
            # a heading goes with what it is the heading of
            while end - 1 > fresh and units[end - 1].heading and not units[index].heading:
                end -= 1
            yield _Run(first, fresh, end)
            if units[end].heading:
                first = fresh = end
            else:
                first, fresh = _overlapping(units, costs, first, end, overlap), end
            total = sum(costs[first:index])
            while first < fresh and total + costs[index] > budget:
                total -= costs[first]
                first += 1
            if index > fresh and total + costs[index] > budget:
                yield _Run(first, fresh, index)
                first = fresh = index
                total = 0
        total += costs[index]
    yield _Run(first, fresh, stop)


def _overlapping(units: Sequence[_Unit], costs: Sequence[int], first: int, end: int, overlap: int) -> int:
    """The first of the last units before `end` that fit into `overlap` tokens together."""
    index, total = end, 0
    while index - 1 > first and not units[index - 1].heading and total + costs[index - 1] <= overlap:
        index -= 1
        total += costs[index]
    return index


def _within(
    runs: list[_Run], units: Sequence[_Unit], pages: Sequence[Page], size: int, count: Count
) -> tuple[list[_Run], list[int]]:
    """Runs of at most `size` tokens when each is counted as a whole, and those counts.

    Nearly always what comes in: a tokenizer may need a token more for a text than for its sentences.
    """
    known: dict[_Run, int] = {}
    while True:
        missing = [run for run in runs if run not in known]
        known.update(zip(missing, count([_text(run, units, pages) for run in missing]), strict=True))
        fitting: list[_Run] = []
        for run in runs:
            if known[run] <= size or run.last - run.first == 1:
                fitting.append(run)
            elif run.first < run.fresh:
                fitting.append(_Run(run.first + 1, run.fresh, run.last))
            else:
                middle = (run.first + run.last) // 2
                fitting += [_Run(run.first, run.first, middle), _Run(middle, middle, run.last)]
        if fitting == runs:
            return runs, [known[run] for run in runs]
        runs = fitting


def _extent(run: _Run, units: Sequence[_Unit]) -> tuple[int, int, int]:
    return units[run.first].page, units[run.first].start, units[run.last - 1].end


def _text(run: _Run, units: Sequence[_Unit], pages: Sequence[Page]) -> str:
    page, start, end = _extent(run, units)
    return pages[page].text[start:end]


class _Paths:
    """The heading path in force at a place; places are asked for in order."""

    def __init__(self, pages: Sequence[Page]) -> None:
        self._headings = [
            (index, heading.offset, heading.level, heading.title)
            for index, page in enumerate(pages)
            for heading in sorted(page.headings, key=lambda heading: heading.offset)
        ]
        self._next = 0
        self._path: list[tuple[int, str]] = []

    def at(self, page: int, offset: int) -> tuple[str, ...]:
        """Titles, outermost first, of the headings that `offset` of page index `page` stands under."""
        while self._next < len(self._headings) and self._headings[self._next][:2] <= (page, offset):
            _, _, level, title = self._headings[self._next]
            self._path = [entry for entry in self._path if entry[0] < level] + [(level, title)]
            self._next += 1
        return tuple(title for _, title in self._path)
