"""A PDF of a source, as a word processor or a bookkeeping program would print it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from font_source_sans_pro import SourceSansPro, SourceSansProBold
from fpdf import FPDF
from fpdf.enums import TableBordersLayout

from benchmarks.everyday.sources import Source

_SIZES = {1: 17.0, 2: 13.0, 3: 11.5}
_TEXT, _LINE, _LABEL = 10.5, 5.4, 52.0
"""Points; millimetres of a line, and of the column of labels."""


class _Paper(FPDF):
    def __init__(self, source: Source) -> None:
        super().__init__()
        self.head_text, self.foot_text = source.running("head"), source.running("foot")
        self.page_word = {"en": "Page"}.get(source.options["language"], "Side")
        for style, face in (("", SourceSansPro), ("B", SourceSansProBold)):
            self.add_font("sans", style, Path(face).with_suffix(".ttf"))
        self.set_creation_date(datetime(2026, 1, 5, 8, tzinfo=UTC))
        self.set_margin(22)
        self.set_auto_page_break(True, 24)
        self.add_page()

    def header(self) -> None:
        if self.head_text:
            self.set_font("sans", "", 8.5)
            self.set_y(10)
            self.cell(0, 5, self.head_text, align="R")
            self.set_y(22)

    def footer(self) -> None:
        self.set_y(-16)
        self.set_font("sans", "", 8.5)
        self.cell(0, 5, f"{self.foot_text}  {self.page_word} {self.page_no()}".strip(), align="C")

    def say(self, text: str, size: float = _TEXT, style: str = "", indent: float = 0) -> None:
        self.set_font("sans", style, size)
        self.set_x(self.l_margin + indent)
        self.multi_cell(0, size * 0.51, text, align="L", new_x="LMARGIN", new_y="NEXT")


def pdf(source: Source) -> bytes:
    paper = _Paper(source)
    rules = TableBordersLayout.NONE if source.options.get("rules") == "none" else TableBordersLayout.ALL
    for block in source.body():
        if block.kind in ("heading", "page"):
            if block.kind == "page":
                paper.add_page()
            level = max(block.level, 1)
            paper.ln(3)
            if paper.will_page_break(30):
                paper.add_page()
            paper.say(block.text, _SIZES[level], "B")
            paper.ln(1)
        elif block.kind == "fields":
            for label, value in block.rows:
                paper.set_font("sans", "", _TEXT)
                paper.cell(_LABEL, _LINE, label)
                paper.multi_cell(0, _LINE, value, align="L", new_x="LMARGIN", new_y="NEXT")
            paper.ln(2)
        elif block.kind == "table":
            paper.set_font("sans", "", 9.5)
            paper.ln(1)
            widths = [max(4, min(30, max(map(len, column)))) for column in zip(*block.rows, strict=True)]
            form = {"borders_layout": rules, "col_widths": widths, "line_height": 5, "text_align": "L", "padding": 0.6}
            with paper.table(block.rows, **form):
                pass
            paper.ln(3)
        elif block.kind == "item":
            paper.say(f"• {block.text}", indent=5)
        else:
            paper.say(block.text, style="B" if block.kind == "bold" else "")
            paper.ln(1.6)
    return bytes(paper.output())
