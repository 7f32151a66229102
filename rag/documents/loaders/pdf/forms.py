"""The filled-in fields of the form on a PDF page, as lines "field: value". Runs in the sandbox only."""

import ctypes
import re
from collections.abc import Callable
from typing import Any

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

_MAX_FIELDS = 2_000
_HIDDEN = 0x02 | 0x20  # annotation flags: hidden, not to be viewed
_PASSWORD = 1 << 13
_TYPED = (pdfium_c.FPDF_FORMFIELD_TEXTFIELD, pdfium_c.FPDF_FORMFIELD_COMBOBOX, pdfium_c.FPDF_FORMFIELD_LISTBOX)
_TICKED = (pdfium_c.FPDF_FORMFIELD_CHECKBOX, pdfium_c.FPDF_FORMFIELD_RADIOBUTTON)
_TICK = "☒"
# names that programs give to fields by themselves
_NO_NAME = re.compile(
    r"(?:text|tekst|check|radio|combo|drop|list|form|undefined|field|felt|box|boks|button|_|\W)*\d*", re.IGNORECASE
)


def field_lines(page: pdfium.PdfPage) -> list[str]:
    """One line for each field with a value, in the order of the form; passwords are left out."""
    lines: dict[str, None] = {}
    for index in range(min(pdfium_c.FPDFPage_GetAnnotCount(page.raw), _MAX_FIELDS)):
        annotation = pdfium_c.FPDFPage_GetAnnot(page.raw, index)
        if not annotation:
            continue
        try:
            line = _line(page.formenv.raw, annotation)
        finally:
            pdfium_c.FPDFPage_CloseAnnot(annotation)
        if line:
            lines[line] = None
    return list(lines)


def _line(form: Any, annotation: Any) -> str:
    if pdfium_c.FPDFAnnot_GetSubtype(annotation) != pdfium_c.FPDF_ANNOT_WIDGET:
        return ""
    if pdfium_c.FPDFAnnot_GetFlags(annotation) & _HIDDEN:
        return ""
    kind = pdfium_c.FPDFAnnot_GetFormFieldType(form, annotation)
    if kind in _TYPED and not pdfium_c.FPDFAnnot_GetFormFieldFlags(form, annotation) & _PASSWORD:
        value = _string(pdfium_c.FPDFAnnot_GetFormFieldValue, form, annotation)
    elif kind in _TICKED and pdfium_c.FPDFAnnot_IsChecked(form, annotation):
        value = _string(pdfium_c.FPDFAnnot_GetFormFieldExportValue, form, annotation)
        value = _TICK if kind == pdfium_c.FPDF_FORMFIELD_CHECKBOX or not value else value
    else:
        return ""
    name = _string(pdfium_c.FPDFAnnot_GetFormFieldAlternateName, form, annotation)
    name = name or _string(pdfium_c.FPDFAnnot_GetFormFieldName, form, annotation).rpartition(".")[2]
    name = re.sub(r"\[\d+\]$", "", name).rstrip(":")
    if not value:
        return ""
    return value if _NO_NAME.fullmatch(name) and value != _TICK else f"{name}: {value}"


def _string(getter: Callable[..., int], form: Any, annotation: Any) -> str:
    """A string of pdfium's, which is UTF-16, on one line."""
    size = getter(form, annotation, None, 0)
    if size <= 2:
        return ""
    buffer = (ctypes.c_ushort * (size // 2 + 1))()
    getter(form, annotation, buffer, size)
    return " ".join(bytes(buffer)[: size - 2].decode("utf-16-le", "replace").replace("\0", "").split())
