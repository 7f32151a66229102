"""The headings of a plain text, which only its lines show: underlined, numbered, named as a chapter, or in capitals.

What might be an item of a list, a clause or a line of an address is none: a line that is missed leaves a passage under
the heading above it, but one that is made up cuts a text where it goes on.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from rag.core.text.stopwords import STOPWORDS

_MOST_LINES = 200_000
_MAX_TITLE = 90  # characters
_MAX_WORDS = 12
_MIN_CAPITALS = 4
_SENTENCE = 4  # words
_UNDERLINE = re.compile(r"([=\-~*^#+_])\1{2,}$")
_NUMBERED = re.compile(r"(\d{1,3}(?:\.\d{1,3}){0,4})(?:\.|(?<=\.\d)|(?<=\.\d\d)|(?<=\.\d\d\d))\s+(?=\S)")
"""Not "1)", which is an item of a list."""
_PARAGRAPH = re.compile(r"§\s?(\d{1,4})\s?[a-z]?\.?(?:\s+(?=\S)|$)")
_NAMED = re.compile(
    r"(part|del|book|bog)|(chapter|kapitel|kap\.|appendix|appendiks|annex|bilag|schedule)"
    r"|(section|afsnit|article|artikel|punkt|item|dagsordenspunkt)",
    re.IGNORECASE,
)
_BEHIND_NAME = re.compile(r"\s(?:\d{1,3}|[IVXLC]{1,8}|[A-Z])(?:[.:]|\s?[–—-])?(?:\s|$)")
_BULLET = re.compile(r"[-*•–—+]\s")
_ENDS = (".", ",", ";", ":", "!", "…", "-", "–")
# ranks of headings, outermost first; those that are underlined come before them, in the order in which they appear
_PART, _CHAPTER, _CAPITALS, _SECTION, _FIRST_NUMBER = range(10, 15)

Heading = tuple[int, str, int]
"""Level, title, offset."""


@dataclass(frozen=True, slots=True)
class _Line:
    """A line that is not blank. apart: whether a blank line, or nothing, is above it; closed: whether one is below."""

    start: int
    indent: int
    text: str
    apart: bool
    closed: bool


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A line, by its number among those that are not blank, that may be a heading. numbers: () for one without."""

    line: int
    rank: int
    numbers: tuple[int, ...] = ()
    below: int = 1  # how many lines on its text may begin


def headings(text: str) -> list[Heading]:
    r"""The headings of a text in order; none where it has so many lines that it is data. Line ends must be "\n"."""
    if text.count("\n") > _MOST_LINES:
        return []
    lines = list(_lines(text))
    candidates = list(_candidates(lines))
    by_line = {candidate.line: candidate for candidate in candidates}
    sure = [candidate for candidate in candidates if _has_text(candidate, lines, by_line)]
    sure = _in_series(sure)
    if any(candidate.rank >= _PART for candidate in sure):
        sure = sorted([*sure, *_bare(lines, by_line)], key=lambda candidate: candidate.line)
    levels = {rank: level for level, rank in enumerate(sorted({candidate.rank for candidate in sure}), 1)}
    return [(levels[found.rank], lines[found.line].text, lines[found.line].start) for found in sure]


def title(found: Sequence[Heading], text: str) -> str | None:
    """The heading that a text begins with, where no other is of its level."""
    outermost = [heading for heading in found if heading[0] == 1]
    return outermost[0][1] if len(outermost) == 1 and not text[: outermost[0][2]].strip() else None


def _lines(text: str) -> Iterator[_Line]:
    start, is_apart = 0, True
    rows = text.split("\n")
    for row, after in zip(rows, [*rows[1:], ""], strict=True):
        if said := row.strip():
            indent = len(row) - len(row.lstrip())
            yield _Line(start + indent, indent, said, is_apart, not after.strip())
        is_apart = not said
        start += len(row) + 1


def _candidates(lines: Sequence[_Line]) -> Iterator[_Candidate]:
    underlines: dict[str, int] = {}
    for n, line in enumerate(lines):
        if not _may_be_title(line.text):
            continue
        above, below = lines[n - 1].text if n else "", lines[n + 1].text if n + 1 < len(lines) else ""
        underline = _UNDERLINE.match(below)
        if underline and not line.closed and _is_under(below, line.text) and (line.apart or _UNDERLINE.match(above)):
            yield _Candidate(n, underlines.setdefault(underline[1], len(underlines)), below=2)
        elif match := _NUMBERED.match(line.text):
            numbers = tuple(map(int, match[1].split(".")))
            if _names(line.text[match.end() :]):
                yield _Candidate(n, _FIRST_NUMBER + len(numbers) - 1, numbers)
        elif match := _PARAGRAPH.match(line.text):
            if match.end() == len(line.text) or _names(line.text[match.end() :]):
                yield _Candidate(n, _SECTION, (int(match[1]),))
        elif (match := _NAMED.match(line.text)) and _BEHIND_NAME.match(line.text, match.end()):
            if line.apart:
                yield _Candidate(n, _PART if match[1] else _CHAPTER if match[2] else _SECTION)
        elif line.apart and line.closed and _is_in_capitals(line.text):
            yield _Candidate(n, _CAPITALS)


def _may_be_title(text: str) -> bool:
    return (
        len(text) <= _MAX_TITLE
        and not text.endswith(_ENDS)
        and (any(map(str.isalpha, text)) or text.startswith("§"))
        and len(text.split()) <= _MAX_WORDS
        and "  " not in text  # a row of a table, or a line of contents
        and "\t" not in text
        and ". . " not in text
        and "...." not in text
        and _BULLET.match(text) is None
    )


def _names(title: str) -> bool:
    """Whether what stands behind a number is a title: no sentence, amount or date."""
    return title[:1].isupper() and ". " not in title and not title.endswith("?")


def _is_under(underline: str, title: str) -> bool:
    return len(title) <= 2 * len(underline) and len(underline) <= 2 * len(title) + 10


def _is_in_capitals(text: str) -> bool:
    letters, digits = sum(map(str.isalpha, text)), sum(map(str.isdigit, text))
    return text.isupper() and letters >= max(_MIN_CAPITALS, 2 * digits) and not text.startswith(("(", "[", "<", '"'))


def _has_text(candidate: _Candidate, lines: Sequence[_Line], by_line: dict[int, _Candidate]) -> bool:
    """Whether a text stands below a title, or a title of a lower rank: below an item of a list is the next one."""
    at = candidate.line + candidate.below
    if at >= len(lines):
        return False
    title, first = lines[candidate.line], lines[at]
    following = by_line.get(at)
    if following is not None and following.rank <= candidate.rank:
        return False
    if candidate.rank < _CAPITALS or following is not None:
        return True
    number = _NUMBERED.match(first.text)
    if number is not None and candidate.numbers and number[1].count(".") < len(candidate.numbers):
        return False  # the next item of a list
    # an item goes on in small letters, or further in
    return first.apart or (first.indent <= title.indent and not first.text[:1].islower())


def _in_series(candidates: Sequence[_Candidate]) -> list[_Candidate]:
    """The candidates without those whose numbers do not count on from 1, or that are alone."""
    kept: list[_Candidate] = []
    last: dict[int, _Candidate] = {}  # by depth, the last of each open series
    members: dict[_Candidate, list[_Candidate]] = {}
    for candidate in candidates:
        numbers = candidate.numbers
        if candidate.rank < _FIRST_NUMBER:
            kept.append(candidate)
            if candidate.rank < _SECTION:
                last = {}
            continue
        depth = len(numbers)
        before, parent = last.get(depth), last.get(depth - 1)
        if depth > 1 and (parent is None or parent.numbers != numbers[:-1]):
            continue
        if before is not None and before.numbers[:-1] == numbers[:-1] and numbers[-1] == before.numbers[-1] + 1:
            series = members[before]
        elif numbers[-1] in (0, 1):
            series = []
        else:
            continue
        series.append(candidate)
        members[candidate] = series
        last = {d: one for d, one in last.items() if d < depth} | {depth: candidate}
    numbered = [candidate for candidate, series in members.items() if len(series) > 1]
    return sorted([*kept, *numbered], key=lambda candidate: candidate.line)


def _bare(lines: Sequence[_Line], by_line: dict[int, _Candidate]) -> Iterator[_Candidate]:
    """Short lines over a list or a sentence, where others are numbered: they end the section above them."""
    for n, (line, first) in enumerate(pairwise(lines)):
        words = line.text.split()
        if n in by_line or not line.apart or line.closed or n == 0 or len(words) > 4 or not _may_be_title(line.text):
            continue
        is_plain = line.text[0].isupper() and not any(sign.isdigit() or sign in ",:;()\"'?" for sign in line.text)
        is_text = _BULLET.match(first.text) or (
            first.text[0].isupper()
            and len(first.text.split()) >= _SENTENCE
            and first.indent == line.indent
            and _is_sentence(first.text)
        )
        if is_plain and is_text:
            yield _Candidate(n, _FIRST_NUMBER)


def _is_sentence(text: str) -> bool:
    words = {word.casefold().strip(".,:;") for word in text.split()}
    return any(words & STOPWORDS[language] for language in ("da", "en"))
