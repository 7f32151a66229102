"""Markdown passages as a reader expects them: without the signs of headings, lists, tables, emphasis and code."""

from __future__ import annotations

import re
from typing import NamedTuple

from rag.core.text.markdown import EMPHASIS

_SIGNS = re.compile(
    r"^(?P<rule>(?=.*\||[ \t]*-{3})[ \t]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t:|-]*)?(?:\n|\Z))"
    r"|^(?P<heading>[ \t]*#{1,6}[ \t]+|(?:[ \t]*>[ \t]?)+)"
    r"|^[ \t]*(?P<bullet>[-*+])(?=[ \t])"
    r"|^(?P<first>[ \t]*\|[ \t]*)"
    r"|(?P<last>[ \t]*(?<!\\)\|[ \t]*$)"
    r"|(?P<cell>[ \t]*(?<!\\)\|[ \t]*)",
    re.MULTILINE,
)
_INSTEAD = {"bullet": "•", "cell": " · "}
_CODE = re.compile(r"(?<![`\\])(`+)(?!`)(.+?)(?<!`)\1(?!`)")
_ROW = re.compile(r"^[ \t]*\|", re.MULTILINE)


class Edit(NamedTuple):
    """Characters `start` to `end` are shown as `text`."""

    start: int
    end: int
    text: str


def edits(passage: str) -> list[Edit]:
    """What to leave out of, or change in, a passage of a Markdown file, in order and without overlap."""
    found: list[Edit] = []
    table = _ROW.search(passage) is not None
    for match in _SIGNS.finditer(passage):
        kind = match.lastgroup or ""
        # a bar in prose is a bar
        if table or kind not in ("first", "last", "cell"):
            found.append(Edit(match.start(kind), match.end(kind), _INSTEAD.get(kind, "")))
    for match in _CODE.finditer(passage):
        found += [Edit(*match.span(1), ""), Edit(match.end(2), match.end(), "")]
    found += _emphasis(passage, 0)
    kept: list[Edit] = []
    for edit in sorted(found):
        if not kept or edit.start >= kept[-1].end:
            kept.append(edit)
    return kept


def _emphasis(passage: str, at: int) -> list[Edit]:
    found: list[Edit] = []
    for match in EMPHASIS.finditer(passage):
        inside = 2 if match[2] else 4
        begin, end = match.span(inside)
        found += [Edit(at + match.start(), at + begin, ""), Edit(at + end, at + match.end(), "")]
        found += _emphasis(match[inside], at + begin)  # emphasis can stand in emphasis
    return found
