"""PPTX: boxes, lines between them, raised and struck text, SmartArt, comments, pictures."""

from __future__ import annotations

from pathlib import Path

import pptx
import pytest
from lxml import etree
from pptx.enum.shapes import MSO_CONNECTOR
from pptx.opc.package import Part
from pptx.opc.packuri import PackURI
from pptx.oxml import parse_xml
from pptx.oxml.ns import qn
from pptx.util import Emu, Inches

from rag.core.errors import EmptyFile
from rag.core.types import Notice
from tests.documents.loaders.drawings import SMART_ART, chart_xml, smart_art_xml
from tests.files import read, saved
from tests.pdfs import picture

AREA = (Inches(1), Inches(1), Inches(5), Inches(3))
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def presentation() -> tuple[pptx.presentation.Presentation, pptx.slide.Slide]:
    made = pptx.Presentation()
    return made, made.slides.add_slide(made.slide_layouts[6])


def text_of(folder: Path, made: pptx.presentation.Presentation) -> str:
    return read(folder, "a.pptx", saved(made)).pages[0].text


def test_raised_lowered_and_struck_runs(tmp_path: Path) -> None:
    made, slide = presentation()
    paragraph = slide.shapes.add_textbox(*AREA).text_frame.paragraphs[0]
    for said, name, value in [
        ("Prisen er 1.250", "", ""), ("1", "baseline", "30000"), (" kr. pr. m", "", ""), ("2", "baseline", "30000"),
        (" H", "", ""), ("2", "baseline", "-25000"), ("O, frist ", "baseline", "0"),
        ("14 dage ", "strike", "sngStrike"), ("12 ", "strike", "dblStrike"), ("30 dage", "strike", "noStrike"),
    ]:  # fmt: skip
        run = paragraph.add_run()
        run.text = said
        if name:
            run._r.get_or_add_rPr().set(name, value)
    table = slide.shapes.add_table(2, 2, *AREA).table
    for place, said in enumerate(("Vare", "Pris", "Pumpe", "1.250")):
        table.cell(place // 2, place % 2).text = said
    mark = table.cell(1, 1).text_frame.paragraphs[0].add_run()
    mark.text = "1"
    mark._r.get_or_add_rPr().set("baseline", "30000")
    parsed = read(tmp_path, "a.pptx", saved(made))
    assert parsed.pages[0].text == (
        "Prisen er 1.250¹ kr. pr. m² H₂O, frist 30 dage\n\nVare | Pris\nVare: Pumpe | Pris: 1.250¹"
    )
    assert parsed.notices == (Notice("left_out_struck", {"count": 2, "places": "1"}),)


def test_a_formula_keeps_its_bar(tmp_path: Path) -> None:
    made, slide = presentation()
    paragraph = slide.shapes.add_textbox(*AREA).text_frame.paragraphs[0]
    paragraph.text = "Betal "
    paragraph._p.append(
        parse_xml(
            '<a14:m xmlns:a14="http://schemas.microsoft.com/office/drawing/2010/main" '
            'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"><m:oMath><m:f>'
            "<m:num><m:r><m:t>1</m:t></m:r></m:num><m:den><m:r><m:t>2</m:t></m:r></m:den></m:f></m:oMath></a14:m>"
        )
    )
    assert text_of(tmp_path, made) == "Betal 1/2"


@pytest.mark.parametrize(
    ("apart", "expected"),
    [
        (3, "Formand: Ida Vang\n\nKasserer: Uffe Lind"),
        (2, "Formand\n\nKasserer\n\nIda Vang\n\nUffe Lind"),  # a grid, whose boxes touch on all sides
    ],
)
def test_boxes_that_stand_close_below_each_other_belong_together(tmp_path: Path, apart: int, expected: str) -> None:
    made, slide = presentation()
    for row, texts in enumerate((("Formand", "Kasserer"), ("Ida Vang", "Uffe Lind"))):  # as they were drawn
        for column, said in enumerate(texts):
            area = (Inches(1 + apart * column), Inches(1 + row), Inches(2), Inches(1))
            slide.shapes.add_textbox(*area).text_frame.text = said
    assert text_of(tmp_path, made) == expected


def test_boxes_keep_label_and_name_together_and_lines_are_arrows(tmp_path: Path) -> None:
    made, slide = presentation()
    boxes = []
    for said in ("Mette Holm\nDirektør", "Ida Lund\nProduktchef", "Bo Dal\vSalgschef"):
        box = slide.shapes.add_shape(1, *AREA)
        box.text_frame.text = said
        boxes.append(box)
    group = slide.shapes.add_group_shape()
    for said in ("Økonomi", "Per Bang"):
        group.shapes.add_textbox(*AREA).text_frame.text = said
    prose = slide.shapes.add_textbox(*AREA)
    prose.text_frame.text = "Vi mødes hver mandag.\nHusk kage."
    for begin, end, ends in [(0, 1, ""), (2, 0, "headEnd"), (1, 2, "headEnd tailEnd"), (0, None, "")]:
        line = slide.shapes.add_connector(MSO_CONNECTOR.STRAIGHT, *AREA)
        line.begin_connect(boxes[begin], 2)
        if end is not None:
            line.end_connect(boxes[end], 0)
        outline = line.line._get_or_add_ln()
        for name in ends.split():
            etree.SubElement(outline, qn(f"a:{name}")).set("type", "triangle")
    assert text_of(tmp_path, made) == (
        "Mette Holm, Direktør\n\nIda Lund, Produktchef\n\nBo Dal, Salgschef\n\nØkonomi, Per Bang\n\n"
        "Vi mødes hver mandag.\n\nHusk kage.\n\n"
        "Mette Holm → Ida Lund, Produktchef\n\nMette Holm → Bo Dal, Salgschef\n\nIda Lund ↔ Bo Dal, Salgschef"
    )


def add_frame(slide: pptx.slide.Slide, kind: str, data: str, inside: str) -> None:
    part = Part(PackURI(f"/ppt/drawn/{kind}{slide.slide_id}.xml"), "application/xml", slide.part.package, data.encode())
    relation = slide.part.relate_to(part, f"{OFFICE}/{kind}")
    frame = slide.shapes.add_table(1, 1, *AREA)._element
    holder = frame.find(f".//{qn('a:graphicData')}")
    holder[:] = [parse_xml(inside.format(relation))]
    holder.set("uri", "x")


def test_smart_art_and_charts_with_what_cannot_be_read(tmp_path: Path) -> None:
    made, slide = presentation()
    namespace = f'xmlns:r="{OFFICE}"'
    add_frame(slide, "diagramData", smart_art_xml(), f'<d:relIds xmlns:d="{SMART_ART}" {namespace} r:dm="{{}}"/>')
    chart = f'<c:chart xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart" {namespace} r:id="{{}}"/>'
    add_frame(slide, "chart", chart_xml("Andel", "I alt", ["Nord & Syd", "Øst"], ["0.125", "0.5"], "0%"), chart)
    _, other = made, made.slides.add_slide(made.slide_layouts[6])
    add_frame(other, "chart", "<c", chart)
    other.shapes.add_textbox(*AREA).text_frame.text = "Se diagrammet"
    parsed = read(tmp_path, "a.pptx", saved(made))
    assert parsed.pages[0].text == (
        "• Mette Holm, Direktør\n  • Ida Lund, Produktchef\n  • Bo Dal\n\n"
        "Andel\nNord & Syd | I alt: 13 %\nØst | I alt: 50 %"
    )
    assert parsed.notices == (Notice("left_out_charts", {"count": 1, "places": "2"}),)


def test_pictures_are_named_by_their_descriptions(tmp_path: Path) -> None:
    made, slide = presentation()
    slide.shapes.add_textbox(*AREA).text_frame.text = "Sådan ser det ud, når det er færdigt."
    for description in ("Plan over havnen", "IMG_1234.jpg"):
        shown = slide.shapes.add_picture(picture(), Emu(0), Emu(0), Inches(4), Inches(3))
        shown._element.nvPicPr.cNvPr.set("descr", description)
    small = slide.shapes.add_picture(picture(), Emu(0), Emu(0), Inches(0.5), Inches(0.5))
    small._element.nvPicPr.cNvPr.set("descr", "")
    parsed = read(tmp_path, "a.pptx", saved(made))
    assert parsed.pages[0].text == "Sådan ser det ud, når det er færdigt.\n\nBillede: Plan over havnen"
    assert parsed.notices == (Notice("left_out_pictures", {"count": 1, "places": "1"}),)


def test_comments_of_both_kinds_name_who_wrote_them(tmp_path: Path) -> None:
    made, slide = presentation()
    slide.shapes.add_textbox(*AREA).text_frame.text = "Garantien er 2 år."
    package = made.part.package
    main, newer = (
        "http://schemas.openxmlformats.org/presentationml/2006/main",
        "http://schemas.microsoft.com/office/powerpoint/2018/8/main",
    )
    for owner, name, kind, data in [
        (made.part, "commentAuthors", "vnd.openxmlformats-officedocument.presentationml.commentAuthors",
         f'<p:cmAuthorLst xmlns:p="{main}"><p:cmAuthor id="0" name="Ida Holm"/></p:cmAuthorLst>'),
        (slide.part, "comments", "vnd.openxmlformats-officedocument.presentationml.comments",
         f'<p:cmLst xmlns:p="{main}"><p:cm authorId="0"><p:text>Er det rigtigt?</p:text></p:cm></p:cmLst>'),
        (made.part, "authors", "vnd.ms-powerpoint.authors",
         f'<n:authorLst xmlns:n="{newer}"><n:author id="{{A}}" name="Bo Dal"/></n:authorLst>'),
        (slide.part, "modernComments", "vnd.ms-powerpoint.comments",
         f'<n:cmLst xmlns:n="{newer}" xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main">'
         '<n:cm authorId="{A}"><n:replyLst><n:reply authorId="{B}"><n:txBody><a:p><a:r><a:t>Ja.</a:t></a:r></a:p>'
         "</n:txBody></n:reply></n:replyLst><n:txBody><a:p><a:r><a:t>Skal det være 3?</a:t></a:r></a:p></n:txBody>"
         "</n:cm></n:cmLst>"),
    ]:  # fmt: skip
        part = Part(PackURI(f"/ppt/{name}1.xml"), f"application/{kind}+xml", package, data.encode())
        owner.relate_to(part, f"{OFFICE}/{name}")
    assert text_of(tmp_path, made).split("\n\n") == [
        "Garantien er 2 år.",
        "Note (Ida Holm): Er det rigtigt?",
        "Note (Bo Dal): Skal det være 3?",
        "Note: Ja.",
    ]


def test_a_footer_is_said_once(tmp_path: Path) -> None:
    made = pptx.Presentation()
    for said in ("Et", "To"):
        slide = made.slides.add_slide(made.slide_layouts[5])
        slide.shapes.title.text = said
        layout_footer = next(s for s in made.slide_layouts[5].placeholders if s.placeholder_format.type == 15)
        slide.shapes.clone_placeholder(layout_footer)
        slide.placeholders[layout_footer.placeholder_format.idx].text = "Cykel A/S, fortroligt"
    pages = read(tmp_path, "a.pptx", saved(made)).pages
    assert [page.text for page in pages] == ["Et\n\nCykel A/S, fortroligt", "To"]


def test_an_empty_hidden_slide_is_empty(tmp_path: Path) -> None:
    made, slide = presentation()
    slide._element.set("show", "0")
    with pytest.raises(EmptyFile):
        read(tmp_path, "a.pptx", saved(made))
