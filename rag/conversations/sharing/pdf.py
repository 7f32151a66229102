"""A conversation as a PDF: answers in sans-serif, document texts in serif, numbers that link to sources."""

from __future__ import annotations

import logging
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.conversations.sharing.content import SharedConversation, SharedSentence, SharedTurn, Source

if TYPE_CHECKING:
    from fpdf import FPDF

INK, TEAL, QUIET = (29, 36, 48), (15, 107, 107), (96, 102, 114)
MARGIN = 22.0  # mm
LINE = 5.4  # mm


def write(shared: SharedConversation) -> bytes:
    """A4, with an outline of the questions. Characters missing from the fonts become a box."""
    from fpdf import FPDF

    class Sheet(FPDF):
        def footer(self) -> None:
            self.set_y(-14)
            self.set_font("sans", "", 8)
            self.set_text_color(*QUIET)
            self.cell(0, 4, f"{self.page_no()} / {{nb}}", align="R")

    # fpdf warns about every character that a font lacks
    logging.getLogger("fpdf").setLevel(logging.ERROR)
    logging.getLogger("fontTools").setLevel(logging.ERROR)
    sheet = Sheet(format="A4")
    sheet.set_title(shared.title)
    sheet.set_lang(shared.language)
    sheet.set_creator("Kilde")
    for (family, style), path in _fonts().items():
        sheet.add_font(family, style, path)
    sheet.set_margins(MARGIN, MARGIN, MARGIN)
    sheet.set_auto_page_break(True, MARGIN)
    sheet.add_page()
    _text(sheet, shared.title, "sans", "B", 18)
    for turn in shared.turns:
        _turn(sheet, turn, shared)
    sheet.ln(6)
    _text(sheet, shared.words["made"], "sans", "", 9, QUIET)
    return bytes(sheet.output())


@lru_cache(maxsize=1)
def _fonts() -> dict[tuple[str, str], Path]:
    files = {}
    for family, package, name in (
        ("sans", "font_source_sans_pro", "SourceSansPro"),
        ("serif", "font_source_serif_pro", "SourceSerifPro"),
    ):
        spec = find_spec(package)
        assert spec is not None and spec.origin is not None
        for style, weight in (("", "Regular"), ("B", "Semibold")):
            files[family, style] = Path(spec.origin).parent / "files" / f"{name}-{weight}.ttf"
    return files


def _turn(sheet: FPDF, turn: SharedTurn, shared: SharedConversation) -> None:
    words = shared.words
    sheet.ln(7)
    sheet.start_section(turn.question[:200], strict=False)
    _text(sheet, turn.question, "sans", "B", 13)
    _text(sheet, words["asked"].format(when=turn.asked_at), "sans", "", 9, QUIET)
    if turn.searched:
        _text(sheet, words["searched"].format(searched=turn.searched), "sans", "", 9, QUIET)
    sheet.ln(2)
    for remark in turn.remarks:
        _text(sheet, remark, "sans", "", 11)
    links = {source.number: sheet.add_link() for source in turn.sources}
    if turn.sentences:
        for sentence in turn.sentences:
            _sentence(sheet, sentence, "sans", 11, links)
        sheet.ln(LINE + 1)
        if turn.model:
            _text(sheet, words["model"].format(model=turn.model), "sans", "", 9, QUIET)
        _heading(sheet, words["quotes"])
    for sentence in turn.quotes:
        _sentence(sheet, sentence, "serif", 11.5, links)
        sheet.ln(LINE + 2)
    if turn.sources:
        _heading(sheet, words["sources"])
        for source in turn.sources:
            _source(sheet, source, links[source.number])


def _heading(sheet: FPDF, text: str) -> None:
    sheet.ln(2)
    _text(sheet, text, "sans", "B", 10, QUIET)


def _text(sheet: FPDF, text: str, family: str, style: str, size: float, color: tuple[int, int, int] = INK) -> None:
    sheet.set_font(family, style, size)
    sheet.set_text_color(*color)
    sheet.multi_cell(0, size * 0.49, text, align="L", new_x="LMARGIN", new_y="NEXT")


def _sentence(sheet: FPDF, sentence: SharedSentence, family: str, size: float, links: dict[int, Any]) -> None:
    sheet.set_font(family, "", size)
    sheet.set_text_color(*INK)
    sheet.write(LINE, sentence.text)
    if sentence.remark:
        sheet.set_font("sans", "", 8.5)
        sheet.set_text_color(*QUIET)
        sheet.write(LINE, f" ({sentence.remark})")
    sheet.set_font("sans", "B", 8.5)
    sheet.set_text_color(*TEAL)
    for number in sentence.numbers:
        sheet.write(LINE, f" [{number}]", links.get(number, ""))
    sheet.write(LINE, " ")


def _source(sheet: FPDF, source: Source, link: Any) -> None:
    sheet.ln(1)
    sheet.set_link(link, y=sheet.get_y(), page=sheet.page_no())
    where = f", {source.where}" if source.where else ""
    _text(sheet, f"[{source.number}] {source.document}{where}", "sans", "B", 9.5)
    sheet.set_text_color(*INK)
    for text, marked in source.parts:
        # cited text is bold, as flowing text cannot have a background colour
        sheet.set_font("serif", "B" if marked else "", 9.5)
        sheet.write(4.6, text)
    if source.parts:
        sheet.ln(6.5)
