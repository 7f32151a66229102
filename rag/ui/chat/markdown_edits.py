"""Edits that hide the markup of headings, lists, tables, emphasis and code in passages of Markdown files."""

import re
from typing import NamedTuple

from rag.core.text.markdown import EMPHASIS

_MARKUP = re.compile(
    r"^(?P<rule>(?=.*\||[ \t]*-{3})[ \t]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t:|-]*)?(?:\n|\Z))"
    r"|^(?P<heading>[ \t]*#{1,6}[ \t]+|(?:[ \t]*>[ \t]?)+)"
    r"|^[ \t]*(?P<bullet>[-*+])(?=[ \t])"
    r"|^(?P<first>[ \t]*\|[ \t]*)"
    r"|(?P<last>[ \t]*(?<!\\)\|[ \t]*$)"
    r"|(?P<cell>[ \t]*(?<!\\)\|[ \t]*)",
    re.MULTILINE,
)
_REPLACEMENTS = {"bullet": "•", "cell": " · "}
_CODE = re.compile(r"(?<![`\\])(`+)(?!`)(.+?)(?<!`)\1(?!`)")
_ROW = re.compile(r"^[ \t]*\|", re.MULTILINE)


class Edit(NamedTuple):
    """Shows the characters `start` to `end` as `text`."""

    start: int
    end: int
    text: str


def edits(passage: str) -> list[Edit]:
    """The edits of a passage of a Markdown file, in order and without overlap."""
    candidates: list[Edit] = []
    table = _ROW.search(passage) is not None
    for match in _MARKUP.finditer(passage):
        kind = match.lastgroup or ""
        # outside a table a vertical bar is no markup
        if table or kind not in ("first", "last", "cell"):
            candidates.append(Edit(match.start(kind), match.end(kind), _REPLACEMENTS.get(kind, "")))
    for match in _CODE.finditer(passage):
        candidates += [Edit(*match.span(1), ""), Edit(match.end(2), match.end(), "")]
    candidates += _emphasis(passage, 0)
    accepted: list[Edit] = []
    for edit in sorted(candidates):
        if not accepted or edit.start >= accepted[-1].end:
            accepted.append(edit)
    return accepted


def _emphasis(passage: str, offset: int) -> list[Edit]:
    result: list[Edit] = []
    for match in EMPHASIS.finditer(passage):
        inside = 2 if match[2] else 4
        start, end = match.span(inside)
        result += [Edit(offset + match.start(), offset + start, ""), Edit(offset + end, offset + match.end(), "")]
        result += _emphasis(match[inside], offset + start)  # emphasis can be nested
    return result
