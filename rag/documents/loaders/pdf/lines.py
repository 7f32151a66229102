"""The lines of a PDF page in the order of the file, and where they are. Runs in the sandbox only."""

import ctypes
import re
import statistics
from collections.abc import Sequence
from itertools import pairwise

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from rag.core.text.invisible import JOINERS, SOFT_HYPHEN
from rag.documents.loaders.pdf.segments import Shape

BLANK = frozenset({*range(33), 0xFEFF, 0x200B, *(code for code in range(0x3001) if chr(code).isspace())} - {2})
# 0xFFFE and 0xFFFF are pdfium's own marks
DROPPED = frozenset((ord(SOFT_HYPHEN), 0x200B, *map(ord, JOINERS), 0x200E, 0x200F, 0x2060, 0xFEFF, 0xFFFE, 0xFFFF))
_NOT_VISIBLE = BLANK | DROPPED
_BLANK_SIGNS = "".join(map(chr, BLANK))
_LINE = re.compile("[^\n\r\x02\ufffe]*(?:[\x02\ufffe]|[^\n\r\x02\ufffe])")  # it ends at a hyphen, too

# a line begins a paragraph where its distance from the line above is larger than this, in usual distances of the page
_PARAGRAPH = 1.3
# a line also begins a paragraph where its letters are larger or smaller by this factor
_OTHER_SIZE = 1.15


def lines_of(codes: Sequence[int]) -> list[tuple[int, int]]:
    """The range of each line that is not blank, without white space around it."""
    lines = []
    for match in _LINE.finditer("".join(map(chr, codes))):
        line = match[0].rstrip(_BLANK_SIGNS)
        if visible := line.lstrip(_BLANK_SIGNS):
            end = match.start() + len(line)
            lines.append((end - len(visible), end))
    return lines


def shape_of(page: pdfium.PdfTextPage, codes: Sequence[int], start: int, end: int) -> Shape:
    """The place of a line, from three of its characters: one alone may be a footnote's number."""
    first, last = start, end - 1
    while first < last and codes[first] in _NOT_VISIBLE:
        first += 1
    while last > first and codes[last] in _NOT_VISIBLE:
        last -= 1
    middle = (first + last + 1) // 2
    while middle < last and codes[middle] in _NOT_VISIBLE:
        middle += 1
    sample = [first, middle, last]
    boxes = [loose_box(page, index) for index in sample]
    width = abs(boxes[-1][0] - boxes[0][0])
    rise = abs(boxes[-1][1] - boxes[0][1])
    if rise > width:
        middles = [((left + right) / 2, right - left) for left, _, right, _ in boxes]
    else:
        middles = [((bottom + top) / 2, top - bottom) for _, bottom, _, top in boxes]
    return Shape(
        sorted(middle for middle, _ in middles)[1],  # the median
        sorted(size for _, size in middles)[1],
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


def breaks_of(shapes: Sequence[Shape]) -> set[int]:
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


def typeface(text_page: pdfium.PdfTextPage, index: int) -> tuple[str, float]:
    """The font and size that a character is set in."""
    name, flags = ctypes.create_string_buffer(128), ctypes.c_int()
    pdfium_c.FPDFText_GetFontInfo(text_page.raw, index, name, 128, ctypes.byref(flags))
    return name.value.decode("utf-8", "replace"), round(pdfium_c.FPDFText_GetFontSize(text_page.raw, index), 1)
