"""Which characters of a tagged PDF page stand in cells that its program marked as headers. Runs in the sandbox only."""

import ctypes
from collections.abc import Iterator
from typing import Any

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

_DEPTH = 40
_MOST_ELEMENTS = 50_000
_NAME = 64  # bytes of UTF-16


class MarkedHeaders:
    """The cells of a page that are tagged as headers (TH); the tags are read when they are first asked for."""

    def __init__(self, page: pdfium.PdfPage, text_page: pdfium.PdfTextPage) -> None:
        self._page, self._text_page = page, text_page
        self._contents: frozenset[int] | None = None

    def has(self, index: int) -> bool:
        """Whether the character of this index stands in one."""
        if self._contents is None:
            self._contents = _header_contents(self._page)
        if not self._contents:
            return False
        item = pdfium_c.FPDFText_GetTextObject(self._text_page.raw, index)
        return bool(item) and pdfium_c.FPDFPageObj_GetMarkedContentID(item) in self._contents


def _header_contents(page: pdfium.PdfPage) -> frozenset[int]:
    """The numbers of the marked contents in headers."""
    tree = pdfium_c.FPDF_StructTree_GetForPage(page.raw)
    if not tree:
        return frozenset()
    try:
        found: set[int] = set()
        left = _MOST_ELEMENTS
        roots = range(pdfium_c.FPDF_StructTree_CountChildren(tree))
        stack = [(pdfium_c.FPDF_StructTree_GetChildAtIndex(tree, n), False, 0) for n in roots]
        while stack and left:
            element, is_inside, depth = stack.pop()
            if not element:
                continue
            left -= 1
            is_inside = is_inside or _kind(element) == "TH"
            if is_inside:
                found.update(_contents(element))
            if depth < _DEPTH:
                children = range(min(pdfium_c.FPDF_StructElement_CountChildren(element), left))
                stack += [
                    (pdfium_c.FPDF_StructElement_GetChildAtIndex(element, n), is_inside, depth + 1) for n in children
                ]
        return frozenset(found)
    finally:
        pdfium_c.FPDF_StructTree_Close(tree)


def _kind(element: Any) -> str:
    name = ctypes.create_string_buffer(_NAME)
    length = pdfium_c.FPDF_StructElement_GetType(element, name, _NAME)
    return name.raw[: min(length, _NAME)].decode("utf-16-le", "replace").rstrip("\0")


def _contents(element: Any) -> Iterator[int]:
    for n in range(min(pdfium_c.FPDF_StructElement_GetMarkedContentIdCount(element), _MOST_ELEMENTS)):
        number = pdfium_c.FPDF_StructElement_GetMarkedContentIdAtIndex(element, n)
        if number >= 0:
            yield number
