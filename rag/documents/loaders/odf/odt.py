"""ODT -> one page: headers, text, notes and what is drawn, footers."""

from collections.abc import Iterator
from typing import Any

from rag.core.errors import EmptyFile, NothingReadable
from rag.documents.loaders.blocks import Block, put
from rag.documents.loaders.odf.package import Package, find_all
from rag.documents.loaders.odf.text import Text
from rag.documents.loaders.omissions import Omissions
from rag.documents.loaders.page_builder import Budget, PageBuilder, one_line, title_of
from rag.documents.loaders.sandbox.child import Send

_PARTS = ("", "-left", "-first")
_COUNTING = frozenset(("side", "page", "af", "of", "s.", "p."))


def read(send: Send, path: str, pages: int, characters: int) -> None:
    """Sends one frame {page, of, text, label} and {headings, title, notices}.

    Raises as `Package`, and ParsingLimit, EmptyFile, NothingReadable.
    """
    package = Package(path)
    omissions = Omissions()
    text = Text(package, omissions)
    body = package.body("text")
    page = PageBuilder(Budget(characters))
    put(page, _around(text, "header"))
    put(page, text.blocks(body))
    put(page, _around(text, "footer"))
    if not page.text:
        raise NothingReadable() if any(True for _ in omissions.notices()) else EmptyFile()
    tracked = next(find_all(body, "text:changed-region"), None) is not None
    first_heading = next((title for level, title, _ in page.headings if level == 1), None)
    send(page=1, of=1, text=page.text, label=None)
    send(
        headings=[[1, *heading] for heading in page.headings],
        title=title_of(package.title()) or first_heading,
        notices=[*([["changes_tracked", {}]] if tracked else []), *omissions.notices()],
    )


def _around(text: Text, where: str) -> Iterator[Block]:
    """Each text of the headers or footers (`where`) once, without the counting of pages."""
    if text.package.styles is None:
        return
    told = set()
    for element in find_all(text.package.styles, *(f"style:{where}{part}" for part in _PARTS)):
        _forget_page_numbers(element)
        for block in text.blocks(element):
            line = one_line(block.text)
            if line not in told and not set(line.casefold().split()) <= _COUNTING:
                told.add(line)
                yield Block("paragraph", block.text)


def _forget_page_numbers(element: Any) -> None:
    for field in find_all(element, "text:page-number", "text:page-count"):
        field.clear(keep_tail=True)
