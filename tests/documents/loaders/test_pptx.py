"""PPTX: slides as pages."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pptx
import pytest
from lxml import etree
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.opc.constants import RELATIONSHIP_TYPE as RT
from pptx.opc.package import Part
from pptx.opc.packuri import PackURI
from pptx.oxml.ns import qn
from pptx.util import Inches

from rag.core.errors import DamagedFile, EmptyFile, NothingReadable
from rag.core.types import Notice
from tests.files import read, saved, with_part
from tests.pdfs import picture

AREA = (Inches(1), Inches(1), Inches(5), Inches(3))


def test_slides(tmp_path: Path) -> None:
    made = pptx.Presentation()
    first = made.slides.add_slide(made.slide_layouts[1])
    first.shapes.title.text = "Garanti på batterier"
    first.placeholders[1].text = "Dækket i 6 måneder\nØvrige dele i 24 måneder"
    first.placeholders[1].text_frame.paragraphs[1].level = 1
    first.notes_slide.notes_text_frame.text = "Husk at nævne, at Færøerne ikke er med."
    second = made.slides.add_slide(made.slide_layouts[6])
    group = second.shapes.add_group_shape()
    group.shapes.add_textbox(*AREA).text_frame.text = "I en gruppe"
    rows = [["Model", "Pris"], ["X1", "5 kr."], ["X2", "6 kr."]]
    table = second.shapes.add_table(3, 2, *AREA).table
    for at, row in enumerate(rows):
        for column, said in enumerate(row):
            table.cell(at, column).text = said
    second._element.set("show", "0")
    third = made.slides.add_slide(made.slide_layouts[6])
    third.shapes.add_picture(picture(), *AREA[:2])
    parsed = read(tmp_path, "a.pptx", saved(made))
    assert [page.text for page in parsed.pages] == [
        "Garanti på batterier\n\n• Dækket i 6 måneder\n  • Øvrige dele i 24 måneder\n\n"
        "Noter: Husk at nævne, at Færøerne ikke er med.",
        "I en gruppe\n\nModel | Pris\nModel: X1 | Pris: 5 kr.\nModel: X2 | Pris: 6 kr.",
        "",
    ]
    assert [[h.title for h in page.headings] for page in parsed.pages] == [["Garanti på batterier"], [], []]
    assert parsed.title == "Garanti på batterier"
    assert parsed.notices == (
        Notice("slides_without_text", {"pages": "3"}),
        Notice("hidden_slides", {"pages": "2"}),
    )


def test_a_picture_in_place_of_the_title(tmp_path: Path) -> None:
    made = pptx.Presentation()
    slide = made.slides.add_slide(made.slide_layouts[8])  # a title, a picture, a text
    slide.placeholders[1].insert_picture(picture())
    slide.placeholders[2].text = "Cyklen set fra siden"
    slide.shapes.title._element.getparent().remove(slide.shapes.title._element)
    place = slide.placeholders[1]._element.find(".//" + qn("p:ph"))
    place.set("type", "title")
    place.set("idx", "0")
    (page,) = read(tmp_path, "a.pptx", saved(made)).pages
    assert page.text == "Cyklen set fra siden" and page.headings == ()


def test_of_shapes_drawn_in_two_ways_the_newer_is_read(tmp_path: Path) -> None:
    """So PowerPoint keeps a text box with a formula; the older way is a picture of it."""
    made = pptx.Presentation()
    slide = made.slides.add_slide(made.slide_layouts[6])
    slide.shapes.add_textbox(*AREA).text_frame.text = "Effekten er "
    slide.shapes.add_textbox(*AREA).text_frame.text = "Til sidst"
    data = saved(made)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        written = archive.read("ppt/slides/slide1.xml").decode()
    box = written[written.index("<p:sp>") : written.index("</p:sp>") + len("</p:sp>")]
    formula = (
        '<a14:m xmlns:a14="http://schemas.microsoft.com/office/drawing/2010/main"><m:oMath '
        'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"><m:r><m:t>P=250 W</m:t></m:r></m:oMath>'
        "</a14:m>"
    )
    both = (
        '<mc:AlternateContent xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"><mc:Choice '
        'xmlns:a14="http://schemas.microsoft.com/office/drawing/2010/main" Requires="a14">'
        f"{box.replace('</a:r>', '</a:r>' + formula)}</mc:Choice><mc:Fallback>{box}</mc:Fallback></mc:AlternateContent>"
    )
    (page,) = read(tmp_path, "a.pptx", with_part(data, "ppt/slides/slide1.xml", written.replace(box, both, 1))).pages
    assert page.text == "Effekten er P=250 W\n\nTil sidst"


def test_symbols_say_what_they_show(tmp_path: Path) -> None:
    """As PowerPoint writes an arrow that it made of "-->": among letters, alone, and a run in the font itself."""
    made = pptx.Presentation()
    frame = made.slides.add_slide(made.slide_layouts[6]).shapes.add_textbox(*AREA).text_frame
    for said, kind, font in [
        ("Cyklen \uf0e0 à la carte", "sym", "Wingdings"),
        (" à ", "sym", "Wingdings"),
        ("\uf0a3 5 b", "latin", "Symbol"),
        (" à", "sym", "Arial"),
    ]:
        run = frame.paragraphs[0].add_run()
        run.text = said
        etree.SubElement(run._r.get_or_add_rPr(), qn(f"a:{kind}")).set("typeface", font)
    (page,) = read(tmp_path, "a.pptx", saved(made)).pages
    assert page.text == "Cyklen → à la carte → ≤ 5 β à"


def test_comments_are_read_as_notes(tmp_path: Path) -> None:
    made = pptx.Presentation()
    slide = made.slides.add_slide(made.slide_layouts[5])
    slide.shapes.title.text = "Garanti"
    said = (
        '<p:cmLst xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main">'
        '<p:cm authorId="0"><p:text>Gælder det også motoren?</p:text></p:cm><p:cm/></p:cmLst>'
    )
    kind = "application/vnd.openxmlformats-officedocument.presentationml.comments+xml"
    part = Part(PackURI("/ppt/comments/comment1.xml"), kind, made.part.package, said.encode())
    slide.part.relate_to(part, RT.COMMENTS)
    parsed = read(tmp_path, "a.pptx", saved(made))
    assert parsed.pages[0].text == "Garanti\n\nNote: Gælder det også motoren?" and parsed.notices == ()


def test_a_chart_is_a_table(tmp_path: Path) -> None:
    made = pptx.Presentation()
    slide = made.slides.add_slide(made.slide_layouts[6])
    data = CategoryChartData()
    data.categories = ["1. kvartal", "2. kvartal"]
    data.add_series("Salg", (12.5, 20))
    data.add_series("Køb", (3, None))
    slide.shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, *AREA, data)
    (page,) = read(tmp_path, "a.pptx", saved(made)).pages
    assert page.text == "1. kvartal | Salg: 12,5 | Køb: 3\n2. kvartal | Salg: 20"


def test_merged_cells(tmp_path: Path) -> None:
    made = pptx.Presentation()
    table = made.slides.add_slide(made.slide_layouts[6]).shapes.add_table(3, 3, *AREA).table
    for at, row in enumerate([["Type", "Model", "Pris"], ["Elcykel", "X1", "5"], ["", "X2", "6"]]):
        for column, said in enumerate(row):
            table.cell(at, column).text = said
    table.cell(1, 0).merge(table.cell(2, 0))
    (page,) = read(tmp_path, "a.pptx", saved(made)).pages
    assert page.text.split("\n")[2] == "Type: Elcykel | Model: X2 | Pris: 6"


def test_english_notes_are_called_so(tmp_path: Path) -> None:
    made = pptx.Presentation()
    slide = made.slides.add_slide(made.slide_layouts[0])
    slide.shapes.title.text = "What the warranty covers and what it does not"
    slide.notes_slide.notes_text_frame.text = "Say it slowly."
    assert read(tmp_path, "a.pptx", saved(made)).pages[0].text.endswith("Notes: Say it slowly.")


def test_those_that_cannot_be_read(tmp_path: Path) -> None:
    made = pptx.Presentation()
    with pytest.raises(EmptyFile):
        read(tmp_path, "a.pptx", saved(made))
    made.slides.add_slide(made.slide_layouts[6]).shapes.add_picture(picture(), *AREA[:2])
    data = saved(made)
    with pytest.raises(NothingReadable):
        read(tmp_path, "a.pptx", data)
    for damaged in (data[: len(data) // 2], with_part(data, "ppt/slides/slide1.xml", "<p:sld")):
        with pytest.raises(DamagedFile):
            read(tmp_path, "a.pptx", damaged)
