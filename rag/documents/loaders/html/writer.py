"""A reduced page -> blocks of text: headings, paragraphs, items with the marks that they have, rows of tables."""

import re
from dataclasses import dataclass
from typing import Any

from lxml import etree

from rag.documents.loaders.html.tables import data_rows
from rag.documents.loaders.html.visibility import BLOCKS, is_chrome
from rag.documents.loaders.numerals import numeral
from rag.documents.loaders.page_builder import PageBuilder, one_line

_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_SPACES = re.compile(r"[ \t\r\n\f]+")
_LINE_BREAK = "\u2028"
"""Stands for <br> until the text is joined, so that it differs from the line ends of the source."""
_LISTS = frozenset(("ul", "ol", "menu", "dir"))
_STYLES = {"lower-alpha": "a", "lower-latin": "a", "upper-alpha": "A", "upper-latin": "A", "lower-roman": "i",
           "upper-roman": "I", "decimal": "1"}  # fmt: skip
_STYLE = re.compile(r"list-style(?:-type)?\s*:\s*([\w-]+)", re.IGNORECASE)
_MIN_ASIDE = 8
"""Words of a block outside the main part from which it is read; one with a figure is read in any case."""


@dataclass(slots=True)
class _List:
    """kind: of its numbers as `type` writes them, "" where items are not numbered. number: of the next item."""

    kind: str
    number: int
    step: int = 1

    def mark(self) -> str:
        if not self.kind:
            return "•"
        number, self.number = self.number, self.number + self.step
        return f"{numeral(number, self.kind)}."


class Writer:
    """Writes elements into a page. base_level: of the heading above; added to the levels of the page's headings."""

    def __init__(self, page: PageBuilder, base_level: int) -> None:
        self._page = page
        self._below = base_level
        self._buffer: list[str] = []
        self._heading = 0
        self._pre = 0
        self._lists: list[_List] = []
        self._mark: str | None = None  # of the current item, until its first text is written
        self._aside = False
        self._aside_title: tuple[int, str] | None = None  # the last heading outside the main part, until it has a text

    def walk(self, root: Any, main: Any = None) -> None:
        """Write an element with its content, without recursion: hostile pages are nested deeper than the stack.

        main: the main part, where the page has one. Of what is around it only blocks that say something are written.
        """
        self._aside = main is not None
        walker = etree.iterwalk(root, events=("start", "end"))
        for event, element in walker:
            tag = element.tag if isinstance(element.tag, str) else ""
            if element is main:
                self._flush()
                self._aside = event == "end"
            if event == "start":
                if is_chrome(element, tag):
                    walker.skip_subtree()
                elif tag == "table" and not self._aside and (lines := data_rows(element)) is not None:
                    self._flush()
                    self._page.rows(lines)
                    walker.skip_subtree()
                else:
                    self._begin(element, tag)
                continue
            if not is_chrome(element, tag):
                self._end(tag)
            if element is not root:
                self._add(element.tail)
        self._flush()

    def _begin(self, element: Any, tag: str) -> None:
        if tag in _HEADINGS or tag in BLOCKS:
            self._flush()
        if tag in _HEADINGS:
            self._heading = _HEADINGS[tag]
        elif tag == "br":
            self._buffer.append(_LINE_BREAK)
        elif tag == "pre":
            self._pre += 1
        elif tag in _LISTS:
            self._lists.append(_list(element, tag))
        elif tag == "li":
            of = self._lists[-1] if self._lists else _List("", 1)
            of.number = _number(element.get("value"), of.number)
            self._mark = of.mark()
        self._add(element.text)

    def _end(self, tag: str) -> None:
        if tag in _HEADINGS or tag in BLOCKS:
            self._flush()
        if tag in _HEADINGS:
            self._heading = 0
        if tag == "pre":
            self._pre = max(0, self._pre - 1)
        elif tag in _LISTS and self._lists:
            self._lists.pop()
        if tag == "li":
            self._mark = None

    def _add(self, text: str | None) -> None:
        if text:
            self._buffer.append(text if self._pre else _SPACES.sub(" ", text))

    def _flush(self) -> None:
        text = "".join(self._buffer)
        self._buffer = []
        if not one_line(text) or (self._aside and not self._tells(text)):
            return
        if self._heading:
            self._page.heading(self._heading + self._below, text)
        elif self._lists and not self._pre:
            # later paragraphs of an item belong to it, but have no mark of their own
            self._page.item(text, self._mark or "", len(self._lists) - 1)
            self._mark = None
        else:
            self._page.paragraph(text)

    def _tells(self, text: str) -> bool:
        """Whether a block outside the main part is read; the heading above it is written with it."""
        is_told = any(map(str.isdigit, text)) or len(text.split()) >= _MIN_ASIDE
        if self._heading and not is_told:
            self._aside_title = (self._heading + self._below, text)
        elif is_told and self._aside_title is not None:
            self._page.heading(*self._aside_title)
            self._aside_title = None
        return is_told


def _list(element: Any, tag: str) -> _List:
    if tag != "ol":
        return _List("", 1)
    style = _STYLE.search(element.get("style") or "")
    kind = element.get("type") or (_STYLES.get(style[1].lower()) if style else None) or "1"
    is_reversed = element.get("reversed") is not None
    first = len(element.findall("li")) if is_reversed else 1
    return _List(kind if kind in "aAiI" else "1", _number(element.get("start"), first), -1 if is_reversed else 1)


def _number(attribute: str | None, otherwise: int) -> int:
    return int(attribute) if attribute and re.fullmatch(r"-?\d{1,8}", attribute.strip(), re.ASCII) else otherwise
