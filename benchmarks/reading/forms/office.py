"""Word, PowerPoint and Excel files."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import docx as word
import openpyxl
import pptx as powerpoint
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.styles import Font
from pptx.util import Cm, Pt

from benchmarks.reading.blocks import Block, Heading, Paragraph, placed, runs

_BASELINE = {"raised": "30000", "lowered": "-25000"}
_EXCEL = {"raised": {"vertAlign": "superscript"}, "lowered": {"vertAlign": "subscript"}, "struck": {"strike": True}}


def saved(document: Any) -> bytes:
    """What a library's document writes."""
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def docx(blocks: Sequence[Block]) -> bytes:
    document = word.Document()
    for block in blocks:
        if isinstance(block, Heading):
            document.add_heading(block.text, 1)
        elif isinstance(block, Paragraph):
            fill(document.add_paragraph(), block.text)
        else:
            table = document.add_table(rows=len(block.rows), cols=block.columns, style="Table Grid")
            for n, row in enumerate(block.rows):
                for column, width, text in placed(row):
                    cell = table.cell(n, column)
                    if width > 1:
                        cell = cell.merge(table.cell(n, column + width - 1))
                    fill(cell.paragraphs[0], text, bold=n < block.bold)
    return saved(document)


def fill(paragraph: Any, text: str, *, bold: bool = False) -> None:
    """Add a marked text to a paragraph of Word."""
    for run in runs(text):
        added = paragraph.add_run(run.text)
        if run.shift == "raised":
            added.font.superscript = True
        elif run.shift == "lowered":  # not None for the others: that would take a superscript away
            added.font.subscript = True
        added.font.strike = True if run.shift == "struck" else None
        added.bold = True if bold else None


def pptx(blocks: Sequence[Block]) -> bytes:
    presentation = powerpoint.Presentation()
    slide = presentation.slides.add_slide(presentation.slide_layouts[6])
    top = 1.0
    for block in blocks:
        if isinstance(block, Heading | Paragraph):
            box = slide.shapes.add_textbox(Cm(1), Cm(top), Cm(22), Cm(2))
            box.text_frame.word_wrap = True
            in_frame(box.text_frame, block.text)
            top += 3
        else:
            size = (len(block.rows), block.columns, Cm(1), Cm(top), Cm(22), Cm(1 * len(block.rows)))
            table = slide.shapes.add_table(*size).table
            table.first_row = bool(block.bold)
            for n, row in enumerate(block.rows):
                for column, width, text in placed(row):
                    cell = table.cell(n, column)
                    if width > 1:
                        cell.merge(table.cell(n, column + width - 1))
                    in_frame(cell.text_frame, text)
            top += 1.2 * len(block.rows)
    return saved(presentation)


def in_frame(frame: Any, text: str) -> None:
    """Put a marked text into a text frame of PowerPoint."""
    for run in runs(text):
        added = frame.paragraphs[0].add_run()
        added.text = run.text
        added.font.size = Pt(14)
        properties = added._r.get_or_add_rPr()
        if run.shift in _BASELINE:
            properties.set("baseline", _BASELINE[run.shift])
        elif run.shift == "struck":
            properties.set("strike", "sngStrike")


def xlsx(blocks: Sequence[Block]) -> bytes:
    """A block below the other in one sheet, with an empty row between; figures are numbers where they look it."""
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    row_number = 1
    for block in blocks:
        if isinstance(block, Heading | Paragraph):
            sheet.cell(row_number, 1).value = _rich(block.text)
            row_number += 2
            continue
        for n, row in enumerate(block.rows):
            for column, width, text in placed(row):
                cell = sheet.cell(row_number, column + 1)
                cell.value = _rich(text) if text else None
                if n < block.bold:
                    cell.font = Font(bold=True)
                if width > 1:
                    sheet.merge_cells(
                        start_row=row_number, end_row=row_number, start_column=column + 1, end_column=column + width
                    )
            row_number += 1
        row_number += 1
    return saved(workbook)


def _rich(text: str) -> Any:
    if "{" not in text:
        return text
    parts = [TextBlock(InlineFont(**_EXCEL[run.shift]), run.text) if run.shift else run.text for run in runs(text)]
    return CellRichText(*parts)
