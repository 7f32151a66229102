"""DOCX, PPTX and XLSX of a source, by the libraries that the loaders read them with."""

from __future__ import annotations

import io
import re
from datetime import date

import openpyxl
from docx import Document
from docx.enum.text import WD_BREAK
from openpyxl.styles import Font
from openpyxl.worksheet.worksheet import Worksheet
from pptx import Presentation
from pptx.util import Cm

from benchmarks.everyday.sources import Source

_WHOLE, _DECIMAL, _DAY = re.compile(r"-?(0|[1-9]\d*)"), re.compile(r"-?\d+\.\d+"), re.compile(r"\d{4}-\d\d-\d\d")
_DAY_FORMAT, _DECIMAL_FORMAT = "dd-mm-yyyy", "#,##0.00"


def docx(source: Source) -> bytes:
    made = Document()
    made.sections[0].header.paragraphs[0].text = source.running("head")
    made.sections[0].footer.paragraphs[0].text = source.running("foot")
    for block in source.body():
        if block.kind == "heading":
            made.add_heading(block.text, block.level)
        elif block.kind == "page":
            made.add_paragraph().add_run().add_break(WD_BREAK.PAGE)
            made.add_heading(block.text, 1)
        elif block.kind == "item":
            made.add_paragraph(block.text, style="List Bullet")
        elif block.kind == "bold":
            made.add_paragraph().add_run(block.text).bold = True
        elif block.kind == "fields" and source.options.get("fields") == "tabs":
            for label, value in block.rows:
                made.add_paragraph(f"{label}:\t{value}")
        elif block.rows:
            table = made.add_table(rows=len(block.rows), cols=len(block.rows[0]))
            table.style = "Table Grid" if block.kind == "table" else None
            for cells, row in zip(table.rows, block.rows, strict=True):
                for cell, said in zip(cells.cells, row, strict=True):
                    cell.text = said
            for cell in table.rows[0].cells if block.kind == "table" else ():
                cell.paragraphs[0].runs[0].bold = True
        else:
            made.add_paragraph(block.text)
    return _saved(made)


def pptx(source: Source) -> bytes:
    """Each page a slide; what stands before the first is the title slide."""
    made = Presentation()
    slide, body, lowest = made.slides.add_slide(made.slide_layouts[0]), None, 0
    for block in source.body():
        if block.kind == "page":
            slide = made.slides.add_slide(made.slide_layouts[1])
            slide.shapes.title.text = block.text
            body, lowest = slide.placeholders[1].text_frame, 0
        elif block.kind == "heading":
            slide.shapes.title.text = block.text
        elif block.kind == "note":
            slide.notes_slide.notes_text_frame.text = block.text
        elif block.rows:
            rows, columns = len(block.rows), len(block.rows[0])
            shape = slide.shapes.add_table(rows, columns, Cm(2), Cm(6 + lowest), Cm(21), Cm(rows))
            for n, row in enumerate(block.rows):
                for column, said in enumerate(row):
                    shape.table.cell(n, column).text = said
        elif body is None:
            slide.placeholders[1].text = block.text
        else:
            paragraph = body.paragraphs[0] if not lowest else body.add_paragraph()
            paragraph.text = block.text
            lowest += 1
    return _saved(made)


def xlsx(source: Source) -> bytes:
    """Each page a sheet of its name. Numbers and days (ISO 8601) become what they are; `format` is that of decimals."""
    made = openpyxl.Workbook()
    sheet = made.active
    assert isinstance(sheet, Worksheet)
    for block in source.body():
        if block.kind == "page":
            if sheet.max_row > 1 or sheet["A1"].value is not None:
                sheet = made.create_sheet()
            sheet.title = block.text
            continue
        start = sheet.max_row + 2 if sheet["A1"].value is not None else 1
        rows = block.rows or [[block.text]]
        for n, row in enumerate(rows):
            for column, said in enumerate(row):
                cell = sheet.cell(start + n, column + 1, _value(said) if said else None)
                if _DAY.fullmatch(said):
                    cell.number_format = _DAY_FORMAT
                elif _DECIMAL.fullmatch(said):
                    cell.number_format = source.options.get("format", _DECIMAL_FORMAT)
                if block.kind in ("heading", "bold") or (block.kind == "table" and n == 0):
                    cell.font = Font(bold=True)
        for letter in "ABCDEFGH":
            sheet.column_dimensions[letter].width = 24
    return _saved(made)


def _value(said: str) -> str | int | float | date:
    if _WHOLE.fullmatch(said):
        return int(said)
    if _DECIMAL.fullmatch(said):
        return float(said)
    return date.fromisoformat(said) if _DAY.fullmatch(said) else said


def _saved(made: object) -> bytes:
    out = io.BytesIO()
    made.save(out)  # type: ignore[attr-defined]
    return out.getvalue()
