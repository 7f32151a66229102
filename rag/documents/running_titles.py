"""Running titles and page numbers: lines that most pages have at their top or bottom. Pure functions."""

import itertools
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Literal

from rag.core.types import Page, Span

_TITLE_WORDS = 15
# a line is a running title where it stands at the top or bottom of more than half of all pages, or of all left or all
# right pages, and of so many pages at least; the next lines inwards are looked at as well, up to so many lines
_RUNNING_PAGES = 4
_RUNNING_LINES = 3
_PAGE_NUMBER = re.compile(
    r"\W*(?:(?:side|page|s|p)\b\.?\s*)?(?:\d+|[ivxlc]+)(?:\s*(?:/|af|of|[-–])\s*\d+)?\W*", re.IGNORECASE
)
_FRONT_MATTER = 60  # pages before the page numbered 1, at most


def bodies(pages: Sequence[Page]) -> list[tuple[int, int]]:
    """Where the body of each page begins and ends: what is left without running titles and page numbers."""
    tops, bottoms = ([_outer_lines(page, step) for page in pages] for step in (1, -1))
    counts: Counter[tuple[str, int]] = Counter()
    for place, page in enumerate(pages):
        forms = {form for span in (*tops[place], *bottoms[place]) for form in _forms(page, span)}
        counts.update((form, place % 2) for form in forms)

    def recurs(form: str, side: int) -> bool:
        same_side, other_side = counts[form, side], counts[form, 1 - side]
        is_frequent = (same_side + other_side) * 2 > len(pages) or same_side * 2 > (len(pages) + 1 - side) // 2
        return is_frequent and same_side + other_side >= _RUNNING_PAGES

    def running(place: int, spans: Sequence[Span]) -> Iterator[Span]:
        for span in spans:
            if not any(recurs(form, place % 2) for form in _forms(pages[place], span)):
                return
            yield span

    ranges = []
    for place, page in enumerate(pages):
        body_start = max((span.end for span in running(place, tops[place])), default=0)
        body_end = min((span.start for span in running(place, bottoms[place])), default=len(page.text))
        # a page that has only running lines keeps them
        ranges.append((body_start, body_end) if page.text[body_start:body_end].strip() else (0, len(page.text)))
    return ranges


def _outer_lines(page: Page, step: Literal[1, -1]) -> list[Span]:
    """The first or last lines that may be running titles, the outermost first: they end at a sentence or a heading."""
    headings = {heading.offset for heading in page.headings}
    lines: list[Span] = []
    start, end = 0, len(page.text)
    while start < end and len(lines) < _RUNNING_LINES:
        if step == 1:
            line = Span(start, line_end if (line_end := page.text.find("\n", start, end)) >= 0 else end)
            start = line.end + 1
        else:
            line = Span(page.text.rfind("\n", start, end) + 1, end)
            end = line.start - 1
        text = page.text[line.start : line.end].strip()
        is_sentence = len(text.split()) > _TITLE_WORDS or text.endswith((".", "!", "?"))
        if is_sentence or any(line.start <= offset < line.end for offset in headings):
            break
        if text:
            lines.append(line)
    return lines


def _forms(page: Page, span: Span) -> Iterator[str]:
    """The forms in which a line may recur on other pages: each number in it as it is, and as one that counts pages."""
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
