"""The text of one PDF page, and for each of its characters the character of pdfium it came from.

pdfium's own text has line ends but no paragraphs, swallows hyphens at line ends (also those of "LTSP-server"), and
may hold ligatures and control characters. Here it becomes readable text; since the same page always gives the same
text, an offset in `Page.text` leads back to the place on the page. Runs in the sandbox only.
"""

from __future__ import annotations

import ctypes
import io
import re
import statistics
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from rag.errors import DamagedFile, PasswordProtected

_HYPHENS = frozenset((0x02, 0xFFFE, 0x2D, 0xAD, 0x2010))  # 0x02 and 0xFFFE: pdfium's own marks for one at a line end
_SOFT = 0xAD
# "sommer- / og vinterferie": the hyphen stands for the rest of the word
_SUSPENDED = re.compile(r"(?:og|eller|samt|men|til|och|eller|and|or|to|und|oder|bis)\b", re.IGNORECASE)
_PLAIN = re.compile("[ -~¡-¬®-˿Ͱ-ϿЀ-ӿ‐-‧‰-⁞€™•]*")
_LIGATURES = {0xFB00: "ff", 0xFB01: "fi", 0xFB02: "fl", 0xFB03: "ffi", 0xFB04: "ffl", 0xFB05: "st", 0xFB06: "st"}
# the symbol fonts of word processors put their bullets here
_BULLETS = frozenset((0xF0A7, 0xF0A8, 0xF0B7, 0xF0D8, 0xF0FC, 0xF06E, 0xF06F, 0xF076))
_DROPPED = frozenset((0xAD, 0x200B, 0x200C, 0x200D, 0x200E, 0x200F, 0x2060, 0xFEFF, 0xFFFE, 0xFFFF))

# a line further from the one above than this, in the page's usual distance, begins a paragraph
_PARAGRAPH = 1.3
# so does one in letters larger or smaller by this factor
_OTHER_SIZE = 1.15


class Line(NamedTuple):
    """A line of the page. offset: in the text; across: its middle, perpendicular to the writing; height: of its type.

    In PDF points; `across` grows towards the top of the page (to the right where the text runs upwards).
    """

    offset: int
    across: float
    height: float
    level: bool


@dataclass(frozen=True, slots=True)
class PageText:
    """chars[i]: pdfium's index of the character that text[i] came from; -1 for a line end that was put in."""

    text: str
    chars: tuple[int, ...]
    lines: tuple[Line, ...]
    unreadable: int


def open_document(path: str) -> pdfium.PdfDocument:
    """Opens a PDF that needs no password, or the empty one. Raises PasswordProtected and DamagedFile."""
    try:
        document = pdfium.PdfDocument(path)
        if len(document) == 0:
            raise DamagedFile()
        return document
    except pdfium.PdfiumError as error:
        if error.err_code in (pdfium_c.FPDF_ERR_PASSWORD, pdfium_c.FPDF_ERR_SECURITY):
            raise PasswordProtected() from error
        return _repaired(path)


def _repaired(path: str) -> pdfium.PdfDocument:
    """What pypdf, which is more lenient (with what stands before the header, say), can make of a damaged PDF."""
    import pypdf
    from pypdf.errors import PyPdfError

    try:
        repaired = io.BytesIO()
        pypdf.PdfWriter(clone_from=pypdf.PdfReader(path, strict=False)).write(repaired)
        document = pdfium.PdfDocument(repaired.getvalue())
    except (
        PyPdfError,
        pdfium.PdfiumError,
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        NotImplementedError,
    ) as error:
        raise DamagedFile() from error
    if len(document) == 0:
        raise DamagedFile()
    return document


def page_text(page: pdfium.PdfTextPage) -> PageText:
    """The text of a page as Kilde keeps it. unreadable: how many characters have no meaning outside their font."""
    get = pdfium_c.FPDFText_GetUnicode
    raw = page.raw
    codes = [get(raw, index) for index in range(page.count_chars())]
    ranges = _lines(codes)
    shapes = [_shape(page, codes, start, end) for start, end in ranges]
    breaks = _breaks(shapes)
    out: list[str] = []
    chars: list[int] = []
    lines: list[Line] = []
    unreadable = 0
    flat: str | None = None
    joined = True
    for number, (start, end) in enumerate(ranges):
        if not joined:
            ends = 2 if number in breaks else 1
            out.extend("\n" * ends)
            chars.extend([-1] * ends)
        offset = len(out)
        following = ranges[number + 1] if number + 1 < len(ranges) else None
        hyphen = ""
        joined = False
        if following and codes[end - 1] in _HYPHENS and end - start > 1 and not _blank(codes[end - 2]):
            if flat is None:
                flat = "".join(map(chr, codes)).casefold()
            foot = number + 2 == len(ranges) and any(map(str.isdigit, map(chr, codes[slice(*following)])))
            hyphen, joined = _hyphen(codes, (start, end), following, flat, apart=foot or number + 1 in breaks)
            end -= 1
        unreadable += _write(codes, start, end, out, chars)
        while len(out) > offset and out[-1] == " ":
            out.pop()
            chars.pop()
        if hyphen:
            out.append(hyphen)
            chars.append(end)
        lines.append(Line(offset, *shapes[number]))
    return PageText("".join(out), tuple(chars), tuple(lines), unreadable)


def _lines(codes: Sequence[int]) -> list[tuple[int, int]]:
    """Where each line with something on it begins and ends, without white space around it."""
    found = []
    start = 0
    for index, code in enumerate((*codes, 10)):
        swallowed = code in (0x02, 0xFFFE) and index < len(codes)
        if code not in (10, 13) and not swallowed:
            continue
        first, last = start, index + swallowed
        while first < last and _blank(codes[first]):
            first += 1
        while last > first and _blank(codes[last - 1]):
            last -= 1
        if last > first:
            found.append((first, last))
        start = index + 1
    return found


def _blank(code: int) -> bool:
    return (code <= 32 and code != 2) or code in (0xA0, 0xFEFF, 0x200B) or chr(code).isspace()


def _shape(page: pdfium.PdfTextPage, codes: Sequence[int], start: int, end: int) -> tuple[float, float, bool]:
    """across, height and whether the line is level, from three of its characters: one may be a footnote's number."""
    shown = [index for index in range(start, end) if not _blank(codes[index]) and codes[index] not in _DROPPED]
    picked = [shown[0], shown[len(shown) // 2], shown[-1]] if shown else [start]
    boxes = [loose_box(page, index) for index in picked]
    width = abs(boxes[-1][0] - boxes[0][0])
    rise = abs(boxes[-1][1] - boxes[0][1])
    if rise > width:
        middles = [((left + right) / 2, right - left) for left, _, right, _ in boxes]
    else:
        middles = [((bottom + top) / 2, top - bottom) for _, bottom, _, top in boxes]
    return (
        statistics.median(middle for middle, _ in middles),
        statistics.median(size for _, size in middles),
        rise <= width,
    )


def loose_box(page: pdfium.PdfTextPage, index: int) -> tuple[float, float, float, float]:
    """left, bottom, right, top of a character in its font's full height, in points; zeros where pdfium has none."""
    rectangle = pdfium_c.FS_RECTF()
    if not pdfium_c.FPDFText_GetLooseCharBox(page.raw, index, ctypes.byref(rectangle)):
        return 0.0, 0.0, 0.0, 0.0
    return rectangle.left, rectangle.bottom, rectangle.right, rectangle.top


def _breaks(shapes: Sequence[tuple[float, float, bool]]) -> set[int]:
    """Numbers of the lines that begin a paragraph."""
    steps = [above[0] - below[0] for above, below in pairwise(shapes)]
    usual = [step for step, (_, height, _) in zip(steps, shapes, strict=False) if 0.5 * height < step < 3 * height]
    found = set()
    for number, (step, above, below) in enumerate(zip(steps, shapes, shapes[1:], strict=False), start=1):
        small, large = sorted((above[1], below[1]))
        # a page with a few lines only has no usual distance; 1.2 is what type is set with where nobody chooses
        leading = statistics.median(usual) if len(usual) > 3 else max(min(usual, default=0.0), 1.2 * large)
        if step > _PARAGRAPH * leading or above[2] != below[2] or large > _OTHER_SIZE * small:
            found.add(number)
    return found


def _hyphen(
    codes: Sequence[int], line: tuple[int, int], following: tuple[int, int], flat: str, apart: bool
) -> tuple[str, bool]:
    """What becomes of a hyphen at the end of `line` ("" or "-"), and whether the next line goes on in the same word.

    apart: there is a gap between them, or the next line is the last one and looks like a page number.
    """
    start, end = line
    before = re.search(r"\w*$", "".join(map(chr, codes[start : end - 1])))
    word = before[0] if before else ""
    after = "".join(map(chr, codes[following[0] : following[1]]))
    rest = re.match(r"\w*", after)
    if codes[end - 1] == _SOFT:
        return "", True
    if not word or not rest or not rest[0]:
        return "-", False
    if _SUSPENDED.match(after):
        return "-", False
    if apart and word[-1].islower() and rest[0][0].isupper():
        return "-", False  # the last line above the foot of the page: its word goes on overleaf
    splits = word[-1].islower() and rest[0][0].islower() and len(word) > 1
    # written with its hyphen elsewhere on the page, it keeps it here
    if splits and f"{word}-{rest[0]}".casefold() not in flat:
        return "", True
    return "-", True


def _write(codes: Sequence[int], start: int, end: int, out: list[str], chars: list[int]) -> int:
    """Appends the characters of a line as they are to be read; returns how many could not be."""
    text = "".join(map(chr, codes[start:end]))
    if _PLAIN.fullmatch(text):
        out.extend(text)
        chars.extend(range(start, end))
        return 0
    unreadable = 0
    index = start
    while index < end:
        code, at = codes[index], index
        index += 1
        if 0xD800 <= code < 0xDC00 and index < end and 0xDC00 <= codes[index] < 0xE000:
            code = 0x10000 + ((code - 0xD800) << 10) + (codes[index] - 0xDC00)
            index += 1
        if code in _DROPPED or (code < 32 and code != 9):
            continue
        sign = chr(code)
        if code in _LIGATURES:
            sign = _LIGATURES[code]
        elif code in _BULLETS:
            sign = "•"
        elif 0xD800 <= code < 0xE000 or 0xE000 <= code < 0xF900:
            sign, unreadable = "\ufffd", unreadable + 1
        elif sign.isspace():
            sign = " "
        elif unicodedata.combining(sign) and out and len(composed := unicodedata.normalize("NFC", out[-1] + sign)) == 1:
            out[-1] = composed
            continue
        out.extend(sign)
        chars.extend([at] * len(sign))
    return unreadable
