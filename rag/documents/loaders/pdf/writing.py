"""The text of a PDF page while it is being put together: lines, tables and cells. Runs in the sandbox only."""

import re
import unicodedata
from collections.abc import Sequence, Set
from typing import NamedTuple

from rag.core.text.invisible import SOFT_HYPHEN, is_tag
from rag.core.text.table_rows import BETWEEN
from rag.documents.loaders.pdf.layout import Layout
from rag.documents.loaders.pdf.lines import BLANK, DROPPED
from rag.documents.loaders.pdf.segments import Shape
from rag.documents.loaders.pdf.shifted import Shifted
from rag.documents.loaders.pdf.tables import Cell, Label, Table

_HYPHENS = frozenset((0x02, 0xFFFE, 0x2D, 0xAD, 0x2010))  # 0x02 and 0xFFFE: pdfium's own marks for one at a line end
_SOFT = ord(SOFT_HYPHEN)
# "sommer- / og vinterferie": the hyphen stands for the rest of the word
_SUSPENDED = re.compile(r"(?:og|eller|samt|men|til|och|eller|and|or|to|und|oder|bis)\b", re.IGNORECASE)
_PLAIN = re.compile("[ -~¡-¬®-˿Ͱ-ϿЀ-ӿ‐-‧‰-⁞€™•]*")
_LIGATURES = {0xFB00: "ff", 0xFB01: "fi", 0xFB02: "fl", 0xFB03: "ffi", 0xFB04: "ffl", 0xFB05: "st", 0xFB06: "st"}
# the symbol fonts of word processors put their bullets here
_BULLETS = frozenset((0xF0A7, 0xF0A8, 0xF0B7, 0xF0D8, 0xF0FC, 0xF06E, 0xF06F, 0xF076))


class Line(NamedTuple):
    """A line of the page. offset: in the text; across: its middle, perpendicular to the writing; height: of its type.

    In PDF points; `across` grows towards the top of the page (to the right where the text runs upwards).
    """

    offset: int
    across: float
    height: float
    level: bool


class PageTextBuilder:
    """The text of a page while it is being put together."""

    def __init__(self, codes: Sequence[int], shifted: Sequence[Shifted] = ()) -> None:
        """shifted: runs of raised and lowered characters, in order."""
        self.codes = codes
        self._shifted = shifted
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
        for run in self._shifted:
            if start <= run.start and run.end <= end:
                self.unreadable += _write(self.codes, start, run.start, self.out, self.chars)
                self.out.extend(run.text)
                own = len(run.text) == run.end - run.start
                self.chars.extend(range(run.start, run.end) if own else [run.start] * len(run.text))
                start = run.end
        self.unreadable += _write(self.codes, start, end, self.out, self.chars)
        while len(self.out) > offset and self.out[-1] == " ":
            self.out.pop()
            self.chars.pop()


def write_page(builder: PageTextBuilder, page: Layout, shapes: Sequence[Shape], paragraphs: Set[int]) -> None:
    """Write the lines and tables of a page. shapes: of the lines.

    paragraphs: numbers of the lines that begin one.
    """
    codes, ranges = builder.codes, page.lines
    table_at = {table.first: table for table in page.tables}
    breaks = {*paragraphs, *page.starts}
    breaks.update(number for table in page.tables for number in (table.first, table.last + 1))
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
        if following and codes[end - 1] in _HYPHENS and end - start > 1 and codes[end - 2] not in BLANK:
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


def _write_table(builder: PageTextBuilder, table: Table) -> None:
    """Write each row so that it can be read alone: "Model: X1 | Garanti: 24 måneder"."""
    for number, row in enumerate(table.rows):
        builder.put_in("\n\n" if number else "")
        builder.begin_line(row.across, row.height)
        _write_cells(builder, row.cells)


def _write_cells(builder: PageTextBuilder, cells: Sequence[tuple[Label, Cell]]) -> None:
    is_first = True
    for label, cell in cells:
        if all(code in DROPPED or code in BLANK for start, end in cell for code in builder.codes[start:end]):
            continue
        builder.put_in("" if is_first else BETWEEN)
        is_first = False
        if label:
            if isinstance(label, str):
                builder.put_in(label)
            else:
                _write_cell(builder, label)
            builder.put_in("" if builder.out[-1] == ":" else ":")
            builder.put_in(" ")
        _write_cell(builder, cell)


def _write_cell(builder: PageTextBuilder, cell: Cell) -> None:
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
        if code in DROPPED or (code < 32 and code != 9) or is_tag(code):
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
