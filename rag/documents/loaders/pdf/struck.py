"""Text that is struck through on a PDF page, by a thin line through its middle or by an annotation. Sandbox only."""

import ctypes
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, MutableSequence, Sequence

import pypdfium2.raw as pdfium_c

from rag.documents.loaders.pdf.annotations import Annotations
from rag.documents.loaders.pdf.objects import Stroke
from rag.documents.loaders.pdf.segments import Range, Shape

_MOST_THICK = 0.16  # of the type's height
_OFF_MIDDLE = (-0.2, 0.13)  # of the type's height, in its full box: underlines are lower, rules between lines beyond it
_MAX_MARKED = 1_000  # lines of one annotation
_BEYOND = 0.6  # of the type's height: a rule that reaches further out of the line is no stroke through it


def strike(
    strokes: Sequence[Stroke],
    annotations: Annotations,
    codes: MutableSequence[int],
    ranges: Sequence[Range],
    shapes: Sequence[Shape],
    box: Callable[[int], tuple[float, float, float, float]],
) -> int:
    """Take the characters that are struck through out of `codes`; returns how many stretches they are."""
    strokes = sorted([*strokes, *_marked(annotations)])
    middles = [middle for middle, *_ in strokes]
    if not strokes:
        return 0
    count = 0
    for (start, end), shape in zip(ranges, shapes, strict=True):
        if not shape.level:
            continue
        low, high = (shape.across + share * shape.height for share in _OFF_MIDDLE)
        near = [
            (left, right)
            for _, thickness, left, right in strokes[bisect_right(middles, low) : bisect_left(middles, high)]
            if thickness < _MOST_THICK * shape.height
            and left > shape.left - _BEYOND * shape.height
            and right < shape.right + _BEYOND * shape.height
        ]
        if near:
            count += _take_out(codes, start, end, near, box)
    return count


def _take_out(
    codes: MutableSequence[int],
    start: int,
    end: int,
    strokes: Sequence[tuple[float, float]],
    box: Callable[[int], tuple[float, float, float, float]],
) -> int:
    middles = [(left + right) / 2 for left, _, right, _ in map(box, range(start, end))]
    is_struck = [any(left <= middle <= right for left, right in strokes) for middle in middles]
    visible = [n for n in range(end - start) if not chr(codes[start + n]).isspace()]
    if sum(is_struck[n] for n in visible) < 2:
        return 0
    runs = 0
    for n, struck in enumerate(is_struck):
        if struck:
            runs += not (n and is_struck[n - 1])
            codes[start + n] = 0x2060
        elif n and is_struck[n - 1] and codes[start + n] == 32 and _last_written(codes, start, start + n) in (None, 32):
            codes[start + n] = 0x2060
    if all(is_struck[n] for n in visible):
        codes[start:end] = [32] * (end - start)
    return runs


def _last_written(codes: Sequence[int], start: int, index: int) -> int | None:
    return next((codes[n] for n in range(index - 1, start - 1, -1) if codes[n] != 0x2060), None)


def _marked(annotations: Annotations) -> Iterator[Stroke]:
    """The middles of the lines that a strike-out annotation marks."""
    corners = pdfium_c.FS_QUADPOINTSF()
    for annotation in annotations.of(pdfium_c.FPDF_ANNOT_STRIKEOUT):
        for index in range(min(pdfium_c.FPDFAnnot_CountAttachmentPoints(annotation), _MAX_MARKED)):
            if pdfium_c.FPDFAnnot_GetAttachmentPoints(annotation, index, ctypes.byref(corners)):
                xs = (corners.x1, corners.x2, corners.x3, corners.x4)
                ys = (corners.y1, corners.y2, corners.y3, corners.y4)
                yield (min(ys) + max(ys)) / 2, 0.0, min(xs), max(xs)
