"""The blocks of a mail's text, each with how deep it is quoted, out of plain text or HTML."""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from lxml import etree

from rag.documents.loaders.html import loader
from rag.documents.loaders.html.source import body_of
from rag.documents.loaders.html.styles import Styles
from rag.documents.loaders.omissions import Omissions
from rag.documents.loaders.page_builder import Budget, PageBuilder

_BEGIN, _END = "\ue000", "\ue001"
"""Private characters that stand for the beginning and the end of a quote while a page is read."""
_MARKS = re.compile(f"[{_BEGIN}{_END}]")
_QUOTES = "//blockquote[@type='cite' or @cite or contains(@class, 'quote') or contains(@class, 'cite')]"
_MARKING = frozenset(("s", "strike", "del", "sup", "sub"))
_QUOTED = re.compile(r"(?:> ?)+")
_SIGNATURE = "-- "  # ends in a space and is no soft line break (RFC 3676, 4.3)


class Block(NamedTuple):
    """A paragraph, list item, heading or table. kind: as a page builder calls it; level: of a heading.

    depth: how often it was quoted, each time by the reply around it; 0 for new text.
    """

    kind: str
    text: str
    level: int = 0
    depth: int = 0


class _Recorder(PageBuilder):
    """A page builder that also keeps the blocks."""

    def __init__(self, characters: int) -> None:
        super().__init__(Budget(characters))
        self.blocks: list[Block] = []
        self._level = 0
        self.depth = 0

    def heading(self, level: int, title: str) -> None:
        self._level = level
        super().heading(level, title)

    def _put(self, text: str, kind: str) -> int:
        if text in (_BEGIN, _END):
            self.depth = max(0, self.depth + (1 if text == _BEGIN else -1))
        elif text := _MARKS.sub("", text).strip("\n"):
            level = self._level if kind == "heading" else 0
            self.blocks.append(Block(kind, text, level, self.depth))
        return super()._put(text, kind)


class Source:
    """An HTML part. Raises EmptyFile, DamagedFile.

    texts: of all its elements in order, struck and hidden ones as well. marks: whether it strikes, raises or lowers
    any, which a plain part cannot.
    """

    def __init__(self, text: str) -> None:
        self._root = loader.parsed(_MARKS.sub("", text))
        body, styles = body_of(self._root), Styles(self._root)
        self.texts = list(map(str, body.itertext()))
        self.marks = any(
            (one.tag in _MARKING or styles.kinds(one)) and "".join(one.itertext()).strip()
            for one in body.iter(etree.Element)
        )

    def blocks(self, characters: int, omissions: Omissions) -> list[Block]:
        """omissions: counts what is left out. Raises ParsingLimit. To be called once: it takes the part apart."""
        for quote in self._root.xpath(_QUOTES):
            quote.insert(0, _mark(_BEGIN, quote.text))
            quote.text = None
            quote.append(_mark(_END))
        page = _Recorder(characters)
        loader.write(self._root, page, base_level=1, omissions=omissions)
        return page.blocks


def _mark(sign: str, tail: str | None = None) -> Any:
    element = etree.Element("p")
    element.text, element.tail = sign, tail
    return element


def of_text(text: str, characters: int, *, flowed: bool = False, delete_space: bool = False) -> list[Block]:
    """The blocks of a plain part; lines that begin with ">" are quoted.

    flowed, delete_space: whether lines that end in a space go on in the next one, with that space or without it
    (RFC 3676). Raises ParsingLimit.
    """
    page = _Recorder(characters)
    for depth, paragraph in _paragraphs(text, flowed, delete_space):
        page.depth = depth
        page.paragraph(paragraph)
    return page.blocks


def _paragraphs(text: str, flowed: bool, delete_space: bool) -> Iterator[tuple[int, str]]:
    lines: list[str] = []
    depth, goes_on = 0, False
    for raw in _MARKS.sub("", text).replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        match = None if raw.startswith(">From ") else _QUOTED.match(raw)  # as mailboxes write a line that begins so
        depth_before, depth = depth, match[0].count(">") if match else 0
        line = raw[match.end() :] if match else raw
        if lines and (depth != depth_before or not line.strip()):
            yield depth_before, "\n".join(lines)
            lines, goes_on = [], False
        if not line.strip():
            continue
        if goes_on:
            lines[-1] += line.removeprefix(" ")
        else:
            lines.append(line)
        goes_on = flowed and line.endswith(" ") and line != _SIGNATURE
        if goes_on and delete_space:
            lines[-1] = lines[-1][:-1]
    if lines:
        yield depth, "\n".join(lines)
