"""A passage in pieces: which are quoted, and how its Markdown is shown."""

import re
from collections.abc import Iterable
from itertools import pairwise
from typing import Any

from rag.core.text.markdown import is_markdown
from rag.core.text.table_rows import is_row
from rag.core.types import Span
from rag.ui.chat.markdown_edits import Edit, edits

Segment = dict[str, Any]


def segments(passage: str, spans: Iterable[Span], changes: Iterable[Edit] = ()) -> list[Segment]:
    """`passage` cut where a mark begins or ends. spans: offsets into it; parts outside are ignored.

    changes: what is shown otherwise than it stands there, in order.
    """
    changes = list(changes)
    pieces: list[Segment] = []
    done = 0
    for start, end in sorted(spans):
        start, end = max(start, done), min(end, len(passage))
        end = start + len(passage[start:end].rstrip())
        if start >= end:
            continue
        for first, last, marked in ((done, start, False), (start, end, True)):
            pieces.append({"text": _shown(passage, first, last, changes), "marked": marked})
        done = end
    pieces.append({"text": _shown(passage, done, len(passage), changes), "marked": False})
    return [piece for piece in pieces if piece["text"]]


def _shown(passage: str, first: int, last: int, changes: Iterable[Edit]) -> str:
    shown = ""
    for start, end, instead in changes:
        if end > first and start < last:
            shown += passage[first : max(first, start)] + (instead if start >= first else "")
            first = min(end, last)
    return shown + passage[first:last]


def signs(document: str, passage: str) -> list[Edit]:
    """The signs in a passage that a reader of this document does not expect to see."""
    return edits(passage) if is_markdown(document) else []


def flowing(passage: str) -> str:
    """`passage` with the line ends of a wrapped paragraph as spaces; as long as before, so that offsets stay right.

    A line is taken as wrapped where it is long, does not end a sentence or a number, and goes on in lower case or with
    a figure that is no list item: lines of tables, lists and headings stay as they are.
    """
    lines = passage.split("\n")
    flow = lines[0]
    for before, line in pairwise(lines):
        wrapped = _WRAPPED.search(before) and _GOES_ON.match(line) and not is_row(before) and not is_row(line)
        flow += (" " if wrapped else "\n") + line
    return flow


_WRAPPED = re.compile(r"^.{40,}[^\W\d_][,\-–]?\s?$")


_GOES_ON = re.compile(r"(?!\d+[.)]\s|[a-zæøå][.)]\s)[a-zæøå\d(]")
