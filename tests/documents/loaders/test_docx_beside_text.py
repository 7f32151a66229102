"""DOCX: what stands raised, struck, built up or beside the text is read as what it says, or said to be left out."""

from __future__ import annotations

from pathlib import Path

import docx
import pytest
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml.parser import parse_xml
from docx.shared import Cm

from rag.core.errors import NothingReadable
from rag.core.types import Notice, Parsed
from tests.documents.loaders.drawings import CHART, SMART_ART, chart_xml, smart_art_xml
from tests.files import paragraph, read, saved, table, text, word
from tests.pdfs import picture

M = 'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"'
R = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
WP = 'xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"'
RAISED, LOWERED, STRUCK = '<w:vertAlign w:val="superscript"/>', '<w:vertAlign w:val="subscript"/>', "<w:strike/>"


def read_body(folder: Path, *elements: str, styles: str = "") -> Parsed:
    return read(folder, "a.docx", word("".join(elements), parts={"styles": styles} if styles else None))


def text_of(folder: Path, *elements: str, styles: str = "") -> str:
    (page,) = read_body(folder, *elements, styles=styles).pages
    return page.text


def formula(inside: str) -> str:
    return f"<m:oMath {M}>{inside}</m:oMath>"


def m(name: str, *parts: str) -> str:
    return f"<m:{name}>{''.join(parts)}</m:{name}>"


def mr(said: str) -> str:
    return m("r", m("t", said))


def part(name: str, said: str) -> str:
    return m(name, said if said.startswith("<") else mr(said))


def test_raised_and_lowered_text_keeps_what_numbers_say(tmp_path: Path) -> None:
    raised_style = (
        f'<w:style w:type="character" w:styleId="Note"><w:name w:val="Note"/><w:rPr>{RAISED}</w:rPr></w:style>'
    )
    assert text_of(
        tmp_path,
        paragraph("Prisen er 1.250", text("1", RAISED), " kr."),
        paragraph("Grænsen er 10", text("-", RAISED), text("3", RAISED), " m", text("2", RAISED), "."),
        paragraph("H", text("2", LOWERED), "O den 1", text("st", RAISED), " maj"),
        paragraph("Moms 25 %", text("2", '<w:rStyle w:val="Note"/>')),
        styles=raised_style,
    ) == "Prisen er 1.250¹ kr.\n\nGrænsen er 10⁻³ m².\n\nH₂O den 1st maj\n\nMoms 25 %²"  # fmt: skip


@pytest.mark.parametrize("up", ["6", "3pt"])
def test_text_that_is_moved_off_the_line_is_raised(tmp_path: Path, up: str) -> None:
    raised, lowered = f'<w:position w:val="{up}"/>', f'<w:position w:val="-{up}"/>'
    said = text_of(
        tmp_path,
        paragraph("Gebyr 125", text("2", raised), " kr., 8.400", text("1", '<w:rStyle w:val="Op"/>'), " kr."),
        paragraph("log", text("2", lowered), "64, og 40", text("5", '<w:position w:val="1"/>'), " kg"),
        styles='<w:style w:type="character" w:styleId="Op"><w:name w:val="Op"/><w:rPr>' + raised + "</w:rPr></w:style>",
    )
    assert said == "Gebyr 125² kr., 8.400¹ kr.\n\nlog₂64, og 405 kg"


def test_a_large_first_letter_is_no_index(tmp_path: Path) -> None:
    drop = '<w:framePr w:dropCap="drop" w:lines="3"/>'
    assert text_of(tmp_path, paragraph(text("5", '<w:position w:val="-10"/>'), properties=drop)) == "5"


@pytest.mark.parametrize("in_header", [False, True])
def test_only_a_small_picture_is_not_called_empty(tmp_path: Path, in_header: bool) -> None:
    made = docx.Document()
    place = made.sections[0].header.paragraphs[0] if in_header else made.add_paragraph()
    place.add_run().add_picture(picture(), width=Cm(0.3))
    with pytest.raises(NothingReadable) as caught:
        read(tmp_path, "a.docx", saved(made))
    assert "tesseract" not in caught.value.in_language("da")


def test_struck_text_is_left_out_and_said(tmp_path: Path) -> None:
    styles = (
        '<w:style w:type="character" w:styleId="Ud"><w:name w:val="Ud"/><w:rPr><w:strike/></w:rPr></w:style>'
        '<w:style w:type="paragraph" w:styleId="Slet"><w:name w:val="Slet"/><w:rPr><w:dstrike/></w:rPr></w:style>'
    )
    parsed = read_body(
        tmp_path,
        paragraph("Fristen er ", text("14 dage", STRUCK), text(" 30 dage", '<w:strike w:val="0"/>'), "."),
        paragraph("Gebyret er ", text("100", "<w:dstrike/>"), "150", text(" euro", '<w:rStyle w:val="Ud"/>'), " kr."),
        paragraph("Udgår helt.", style="Slet"),
        paragraph("Gælder ", text("alligevel.", '<w:dstrike w:val="0"/>'), style="Slet"),
        styles=styles,
    )
    assert parsed.pages[0].text == "Fristen er 30 dage.\n\nGebyret er 150 kr.\n\nalligevel."
    assert parsed.notices == (Notice("left_out_struck", {"count": 5, "places": "1"}),)


@pytest.mark.parametrize(
    ("inside", "shown"),
    [
        (m("f", part("num", "1"), part("den", "2")), "1/2"),
        (m("f", part("num", "a+b"), part("den", "c")), "(a+b)/c"),
        (m("f", part("num", "(a−b)"), part("den", "2c+d")), "(a−b)/(2c+d)"),
        (m("f", part("num", "(a)(b)"), part("den", "c")), "((a)(b))/c"),
        (m("f", '<m:fPr><m:type m:val="noBar"/></m:fPr>', part("num", "n"), part("den", "k")), "n¦k"),
        (m("sSup", part("e", "10"), part("sup", "-3")), "10⁻³"),
        (m("sSup", part("e", "a+b"), part("sup", "2")), "(a+b)²"),
        (m("sSup", part("e", "e"), part("sup", m("f", part("num", "n"), part("den", "2")))), "e^(n/2)"),
        (m("sSub", part("e", "x"), part("sub", "1")), "x₁"),
        (m("sSubSup", part("e", "x"), part("sub", "i"), part("sup", "2")), "xᵢ²"),
        (m("sPre", part("sub", "1"), part("sup", "2"), part("e", "H")), "₁²H"),
        (m("rad", '<m:radPr><m:degHide m:val="1"/></m:radPr>', m("deg"), part("e", "2")), "√2"),
        (m("rad", part("deg", "3"), part("e", "x+1")), "³√(x+1)"),
        (m("nary", '<m:naryPr><m:chr m:val="∑"/></m:naryPr>', part("sub", "i=1"), part("sup", "n"),
           part("e", m("sSub", part("e", "x"), part("sub", "i")))), "∑ᵢ₌₁ⁿ xᵢ"),
        (m("nary", part("sub", "0"), part("sup", "1"), part("e", "f(x)dx")), "∫₀¹ f(x)dx"),
        (m("d", m("dPr", '<m:begChr m:val="["/>', '<m:endChr m:val="]"/>'),
           m("e", m("m", m("mr", part("e", "1"), part("e", "2")), m("mr", part("e", "3"), part("e", "4"))))),
         "[1, 2; 3, 4]"),
        (m("m", m("mr", part("e", "1"), part("e", "2")), m("mr", part("e", "3"), part("e", "4"))), "[1, 2; 3, 4]"),
        (m("d", part("e", "a"), part("e", "b")), "(a|b)"),
        (m("func", part("fName", "sin"), part("e", "x")), "sin x"),
        (m("func", m("fName", m("limLow", part("e", "lim"), part("lim", "n→∞"))), part("e", "a+b")), "lim_(n→∞)(a+b)"),
        (m("bar", '<m:barPr><m:pos m:val="top"/></m:barPr>', part("e", "x")), "x\u0305"),
        (m("eqArr", part("e", "x=1"), part("e", "y=2")), "x=1; y=2"),
        (mr("E=m") + m("sSup", part("e", "c"), part("sup", "2")), "E=mc²"),
    ],
)  # fmt: skip
def test_formulas_are_read_on_one_line_as_they_stand(tmp_path: Path, inside: str, shown: str) -> None:
    assert text_of(tmp_path, paragraph("Svaret er", formula(inside), "kr.")) == f"Svaret er {shown} kr."


def test_a_formula_ends_a_sentence_without_a_space(tmp_path: Path) -> None:
    half = formula(m("f", part("num", "1"), part("den", "2")))
    assert text_of(
        tmp_path, paragraph("Betal ", half, ", altså det halve."), f"<m:oMathPara {M}>{half}</m:oMathPara>"
    ) == ("Betal 1/2, altså det halve.\n\n1/2")


def test_a_form_says_what_was_filled_in_and_not_what_to_fill_in(tmp_path: Path) -> None:
    def control(inside: str, properties: str = "") -> str:
        return f"<w:sdt><w:sdtPr>{properties}</w:sdtPr><w:sdtContent>{inside}</w:sdtContent></w:sdt>"

    choices = "".join(f'<w:listEntry w:val="{name}"/>' for name in ("Ja", "Nej", "Måske"))
    chosen = (
        f'<w:r><w:fldChar><w:ffData><w:ddList><w:result w:val="2"/>{choices}</w:ddList></w:ffData></w:fldChar></w:r>'
    )
    placeholder = "<w:showingPlcHdr/>"
    found = text_of(
        tmp_path,
        paragraph("Navn: ", control(text("Ida Holm"))),
        paragraph("Kommer: ", chosen),
        paragraph("Adresse: ", control(text("Klik her for at angive tekst."), placeholder)),
        control(paragraph("Vælg et element."), placeholder),
        table(
            ("Felt", "Svar", "Note"),
            ("By", control(paragraph("Skriv byen her"), placeholder), "x"),
            ("Land", "DK", "y"),
        ),
    )
    assert "Klik her" not in found and "Vælg" not in found and "Skriv byen" not in found
    assert found.startswith("Navn: Ida Holm\n\nKommer: Måske\n\nAdresse:") and "Felt: By | Note: x" in found


def test_charts_smart_art_alt_texts_and_pictures(tmp_path: Path) -> None:
    made = docx.Document()
    made.add_paragraph("Salget er vist herunder og er godt.")

    def draw(kind: str, uri: str, xml: str, reference: str, description: str = "") -> None:
        name = PackURI(f"/word/drawn/{kind}{len(made.part.rels)}.xml")
        relation = made.part.relate_to(Part(name, "application/xml", xml.encode(), made.part.package), uri)
        run = made.add_paragraph().add_run()
        run._r.append(
            parse_xml(
                f'<w:drawing xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" {WP} {R}>'
                f'<wp:inline><wp:extent cx="5000000" cy="3000000"/><wp:docPr id="1" name="x" descr="{description}"/>'
                f"{reference.format(relation)}</wp:inline></w:drawing>"
            )
        )

    chart = f'<c:chart xmlns:c="{CHART}" r:id="{{}}"/>'
    draw(
        "chart",
        f"{CHART}/chart",
        chart_xml("Omsætning i mio. kr.", "Salg", ["2022", "2023"], ["1200.5", "1350"]),
        chart,
    )
    draw("chart", f"{CHART}/chart", "<broken", chart)
    draw("data", f"{SMART_ART}/diagramData", smart_art_xml(), f'<d:relIds xmlns:d="{SMART_ART}" r:dm="{{}}"/>')
    with_text, without = (made.add_picture(picture(), width=Cm(8), height=Cm(8)) for _ in range(2))
    with_text._inline.docPr.set("descr", "Kort over Fyn med tre butikker")
    without._inline.docPr.set("descr", "Et billede, der indeholder tekst. Automatisk genereret beskrivelse")
    made.add_picture(picture(), width=Cm(1), height=Cm(1))
    parsed = read(tmp_path, "a.docx", saved(made))
    assert parsed.pages[0].text == (
        "Salget er vist herunder og er godt.\n\nOmsætning i mio. kr.\n2022 | Salg: 1.200,5\n2023 | Salg: 1.350,0\n\n"
        "• Mette Holm, Direktør\n  • Ida Lund, Produktchef\n  • Bo Dal\n\nBillede: Kort over Fyn med tre butikker"
    )
    assert parsed.notices == (
        Notice("left_out_charts", {"count": 1, "places": "1"}),
        Notice("left_out_pictures", {"count": 1, "places": "1"}),
    )


V = 'xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office"'


def test_older_drawings_and_boxes(tmp_path: Path) -> None:
    def drawn(inside: str) -> str:
        return f"<w:r><w:pict {V}>{inside}</w:pict></w:r>"

    size = "width:200pt;height:100.5pt"
    watermark = drawn('<v:shape><v:textpath string="UDKAST"/></v:shape>')
    lines = paragraph("Ida Lund") + paragraph("Produktchef")
    parsed = read_body(
        tmp_path,
        paragraph("Cykler til alle", "<w:r><w:ptab/></w:r>", "Fortroligt", watermark),
        paragraph(
            drawn(f'<v:shape alt="Plan over havnen" style="{size}"><v:imagedata/></v:shape>'),
            drawn(f'<v:shape style="{size}"><v:imagedata/></v:shape>'),
            drawn('<v:shape style="width:20pt;height:10pt"><v:imagedata/></v:shape>'),
            drawn(f'<v:shape style="{size}"><v:imagedata/></v:shape><o:OLEObject ProgID="Excel.Sheet.12"/>'),
        ),
        paragraph(drawn(f"<v:textbox><w:txbxContent>{lines}</w:txbxContent></v:textbox>")),
    )
    assert parsed.pages[0].text == (
        "Cykler til alle Fortroligt\n\nUDKAST\n\nBillede: Plan over havnen\n\nIda Lund, Produktchef"
    )
    assert parsed.notices == (
        Notice("left_out_pictures", {"count": 1, "places": "1"}),
        Notice("left_out_objects", {"count": 1, "places": "1"}),
    )


def test_documents_put_inside_are_read(tmp_path: Path) -> None:
    made = docx.Document()
    made.add_paragraph("Foran.")
    inner = docx.Document()
    inner.add_paragraph("Inde i Word: fristen er 30 dage.")
    chunks = [
        (b"<html><body><h1>Vilk\xc3\xa5r</h1><p>Prisen er 5 kr.</p></body></html>", "text/html"),
        (saved(inner), "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"),
        (b"Ren tekst.", "text/plain"),
        (b"{\\rtf1 skjult}", "application/rtf"),
    ]
    for n, (data, kind) in enumerate(chunks):
        inside = Part(PackURI(f"/word/chunk{n}.bin"), kind, data, made.part.package)
        relation = made.part.relate_to(
            inside, "http://schemas.openxmlformats.org/officeDocument/2006/relationships/aFChunk"
        )
        made.element.body.insert(
            len(made.element.body) - 1,
            parse_xml(
                f'<w:altChunk xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" {R} '
                f'r:id="{relation}"/>'
            ),
        )
    parsed = read(tmp_path, "a.docx", saved(made))
    said = "Foran.\n\nVilkår\n\nPrisen er 5 kr.\n\nInde i Word: fristen er 30 dage.\n\nRen tekst."
    assert parsed.pages[0].text == said
    assert parsed.notices == (Notice("left_out_objects", {"count": 1, "places": "1"}),)


def test_a_comment_on_a_cell_follows_its_row(tmp_path: Path) -> None:
    made = docx.Document()
    made.add_paragraph("Priser.")
    cells = made.add_table(3, 3)
    for place, said in enumerate(("Model", "Antal", "Pris", "X1", "2", "5", "X2", "3", "6")):
        cells.cell(place // 3, place % 3).text = said
    made.add_comment(cells.cell(1, 2).paragraphs[0].runs[0], "Uden moms", author="Ida Holm")
    found = read(tmp_path, "a.docx", saved(made)).pages[0].text
    assert "Model: X1 | Antal: 2 | Pris: 5 | Note (Ida Holm): Uden moms" in found


def test_what_stands_beside_the_number_of_the_page_is_kept(tmp_path: Path) -> None:
    made = docx.Document()
    made.add_paragraph("Tekst.")
    footer = made.sections[0].footer.paragraphs[0]
    footer.add_run("Cykel A/S, CVR 12345678 – Side ")
    for code, shown in ((" PAGE ", "1"), (" NUMPAGES ", "7")):
        for kind in ("begin", "separate", "end"):
            run = footer.add_run()
            run._r.append(
                parse_xml(
                    '<w:fldChar xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
                    f'w:fldCharType="{kind}"/>'
                )
            )
            if kind == "begin":
                element = docx.oxml.parser.OxmlElement("w:instrText")
                element.text = code
                footer.add_run()._r.append(element)
            elif kind == "separate":
                footer.add_run(shown)
        if code == " PAGE ":
            footer.add_run(" af ")
    assert read(tmp_path, "a.docx", saved(made)).pages[0].text == "Tekst.\n\nCykel A/S, CVR 12345678"
