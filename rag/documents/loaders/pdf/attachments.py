"""Files attached to a PDF: to the document, or to a place on a page. Runs in the sandbox only."""

import ctypes
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from rag.core.errors import FileRefused, ParsingLimit
from rag.documents.loaders.attached import AttachedFiles
from rag.documents.loaders.pdf.annotations import Annotations, string
from rag.documents.loaders.sandbox.child import Send

MOST = 100
"""Attached files of one PDF that are looked at."""
MOST_BYTES = 50 << 20
"""Of all of them together."""
_LONGEST_NAME = 200  # characters
_MAX_PAGES = 2_000  # pages that are searched for files pinned to them


def send_attachments(send: Send, document: pdfium.PdfDocument, names: Iterable[str]) -> None:
    """Sends {file, refused} for each attached file.

    names: of those that were seen, to be named where they cannot be read: then the text of the PDF stays.
    """
    files = AttachedFiles(send)
    try:
        for name, content in attachments(document):
            files.add(name, content)
    except (FileRefused, ValueError, LookupError, TypeError, OSError):
        for name in names:
            files.refuse(name, "too_large")


def attachments(document: pdfium.PdfDocument) -> list[tuple[str, bytes]]:
    """The names and contents of the files attached to a PDF, at most `MOST`, without those that have no content.

    Raises ParsingLimit where they have more than `MOST_BYTES` together.
    """
    files: list[tuple[str, bytes]] = []
    total = 0
    for handle in islice(_of_document(document), MOST):
        total += _add(handle, files, total)
    for number in range(min(len(document), _MAX_PAGES)):
        page = pdfium_c.FPDF_LoadPage(document.raw, number)
        if page:
            for handle in _pinned(Annotations(page)):
                total += _add(handle, files, total) if len(files) < MOST else 0
            pdfium_c.FPDF_ClosePage(page)
    return files


def names_in(document: pdfium.PdfDocument) -> list[str]:
    """The names of the files attached to the document as a whole."""
    return _names(_of_document(document))


def names_on(annotations: Annotations) -> list[str]:
    """The names of the files pinned to a page."""
    return _names(_pinned(annotations))


def _names(handles: Iterable[Any]) -> list[str]:
    return list(dict.fromkeys(_name(handle) for handle in islice(handles, MOST)))


def _of_document(document: pdfium.PdfDocument) -> Iterator[Any]:
    for index in range(pdfium_c.FPDFDoc_GetAttachmentCount(document.raw)):
        if handle := pdfium_c.FPDFDoc_GetAttachment(document.raw, index):
            yield handle


def _pinned(annotations: Annotations) -> Iterator[Any]:
    for annotation in annotations.of(pdfium_c.FPDF_ANNOT_FILEATTACHMENT):
        if handle := pdfium_c.FPDFAnnot_GetFileAttachment(annotation):
            yield handle


def _add(handle: Any, files: list[tuple[str, bytes]], total: int) -> int:
    """Read one file. total: bytes of those before. Returns its own."""
    size = ctypes.c_ulong()
    if not pdfium_c.FPDFAttachment_GetFile(handle, None, 0, ctypes.byref(size)) or not size.value:
        return 0
    if total + size.value > MOST_BYTES:
        raise ParsingLimit(limit="size")
    data = ctypes.create_string_buffer(size.value)
    if pdfium_c.FPDFAttachment_GetFile(handle, data, size.value, ctypes.byref(size)):
        files.append((_name(handle), data.raw[: size.value]))
    return size.value


def _name(handle: Any) -> str:
    return string(pdfium_c.FPDFAttachment_GetName, handle)[:_LONGEST_NAME] or "?"
