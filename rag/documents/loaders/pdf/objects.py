"""What is drawn on a PDF page beside its text: strokes that may go through letters, and pictures. Sandbox only."""

import ctypes
import math
from typing import Any, NamedTuple

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

_LEAST_LONG = 3.0  # points
_MOST_THICK = 6.0  # points
_MAX_OBJECTS = 4_000
_DEPTH = 3
_MOST_PICTURES = 20
_LEAST_PICTURE = 0.05  # of the page's area: smaller ones are logos and icons

Stroke = tuple[float, float, float, float]
"""Middle, thickness, left and right."""
Place = tuple[float, float, float, float]
"""Left, bottom, right and top, in points."""


class Drawn(NamedTuple):
    """Thin level lines and rectangles; pictures of some size, the largest first."""

    strokes: list[Stroke]
    pictures: list[Place]


def drawn_on(page: pdfium.PdfPage) -> Drawn:
    """The strokes and pictures of a page; one in a form of its own counts with the form's place."""
    strokes: list[Stroke] = []
    pictures: list[Place] = []
    raw = page.raw
    bounds = [ctypes.c_float() for _ in range(4)]
    references = [ctypes.byref(bound) for bound in bounds]
    kind_of, object_at = pdfium_c.FPDFPageObj_GetType, pdfium_c.FPDFPage_GetObject
    for index in range(min(pdfium_c.FPDFPage_CountObjects(raw), _MAX_OBJECTS)):
        item = object_at(raw, index)
        kind = kind_of(item)
        if kind == pdfium_c.FPDF_PAGEOBJ_TEXT or not pdfium_c.FPDFPageObj_GetBounds(item, *references):
            continue
        left, bottom, right, top = (bound.value for bound in bounds)
        if not math.isfinite(left + bottom + right + top):
            continue
        if kind == pdfium_c.FPDF_PAGEOBJ_PATH:
            if right - left >= _LEAST_LONG and top - bottom < _MOST_THICK:
                strokes.append(((bottom + top) / 2, top - bottom, left, right))
        elif kind == pdfium_c.FPDF_PAGEOBJ_IMAGE or (kind == pdfium_c.FPDF_PAGEOBJ_FORM and _has_picture(item, _DEPTH)):
            pictures.append((left, bottom, right, top))
    return Drawn(strokes, _large(page, pictures) if pictures else [])


def share_of(page: pdfium.PdfPage, places: list[Place]) -> float:
    """The share (0..1) of a page that pictures cover; those over each other count once for each."""
    width, height = map(float, page.get_size())
    area = sum((right - left) * (top - bottom) for left, bottom, right, top in places)
    return min(area / max(width * height, 1.0), 1.0)


def _has_picture(form: Any, depth: int) -> bool:
    for index in range(min(pdfium_c.FPDFFormObj_CountObjects(form), _MAX_OBJECTS)):
        item = pdfium_c.FPDFFormObj_GetObject(form, index)
        kind = pdfium_c.FPDFPageObj_GetType(item)
        if kind == pdfium_c.FPDF_PAGEOBJ_IMAGE:
            return True
        if kind == pdfium_c.FPDF_PAGEOBJ_FORM and depth and _has_picture(item, depth - 1):
            return True
    return False


def _large(page: pdfium.PdfPage, pictures: list[Place]) -> list[Place]:
    page_left, page_bottom, page_right, page_top = page.get_bbox()
    clipped = [
        (max(left, page_left), max(bottom, page_bottom), min(right, page_right), min(top, page_top))
        for left, bottom, right, top in pictures
    ]
    seen = [place for place in dict.fromkeys(clipped) if place[0] < place[2] and place[1] < place[3]]
    large = [place for place in seen if share_of(page, [place]) >= _LEAST_PICTURE]
    return sorted(large, key=lambda place: -share_of(page, [place]))[:_MOST_PICTURES]
