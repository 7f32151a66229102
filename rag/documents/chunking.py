"""Pages -> chunks: runs of whole sentences on one page, cut where the text itself has a joint. Pure."""

from __future__ import annotations

import itertools
import math
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from rag.core.settings import MIN_CHUNK_SIZE
from rag.core.text.sentences import language_with_confidence, sentences
from rag.core.text.table_rows import ROW, first_cell, is_row
from rag.core.types import Chunk, Page, Span
from rag.documents.language import prevailing_language
from rag.models.embedding import Passage

Count = Callable[[Sequence[str]], list[int]]

# a heading begins a new chunk where the one before it is at least this full
_MIN_FILL = 1 / 3
# a chunk is taken to be in another language than its document with this confidence and this many letters only
_SURE = 0.9
_ENOUGH_LETTERS = 80
_TITLE_WORDS = 15
# characters; a first cell that is longer is no name of its row
_LONGEST_CELL = 80
# a line at the top or bottom of more than half of the pages, or of those on one side, is a running one, if these are
# so many at least; and so is the next one inwards, up to so many lines
_RUNNING_PAGES = 4
_RUNNING_LINES = 3
_PAGE_NUMBER = re.compile(
    r"\W*(?:(?:side|page|s|p)\b\.?\s*)?(?:\d+|[ivxlc]+)(?:\s*(?:/|af|of|[-–])\s*\d+)?\W*", re.IGNORECASE
)
_FRONT_MATTER = 60  # pages that may come before the one numbered 1

# best places to cut a sentence that is too long, best first
_JOINTS = (
    re.compile(r"\n+"),
    re.compile(r"\s\|\s"),
    re.compile(r"[;:.!?]\s+"),
    re.compile(r",\s+|\s[–—-]\s"),
    re.compile(r"\s+"),
)


@dataclass(frozen=True, slots=True)
class _Unit:
    """A sentence, or a piece of one that is longer than a chunk."""

    page: int  # index into the pages
    start: int
    end: int
    heading: bool


@dataclass(frozen=True, slots=True)
class _Run:
    """Units first..last (exclusive) make a chunk; those before `fresh` are repeated from the chunk before."""

    first: int
    fresh: int
    last: int


def chunk(
    pages: Sequence[Page], size: int, overlap: int, count: Count, language: str | None = None, *, rows: bool = False
) -> list[Chunk]:
    """Cuts the pages of one document into chunks of at most `size` tokens.

    overlap: up to so many tokens of whole sentences at the end of a chunk are repeated at the beginning of the next,
    but not across pages or a heading that began a chunk. count: the tokens of each text in the encoder's count; called
    with large batches, a few times in all. language: of the document, detected where None. rows: each line of a page is
    a row of a sheet, and the first its row 1.
    A chunk that begins inside a long row of a table has the row's first cell at the end of its heading path.
    Every character that is not white space is in at least one chunk, running titles and page numbers aside: what most
    pages have at their top or bottom is in none, unless a page has nothing else. A heading path is the one in force
    where the chunk begins. The language of a chunk is detected where it is long enough to be sure, else
    the document's.
    Raises ValueError where size < 16 or overlap is not in 0..size/2 (exclusive).
    """
    if size < MIN_CHUNK_SIZE:
        raise ValueError(f"size must be at least {MIN_CHUNK_SIZE} tokens, not {size}")
    if not 0 <= overlap < size / 2:
        raise ValueError(f"overlap must be from 0 to less than half of size ({size}), not {overlap}")
    if language is None:
        language = prevailing_language(pages)
    units = _row_units(pages, language) if rows else _sentence_units(pages, language)
    if not units:
        return []
    units, costs, base = _cut_long(units, pages, size, count)
    runs = [
        run for first, last in _by_page(units) for run in _pack(units, costs, first, last, max(size - base, 1), overlap)
    ]
    runs, tokens = _within(runs, units, pages, size, count)
    paths = _Paths(pages)
    counted = _Rows(pages)
    chunks = []
    for ordinal, (run, length) in enumerate(zip(runs, tokens, strict=True)):
        text, (page, start, end) = _text(run, units, pages), _extent(run, units)
        own = units[run.first : run.last]
        chunks.append(
            Chunk(
                ordinal=ordinal,
                page=pages[page].number,
                start=start,
                end=end,
                text=text,
                heading_path=paths.at(page, start) + _row_begun(pages[page].text, start),
                sentences=tuple(Span(unit.start, unit.end) for unit in own),
                tokens=length,
                language=_language(text, language),
                row=counted.at(page, start) if rows else 0,
            )
        )
    return chunks


def _language(text: str, document: str) -> str:
    if sum(map(str.isalpha, text)) < _ENOUGH_LETTERS:
        return document
    found, confidence = language_with_confidence(text)
    return found if confidence >= _SURE else document


def _sentence_units(pages: Sequence[Page], language: str) -> list[_Unit]:
    units = []
    for index, (page, (first, last)) in enumerate(zip(pages, _bodies(pages), strict=True)):
        offsets = {heading.offset for heading in page.headings if first <= heading.offset < last}
        edges = sorted({first, last, *offsets})
        for begin, stop in itertools.pairwise(edges):
            for number, span in enumerate(sentences(page.text[begin:stop], language)):
                start, end = begin + span.start, begin + span.end
                units.append(_Unit(index, start, end, begin in offsets and number == 0))
    return units


def _row_units(pages: Sequence[Page], language: str) -> list[_Unit]:
    """A row is one unit, if it is not long; there are no running titles on sheets, and no prose that wraps."""
    units = []
    for index, page in enumerate(pages):
        begin = 0
        for line in page.text.split("\n"):
            if line.strip():
                whole = [Span(0, len(line.rstrip()))]
                for span in whole if len(line) <= ROW else sentences(line, language):
                    units.append(_Unit(index, begin + span.start, begin + span.end, False))
            begin += len(line) + 1
    return units


def _row_begun(text: str, start: int) -> tuple[str, ...]:
    """What the row that `start` is inside of is about; nothing at the beginning of a line, or outside a table."""
    begin, end = text.rfind("\n", 0, start) + 1, text.find("\n", start)
    line = text[begin : end if end >= 0 else len(text)]
    if begin == start or not is_row(line) or not text[begin:start].strip():
        return ()
    first = first_cell(line)
    return (first,) if first and len(first) <= _LONGEST_CELL else ()


def _bodies(pages: Sequence[Page]) -> list[tuple[int, int]]:
    """Where on each page what the document says there begins and ends: within its running titles and page numbers."""
    tops, bottoms = ([_outer_lines(page, step) for page in pages] for step in (1, -1))
    seen: Counter[tuple[str, int]] = Counter()
    for place, page in enumerate(pages):
        forms = {form for span in (*tops[place], *bottoms[place]) for form in _forms(page, span)}
        seen.update((form, place % 2) for form in forms)

    def runs(form: str, side: int) -> bool:
        one, other = seen[form, side], seen[form, 1 - side]
        often = (one + other) * 2 > len(pages) or one * 2 > (len(pages) + 1 - side) // 2
        return often and one + other >= _RUNNING_PAGES

    def running(place: int, spans: Sequence[Span]) -> Iterator[Span]:
        for span in spans:
            if not any(runs(form, place % 2) for form in _forms(pages[place], span)):
                return
            yield span

    bodies = []
    for place, page in enumerate(pages):
        first = max((span.end for span in running(place, tops[place])), default=0)
        last = min((span.start for span in running(place, bottoms[place])), default=len(page.text))
        # a page with nothing but running lines says those
        bodies.append((first, last) if page.text[first:last].strip() else (0, len(page.text)))
    return bodies


def _outer_lines(page: Page, step: Literal[1, -1]) -> list[Span]:
    """The first or last lines that may be running ones, the outermost first: as far as a sentence or a heading."""
    headings = {heading.offset for heading in page.headings}
    found: list[Span] = []
    start, end = 0, len(page.text)
    while start < end and len(found) < _RUNNING_LINES:
        if step == 1:
            line = Span(start, stop if (stop := page.text.find("\n", start, end)) >= 0 else end)
            start = line.end + 1
        else:
            line = Span(page.text.rfind("\n", start, end) + 1, end)
            end = line.start - 1
        said = page.text[line.start : line.end].strip()
        long = len(said.split()) > _TITLE_WORDS or said.endswith((".", "!", "?"))
        if long or any(line.start <= offset < line.end for offset in headings):
            break
        if said:
            found.append(line)
    return found


def _forms(page: Page, span: Span) -> Iterator[str]:
    """The forms in which a line may come again on other pages: each number as it is, and as one that counts pages."""
    line = page.text[span.start : span.end].strip()
    if _PAGE_NUMBER.fullmatch(line):
        yield "#"
        return
    words = re.split(r"(\d{1,6})", line)
    if len(words) > 7:
        yield line
        return
    choices = [
        (word, f"#{int(word) - page.number}") if place % 2 and abs(int(word) - page.number) < _FRONT_MATTER else (word,)
        for place, word in enumerate(words)
    ]
    yield from map("".join, itertools.product(*choices))


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
            pieces.append(_Unit(unit.page, left, right, unit.heading and not pieces))
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


class _Rows:
    """The row that a place stands in, from 1; places are asked for in order."""

    def __init__(self, pages: Sequence[Page]) -> None:
        self._pages = pages
        self._page, self._offset, self._row = -1, 0, 1

    def at(self, page: int, offset: int) -> int:
        """The number of the line of page index `page` that `offset` is in."""
        if page != self._page or offset < self._offset:
            self._page, self._offset, self._row = page, 0, 1
        self._row += self._pages[page].text.count("\n", self._offset, offset)
        self._offset = offset
        return self._row


def passage_of(chunk: Chunk) -> Passage:
    """What of a chunk is embedded: what it says, without running titles, with the headings it stands under in front."""
    first = min((span.start for span in chunk.sentences), default=chunk.start)
    last = max((span.end for span in chunk.sentences), default=chunk.end)
    return Passage(
        chunk.text[first - chunk.start : last - chunk.start],
        " › ".join(chunk.heading_path),
        tuple(Span(span.start - first, span.end - first) for span in chunk.sentences),
    )
