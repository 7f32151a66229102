"""Boxes that stand close below each other and belong together, such as an office and a name.

Such stacks stand side by side, as in an organisation chart, with more room between them than within them; boxes with
the same room on all sides are a grid, and each of those is read by itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from rag.documents.loaders.drawingml.text import is_label

_MOST = 3  # boxes of a stack
_MOST_STACKS = 200  # of a slide; with more it is no chart that anyone drew, and each is compared with all others


@dataclass(frozen=True, slots=True)
class _Box:
    """A shape with a line of text, and where its edges are, in EMU."""

    shape: Any
    text: str
    left: int
    top: int
    right: int
    bottom: int


def stacks_of(shapes: Sequence[Any]) -> list[list[Any]]:
    """The shapes of each stack from top to bottom; the stacks from left to right, row by row."""
    boxes = sorted(filter(None, map(_box, shapes)), key=lambda box: (box.left, box.top))
    stacks: list[list[_Box]] = []
    for box in boxes:
        if stacks and _goes_on(stacks[-1][-1], box):
            stacks[-1].append(box)
        else:
            stacks.append([box])
    stacks = [stack for stack in stacks if 1 < len(stack) <= _MOST and is_label(box.text for box in stack)]
    if len(stacks) > _MOST_STACKS:
        return []
    # one alone says nothing: two lines of a text may be set in two boxes
    stacks = [stack for stack in stacks if any(_stands_beside(stack, other) for other in stacks)]
    stacks.sort(key=lambda stack: (stack[0].top, stack[0].left))
    return [[box.shape for box in stack] for stack in stacks]


def _box(shape: Any) -> _Box | None:
    if not shape.has_text_frame or shape.is_placeholder or None in (shape.left, shape.top, shape.width, shape.height):
        return None
    text = shape.text_frame.text.strip()
    if not text or "\n" in text or "\v" in text or shape.height <= 0 or shape.width <= 0:
        return None
    return _Box(shape, text, shape.left, shape.top, shape.left + shape.width, shape.top + shape.height)


def _goes_on(upper: _Box, lower: _Box) -> bool:
    """Whether a box stands close below another of the same width."""
    slack = (upper.right - upper.left) // 20
    is_in_line = abs(upper.left - lower.left) <= slack and abs(upper.right - lower.right) <= slack
    height = min(upper.bottom - upper.top, lower.bottom - lower.top)
    return is_in_line and -height // 4 <= lower.top - upper.bottom <= height // 4


def _stands_beside(stack: Sequence[_Box], other: Sequence[_Box]) -> bool:
    """Whether two stacks have as many boxes at the same heights, and more room between them than within them."""
    if len(stack) != len(other) or stack is other:
        return False
    slack = (stack[0].bottom - stack[0].top) // 10
    if any(abs(one.top - two.top) > slack for one, two in zip(stack, other, strict=True)):
        return False
    beside = max(other[0].left - stack[0].right, stack[0].left - other[0].right)
    within = max(max(lower.top - upper.bottom, 0) for upper, lower in pairwise(stack))
    return beside > 2 * within + slack
