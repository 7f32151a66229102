"""The text of one PDF page, and for each of its characters the character of pdfium it came from.

pdfium's own text has line ends but no paragraphs, swallows hyphens at line ends (also those of "LTSP-server"), and
may hold ligatures and control characters. Here it becomes readable text; since the same page always gives the same
text, an offset in `Page.text` leads back to the place on the page. Runs in the sandbox only.
"""

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
_NOT_VISIBLE = _BLANK | _DROPPED

# a line begins a paragraph where its distance from the line above is larger than this, in usual distances of the page
_PARAGRAPH = 1.3
# a line also begins a paragraph where its letters are larger or smaller by this factor
_OTHER_SIZE = 1.15

_SAMPLE = 60  # characters of a page that show whether its fonts say which letters they have
_MIN_STOPWORDS = 0.08  # share of the words that are stop words of Danish or English: noise has fewer
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
    """chars[i]: pdfium's index of the character that text[i] came from; -1 for added characters, such as line ends.

    The header of a table is repeated in each of its rows, each time with its own indices. unreadable: the number of
    characters that have no meaning outside their font.
    """

    text: str
    chars: tuple[int, ...]
    lines: tuple[Line, ...]
    unreadable: int


def open_document(path: str) -> pdfium.PdfDocument:
    """Open a PDF that needs no password, or the empty one. Raises PasswordProtected, DamagedFile and EmptyFile."""
    try:
        document = pdfium.PdfDocument(path)
        document.init_forms()  # before the length is read, so that pages have the values of form fields
        if len(document) == 0:
            raise EmptyFile()
        return document
    except pdfium.PdfiumError as error:
        if error.err_code in (pdfium_c.FPDF_ERR_PASSWORD, pdfium_c.FPDF_ERR_SECURITY):
            raise PasswordProtected() from error
        return _repaired(path)


def _repaired(path: str) -> pdfium.PdfDocument:
    """A damaged PDF rewritten by pypdf, which is more lenient, for example with bytes before the header."""
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
    """The text of a page as Kilde stores it: lines in reading order, tables row by row, then the fields of a form."""
    get = pdfium_c.FPDFText_GetUnicode
    raw = text_page.raw
    codes = [get(raw, index) for index in range(text_page.count_chars())]
    ranges = _lines(codes)
    shapes = [_shape(text_page, codes, start, end) for start, end in ranges]
    page_layout = layout(page, text_page, Lines(codes, ranges, shapes, _BLANK, partial(loose_box, text_page)))
    if page_layout.lines != ranges:
        ranges = page_layout.lines
        shapes = [_shape(text_page, codes, start, end) for start, end in ranges]
    builder = _PageTextBuilder(codes)
    _write_lines(builder, ranges, shapes, page_layout.tables)
    if page.formenv is not None:
        for line in field_lines(page):
            builder.put_in("\n" if builder.out else "")
            builder.begin_line(0.0, shapes[-1].height if shapes else 0.0, level=False)
            builder.put_in(line)
    is_noise = 2 * _unmapped(text_page, codes) > 1 and not _is_language(builder.out)
    return PageText(
        "".join(builder.out),
        tuple(builder.chars),
        tuple(builder.lines),
        len(builder.out) if is_noise else builder.unreadable,
    )


class _PageTextBuilder:
    """The text of a page while it is being put together."""

    def __init__(self, codes: Sequence[int]) -> None:
        self.codes = codes
        self.out: list[str] = []
        self.chars: list[int] = []
        self.lines: list[Line] = []
        self.unreadable = 0

    def begin_line(self, across: float, height: float, *, level: bool = True) -> None:
        self.lines.append(Line(len(self.out), across, height, level))

    def put_in(self, text: str) -> None:
        """Add text that is not on the page."""
        self.out.extend(text)
        self.chars.extend([-1] * len(text))

    def write(self, start: int, end: int) -> None:
        """Add characters of the page as they are to be read, without spaces at their end."""
        offset = len(self.out)
        self.unreadable += _write(self.codes, start, end, self.out, self.chars)
        while len(self.out) > offset and self.out[-1] == " ":
            self.out.pop()
            self.chars.pop()


def _write_lines(
    builder: _PageTextBuilder, ranges: Sequence[Range], shapes: Sequence[Shape], tables: Sequence[Table]
) -> None:
    codes = builder.codes
    table_at = {table.first: table for table in tables}
    breaks = _breaks(shapes)
    breaks.update(number for table in tables for number in (table.first, table.last + 1))
    page_letters: str | None = None
    is_joined = True
    number = 0
    while number < len(ranges):
        start, end = ranges[number]
        if not is_joined:
            builder.put_in("\n\n" if number in breaks else "\n")
        is_joined = False
        if (table := table_at.get(number)) is not None:
            _write_table(builder, table)
            number = table.last + 1
            continue
        offset = len(builder.out)
        following = ranges[number + 1] if number + 1 < len(ranges) and number + 1 not in table_at else None
        hyphen = ""
        if following and codes[end - 1] in _HYPHENS and end - start > 1 and codes[end - 2] not in _BLANK:
            if page_letters is None:
                page_letters = "".join(map(chr, codes)).casefold()
            is_page_number = number + 2 == len(ranges) and any(map(str.isdigit, map(chr, codes[slice(*following)])))
            hyphen, is_joined = _hyphen(
                codes, (start, end), following, page_letters, is_apart=is_page_number or number + 1 in breaks
            )
            end -= 1
        builder.write(start, end)
        if hyphen:
            builder.out.append(hyphen)
            builder.chars.append(end)
        shape = shapes[number]
        builder.lines.append(Line(offset, shape.across, shape.height, shape.level))
        number += 1


def _write_table(builder: _PageTextBuilder, table: Table) -> None:
    """Write the header, then each row so that it can be read alone: "Model: X1 | Garanti: 24 måneder"."""
    builder.begin_line(*table.places[0])
    _write_cells(builder, [((), cell) for cell in table.header])
    for row, place in zip(table.rows, table.places[1:], strict=True):
        builder.put_in("\n\n")
        builder.begin_line(*place)
        _write_cells(builder, list(zip(table.header, row, strict=True)))


def _write_cells(builder: _PageTextBuilder, cells: Sequence[tuple[Sequence[Range], Sequence[Range]]]) -> None:
    has_cells = False
    for label, cell in cells:
        if not cell:
            continue
        builder.put_in(BETWEEN if has_cells else "")
        has_cells = True
        if label:
            _write_cell(builder, label)
            builder.put_in("" if builder.out[-1] == ":" else ":")
            builder.put_in(" ")
        _write_cell(builder, cell)


def _write_cell(builder: _PageTextBuilder, cell: Sequence[Range]) -> None:
    """Write the lines of a cell as one; words that were divided at line ends are joined."""
    codes = builder.codes
    for number, (start, end) in enumerate(cell):
        if number:
            last_above = cell[number - 1][1] - 1
            is_divided = (
                codes[last_above] in _HYPHENS and chr(codes[start]).islower() and chr(codes[last_above - 1]).islower()
            )
            if is_divided and builder.out[-1] in ("-", "\u2010"):
                builder.out.pop()
                builder.chars.pop()
            elif not is_divided:
                builder.put_in(" ")
        builder.write(start, end)


def _unmapped(text_page: pdfium.PdfTextPage, codes: Sequence[int]) -> float:
    """The share (0..1) of characters that their font does not map to letters, by a sample."""
    step = max(len(codes) // _SAMPLE, 1)
    sample = [index for index in range(0, len(codes), step) if codes[index] not in _BLANK]
    failed = sum(pdfium_c.FPDFText_HasUnicodeMapError(text_page.raw, index) == 1 for index in sample)
    return failed / len(sample) if sample else 0.0


def _is_language(out: Sequence[str]) -> bool:
    """Whether a text is Danish or English: old fonts without a map may have their letters in the usual places."""
    words = re.findall(r"[^\W\d_]+", "".join(out).casefold())
    return bool(words) and sum(word in _STOPWORDS for word in words) > _MIN_STOPWORDS * len(words)


def _lines(codes: Sequence[int]) -> list[tuple[int, int]]:
    """The range of each line that is not blank, without white space around it."""
    lines = []
    start = 0
    for index, code in enumerate((*codes, 10)):
        is_hyphen = code in (0x02, 0xFFFE) and index < len(codes)
        if code not in (10, 13) and not is_hyphen:
            continue
        line_start, line_end = start, index + is_hyphen
        while line_start < line_end and codes[line_start] in _BLANK:
            line_start += 1
        while line_end > line_start and codes[line_end - 1] in _BLANK:
            line_end -= 1
        if line_end > line_start:
            lines.append((line_start, line_end))
        start = index + 1
    return lines


def _shape(page: pdfium.PdfTextPage, codes: Sequence[int], start: int, end: int) -> Shape:
    """The place of a line, from three of its characters: one alone may be a footnote's number."""
    visible = [index for index in range(start, end) if codes[index] not in _NOT_VISIBLE]
    sample = [visible[0], visible[len(visible) // 2], visible[-1]] if visible else [start]
    boxes = [loose_box(page, index) for index in sample]
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
    steps = [upper.across - lower.across for upper, lower in pairwise(shapes)]
    usual_steps = [
        step for step, shape in zip(steps, shapes, strict=False) if 0.5 * shape.height < step < 3 * shape.height
    ]
    paragraph_starts = set()
    for number, (step, upper, lower) in enumerate(zip(steps, shapes, shapes[1:], strict=False), start=1):
        small, large = sorted((upper.height, lower.height))
        # a page with few lines has no usual distance; 1.2 is the default of typesetting
        leading = (
            statistics.median(usual_steps) if len(usual_steps) > 3 else max(min(usual_steps, default=0.0), 1.2 * large)
        )
        if step > _PARAGRAPH * leading or upper.level != lower.level or large > _OTHER_SIZE * small:
            paragraph_starts.add(number)
    return paragraph_starts


def _hyphen(
    codes: Sequence[int], line: tuple[int, int], following: tuple[int, int], page_letters: str, is_apart: bool
) -> tuple[str, bool]:
    """What replaces a hyphen at the end of `line` ("" or "-"), and whether the next line goes on in the same word.

    is_apart: there is a gap between them, or the next line is the last one and looks like a page number.
    """
    start, end = line
    word_before = re.search(r"\w*$", "".join(map(chr, codes[start : end - 1])))
    word = word_before[0] if word_before else ""
    next_text = "".join(map(chr, codes[following[0] : following[1]]))
    word_after = re.match(r"\w*", next_text)
    if codes[end - 1] == _SOFT:
        return "", True
    if not word or not word_after or not word_after[0]:
        return "-", False
    if _SUSPENDED.match(next_text):
        return "-", False
    if is_apart and word[-1].islower() and word_after[0][0].isupper():
        return "-", False  # it is the last line above the foot of the page, and its word goes on overleaf
    is_split = word[-1].islower() and word_after[0][0].islower() and len(word) > 1
    # written with its hyphen elsewhere on the page, it keeps it here
    if is_split and f"{word}-{word_after[0]}".casefold() not in page_letters:
        return "", True
    return "-", True


def _write(codes: Sequence[int], start: int, end: int, out: list[str], chars: list[int]) -> int:
    """Append the characters of a line as they are to be read; returns how many have no meaning outside their font."""
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
