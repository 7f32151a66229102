"""One help page: HTML as LibreOffice and DocBook write it -> title and text with Markdown's signs."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from html.parser import HTMLParser

_VOID = frozenset(["area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"])
_LEFT_OUT = frozenset(
    ["head", "script", "style", "noscript", "nav", "header", "footer", "aside", "button", "input", "label", "svg"]
)
_LEFT_OUT_CLASSES = frozenset(
    ["navheader", "navfooter", "toc", "index", "indexdiv", "relatedtopics", "noteicon", "reportbug", "MAC"]
)
_BLOCKS = frozenset(
    [
        "address",
        "blockquote",
        "body",
        "caption",
        "dd",
        "div",
        "dl",
        "dt",
        "ol",
        "p",
        "pre",
        "table",
        "td",
        "th",
        "tr",
        "ul",
    ]
)
_HEADING = re.compile(r"h[1-6]")
_NUMBER = re.compile(r"\A(?:(?:Kapitel|Appendiks|Del)\s+)?(?:[A-Z0-9]{1,4}\.)+\s+")  # DocBook: "7.9.1. ", "Kapitel 3. "
_ICON = re.compile(r"(?:Ikon|Ikonet|Icon)\s+", re.IGNORECASE)
_HASH = re.compile(r"#{1,6}(?:\s|$)")
_INVISIBLE = re.compile("[\x00-\x08\x0e-\x1f\x7f\u00ad\u200b\ufeff]")


def converted(html: str) -> tuple[str, str]:
    r"""(title, text) of a page; the title is its first heading, which the text does not have. Either may be "".

    A paragraph that says the title and no more goes with it: it is the legend of the page's icon.

    Blocks are parted by an empty line; list items and rows of a table ("| a | b |") by "\n". Headings get the level
    that they have below the title, at least "## ". Code stands in fences. The text is NFC without control characters.
    """
    parser = _Page()
    parser.feed(html)
    parser.close()
    blocks = parser.finished()
    first = next((n for n, block in enumerate(blocks) if block.kind == "heading" and block.level == 1), None)
    if first is None:
        first = next((n for n, block in enumerate(blocks) if block.kind == "heading"), None)
    if first is None:
        return "", ""
    title = blocks.pop(first)
    blocks = [b for b in blocks if b.kind != "text" or _ICON.sub("", b.text).casefold() != title.text.casefold()]
    if all(block.kind == "heading" for block in blocks):
        return title.text, ""
    text = ""
    before: _Block | None = None
    for block in blocks:
        line = block.text
        if block.kind == "heading":
            line = "#" * min(6, max(2, block.level - title.level + 1)) + " " + line
        elif block.kind == "text" and _HASH.match(line):
            line = "\\" + line
        if before:
            together = block.kind in ("item", "row") and (before.kind, before.group) == (block.kind, block.group)
            text += "\n" if together else "\n\n"
        text += line
        before = block
    return title.text, text


@dataclass(slots=True)
class _Block:
    """group: the outermost list or table it stands in, so that its items and rows are kept together."""

    kind: str
    text: str
    level: int = 0
    group: int = 0


@dataclass(slots=True)
class _List:
    number: int | None
    pending: bool = False


@dataclass(slots=True)
class _Switch:
    """The same words for several systems or programs, of which a reader sees one."""

    variants: list[str] = field(default_factory=list)
    start: int = 0  # of the variant being read, in the buffer


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._blocks: list[_Block] = []
        self._buffer: list[str] = []
        self._linked: list[str] = []  # what of the buffer stands in links
        self._open: list[tuple[str, str]] = []  # tag and role, outermost first
        self._lists: list[_List] = []
        self._cells: list[list[str]] = []  # of the rows being read; more than one where tables are nested
        self._switches: list[_Switch] = []
        self._skipping = 0
        self._related = False
        self._groups = 0

    def finished(self) -> list[_Block]:
        self._flush()
        return self._blocks

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _VOID:
            if tag == "br" and not self._skipping:
                self._buffer.append("\n" if self._inside("pre") else " ")
            return
        values = {name: value or "" for name, value in attrs}
        classes = set(values.get("class", "").split())
        role = ""
        if self._skipping or tag in _LEFT_OUT or classes & _LEFT_OUT_CLASSES:
            role = "skip"
            self._skipping += 1
        elif tag in _BLOCKS or tag == "li" or _HEADING.fullmatch(tag):
            self._flush()
            role = "related" if "related" in classes else "numbered" if "title" in classes else ""
            self._begin(tag, values)
        elif "switchinline" in classes:
            role = "switch"
            self._switches.append(_Switch())
        elif tag == "span" and "hidden" in values and self._switches and self._open[-1][1] == "switch":
            role = "variant"
            self._switches[-1].start = len(self._buffer)
        self._open.append((tag, role))

    def _begin(self, tag: str, values: dict[str, str]) -> None:
        if tag in ("ol", "ul"):
            self._new_group()
            start = values.get("start", "1")
            self._lists.append(_List((int(start) if start.isdecimal() else 1) if tag == "ol" else None))
        elif tag == "table":
            self._new_group()
        elif tag == "li" and self._lists:
            self._lists[-1].pending = True
        elif tag == "tr":
            self._cells.append([])
        elif tag in ("td", "th") and self._cells:
            self._cells[-1].append("")

    def _new_group(self) -> None:
        if not self._lists and not self._cells:
            self._groups += 1

    def handle_endtag(self, tag: str) -> None:
        if not any(tag == opened for opened, _ in self._open):
            return
        while True:  # what was left open inside is closed with it, as browsers do
            opened, role = self._open[-1]
            self._end(opened, role)
            self._open.pop()
            if opened == tag:
                return

    def _end(self, tag: str, role: str) -> None:
        if role == "skip":
            self._skipping -= 1
        elif role == "variant":
            switch = self._switches[-1]
            switch.variants.append("".join(self._buffer[switch.start :]))
            del self._buffer[switch.start :]
        elif role == "switch":
            self._buffer.append(_either(self._switches.pop().variants))
        elif role == "related":
            self._buffer.clear()
            self._linked.clear()
            self._related = True
        elif tag in _BLOCKS or tag == "li" or _HEADING.fullmatch(tag):
            self._flush(tag)
            if tag in ("ol", "ul") and self._lists:
                self._lists.pop()
            elif tag == "tr" and self._cells:
                self._row([cell for cell in self._cells.pop() if cell])

    def handle_data(self, data: str) -> None:
        if not self._skipping:
            self._buffer.append(data)
            if self._inside("a"):
                self._linked.append(data)

    def _inside(self, tag: str) -> bool:
        return any(tag == opened for opened, _ in self._open)

    def _row(self, cells: list[str]) -> None:
        if self._cells and self._cells[-1]:  # a table in a cell
            self._add_to_cell(" ".join(cells))
        elif len(cells) == 1:  # a frame around a note
            self._blocks.append(_Block("text", cells[0]))
        elif cells:
            self._blocks.append(_Block("row", f"| {' | '.join(cells)} |", group=self._groups))

    def _add_to_cell(self, text: str) -> None:
        self._cells[-1][-1] = f"{self._cells[-1][-1]} {text}".strip()

    def _flush(self, tag: str = "") -> None:
        """Ends the block that is being read; tag: the one that closes, which tells what it was."""
        raw = unicodedata.normalize("NFC", _INVISIBLE.sub("", "".join(self._buffer)))
        text = " ".join(raw.split())
        only_links = text == " ".join("".join(self._linked).split())
        self._buffer.clear()
        self._linked.clear()
        if _HEADING.fullmatch(tag):
            self._related = False
        if not text or (self._related and only_links):
            return
        if self._cells and self._cells[-1]:
            self._add_to_cell(text)
        elif _HEADING.fullmatch(tag):
            if self._open[-1][1] == "numbered":
                text = _NUMBER.sub("", text, count=1) or text
            self._blocks.append(_Block("heading", text, level=int(tag[1])))
        elif tag == "pre":
            lines = [line.rstrip().replace("\xa0", " ") for line in raw.strip("\r\n").splitlines()]
            self._blocks.append(_Block("code", "\n".join(["```", *lines, "```"])))
        elif self._lists and self._lists[-1].pending:
            self._blocks.append(_Block("item", f"{self._marker()} {text}", group=self._groups))
        else:
            self._blocks.append(_Block("text", text))

    def _marker(self) -> str:
        current = self._lists[-1]
        current.pending = False
        indent = "   " * (len(self._lists) - 1)
        if current.number is None:
            return f"{indent}-"
        current.number += 1
        return f"{indent}{current.number - 1}."


def _either(variants: list[str]) -> str:
    """The different ones, parted by a slash; spaces at the ends stay."""
    joined = " / ".join(dict.fromkeys(" ".join(variant.split()) for variant in variants if variant.strip()))
    if not joined:
        return ""
    before = " " if any(variant[:1].isspace() for variant in variants) else ""
    after = " " if any(variant[-1:].isspace() for variant in variants) else ""
    return f"{before}{joined}{after}"
