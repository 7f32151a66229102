"""Text that is struck through on a PDF page, by a thin line through its middle or by an annotation. Sandbox only."""

import ctypes
import math
from collections.abc import Callable, MutableSequence, Sequence

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from rag.documents.loaders.pdf.annotations import Annotations
from rag.documents.loaders.pdf.segments import Range, Shape

_MOST_THICK = 0.16  # of the type's height
_LEAST_LONG = 3.0  # points
_OFF_MIDDLE = (-0.2, 0.13)  # of the type's height, in its full box: underlines are lower, rules between lines beyond it
_BEYOND = 0.6  # of the type's height: a rule that reaches further out of the line is no stroke through it
_MAX_OBJECTS = 4_000

Stroke = tuple[float, float, float, float]
"""Middle, thickness, left and right."""


def strike(
    page: pdfium.PdfPage,
    annotations: Annotations,
    codes: MutableSequence[int],
    ranges: Sequence[Range],
    shapes: Sequence[Shape],
    box: Callable[[int], tuple[float, float, float, float]],
) -> int:
    """Take the characters that are struck through out of `codes`; returns how many stretches they are."""
    strokes = _strokes(page, annotations)
    if not strokes:
        return 0
    count = 0
    for (start, end), shape in zip(ranges, shapes, strict=True):
        if not shape.level:
            continue
        low, high = (shape.across + share * shape.height for share in _OFF_MIDDLE)
        near = [
            (left, right)
            for middle, thickness, left, right in strokes
            if low < middle < high
            and thickness < _MOST_THICK * shape.height
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


def _strokes(page: pdfium.PdfPage, annotations: Annotations) -> list[Stroke]:
    """Thin level lines and rectangles, and the middles of strike-out annotations."""
    strokes: list[Stroke] = []
    raw = page.raw
    bounds = [ctypes.c_float() for _ in range(4)]
    references = [ctypes.byref(bound) for bound in bounds]
    kind_of, object_at = pdfium_c.FPDFPageObj_GetType, pdfium_c.FPDFPage_GetObject
    for index in range(min(pdfium_c.FPDFPage_CountObjects(raw), _MAX_OBJECTS)):
        item = object_at(raw, index)
        if kind_of(item) != pdfium_c.FPDF_PAGEOBJ_PATH or not pdfium_c.FPDFPageObj_GetBounds(item, *references):
            continue
        left, bottom, right, top = (bound.value for bound in bounds)
        if right - left >= _LEAST_LONG and top - bottom < 6 and math.isfinite(left + bottom + right + top):
            strokes.append(((bottom + top) / 2, top - bottom, left, right))
    for annotation in annotations.of(pdfium_c.FPDF_ANNOT_STRIKEOUT):
        strokes += _of_annotation(annotation)
    return strokes


def _of_annotation(annotation: object) -> list[Stroke]:
    strokes = []
    corners = pdfium_c.FS_QUADPOINTSF()
    for index in range(min(pdfium_c.FPDFAnnot_CountAttachmentPoints(annotation), 1_000)):
        if pdfium_c.FPDFAnnot_GetAttachmentPoints(annotation, index, ctypes.byref(corners)):
            xs = (corners.x1, corners.x2, corners.x3, corners.x4)
            ys = (corners.y1, corners.y2, corners.y3, corners.y4)
            strokes.append(((min(ys) + max(ys)) / 2, 0.0, min(xs), max(xs)))
    return strokes
