"""PDF files."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pypdfium2 as pdfium
from font_source_sans_pro import SourceSansPro
from fpdf import FPDF
from PIL import Image
from pypdf import PdfReader, PdfWriter
from pypdf.generic import DictionaryObject

PDF, TEXT, MARKDOWN = "application/pdf", "text/plain", "text/markdown"


HEIC = Path(__file__).parent / "documents" / "loaders" / "data" / "words.heic"
"""The words of `DANISH` as a phone takes them."""
DANISH = "Batterier er dækket i 6 måneder. Øvrige dele er dækket i 24 måneder fra købsdatoen på Ærø."


def picture() -> io.BytesIO:
    out = io.BytesIO()
    Image.new("RGB", (60, 40), (200, 30, 30)).save(out, "PNG")
    out.seek(0)
    return out


def pdf(*pages: str | None, **options: object) -> FPDF:
    """A document with a page for each text; None makes a page with a picture only, "" a white one."""
    document = FPDF()
    document.set_font("Helvetica", size=12)
    for text in pages:
        document.add_page()
        if text is None:
            document.image(picture(), x=20, y=20, w=100)
        elif text:
            document.multi_cell(0, 6, text, new_x="LMARGIN", new_y="NEXT", align="L")
    return document


def rewritten(document: FPDF, change: Callable[[PdfWriter], object]) -> bytes:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(bytes(document.output()))))
    change(writer)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def without_unicode_map(text: str) -> bytes:
    """A PDF that shows this text in a font that does not say which letters its shapes are."""
    document = FPDF()
    document.add_page()
    document.add_font("sans", fname=Path(SourceSansPro).with_suffix(".ttf"))
    document.set_font("sans", size=14)
    document.multi_cell(0, 8, text, align="L")
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(bytes(document.output()))))
    for item in writer._objects:
        if isinstance(item, DictionaryObject) and "/ToUnicode" in item:
            del item["/ToUnicode"]
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def picture_of(text: str, turned: int = 0, dpi: int = 150) -> Image.Image:
    """A page of text as a scanner gives it. turned: degrees."""
    made = FPDF()
    made.add_page()
    made.set_font("Helvetica", size=16)
    made.multi_cell(0, 9, text, align="L")
    page = pdfium.PdfDocument(bytes(made.output()))[0]
    return page.render(scale=dpi / 72, grayscale=True).to_pil().convert("L").rotate(turned, expand=True)


def beside_text(picture: Image.Image, text: str = "Batterier er dækket, se skemaet herunder.") -> bytes:
    """A page with a few words, and a picture under them."""
    made = pdf(text)
    made.image(picture, x=20, y=100, w=160)
    return bytes(made.output())


def picture_file(picture: Image.Image, suffix: str, **options: object) -> bytes:
    """A picture as a file of the kind that the suffix says."""
    out = io.BytesIO()
    picture.save(out, {".jpg": "JPEG", ".tif": "TIFF"}.get(suffix, suffix[1:].upper()), **options)
    return out.getvalue()
