"""Raised, lowered and struck-through text of a PDF: the numbers beside it stay what they are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from fpdf import FPDF
from pypdf import PdfWriter
from pypdf.annotations import MarkupAnnotation
from pypdf.generic import ArrayObject, FloatObject, NameObject, RectangleObject

from rag.core.types import Parsed
from rag.documents.loaders import load
from rag.documents.loaders.pdf.render import render
from tests.pdfs import PDF, pdf, rewritten


def written(*parts: tuple[str, str]) -> FPDF:
    """A line of parts, each on the line ("LINE"), raised ("SUP"), lowered ("SUB"), or above or below a bar."""
    made = pdf("")
    made.set_font("Helvetica", size=12)
    for text, place in parts:
        made.char_vpos = place
        made.write(7, text)
    return made


@pytest.fixture
def parsed(saved: Callable[[bytes], Path]) -> Callable[[FPDF | bytes], Parsed]:
    def read(made: FPDF | bytes) -> Parsed:
        return load(saved(made if isinstance(made, bytes) else bytes(made.output())), PDF, "a.pdf")

    return read


@pytest.mark.parametrize(
    ("parts", "text"),
    [
        ([("Prisen er 1.250", "LINE"), ("1", "SUP"), (" kr. for alt.", "LINE")], "Prisen er 1.250¹ kr. for alt."),
        ([("Højst 10", "LINE"), ("-3", "SUP"), (" g i prøven.", "LINE")], "Højst 10⁻³ g i prøven."),
        ([("Arealet er 120 m", "LINE"), ("2", "SUP"), (", og", "LINE")], "Arealet er 120 m², og"),
        ([("CO", "LINE"), ("2", "SUB"), ("-udledning og a", "LINE"), ("i", "SUB")], "CO₂-udledning og aᵢ"),
        ([("Den er log", "LINE"), ("2", "SUB"), ("64 = 6 høj.", "LINE")], "Den er log₂64 = 6 høj."),
        ([("I alt 2x", "LINE"), ("3", "SUP"), ("10 = 20", "LINE")], "I alt 2x³10 = 20"),
        ([("Summen af x", "LINE"), ("n", "SUP"), (" er 5.", "LINE")], "Summen af xⁿ er 5."),
        ([("Løn", "LINE"), ("2)", "SUP"), (" udbetales 1", "LINE"), ("st", "SUP")], "Løn ² udbetales 1st"),
        ([("Der er moms", "LINE"), ("3", "SUP"), (" på alt.", "LINE")], "Der er moms ³ på alt."),
        ([("Bland 3", "LINE"), ("1", "NOM"), ("/", "LINE"), ("2", "DENOM"), (" dl", "LINE")], "Bland 3 1/2 dl"),
        ([("Tag ", "LINE"), ("3", "NOM"), ("/", "LINE"), ("4", "DENOM"), (" kg mel.", "LINE")], "Tag 3/4 kg mel."),
    ],
)  # fmt: skip
def test_raised_and_lowered_text(parsed: Callable[[FPDF], Parsed], parts: Sequence[tuple[str, str]], text: str) -> None:
    assert parsed(written(*parts)).pages[0].text == text


def test_the_mark_of_a_note_that_stands_below(parsed: Callable[[FPDF], Parsed]) -> None:
    made = pdf("")
    made.set_font("Helvetica", size=12)
    made.text(20, 30, "Prisen er 1.250")
    right = 20 + made.get_string_width("Prisen er 1.250")
    made.set_font_size(8)
    made.text(right, 28.5, "1")
    made.set_font_size(12)
    made.text(right + 2.5, 30, "kr. for det hele.")
    made.set_font_size(8)
    made.text(20, 99, "1")
    made.set_font_size(10)
    made.text(22, 100, "Uden moms.")
    assert parsed(made).pages[0].text == "Prisen er 1.250 ¹ kr. for det hele.\n\n¹ Uden moms."


def test_a_fraction_over_a_bar(parsed: Callable[[FPDF], Parsed]) -> None:
    made = pdf("")
    made.set_font("Helvetica", size=12)
    made.text(20, 30, "Brug 2")
    right = 20.5 + made.get_string_width("Brug 2")
    made.set_font_size(7)
    made.text(right, 28.3, "1")
    made.text(right, 31.5, "4")
    made.line(right, 29.3, right + 1.5, 29.3)
    made.set_font_size(12)
    made.text(right + 3, 30, "kop vand.")
    assert parsed(made).pages[0].text == "Brug 2 1/4 kop vand."


def test_small_figures_on_the_line_are_left_alone(parsed: Callable[[FPDF], Parsed]) -> None:
    text = "Model 3 koster 20 kr., 4a er 5b, H2O i § 4, stk. 2"
    assert parsed(pdf(text)).pages[0].text == text


def test_struck_text_is_left_out_and_said_so(parsed: Callable[[FPDF], Parsed], saved: Callable[[bytes], Path]) -> None:
    made = pdf("")
    made.set_font("Helvetica", size=12)
    made.multi_cell(0, 7, "Prisen er ~~1.000~~ 900 kr.\n\n~~Hele linjen gælder ikke.~~\n\nNæste linje.", markdown=True)
    read = parsed(made)
    (page,) = read.pages
    assert page.text == "Prisen er 900 kr.\n\nNæste linje."
    assert [(n.code, n.values) for n in read.notices] == [("left_out_struck", {"count": 2, "places": "1"})]
    assert render(saved(bytes(made.output())), 1, [], text=page.text).exact


@pytest.mark.parametrize("way", ["box", "mark"])
def test_text_struck_by_a_thin_box_or_a_mark(parsed: Callable[[FPDF | bytes], Parsed], way: str) -> None:
    made = pdf("")
    made.set_font("Helvetica", size=12)
    made.text(20, 30, "Fristen er 14 30 dage.")
    left, width = 20 + made.get_string_width("Fristen er "), made.get_string_width("14")

    def mark(writer: PdfWriter) -> None:
        x, y, wide = (value * 72 / 25.4 for value in (left, 297 - 30, width))
        corners = [x, y + 9, x + wide, y + 9, x, y - 2, x + wide, y - 2]
        note = MarkupAnnotation()
        note[NameObject("/Subtype")] = NameObject("/StrikeOut")
        note[NameObject("/Rect")] = RectangleObject((x, y - 2, x + wide, y + 9))
        note[NameObject("/QuadPoints")] = ArrayObject(map(FloatObject, corners))
        writer.add_annotation(0, note)

    if way == "box":
        made.set_fill_color(200, 0, 0)
        made.rect(left, 28.4, width, 0.3, "F")
    read = parsed(rewritten(made, mark) if way == "mark" else made)
    assert read.pages[0].text == "Fristen er 30 dage."
    assert [(n.code, n.values) for n in read.notices] == [("left_out_struck", {"count": 1, "places": "1"})]


def test_underlines_and_rules_strike_nothing(parsed: Callable[[FPDF], Parsed]) -> None:
    made = pdf("")
    made.set_font("Helvetica", "U", 12)
    made.write(7, "Understreget tekst")
    made.set_font("Helvetica", "", 12)
    made.write(7, " og mere.")
    made.ln(14)
    with made.table() as table:
        for cells in (("Model", "Pris"), ("Brise 8", "12.500"), ("Brise 9", "14.500")):
            row = table.row()
            for cell in cells:
                row.cell(cell)
    read = parsed(made)
    assert read.pages[0].text.split("\n\n") == [
        "Understreget tekst og mere.",
        "Model | Pris",
        "Model: Brise 8 | Pris: 12.500",
        "Model: Brise 9 | Pris: 14.500",
    ]
    assert read.notices == ()
