"""EPUB -> a page for each part of the book that has text, in reading order."""

import posixpath
import zipfile
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote, urldefrag

from lxml import etree

from rag.core.errors import (
    DamagedFile,
    EmptyFile,
    FileRefused,
    NothingReadable,
    ParsingLimit,
    PasswordProtected,
    TooManyPages,
)
from rag.core.file_types import EPUB_CONTAINER, top_of
from rag.documents.loaders.html import loader
from rag.documents.loaders.omissions import Omissions
from rag.documents.loaders.page_builder import Budget, HeadingRow, PageBuilder, one_line, title_of
from rag.documents.loaders.sandbox import archive_checks
from rag.documents.loaders.sandbox.child import Send

_ENCRYPTION = "META-INF/encryption.xml"
# methods that make only the fonts unusable outside the book: its text can be read (OCF 3.3, 4.5)
_FONTS_ALONE = ("http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC")
_PAGES = ("application/xhtml+xml", "text/html", "text/x-oeb1-document")
_TITLES = "application/x-dtbncx+xml"


def read(send: Send, path: str, pages: int, characters: int) -> None:
    """Sends a frame {page, of, text, label} for each part with text, then one {headings, title, notices}.

    Raises as `archive_checks.check`, and PasswordProtected for a book under digital rights management, DamagedFile,
    TooManyPages, ParsingLimit, EmptyFile, NothingReadable.
    """
    archive_checks.check(path, doctype=True)
    with zipfile.ZipFile(path) as archive:
        book = _Book(archive)
        if len(book.spine) > pages:
            raise TooManyPages(pages=len(book.spine), limit=pages)
        budget = Budget(characters)
        parts: list[tuple[str, PageBuilder]] = []
        omissions = Omissions()
        damaged = 0
        for name in book.spine:
            page = PageBuilder(budget)
            try:
                root = loader.parsed(loader.decoded(book.bytes_of(name)))
                loader.write(root, page, omissions=omissions, number=len(parts) + 1)
            except ParsingLimit:
                raise
            except (FileRefused, KeyError):
                damaged += 1
            if page.text:
                parts.append((name, page))
        if not parts:
            raise DamagedFile() if damaged else NothingReadable() if book.spine else EmptyFile()
        titles = book.titles()
    headings: list[HeadingRow] = []
    for number, (name, page) in enumerate(parts, 1):
        send(page=number, of=len(parts), text=page.text, label=None)
        if not page.headings and name in titles:
            headings.append((number, 1, titles[name], 0))
        headings += [(number, *heading) for heading in page.headings]
    notices = [*([["chapters_damaged", {"count": damaged}]] if damaged else []), *omissions.notices()]
    send(headings=headings, title=title_of(book.title), notices=notices)


class _Book:
    """The package document of a book. spine: the names of its parts, in reading order."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        names = set(archive.namelist())
        self._top = top_of(names, EPUB_CONTAINER) or ""
        if self._top + _ENCRYPTION in names and any(
            method.get("Algorithm") not in _FONTS_ALONE for method in _named(self._xml(_ENCRYPTION), "EncryptionMethod")
        ):
            raise PasswordProtected()
        container = self._xml(EPUB_CONTAINER)
        self._root = next((str(file.get("full-path")) for file in _named(container, "rootfile")), "")
        package = self._xml(self._root)
        self.title = next((one_line(title.text or "") for title in _named(package, "title")), "")
        items = {item.get("id"): item for item in _named(package, "item")}
        self._items = [(self._path(item.get("href") or "", self._root), item) for item in items.values()]
        self.spine: list[str] = []
        for reference in _named(package, "itemref"):
            item = items.get(reference.get("idref"))
            if item is None or item.get("media-type") not in _PAGES:
                continue
            name = self._path(item.get("href") or "", self._root)
            if name not in self.spine and "nav" not in (item.get("properties") or "").split():
                self.spine.append(name)

    def bytes_of(self, name: str) -> bytes:
        """The content of an entry. Raises KeyError where the archive has none of that name."""
        return self._archive.read(self._top + name)

    def titles(self) -> dict[str, str]:
        """The title of each part in the table of contents: that of the first entry that leads to it."""
        titles: dict[str, str] = {}
        for name, item in self._items:
            try:
                if item.get("media-type") == _TITLES:
                    for point in _named(self._xml(name), "navPoint"):
                        label = next(_named(point, "text"), None)
                        source = next(_named(point, "content"), None)
                        if label is not None and source is not None:
                            titles.setdefault(self._path(source.get("src") or "", name), one_line(label.text or ""))
                elif "nav" in (item.get("properties") or "").split():
                    for link in loader.parsed(loader.decoded(self.bytes_of(name))).iter("a"):
                        title = one_line("".join(link.itertext()))
                        titles.setdefault(self._path(link.get("href") or "", name), title)
            except (FileRefused, KeyError):
                continue
        return {name: title for name, title in titles.items() if title}

    def _xml(self, name: str) -> Any:
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
        try:
            return etree.fromstring(self.bytes_of(name), parser)
        except (KeyError, etree.XMLSyntaxError, ValueError) as error:
            raise DamagedFile() from error

    @staticmethod
    def _path(reference: str, file: str) -> str:
        """Where in the book a reference in the file `of` leads."""
        return posixpath.normpath(posixpath.join(posixpath.dirname(file), unquote(urldefrag(reference).url)))


def _named(element: Any, name: str) -> Iterator[Any]:
    """The descendants of an element with a name, whatever their namespace."""
    return (child for child in element.iter() if isinstance(child.tag, str) and etree.QName(child).localname == name)
