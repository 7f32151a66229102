"""PDF files, and pictures of their pages as a scanner or a phone makes them."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import pypdfium2 as pdfium
from fpdf import FPDF
from fpdf.enums import CharVPos
from fpdf.fonts import FontFace
from PIL import Image

from benchmarks.reading.blocks import Block, Heading, Paragraph, placed, runs

DPI = 150
_POSITION = {"raised": CharVPos.SUP, "lowered": CharVPos.SUB}


def document(size: int = 11) -> FPDF:
    """An empty page in Helvetica."""
    made = FPDF()
    made.set_font("Helvetica", size=size)
    made.add_page()
    return made


def pdf(blocks: Sequence[Block]) -> bytes:
    made = document()
    for block in blocks:
        if isinstance(block, Heading):
            made.set_font("Helvetica", "B", 16)
            made.multi_cell(0, 10, block.text, new_x="LMARGIN", new_y="NEXT")
            made.set_font("Helvetica", "", 11)
        elif isinstance(block, Paragraph):
            written(made, block.text)
            made.ln(10)
        else:
            bold, plain = FontFace(emphasis="BOLD"), FontFace(emphasis="")
            with made.table(first_row_as_headings=False, align="LEFT", width=170) as table:
                for n, row in enumerate(block.rows):
                    style = bold if n < block.bold else plain
                    line = table.row()
                    for _, width, text in placed(row):
                        line.cell(text, colspan=width, style=style)
            made.ln(6)
    return bytes(made.output())


def written(made: FPDF, text: str) -> None:
    """A marked text in the flow of the page: raised text is small and high, struck text has a line through it."""
    for run in runs(text):
        made.char_vpos = _POSITION.get(run.shift, CharVPos.LINE)
        made.set_font("Helvetica", "S" if run.shift == "struck" else "", 11)
        made.write(6, run.text)
    made.char_vpos = CharVPos.LINE
    made.set_font("Helvetica", "", 11)


def pictured(data: bytes, *, dpi: int = DPI, turned: int = 0) -> list[Image.Image]:
    """The pages of a PDF as grey pictures. turned: degrees, against the clock."""
    opened = pdfium.PdfDocument(data)
    pages = [page.render(scale=dpi / 72, grayscale=True).to_pil().convert("L") for page in opened]
    opened.close()
    return [page.rotate(turned, expand=True, fillcolor=255) if turned else page for page in pages]


def saved(pictures: Sequence[Image.Image], form: str, **options: Any) -> bytes:
    """form: "PNG", "JPEG", "TIFF" or "PDF"; several pictures for the last two."""
    out = io.BytesIO()
    first, *others = pictures
    if others:
        options |= {"save_all": True, "append_images": others}
    if form == "PDF":
        options |= {"resolution": DPI}
    else:
        options |= {"dpi": (DPI, DPI)}
    first.save(out, form, **options)
    return out.getvalue()


def prose(lines: Sequence[str]) -> bytes:
    made = document(13)
    for line in lines:
        made.cell(0, 10, line, new_x="LMARGIN", new_y="NEXT")
    return bytes(made.output())


def at(made: FPDF, x: float, y: float, text: str, *, size: float = 11, style: str = "") -> None:
    """y: of the base line, from the top; in mm as x."""
    made.set_font("Helvetica", style, size)
    made.text(x, y, text)
