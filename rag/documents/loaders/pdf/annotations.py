"""What is laid over a PDF page: fields, notes, marks, files pinned to it. Runs in the sandbox only."""

import ctypes
from collections.abc import Callable, Iterator
from typing import Any

import pypdfium2.raw as pdfium_c

_MOST = 2_000  # annotations of a page
_HIDDEN = 0x02 | 0x20  # flags: hidden, not to be viewed


class Annotations:
    """The annotations of a page by kind. raw_page: pdfium's own."""

    def __init__(self, raw_page: Any) -> None:
        self._page = raw_page
        self._indices: dict[int, list[int]] = {}
        for index in range(min(pdfium_c.FPDFPage_GetAnnotCount(raw_page), _MOST)):
            if annotation := pdfium_c.FPDFPage_GetAnnot(raw_page, index):
                self._indices.setdefault(pdfium_c.FPDFAnnot_GetSubtype(annotation), []).append(index)
                pdfium_c.FPDFPage_CloseAnnot(annotation)

    def of(self, *kinds: int) -> Iterator[Any]:
        """pdfium's annotations of these kinds that are shown, in the order of the page; each open until the next."""
        for index in sorted(index for kind in kinds for index in self._indices.get(kind, ())):
            if not (annotation := pdfium_c.FPDFPage_GetAnnot(self._page, index)):
                continue
            try:
                if not pdfium_c.FPDFAnnot_GetFlags(annotation) & _HIDDEN:
                    yield annotation
            finally:
                pdfium_c.FPDFPage_CloseAnnot(annotation)


def string(getter: Callable[..., int], *arguments: Any) -> str:
    """A string of pdfium's, which is UTF-16, on one line. arguments: those in front of the buffer."""
    size = getter(*arguments, None, 0)
    if size <= 2:
        return ""
    buffer = (ctypes.c_ushort * (size // 2 + 1))()
    getter(*arguments, buffer, size)
    return " ".join(bytes(buffer)[: size - 2].decode("utf-16-le", "replace").replace("\0", "").split())
