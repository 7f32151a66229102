"""HTML -> one page: the headings, paragraphs, lists and tables that a reader sees. No link is followed."""

import codecs
import re
from pathlib import Path
from typing import Any

from lxml import etree
from lxml import html as lxml_html

from rag.core.errors import DamagedFile, EmptyFile
from rag.documents.loaders.html.tables import data_rows
from rag.documents.loaders.html.visibility import BLOCKS, is_left_out
from rag.documents.loaders.page_builder import Budget, PageBuilder, one_line, title_of
from rag.documents.loaders.sandbox.child import Send
from rag.documents.loaders.text import decode

_DECLARED = re.compile(
    rb"<meta\b[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w.:-]+)|<\?xml\b[^>]{0,100}?encoding\s*=\s*[\"']([\w.:-]+)",
    re.IGNORECASE,
)
_DECLARED_WITHIN = 4096
# the encodings that browsers use for these names (WHATWG Encoding, 4.2)
_BROWSERS = {"iso8859-1": "cp1252", "ascii": "cp1252", "utf-16": "utf-8", "utf-16-le": "utf-8", "utf-16-be": "utf-8"}
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_SPACES = re.compile(r"[ \t\r\n\f]+")
_LINE_BREAK = "\u2028"
"""Stands for <br> until the text is joined, so that it differs from the line ends of the source."""
_MIN_MAIN_SHARE = 0.25
"""<main> stands for the page where it has at least this share of the page's words."""


def read(send: Send, path: str, pages: int, characters: int) -> None:
    """Sends one frame {page, of, text, label} and {headings, title, notices}.

    Raises EmptyFile, DamagedFile, ParsingLimit.
    """
    root = parsed(decoded(Path(path).read_bytes()))
    page = PageBuilder(Budget(characters))
    write(root, page)
    if not page.text:
        raise EmptyFile()
    title = title_of(root.findtext(".//title"))
    first_heading = next((title for level, title, _ in page.headings if level == 1), None)
    send(page=1, of=1, text=page.text, label=None)
    send(headings=[[1, *heading] for heading in page.headings], title=title or first_heading, notices=[])


def decoded(data: bytes, charset: str = "") -> str:
    """The text of a page, decoded by its byte order mark, by `charset`, by its own declaration, or by its bytes.

    charset: of the mail that the page is part of. Raises DamagedFile where no encoding fits.
    """
    has_bom = data.startswith((codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    declaration = _DECLARED.search(data, 0, _DECLARED_WITHIN)
    name = charset or ((declaration[1] or declaration[2]).decode("ascii", "replace") if declaration else "")
    if name and not has_bom:
        try:
            codec = codecs.lookup(name).name
            return data.decode(_BROWSERS.get(codec, codec))
        except (LookupError, UnicodeError):
            pass
    return decode(data)


def parsed(text: str) -> Any:
    """The root of a page. Raises EmptyFile, DamagedFile."""
    text = text.replace("\x00", "")
    if not text.strip():
        raise EmptyFile()
    parser = lxml_html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, no_network=True)
    try:
        root = lxml_html.document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except (etree.LxmlError, ValueError) as error:
        raise DamagedFile() from error
    return root


def write(root: Any, page: PageBuilder, *, base_level: int = 0) -> None:
    """Write what a reader sees into `page`. base_level: of the heading above; added to the levels of its headings."""
    _Writer(page, base_level).walk(_main(root))


class _Writer:
    def __init__(self, page: PageBuilder, base_level: int) -> None:
        self._page = page
        self._below = base_level
        self._buffer: list[str] = []
        self._heading = 0
        self._pre = 0
        self._lists: list[int] = []  # the number of the next item, 0 where items are not numbered
        self._mark: str | None = None  # of the current item, until its first text is written

    def walk(self, root: Any) -> None:
        """Write an element with its content, without recursion: hostile pages are nested deeper than the stack."""
        walker = etree.iterwalk(root, events=("start", "end"))
        for event, element in walker:
            tag = element.tag if isinstance(element.tag, str) else ""
            if event == "start":
                if is_left_out(element, tag):
                    walker.skip_subtree()
                elif tag == "table" and (lines := data_rows(element)) is not None:
                    self._flush()
                    self._page.rows(lines)
                    walker.skip_subtree()
                else:
                    self._begin(element, tag)
                continue
            if not is_left_out(element, tag):
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
        elif tag in ("ul", "ol", "menu", "dir"):
            start = str(element.get("start") or "1")
            self._lists.append((int(start) if start.isdecimal() and len(start) < 9 else 1) if tag == "ol" else 0)
        elif tag == "li":
            number = self._lists[-1] if self._lists else 0
            self._mark = f"{number}." if number else "•"
            if number:
                self._lists[-1] += 1
        self._add(element.text)

    def _end(self, tag: str) -> None:
        if tag in _HEADINGS or tag in BLOCKS:
            self._flush()
        if tag in _HEADINGS:
            self._heading = 0
        if tag == "pre":
            self._pre = max(0, self._pre - 1)
        elif tag in ("ul", "ol", "menu", "dir") and self._lists:
            self._lists.pop()
        if tag == "li":
            self._mark = None

    def _add(self, text: str | None) -> None:
        if text:
            self._buffer.append(text if self._pre else _SPACES.sub(" ", text))

    def _flush(self) -> None:
        text = "".join(self._buffer)
        self._buffer = []
        if not one_line(text):
            return
        if self._heading:
            self._page.heading(self._heading + self._below, text)
        elif self._lists and not self._pre:
            # later paragraphs of an item belong to it, but have no mark of their own
            self._page.item(text, self._mark or "", len(self._lists) - 1)
            self._mark = None
        else:
            self._page.paragraph(text)


def _main(root: Any) -> Any:
    """The main part of a page, without head and menus, where the page marks it; else its body."""
    body = root.find("body")
    body = root if body is None else body
    candidates = body.xpath(".//main | .//*[@role='main']") or body.xpath(".//article")
    if len(candidates) != 1 or is_left_out(candidates[0], candidates[0].tag):
        return body
    words = len(" ".join(candidates[0].itertext()).split())
    return candidates[0] if words >= _MIN_MAIN_SHARE * len(" ".join(body.itertext()).split()) else body
