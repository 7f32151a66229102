"""The filled-in fields of the form on a PDF page, as lines "field: value". Runs in the sandbox only."""

import re
from itertools import islice
from typing import Any

import pypdfium2.raw as pdfium_c

from rag.documents.loaders.pdf.annotations import Annotations, string

_MAX_FIELDS = 2_000
_PASSWORD = 1 << 13
_TYPED = (pdfium_c.FPDF_FORMFIELD_TEXTFIELD, pdfium_c.FPDF_FORMFIELD_COMBOBOX, pdfium_c.FPDF_FORMFIELD_LISTBOX)
_TICKED = (pdfium_c.FPDF_FORMFIELD_CHECKBOX, pdfium_c.FPDF_FORMFIELD_RADIOBUTTON)
_TICK = "☒"
# names that programs give to fields by themselves
_NO_NAME = re.compile(
    r"(?:text|tekst|check|radio|combo|drop|list|form|undefined|field|felt|box|boks|button|_|\W)*\d*", re.IGNORECASE
)


def field_lines(form: Any, annotations: Annotations) -> list[str]:
    """One line for each field with a value, in the order of the form; passwords are left out."""
    lines = (_line(form, annotation) for annotation in islice(annotations.of(pdfium_c.FPDF_ANNOT_WIDGET), _MAX_FIELDS))
    return list(dict.fromkeys(filter(None, lines)))


def _line(form: Any, annotation: Any) -> str:
    kind = pdfium_c.FPDFAnnot_GetFormFieldType(form, annotation)
    if kind in _TYPED and not pdfium_c.FPDFAnnot_GetFormFieldFlags(form, annotation) & _PASSWORD:
        value = string(pdfium_c.FPDFAnnot_GetFormFieldValue, form, annotation)
    elif kind in _TICKED and pdfium_c.FPDFAnnot_IsChecked(form, annotation):
        value = string(pdfium_c.FPDFAnnot_GetFormFieldExportValue, form, annotation)
        value = _TICK if kind == pdfium_c.FPDF_FORMFIELD_CHECKBOX or not value else value
    else:
        return ""
    name = string(pdfium_c.FPDFAnnot_GetFormFieldAlternateName, form, annotation)
    name = name or string(pdfium_c.FPDFAnnot_GetFormFieldName, form, annotation).rpartition(".")[2]
    name = re.sub(r"\[\d+\]$", "", name).rstrip(":")
    if not value:
        return ""
    return value if _NO_NAME.fullmatch(name) and value != _TICK else f"{name}: {value}"
