"""Notes that readers typed on a PDF page: comments, remarks on what they marked, text. Runs in the sandbox only."""

from itertools import islice

import pypdfium2.raw as pdfium_c

from rag.documents.loaders.pdf.annotations import Annotations, string

_NOTE = "Note"  # the word is the same in Danish and English
_MAX_NOTES = 1_000
_LONGEST = 20_000  # characters
# others are parts of the page: links, fields, pop-up windows of these, watermarks
_TYPED = (
    pdfium_c.FPDF_ANNOT_TEXT,
    pdfium_c.FPDF_ANNOT_FREETEXT,
    pdfium_c.FPDF_ANNOT_LINE,
    pdfium_c.FPDF_ANNOT_SQUARE,
    pdfium_c.FPDF_ANNOT_CIRCLE,
    pdfium_c.FPDF_ANNOT_POLYGON,
    pdfium_c.FPDF_ANNOT_POLYLINE,
    pdfium_c.FPDF_ANNOT_HIGHLIGHT,
    pdfium_c.FPDF_ANNOT_UNDERLINE,
    pdfium_c.FPDF_ANNOT_SQUIGGLY,
    pdfium_c.FPDF_ANNOT_STRIKEOUT,
    pdfium_c.FPDF_ANNOT_STAMP,
    pdfium_c.FPDF_ANNOT_CARET,
    pdfium_c.FPDF_ANNOT_INK,
)


def note_lines(annotations: Annotations, text: str) -> list[str]:
    """One line for each note: "Note (Mette Holm): Godkendt". text: of the page; what only repeats it is no note."""
    lines: dict[str, None] = {}
    page_words = ""
    for annotation in islice(annotations.of(*_TYPED), _MAX_NOTES):
        note = string(pdfium_c.FPDFAnnot_GetStringValue, annotation, b"Contents")[:_LONGEST]
        # replies such as "accepted" that programs keep as notes of their own
        if not any(map(str.isalnum, note)) or string(pdfium_c.FPDFAnnot_GetStringValue, annotation, b"StateModel"):
            continue
        page_words = page_words or " ".join(text.split())
        is_mark = pdfium_c.FPDFAnnot_GetSubtype(annotation) not in (
            pdfium_c.FPDF_ANNOT_TEXT,
            pdfium_c.FPDF_ANNOT_FREETEXT,
        )
        if is_mark and note in page_words:
            continue  # programs copy what was marked into the mark
        author = string(pdfium_c.FPDFAnnot_GetStringValue, annotation, b"T")
        lines[f"{_NOTE} ({author}): {note}" if author else f"{_NOTE}: {note}"] = None
    return list(lines)
