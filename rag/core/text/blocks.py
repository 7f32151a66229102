"""Blocks of a text: runs of lines within which a sentence may go on from one line to the next. Judged by form alone."""

import re
from collections.abc import Iterator, Sequence

from rag.core.text import abbreviations
from rag.core.text.stops import goes_on, sentence_ends
from rag.core.text.table_rows import is_row

LEADERS = re.compile(r"(?:\.\s?){4,}|(?:…\s?){2,}|(?:·\s?){4,}|_{4,}")
"""Dots or lines that lead the eye, as in "Garanti ........ 12": a table of contents, or a form."""

_BULLET = re.compile(r"[ \t]*[-*+•‣⁃◦▪▫■□●○►✓·\uf0b7][ \t]+\S")
_DASH = re.compile(r"[ \t]*[–—][ \t]+\S")
_NUMBERED = re.compile(r"[ \t]*\(?(?:\d{1,3}|[A-Za-zÆØÅæøå]|[ivxIVX]{1,4})[.)][ \t]+(?P<first>\S+)")
# two digits at most: 1.250 is an amount, and 02.07.2001 a date
_SECTION = re.compile(r"[ \t]*(?:\d{1,2}\.)+\d{1,2}\.?[ \t]+(?P<first>[^\W\d_]\S*)")
_UNITS = frozenset((
    "A", "B", "C", "DKK", "EUR", "F", "GB", "GBP", "GHz", "GiB", "Gbit", "Hz", "J", "K", "KB", "Kr", "Kr.", "MB", "MHz",
    "MW", "MWh", "Mbit", "MiB", "Mia", "Mia.", "Mio", "Mio.", "N", "NOK", "Nm", "Pa", "SEK", "TB", "TiB", "USD", "V",
    "VA", "W", "Wh",
))  # fmt: skip
_HEADING = re.compile(r" {0,3}#{1,6}[ \t]+\S")
_RULE = re.compile(r"[ \t]*(?:-{3,}|={3,}|\*{3,}|_{3,})[ \t]*$")
_FENCE = re.compile(r" {0,3}(?:```|~~~)")
_OPENERS = "\"'»«“”„‘("
_SMALL_AFTER_NUMBER = re.compile(r"\d[^a-zA-ZæøåÆØÅ]*(?:[a-zæøå]|%)|\d+[.,:]\d+\.$")
"""A number that no item begins with: "1.250 kr. om måneden", "2,5 %", "09.40."."""
_ENDS_SMALL = re.compile(r"\S\s+[^\W\d_A-ZÆØÅ]+\Z")
_STOP = re.compile(r"[a-zæøå]{3}[.!?](?:\s|\Z)")
_FIELD = re.compile(r"[A-ZÆØÅ][^:!?]{0,38}: +\S")
"""A label with its value, as in "Lancering: 1. juni 2027" and "Kl. 10.30: Velkomst"."""
_LONGEST_FIELD = 60
_ORDINAL_END = re.compile(r"\b\d{1,2}\.\Z")

WIDEST, NARROWEST = 160, 40
"""Characters: prose of a page is wrapped between these."""
_LEAST_COLUMN, _COLUMN_LINES = 12, 4
"""A column narrower than NARROWEST is known by so many lines of one paragraph, of at least so many characters."""
_SLACK = 0.75
"""The quarter of slack is for proportional type."""

_Lines = Sequence[tuple[int, int]]


def blocks(text: str) -> Iterator[tuple[int, int]]:
    """Start and end of each block. Blank lines are in none."""
    lines: list[tuple[int, int]] = []
    at = 0
    for line in text.split("\n"):
        lines.append((at, at + len(line)))
        at += len(line) + 1
    widths = _widths(text, lines)
    block_start: int | None = None
    previous, in_list, in_fence = "", False, False
    block_end = 0
    for (start, end), width in zip(lines, widths, strict=True):
        line = text[start:end].rstrip()
        fence = bool(_FENCE.match(line))
        item = _is_item(line, previous, in_list)
        if block_start is not None and (not line.strip() or in_fence or fence or item or _ends(previous, line, width)):
            yield block_start, block_end
            block_start = None
        if fence:
            in_fence = not in_fence
        if line.strip():
            block_start = start if block_start is None else block_start
            block_end = end
            in_list = item or (in_list and line[:1].isspace())
        previous = line
    if block_start is not None:
        yield block_start, block_end


def _widths(text: str, lines: _Lines) -> list[int]:
    """For each line the width that the text around it is wrapped at: of its page, or of its narrow column."""
    lengths = sorted(end - start for start, end in lines if end > start)
    # most lines of wrapped prose are full
    page = min(max(lengths[len(lengths) * 4 // 5] if lengths else 0, NARROWEST), WIDEST)
    widths = [page] * len(lines)
    first = 0
    for place in range(len(lines) + 1):
        if place < len(lines) and text[slice(*lines[place])].strip():
            continue
        column = _column_width([text[start:end].strip() for start, end in lines[first:place]])
        if column:
            widths[first:place] = [column] * (place - first)
        first = place + 1
    return widths


def _column_width(paragraph: Sequence[str]) -> int:
    """The width of prose in a narrow column, 0 where the lines are something else: a list, a letterhead, a page."""
    if len(paragraph) < _COLUMN_LINES:
        return 0
    width = max(map(len, paragraph))
    if not _LEAST_COLUMN <= width < NARROWEST:
        return 0
    following = paragraph[1:]
    full = sum(len(a) + 1 + len(b.split(None, 1)[0]) > width for a, b in zip(paragraph, following, strict=False))
    small = sum(line[:1].islower() for line in following)
    return width if full >= _SLACK * len(following) and small >= len(following) / 3 else 0


def _is_item(line: str, previous: str, in_list: bool) -> bool:
    if _BULLET.match(line):
        return True
    follows = in_list or not previous or previous.endswith((":", ";", ".", "!", "?"))
    if _DASH.match(line):
        return follows
    hangs = goes_on(previous)  # "er" / "1.250 kr.", "den" / "3. maj", "kl." / "10.30"
    if (section := _SECTION.match(line)) and not section["first"][0].islower():
        return not hangs and section["first"].rstrip(",;") not in _UNITS
    numbered = _NUMBERED.match(line)
    if numbered is None:
        return False
    # "den" / "3. maj" is a wrapped date, "3. Batterier" an item
    if numbered["first"][0].isupper():
        return not (hangs and abbreviations.follows_ordinal(numbered["first"].casefold().rstrip(",.")))
    return follows and not hangs


def _ends(line: str, following: str, width: int) -> bool:
    """Whether a sentence cannot go on from `line` to `following`."""
    if _HEADING.match(line) or _HEADING.match(following) or _RULE.match(line) or _RULE.match(following):
        return True
    if line.lstrip().startswith("|") or following.lstrip().startswith("|") or is_row(line) or is_row(following):
        return True
    if LEADERS.search(line) or (len(line) <= _LONGEST_FIELD and _FIELD.match(line) and _FIELD.match(following)):
        return True
    if line.endswith((",", "-", "–", "(", "/")):
        return False
    following = following.lstrip().lstrip(_OPENERS)
    if not (following[:1].isupper() or following[:1].isdigit()) or _continues(line, following):
        return False
    # a line that had room for the next word was ended on purpose
    is_short = len(line) + 1 + len(following.split(None, 1)[0]) <= _SLACK * width
    return is_short or len(line) > 250


def _continues(line: str, following: str) -> bool:
    """Whether a line is gone on with by a number or a date, however short it is."""
    first = following.split(None, 1)[0]
    if _ORDINAL_END.search(line):
        return abbreviations.follows_ordinal(first.casefold().strip(".,;:"))
    if not first[0].isdigit():
        return False
    if goes_on(line):
        return True
    if not _SMALL_AFTER_NUMBER.match(following) or not _ENDS_SMALL.search(line) or _BULLET.match(line):
        return False
    # two lines with numbers may be two of a list; a sentence ends somewhere
    last_start = [0, *sentence_ends(line)][-2]
    return not any(map(str.isdigit, line[last_start:])) or (not line[0].isdigit() and bool(_STOP.search(following)))
