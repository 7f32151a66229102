"""Raised and lowered characters of a PDF page: note marks, powers, indices and fractions. Runs in the sandbox only.

A PDF does not say that they are; they are small, and above or below the middle of the characters beside them. pdfium
ends a line at many of them. Only figures, and single letters behind a figure or a letter, are looked at.
"""

import re
from collections.abc import Callable, MutableSequence, Sequence
from typing import NamedTuple

from rag.documents.loaders.pdf.segments import Range, Shape
from rag.documents.loaders.raised import note_mark, subscript, superscript

_SMALL = 0.87  # of the height of the characters beside it
_RAISED, _LOWERED = 0.06, -0.14  # of that height: from their middle to its own; a small letter on the line has -0.1
_JOINED = 0.6  # of the type's height: the widest gap between the parts of a line that pdfium ended too early
_SPACE = 0.14  # of the type's height: a wider gap is a space
_LONGEST = 9  # characters: what is longer is a line of its own
# behind a letter the first figure is one by itself: in log₂64 only that one is lowered
_CANDIDATE = re.compile(r"(?<=[^\W\d_])\d(?=\d)|(?<=\S)\d+|(?<=\d)[a-z]{1,2}(?!\w)|(?<=\b[A-Za-zΑ-ω])[a-z](?!\w)")
_FRACTION = re.compile(r"[/⁄]\d")
_WORD = re.compile(r"(?:[^\W\d_]{3,}|[^\W\d_]+\.|[)»”\"])$")


_Found = tuple[int, int, int, str]
"""Start, end, 1 for raised and -1 for lowered, and the line until there."""


class Shifted(NamedTuple):
    """Characters start to end, and how they are to be read."""

    start: int
    end: int
    text: str


Box = Callable[[int], tuple[float, float, float, float]]


def joined_lines(codes: MutableSequence[int], ranges: list[Range], shapes: Sequence[Shape]) -> list[Range]:
    """The lines with those put together that pdfium cut at a raised character; the same list where there are none.

    In `codes`, the line ends between them become spaces, or nothing.
    """
    joined: list[Range] = []
    last: Shape | None = None
    for line, shape in zip(ranges, shapes, strict=True):
        gap = shape.left - last.right if last is not None else 0.0
        if last is not None and last.level and shape.level and _goes_on(last, shape, gap):
            between = range(joined[-1][1], line[0])
            for index in between:
                codes[index] = 0x2060
            if gap > _SPACE * max(last.height, shape.height) and between:
                codes[between[0]] = 32
            joined[-1] = joined[-1][0], line[1]
            larger = max(last, shape, key=lambda one: one.height)
            last = Shape(larger.across, larger.height, True, last.left, shape.right)
        else:
            joined.append(line)
            last = shape
    return joined if len(joined) < len(ranges) else ranges


def _goes_on(last: Shape, shape: Shape, gap: float) -> bool:
    height = max(last.height, shape.height)
    return abs(last.across - shape.across) < 0.45 * height and -0.3 * height < gap < _JOINED * height


def shifted_runs(codes: Sequence[int], ranges: Sequence[Range], shapes: Sequence[Shape], box: Box) -> list[Shifted]:
    """The raised and lowered characters of these lines, in the order of the page."""
    text = "".join(map(chr, codes))
    found: list[_Found] = []
    for (start, end), shape in zip(ranges, shapes, strict=True):
        if not shape.level:
            continue
        places = [match.end() - 1 for match in _CANDIDATE.finditer(text, start, end)]
        for place in [start, *places] if text[start].isdigit() else places:
            if (not found or place >= found[-1][1]) and (shift := _shift(place, shape, box)):
                first, last = _extent(text, place, (start, end), shape, box, shift)
                if last - first < _LONGEST:
                    found.append((first, last, shift, text[start:first]))
    marks = {_text(codes, start, end) for start, end, _, before in found if not before.strip()}
    runs = []
    for number, run in enumerate(found):
        below = found[number + 1] if number + 1 < len(found) else None
        above = found[number - 1] if number else None
        runs.append(Shifted(run[0], run[1], _reading(codes, run, above, below, marks)))
    return runs


def _reading(codes: Sequence[int], run: _Found, above: _Found | None, below: _Found | None, marks: set[str]) -> str:
    start, end, shift, before = run
    text = _text(codes, start, end)
    if "/" in text or "⁄" in text:
        return (" " if before[-1:].isdigit() else "") + text.replace("⁄", "/")
    between_below = _text(codes, end, below[0]) if below is not None and below[0] - end < 3 else None
    between_above = _text(codes, above[1], start) if above is not None and start - above[1] < 3 else None
    # a numerator, whose denominator is small and lower
    if shift > 0 and below is not None and below[2] < 1 and between_below in ("", "/", "⁄") and text.isdigit():
        space = " " if before[-1:].isdigit() else ""
        return f"{space}{text}" if between_below else f"{space}{text}/"
    if shift < 1 and above is not None and above[2] > 0 and between_above in ("", "/", "⁄"):
        return text
    if shift < 0:
        return subscript(text)
    if _FRACTION.match("".join(map(chr, codes[end : end + 2]))):
        return f" {text}" if before[-1:].isdigit() else text
    if not before.strip():
        return superscript(text) + ("" if end < len(codes) and codes[end] in (32, 160) else " ")
    if text.strip("()").isalnum() and (text in marks or text.endswith(")") or _WORD.search(before) is not None):
        return note_mark(text)
    return superscript(text)


def _text(codes: Sequence[int], start: int, end: int) -> str:
    return "".join(map(chr, codes[start:end])).replace("\u2060", "").strip()


def _shift(index: int, shape: Shape, box: Box) -> int:
    """1 for a raised character of a line, -1 for a lowered one, 0 for others."""
    _, bottom, _, top = box(index)
    if shape.height <= 0 or top - bottom >= _SMALL * shape.height:
        return 0
    rise = ((bottom + top) / 2 - shape.across) / shape.height
    return 1 if rise > _RAISED else -1 if rise < _LOWERED else 0


def _extent(text: str, place: int, line: Range, shape: Shape, box: Box, shift: int) -> tuple[int, int]:
    """From where to where characters of a line are shifted like the one at `place`, without space around."""
    first, last = place, place + 1
    while first > line[0] and not text[first - 1].isspace() and _shift(first - 1, shape, box) == shift:
        first -= 1
    while last < line[1] and not text[last].isspace() and _shift(last, shape, box) == shift:
        last += 1
    return first, last
