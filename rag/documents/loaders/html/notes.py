"""Which raised signs of a page are marks of notes, and no powers."""

import re
from typing import Any

from rag.documents.loaders.html.visibility import BLOCKS

_MARK = re.compile(r"[\[(]?(?:\d{1,3}|[a-z]|[ivxlc]{1,5}|note \d{1,3}|[*†‡§¶#]{1,4})[\])]?$", re.IGNORECASE)
_NAMED = re.compile(r"\b(?:foot|end)?note(?:-?ref|s|_ref)?\b|\bfnref|noteref|reference\b|cite|fodnote", re.IGNORECASE)
_UNIT = re.compile(r"(?:^|[^^\W\d_]|[\s\d(/·.])(?:[kcdmµμ]?m|ha|s|10|CO|ft|in)\s?$")


class NoteMarks:
    """Knows the marks by their links and names, and by the notes of the page: those that begin with a raised sign."""

    def __init__(self, root: Any) -> None:
        self._own = {element for element in root.iter("sup") if _begins_block(element)}
        self._marks = {mark for element in self._own if _MARK.match(mark := _text(element))}

    def is_reference(self, link: Any) -> bool:
        """Whether a link is the mark of a note and says so, without being in a <sup> or having one."""
        if link.find(".//sup") is not None or any(parent.tag == "sup" for parent in link.iterancestors()):
            return False
        return _is_named(link) and "#" in (link.get("href") or "") and _MARK.match(_text(link)) is not None

    def is_mark(self, element: Any, text: str) -> bool:
        """Whether a raised element with this text is the mark of a note."""
        mark = " ".join(text.split())
        if not _MARK.match(mark):
            return False
        if element in self._own or _is_named(element):
            return True
        links = [*element.iter("a"), *(parent for parent in element.iterancestors() if parent.tag == "a")]
        if any("#" in (link.get("href") or "") or _is_named(link) for link in links):
            return True
        before, parent = element.getprevious(), element.getparent()
        text_before = (parent.text if before is None else before.tail) or ""
        return mark in self._marks and not _UNIT.search(text_before[-20:])


def _is_named(element: Any) -> bool:
    """Whether an element says by its name or role that it leads to a note."""
    said = (element.get(name) or "" for name in ("class", "role", "epub:type", "id", "rel"))
    return any(_NAMED.search(value) for value in said)


def _begins_block(element: Any) -> bool:
    """Whether an element is the first that its block says, as the mark of a note does below the text."""
    while True:
        parent = element.getparent()
        if parent is None or element.getprevious() is not None or (parent.text or "").strip():
            return False
        if parent.tag in BLOCKS:
            return parent.tag not in ("td", "th")
        element = parent


def _text(element: Any) -> str:
    return " ".join("".join(element.itertext()).split())
