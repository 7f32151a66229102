"""Pages -> chunks: runs of whole sentences of one page, cut where the text itself has a joint. Pure functions."""

import itertools
import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from rag.core.file_types import SPREADSHEETS
from rag.core.settings import MIN_CHUNK_SIZE
from rag.core.text.sentences import language_with_confidence, sentences
from rag.core.text.table_rows import ROW, first_cell, is_row
from rag.core.types import Chunk, Page, Space, Span
from rag.documents.chunk_places import HeadingPaths, RowNumbers
from rag.documents.language import prevailing_language
from rag.documents.running_titles import bodies
from rag.models.embedding.registry import Models

Count = Callable[[Sequence[str]], list[int]]

# a chunk counts as written in another language than its document only from this confidence and this many letters on
_MIN_CONFIDENCE = 0.9
_MIN_LETTERS = 80
# characters; a longer first cell does not name its row
_MAX_CELL = 80
_UNDERLINE = re.compile(r"([^\w\s])\1+")
# best places to cut a sentence that is too long, best first
_JOINTS = (
    re.compile(r"\n+"),
    re.compile(r"\s\|\s"),
    re.compile(r"(?:[;:!?]|(?<=[^\W\d_]{3})\.)\s+"),  # not after "nr." or "2."
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
    """Units first..last (exclusive) make a chunk; those before `fresh` repeat the end of the chunk before."""

    first: int
    fresh: int
    last: int


def chunks_for(space: Space, models: Models, pages: Sequence[Page], media_type: str) -> list[Chunk]:
    """The chunks of a document of a kind in a space, as its model counts tokens."""
    count = models.embedding(space.model).counter().count
    return chunk(pages, space.chunk_size, space.overlap, count, rows=media_type in SPREADSHEETS)


def chunk(
    pages: Sequence[Page], size: int, overlap: int, count: Count, language: str | None = None, *, rows: bool = False
) -> list[Chunk]:
    """Cut the pages of one document into chunks of at most `size` tokens.

    overlap: so many tokens of whole sentences at most are repeated from the end of one chunk at the beginning of the
    next, but neither across pages nor across a heading that began a chunk. count: gives the number of tokens of each
    text, as the encoder counts them; it is called a few times, with large batches. language: of the document; detected
    where None. rows: whether each line of a page is a row of a sheet, the first its row 1.

    A chunk lies under one heading, so that its path of headings is that of each of its sentences; one that begins
    inside a long row of a table has the row's first cell at the end of that path. Its language is detected where it is
    long enough to be sure, and is the document's elsewhere. Every character that is not white space is in at least one
    chunk, except running titles and page numbers, which are in none unless a page has nothing else.
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
    runs, tokens = _within_size(runs, units, pages, size, count)
    paths = HeadingPaths(pages)
    row_numbers = RowNumbers(pages)
    chunks = []
    for ordinal, (run, length) in enumerate(zip(runs, tokens, strict=True)):
        text, (page, start, end) = _text(run, units, pages), _extent(run, units)
        run_units = units[run.first : run.last]
        # where its text begins, below the headings that stand above it
        body = next((unit.start for unit in run_units if not unit.heading), start)
        chunks.append(
            Chunk(
                ordinal=ordinal,
                page=pages[page].number,
                start=start,
                end=end,
                text=text,
                heading_path=paths.at(page, body) + _row_name(pages[page].text, start),
                sentences=tuple(Span(unit.start, unit.end) for unit in run_units),
                tokens=length,
                language=_language(text, language),
                row=row_numbers.at(page, start) if rows else 0,
            )
        )
    return chunks


def _language(text: str, document: str) -> str:
    if sum(map(str.isalpha, text)) < _MIN_LETTERS:
        return document
    detected, confidence = language_with_confidence(text)
    return detected if confidence >= _MIN_CONFIDENCE else document


def _sentence_units(pages: Sequence[Page], language: str) -> list[_Unit]:
    units = []
    for index, (page, (body_start, body_end)) in enumerate(zip(pages, bodies(pages), strict=True)):
        offsets = {heading.offset for heading in page.headings if body_start <= heading.offset < body_end}
        edges = sorted({body_start, body_end, *offsets})
        for part_start, part_end in itertools.pairwise(edges):
            for number, span in enumerate(sentences(page.text[part_start:part_end], language)):
                start, end = part_start + span.start, part_start + span.end
                # the line that a title is underlined with is a part of it
                is_title = number == 0 or (number == 1 and _UNDERLINE.fullmatch(page.text, start, end) is not None)
                units.append(_Unit(index, start, end, part_start in offsets and is_title))
    return units


def _row_units(pages: Sequence[Page], language: str) -> list[_Unit]:
    """Each row is one unit unless it is long: sheets have no running titles, and no prose that wraps."""
    units = []
    for index, page in enumerate(pages):
        line_start = 0
        for line in page.text.split("\n"):
            if line.strip():
                whole_line = [Span(0, len(line.rstrip()))]
                for span in whole_line if len(line) <= ROW else sentences(line, language):
                    units.append(_Unit(index, line_start + span.start, line_start + span.end, False))
            line_start += len(line) + 1
    return units


def _row_name(text: str, start: int) -> tuple[str, ...]:
    """The first cell of the table row in which `start` lies; () at the beginning of a line, or outside a table."""
    line_start, line_end = text.rfind("\n", 0, start) + 1, text.find("\n", start)
    line = text[line_start : line_end if line_end >= 0 else len(text)]
    if line_start == start or not is_row(line) or not text[line_start:start].strip():
        return ()
    name = first_cell(line)
    return (name,) if name and len(name) <= _MAX_CELL else ()


def _cut_long(units: list[_Unit], pages: Sequence[Page], size: int, count: Count) -> tuple[list[_Unit], list[int], int]:
    """Units of at most `size` tokens, the tokens of each, and the tokens that `count` adds to every text."""
    base, *counts = count(["", *(pages[unit.page].text[unit.start : unit.end] for unit in units)])
    unit_tokens: list[int | None] = list(counts)
    while True:
        cut_units: list[_Unit] = []
        costs: list[int | None] = []
        for unit, tokens in zip(units, unit_tokens, strict=True):
            if tokens is None or tokens <= size or unit.end - unit.start < 2:
                cut_units.append(unit)
                costs.append(tokens)
                continue
            pieces = _pieces(unit, pages[unit.page].text, math.ceil(1.1 * tokens / size))
            cut_units += pieces
            costs += [None] * len(pieces)
        uncounted = [unit for unit, tokens in zip(cut_units, costs, strict=True) if tokens is None]
        if not uncounted:
            return cut_units, [max((tokens or 0) - base, 0) for tokens in costs], base
        new_counts = iter(count([pages[unit.page].text[unit.start : unit.end] for unit in uncounted]))
        units, unit_tokens = cut_units, [next(new_counts) if tokens is None else tokens for tokens in costs]


def _pieces(unit: _Unit, text: str, parts: int) -> list[_Unit]:
    """At least two pieces of a unit, cut at its best joints near even distances, without white space between them."""
    step = max((unit.end - unit.start) / parts, 1.0)
    pieces: list[_Unit] = []
    start = unit.start
    while start < unit.end:
        target = start + step
        end = unit.end if unit.end - start <= 1.3 * step and start > unit.start else _joint(text, start, target, unit)
        body = text[start:end]
        piece_start, piece_end = start + len(body) - len(body.lstrip()), start + len(body.rstrip())
        if piece_end > piece_start:
            pieces.append(_Unit(unit.page, piece_start, piece_end, unit.heading and not pieces))
        start = end
    return pieces


def _joint(text: str, start: int, target: float, unit: _Unit) -> int:
    """The end of the best joint near `target`, inside the unit."""
    reach = (target - start) / 2
    low, high = max(start + 1, int(target - reach)), min(unit.end - 1, int(target + reach))
    for pattern in _JOINTS:
        ends = [match.end() for match in pattern.finditer(text, low, high) if match.end() < unit.end]
        if ends:
            return min(ends, key=lambda end: abs(end - target))
    return min(max(int(target), start + 1), unit.end)


def _by_page(units: Sequence[_Unit]) -> Iterator[tuple[int, int]]:
    page_first = 0
    for index in range(1, len(units) + 1):
        if index == len(units) or units[index].page != units[page_first].page:
            yield page_first, index
            page_first = index


def _pack(
    units: Sequence[_Unit], costs: Sequence[int], page_first: int, page_last: int, budget: int, overlap: int
) -> Iterator[_Run]:
    """Fill one chunk after the other with the units page_first..page_last (exclusive) of one page."""
    first = fresh = page_first
    total = 0
    for index in range(page_first, page_last):
        is_full = total + costs[index] > budget
        begins_section = units[index].heading and not units[index - 1].heading
        if index > fresh and (is_full or begins_section):
            end = index
            # a heading goes into the chunk of the text below it
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
    yield _Run(first, fresh, page_last)


def _overlapping(units: Sequence[_Unit], costs: Sequence[int], first: int, end: int, overlap: int) -> int:
    """The first of the last units before `end` that fit into `overlap` tokens together."""
    index, total = end, 0
    while index - 1 > first and not units[index - 1].heading and total + costs[index - 1] <= overlap:
        index -= 1
        total += costs[index]
    return index


def _within_size(
    runs: list[_Run], units: Sequence[_Unit], pages: Sequence[Page], size: int, count: Count
) -> tuple[list[_Run], list[int]]:
    """Runs of at most `size` tokens when each is counted as a whole, and those counts.

    These are nearly always the runs that come in; but a tokenizer may need a token more for a text than for its
    sentences.
    """
    run_tokens: dict[_Run, int] = {}
    while True:
        uncounted = [run for run in runs if run not in run_tokens]
        run_tokens.update(zip(uncounted, count([_text(run, units, pages) for run in uncounted]), strict=True))
        fitting_runs: list[_Run] = []
        for run in runs:
            if run_tokens[run] <= size or run.last - run.first == 1:
                fitting_runs.append(run)
            elif run.first < run.fresh:
                fitting_runs.append(_Run(run.first + 1, run.fresh, run.last))
            else:
                middle = (run.first + run.last) // 2
                fitting_runs += [_Run(run.first, run.first, middle), _Run(middle, middle, run.last)]
        if fitting_runs == runs:
            return runs, [run_tokens[run] for run in runs]
        runs = fitting_runs


def _extent(run: _Run, units: Sequence[_Unit]) -> tuple[int, int, int]:
    return units[run.first].page, units[run.first].start, units[run.last - 1].end


def _text(run: _Run, units: Sequence[_Unit], pages: Sequence[Page]) -> str:
    page, start, end = _extent(run, units)
    return pages[page].text[start:end]
