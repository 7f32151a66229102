"""Lines drawn on a PDF page: the rules of its tables. Runs in the sandbox only."""

import ctypes
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, NamedTuple

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

SAME_PLACE = 2.0  # points: rules so close are meant to meet
_RULE = (2.5, 25.0)  # points: the most that a rule is thick, and the least that it is long
_MAX_OBJECTS = 4_000


class Rules(NamedTuple):
    """Lines drawn on the page: horizontals as (y, left, right), verticals as (x, bottom, top)."""

    horizontal: list[tuple[float, float, float]]
    vertical: list[tuple[float, float, float]]


def rules_of(page: pdfium.PdfPage) -> Rules:
    """The rules on a page, and the sides of its frames and backgrounds."""
    rules = Rules([], [])
    bounds = [ctypes.c_float() for _ in range(4)]
    max_thickness, min_length = _RULE
    references = [ctypes.byref(bound) for bound in bounds]
    for item in islice(_paths(page.raw, pdfium_c.FPDFPage_CountObjects, pdfium_c.FPDFPage_GetObject), _MAX_OBJECTS):
        if not pdfium_c.FPDFPageObj_GetBounds(item, *references):
            continue
        left, bottom, right, top = (bound.value for bound in bounds)
        if not all(map(math.isfinite, (left, bottom, right, top))):
            continue
        width, height = right - left, top - bottom
        if height <= max_thickness and width >= min_length:
            rules.horizontal.append(((top + bottom) / 2, left, right))
        elif width <= max_thickness and height >= max_thickness:
            rules.vertical.append(((left + right) / 2, bottom, top))
        elif width >= max_thickness and height >= max_thickness:  # a frame or a background: its sides
            rules.horizontal.extend(((bottom, left, right), (top, left, right)))
            rules.vertical.extend(((left, bottom, top), (right, bottom, top)))
    return rules


def _paths(
    holder: Any, count: Callable[[Any], int], item_at: Callable[[Any, int], Any], depth: int = 3
) -> Iterator[Any]:
    """The paths of a page or of a form on it, at most `depth` forms deep."""
    for index in range(count(holder)):
        item = item_at(holder, index)
        kind = pdfium_c.FPDFPageObj_GetType(item)
        if kind == pdfium_c.FPDF_PAGEOBJ_PATH:
            yield item
        elif kind == pdfium_c.FPDF_PAGEOBJ_FORM and depth > 1:
            yield from _paths(item, pdfium_c.FPDFFormObj_CountObjects, pdfium_c.FPDFFormObj_GetObject, depth - 1)


def frames(rules: Rules) -> list[tuple[float, float, float, float]]:
    """Bottom, top, left and right of each group of at least four rules, one below the other, of one width.

    One from vertical rule to vertical rule between three of them counts as well: beside it cells go on over rows.
    """
    sides: dict[tuple[int, int], list[tuple[float, float, float]]] = {}
    horizontal = merged_rules(rules.horizontal)
    for y, left, right in horizontal:
        sides.setdefault((round(left / 4), round(right / 4)), []).append((y, left, right))
    found = []
    for group in sides.values():
        low, high, left, right = min(y for y, _, _ in group), max(y for y, _, _ in group), group[0][1], group[0][2]
        places = distinct(y for y, _, _ in group)
        if len(places) == 3:
            edges = [x for x, bottom, top in rules.vertical if bottom < high and top > low]
            places = distinct(
                y
                for y, *ends in horizontal
                if low <= y <= high and all(any(abs(x - end) < SAME_PLACE for x in edges) for end in ends)
            )
        if len(places) >= 4:
            found.append((low - 1, high + 1, left, right))
    return found


def merged_rules(horizontal: Sequence[tuple[float, float, float]]) -> list[tuple[float, float, float]]:
    """Horizontal rules, with those that were drawn cell by cell merged into one."""
    rules: list[tuple[float, float, float]] = []
    for y, left, right in sorted((round(y), left, right) for y, left, right in horizontal):
        if rules and rules[-1][0] == y and left - rules[-1][2] < SAME_PLACE:
            rules[-1] = (y, rules[-1][1], max(rules[-1][2], right))
        else:
            rules.append((y, left, right))
    return rules


def distinct(places: Iterable[float]) -> list[float]:
    """Places in order, those so close that they are meant to be one only once."""
    representatives: list[float] = []
    for place in sorted(places):
        if not representatives or place - representatives[-1] > 2 * SAME_PLACE:
            representatives.append(place)
    return representatives
