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
from functools import partial
from itertools import pairwise
from typing import NamedTuple

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from rag.core.errors import DamagedFile, EmptyFile, PasswordProtected
from rag.core.text.invisible import JOINERS, SOFT_HYPHEN, is_tag
from rag.core.text.stopwords import STOPWORDS
from rag.core.text.table_rows import BETWEEN
from rag.documents.loaders.pdf.forms import field_lines
from rag.documents.loaders.pdf.layout import Lines, Range, Shape, Table, layout

_HYPHENS = frozenset((0x02, 0xFFFE, 0x2D, 0xAD, 0x2010))  # 0x02 and 0xFFFE: pdfium's own marks for one at a line end
_SOFT = ord(SOFT_HYPHEN)
# "sommer- / og vinterferie": the hyphen stands for the rest of the word
_SUSPENDED = re.compile(r"(?:og|eller|samt|men|til|och|eller|and|or|to|und|oder|bis)\b", re.IGNORECASE)
_PLAIN = re.compile("[ -~¡-¬®-˿Ͱ-ϿЀ-ӿ‐-‧‰-⁞€™•]*")
_LIGATURES = {0xFB00: "ff", 0xFB01: "fi", 0xFB02: "fl", 0xFB03: "ffi", 0xFB04: "ffl", 0xFB05: "st", 0xFB06: "st"}
# the symbol fonts of word processors put their bullets here
_BULLETS = frozenset((0xF0A7, 0xF0A8, 0xF0B7, 0xF0D8, 0xF0FC, 0xF06E, 0xF06F, 0xF076))
_BLANK = frozenset({*range(33), 0xFEFF, 0x200B, *(code for code in range(0x3001) if chr(code).isspace())} - {2})
# 0xFFFE and 0xFFFF are pdfium's own marks
_DROPPED = frozenset((_SOFT, 0x200B, *map(ord, JOINERS), 0x200E, 0x200F, 0x2060, 0xFEFF, 0xFFFE, 0xFFFF))
_UNSEEN = _BLANK | _DROPPED

# a line further from the one above than this, in the page's usual distance, begins a paragraph
_PARAGRAPH = 1.3
# so does one in letters larger or smaller by this factor
_OTHER_SIZE = 1.15

_SAMPLE = 60  # characters of a page that are looked at to tell whether its fonts say what they show
_SPOKEN = 0.08  # of the words, stop words of Danish or English: what no noise has
_STOPWORDS = frozenset(STOPWORDS["da"]) | frozenset(STOPWORDS["en"])


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
    """chars[i]: pdfium's index of the character that text[i] came from; -1 for what was put in, such as a line end.

    The header of a table is said in each of its rows, each time with the places it has itself. unreadable: how many
    characters have no meaning outside their font.
    """

    text: str
    chars: tuple[int, ...]
    lines: tuple[Line, ...]
    unreadable: int


def open_document(path: str) -> pdfium.PdfDocument:
    """Opens a PDF that needs no password, or the empty one. Raises PasswordProtected, DamagedFile and EmptyFile."""
    try:
        document = pdfium.PdfDocument(path)
        document.init_forms()  # before its length is asked for: so that what was typed into a form is seen
        if len(document) == 0:
            raise EmptyFile()
        return document
    except pdfium.PdfiumError as error:
        if error.err_code in (pdfium_c.FPDF_ERR_PASSWORD, pdfium_c.FPDF_ERR_SECURITY):
            raise PasswordProtected() from error
        return _repaired(path)


def _repaired(path: str) -> pdfium.PdfDocument:
    """What pypdf, which is more lenient (with what stands before the header, say), can make of a damaged PDF."""
    import pypdf
    from pypdf.errors import PyPdfError
    from pypdf.generic import DictionaryObject

    try:
        reader = pypdf.PdfReader(path, strict=False)
        pages = reader.root_object["/Pages"].get_object() if "/Root" in reader.trailer else None
        if isinstance(pages, DictionaryObject) and pages.get("/Count") == 0:
            raise EmptyFile()
        repaired = io.BytesIO()
        pypdf.PdfWriter(clone_from=reader).write(repaired)
        document = pdfium.PdfDocument(repaired.getvalue())
        document.init_forms()
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


def page_text(page: pdfium.PdfPage, text_page: pdfium.PdfTextPage) -> PageText:
    """The text of a page as Kilde keeps it: lines in reading order, tables row by row, then the fields of a form."""
    get = pdfium_c.FPDFText_GetUnicode
    raw = text_page.raw
    codes = [get(raw, index) for index in range(text_page.count_chars())]
    ranges = _lines(codes)
    shapes = [_shape(text_page, codes, start, end) for start, end in ranges]
    found = layout(page, text_page, Lines(codes, ranges, shapes, _BLANK, partial(loose_box, text_page)))
    if found.lines != ranges:
        ranges = found.lines
        shapes = [_shape(text_page, codes, start, end) for start, end in ranges]
    written = _Written(codes)
    _write_lines(written, ranges, shapes, found.tables)
    if page.formenv is not None:
        for line in field_lines(page):
            written.put_in("\n" if written.out else "")
            written.begin_line(0.0, shapes[-1].height if shapes else 0.0, level=False)
            written.put_in(line)
    noise = 2 * _unmapped(text_page, codes) > 1 and not _is_spoken(written.out)
    return PageText(
        "".join(written.out),
        tuple(written.chars),
        tuple(written.lines),
        len(written.out) if noise else written.unreadable,
    )


class _Written:
    """The text of a page as it comes to be."""

    def __init__(self, codes: Sequence[int]) -> None:
        self.codes = codes
        self.out: list[str] = []
        self.chars: list[int] = []
        self.lines: list[Line] = []
        self.unreadable = 0

    def begin_line(self, across: float, height: float, *, level: bool = True) -> None:
        self.lines.append(Line(len(self.out), across, height, level))

    def put_in(self, text: str) -> None:
        """What does not stand on the page."""
        self.out.extend(text)
        self.chars.extend([-1] * len(text))

    def write(self, start: int, end: int) -> None:
        """Characters of the page, as they are to be read, without spaces at their end."""
        offset = len(self.out)
        self.unreadable += _write(self.codes, start, end, self.out, self.chars)
        while len(self.out) > offset and self.out[-1] == " ":
            self.out.pop()
            self.chars.pop()


def _write_lines(written: _Written, ranges: Sequence[Range], shapes: Sequence[Shape], tables: Sequence[Table]) -> None:
    codes = written.codes
    table_at = {table.first: table for table in tables}
    breaks = _breaks(shapes)
    breaks.update(number for table in tables for number in (table.first, table.last + 1))
    flat: str | None = None
    joined = True
    number = 0
    while number < len(ranges):
        start, end = ranges[number]
        if not joined:
            written.put_in("\n\n" if number in breaks else "\n")
        joined = False
        if (table := table_at.get(number)) is not None:
            _write_table(written, table)
            number = table.last + 1
            continue
        offset = len(written.out)
        following = ranges[number + 1] if number + 1 < len(ranges) and number + 1 not in table_at else None
        hyphen = ""
        if following and codes[end - 1] in _HYPHENS and end - start > 1 and codes[end - 2] not in _BLANK:
            if flat is None:
                flat = "".join(map(chr, codes)).casefold()
            foot = number + 2 == len(ranges) and any(map(str.isdigit, map(chr, codes[slice(*following)])))
            hyphen, joined = _hyphen(codes, (start, end), following, flat, apart=foot or number + 1 in breaks)
            end -= 1
        written.write(start, end)
        if hyphen:
            written.out.append(hyphen)
            written.chars.append(end)
        shape = shapes[number]
        written.lines.append(Line(offset, shape.across, shape.height, shape.level))
        number += 1


def _write_table(written: _Written, table: Table) -> None:
    """The header, then each row so that it reads by itself: "Model: X1 | Garanti: 24 måneder"."""
    written.begin_line(*table.places[0])
    _write_cells(written, [((), cell) for cell in table.header])
    for row, place in zip(table.rows, table.places[1:], strict=True):
        written.put_in("\n\n")
        written.begin_line(*place)
        _write_cells(written, list(zip(table.header, row, strict=True)))


def _write_cells(written: _Written, cells: Sequence[tuple[Sequence[Range], Sequence[Range]]]) -> None:
    said = False
    for label, cell in cells:
        if not cell:
            continue
        written.put_in(BETWEEN if said else "")
        said = True
        if label:
            _write_cell(written, label)
            written.put_in("" if written.out[-1] == ":" else ":")
            written.put_in(" ")
        _write_cell(written, cell)


def _write_cell(written: _Written, cell: Sequence[Range]) -> None:
    """The lines of a cell as one; a word that was divided at the end of one is put together."""
    codes = written.codes
    for number, (start, end) in enumerate(cell):
        if number:
            above = cell[number - 1][1] - 1
            divided = codes[above] in _HYPHENS and chr(codes[start]).islower() and chr(codes[above - 1]).islower()
            if divided and written.out[-1] in ("-", "\u2010"):
                written.out.pop()
                written.chars.pop()
            elif not divided:
                written.put_in(" ")
        written.write(start, end)


def _unmapped(text_page: pdfium.PdfTextPage, codes: Sequence[int]) -> float:
    """The share (0..1) of characters of which the font does not say what they show, by a sample."""
    step = max(len(codes) // _SAMPLE, 1)
    sample = [index for index in range(0, len(codes), step) if codes[index] not in _BLANK]
    failed = sum(pdfium_c.FPDFText_HasUnicodeMapError(text_page.raw, index) == 1 for index in sample)
    return failed / len(sample) if sample else 0.0


def _is_spoken(out: Sequence[str]) -> bool:
    """Whether a text is Danish or English: old fonts that say nothing may have their letters in the usual places."""
    words = re.findall(r"[^\W\d_]+", "".join(out).casefold())
    return bool(words) and sum(word in _STOPWORDS for word in words) > _SPOKEN * len(words)


def _lines(codes: Sequence[int]) -> list[tuple[int, int]]:
    """Where each line with something on it begins and ends, without white space around it."""
    found = []
    start = 0
    for index, code in enumerate((*codes, 10)):
        swallowed = code in (0x02, 0xFFFE) and index < len(codes)
        if code not in (10, 13) and not swallowed:
            continue
        first, last = start, index + swallowed
        while first < last and codes[first] in _BLANK:
            first += 1
        while last > first and codes[last - 1] in _BLANK:
            last -= 1
        if last > first:
            found.append((first, last))
        start = index + 1
    return found


def _shape(page: pdfium.PdfTextPage, codes: Sequence[int], start: int, end: int) -> Shape:
    """From three of the line's characters: one may be a footnote's number."""
    shown = [index for index in range(start, end) if codes[index] not in _UNSEEN]
    picked = [shown[0], shown[len(shown) // 2], shown[-1]] if shown else [start]
    boxes = [loose_box(page, index) for index in picked]
    width = abs(boxes[-1][0] - boxes[0][0])
    rise = abs(boxes[-1][1] - boxes[0][1])
    if rise > width:
        middles = [((left + right) / 2, right - left) for left, _, right, _ in boxes]
    else:
        middles = [((bottom + top) / 2, top - bottom) for _, bottom, _, top in boxes]
    return Shape(
        statistics.median(middle for middle, _ in middles),
        statistics.median(size for _, size in middles),
        rise <= width,
        boxes[0][0],
        boxes[-1][2],
    )


def loose_box(page: pdfium.PdfTextPage, index: int) -> tuple[float, float, float, float]:
    """left, bottom, right, top of a character in its font's full height, in points; zeros where pdfium has none."""
    rectangle = pdfium_c.FS_RECTF()
    if not pdfium_c.FPDFText_GetLooseCharBox(page.raw, index, ctypes.byref(rectangle)):
        return 0.0, 0.0, 0.0, 0.0
    return rectangle.left, rectangle.bottom, rectangle.right, rectangle.top


def _breaks(shapes: Sequence[Shape]) -> set[int]:
    """Numbers of the lines that begin a paragraph."""
    steps = [above.across - below.across for above, below in pairwise(shapes)]
    usual = [step for step, shape in zip(steps, shapes, strict=False) if 0.5 * shape.height < step < 3 * shape.height]
    found = set()
    for number, (step, above, below) in enumerate(zip(steps, shapes, shapes[1:], strict=False), start=1):
        small, large = sorted((above.height, below.height))
        # a page with a few lines only has no usual distance; 1.2 is what type is set with where nobody chooses
        leading = statistics.median(usual) if len(usual) > 3 else max(min(usual, default=0.0), 1.2 * large)
        if step > _PARAGRAPH * leading or above.level != below.level or large > _OTHER_SIZE * small:
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
        if code in _DROPPED or (code < 32 and code != 9) or is_tag(code):
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
