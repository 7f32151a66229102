"""XLSX: rich text, struck and hidden values, drawings, threads of comments, and lines that are only printed."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path

import openpyxl
import pytest
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.chart import BarChart, LineChart, Reference
from openpyxl.comments import Comment
from openpyxl.drawing.image import Image
from openpyxl.styles import Font

from rag.core.errors import EmptyFile, NothingReadable
from rag.core.types import Notice
from tests.documents.loaders.drawings import A
from tests.files import read, saved, with_part, zipped
from tests.pdfs import picture
from tests.workbooks import book

XDR = "http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"


def lines(folder: Path, data: bytes) -> list[str]:
    return read(folder, "a.xlsx", data).pages[0].text.split("\n")


def with_drawing(data: bytes, *inside: str) -> bytes:
    """A workbook without drawings, with one on its first sheet."""
    anchors = "".join(f"<xdr:twoCellAnchor>{shape}</xdr:twoCellAnchor>" for shape in inside)
    relation = f'<Relationship Id="d1" Type="{OFFICE}/drawing" Target="../drawings/drawing9.xml"/>'
    related = f'<Relationships xmlns="{PACKAGE}">{relation}</Relationships>'
    drawing = f'<xdr:wsDr xmlns:xdr="{XDR}" xmlns:a="{A}" xmlns:r="{OFFICE}">{anchors}</xdr:wsDr>'
    data = with_part(data, "xl/worksheets/_rels/sheet1.xml.rels", related)
    return with_part(data, "xl/drawings/drawing9.xml", drawing)


def box(number: int, *texts: str) -> str:
    paragraphs = "".join(f"<a:p><a:r><a:t>{text}</a:t></a:r></a:p>" for text in texts)
    named = f'<xdr:nvSpPr><xdr:cNvPr id="{number}" name="x"/></xdr:nvSpPr>'
    return f"<xdr:sp>{named}<xdr:txBody>{paragraphs}</xdr:txBody></xdr:sp>"


def image(description: str, width: int) -> str:
    return (
        f'<xdr:pic><xdr:nvPicPr><xdr:cNvPr id="9" name="x" descr="{description}"/></xdr:nvPicPr><xdr:spPr><a:xfrm>'
        f'<a:ext cx="{width}" cy="{width}"/></a:xfrm></xdr:spPr></xdr:pic>'
    )


def test_runs_and_cells_that_are_raised_or_struck(tmp_path: Path) -> None:
    raised, lowered, struck = (
        InlineFont(vertAlign="superscript"),
        InlineFont(vertAlign="subscript"),
        InlineFont(strike=True),
    )
    made = book(
        ["Vare", "Pris", "Note"],
        [
            "Pumpe",
            CellRichText("1.250", TextBlock(raised, "1"), " kr."),
            CellRichText("H", TextBlock(lowered, "2"), "O"),
        ],
        ["Ventil", CellRichText(TextBlock(struck, "300 kr. "), "350 kr."), "udgår"],
        ["Slange", 100, "ok"],
    )
    made.active["C3"].font = Font(strike=True)
    made.active["B4"].font = Font(strike=True)
    made.create_sheet("Lager").append(["i alt"])
    made["Lager"]["A1"].font = Font(vertAlign="superscript")
    parsed = read(tmp_path, "a.xlsx", saved(made))
    assert parsed.pages[0].text.split("\n") == [
        "Vare | Pris | Note",
        "Vare: Pumpe | Pris: 1.250¹ kr. | Note: H₂O",
        "Vare: Ventil | Pris: 350 kr.",
        "Vare: Slange | Note: ok",
    ]
    assert parsed.pages[1].text == "^(i alt)"
    assert parsed.notices == (Notice("left_out_struck", {"count": 3, "places": "Priser"}),)


def test_values_are_shown_by_their_formats_and_hidden_ones_are_said(tmp_path: Path) -> None:
    made = book(["Navn", "CPR", "Andel"], ["Jens", 102031234, 0.125], ["Ida", 3112991234, 0], ["Bo", 0, 0.5])
    for row in range(2, 5):
        made.active[f"B{row}"].number_format = "000000-0000;;"
        made.active[f"C{row}"].number_format = "0%"
    made.active["B2"].number_format = ";;;"
    parsed = read(tmp_path, "a.xlsx", saved(made))
    assert parsed.pages[0].text.split("\n")[1:] == [
        "Navn: Jens | CPR: 102031234 | Andel: 13 %",
        "Navn: Ida | CPR: 311299-1234 | Andel: 0 %",
        "Navn: Bo | Andel: 50 %",
    ]
    assert parsed.notices == (Notice("hidden_cells", {"names": "Priser"}),)


def test_boxes_lines_and_pictures_on_a_sheet(tmp_path: Path) -> None:
    connector = (
        '<xdr:cxnSp><xdr:nvCxnSpPr><xdr:cNvPr id="4" name="x"/><xdr:cNvCxnSpPr><a:stCxn id="2" idx="1"/>'
        '<a:endCxn id="3" idx="1"/></xdr:cNvCxnSpPr></xdr:nvCxnSpPr></xdr:cxnSp>'
    )
    data = with_drawing(
        saved(book(["Vare", "Pris"], ["Cykel", 2500])),
        box(2, "Ansøgning", "modtages"),
        f"<xdr:grpSp>{box(3, 'Svar')}{connector}</xdr:grpSp>",
        box(5, "Alle priser er uden moms.", "De gælder til 31. december."),
        image("Kort over butikker", 3_000_000),
        image("", 3_000_000),
        image("", 300_000),
    )
    parsed = read(tmp_path, "a.xlsx", data)
    assert parsed.pages[0].text.split("\n") == [
        "Vare | Pris",
        "Vare: Cykel | Pris: 2500",
        "",
        "Ansøgning, modtages",
        "Svar",
        "Alle priser er uden moms.",
        "De gælder til 31. december.",
        "Billede: Kort over butikker",
        "Ansøgning → Svar",
    ]
    assert parsed.notices == (Notice("left_out_pictures", {"count": 1, "places": "Priser"}),)


def test_a_sheet_with_only_a_box_is_not_empty(tmp_path: Path) -> None:
    assert lines(tmp_path, with_drawing(saved(book()), box(2, "Husk moms"))) == ["Husk moms"]


@pytest.mark.parametrize("size", [8, 400])
def test_a_sheet_with_only_a_picture_is_not_called_empty(tmp_path: Path, size: int) -> None:
    made = book()
    made.active.add_image(Image(picture()))
    made.active._images[0].width = made.active._images[0].height = size
    with pytest.raises(NothingReadable) as caught:
        read(tmp_path, "a.xlsx", saved(made))
    said = caught.value.in_language("en")
    assert "only pictures or objects without text" in said
    assert "tesseract" not in said


def test_only_formulas_without_values_are_not_called_empty(tmp_path: Path) -> None:
    with pytest.raises(NothingReadable):
        read(tmp_path, "a.xlsx", saved(book(["=1+1"])))


def test_a_sheet_without_anything_is_empty(tmp_path: Path) -> None:
    with pytest.raises(EmptyFile):
        read(tmp_path, "a.xlsx", saved(book()))


def cached(data: bytes, *values: str) -> bytes:
    """What Excel adds to charts that openpyxl wrote: the values of their cells."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    points = "".join(f'<pt idx="{n}"><v>{value}</v></pt>' for n, value in enumerate(values))
    for name in parts:
        if name.startswith("xl/charts/"):
            text = parts[name].decode()
            text = re.sub(r"(<val>.*?</f>)", rf"\1<numCache><formatCode>0.0</formatCode>{points}</numCache>", text)
            names = "".join(f'<pt idx="{n}"><v>{n + 1}. kvt.</v></pt>' for n in range(len(values)))
            strings = f"<cat><strRef><strCache>{names}</strCache></strRef></cat>"
            parts[name] = re.sub(r"<cat>.*?</cat>", strings, text).encode()
    return zipped(parts)


def test_charts_on_a_sheet_and_as_a_sheet(tmp_path: Path) -> None:
    made = book(["Kvartal", "Salg"], ["1. kvt.", 12.25], ["2. kvt.", 20])
    for kind, add in ((BarChart, made.active.add_chart), (LineChart, made.create_chartsheet("Kurve").add_chart)):
        chart = kind()
        chart.title = "Salg i mio. kr."
        chart.add_data(Reference(made["Priser"], min_col=2, min_row=2, max_row=3))
        chart.set_categories(Reference(made["Priser"], min_col=1, min_row=2, max_row=3))
        add(chart)
    parsed = read(tmp_path, "a.xlsx", cached(saved(made), "12.25", "20"))
    said = ["Salg i mio. kr.", "1. kvt. | Salg i mio. kr.: 12,3", "2. kvt. | Salg i mio. kr.: 20,0"]
    assert parsed.pages[0].text.split("\n")[3:] == ["", *said]
    assert (parsed.pages[1].label, parsed.pages[1].text.split("\n")) == ("Kurve", said)
    assert parsed.notices == ()


def test_a_chart_without_values_is_said(tmp_path: Path) -> None:
    made = book(["Kvartal", "Salg"], ["1. kvt.", 12.25])
    made.active.add_chart(BarChart())
    assert read(tmp_path, "a.xlsx", saved(made)).notices == (
        Notice("left_out_charts", {"count": 1, "places": "Priser"}),
    )


def test_comments_and_threads_name_who_wrote_them(tmp_path: Path) -> None:
    made = book(["Model", "Pris"], ["X1", 5], ["X2", 6])
    made.active["B2"].comment = Comment("Ida Holm:\nuden moms", "Ida Holm")
    made.active["B3"].comment = Comment(
        "[Threaded comment]\n\nYour version of Excel ...\n\nComment:\n    Gammel", "tc={1}"
    )
    data = saved(made)
    related = (
        f'<Relationships xmlns="{PACKAGE}">'
        f'<Relationship Id="c" Type="{OFFICE}/comments" Target="/xl/comments/comment1.xml"/>'
        '<Relationship Id="t" Type="http://schemas.microsoft.com/office/2017/10/relationships/threadedComment" '
        'Target="../threadedComments/threadedComment1.xml"/></Relationships>'
    )
    assert lines(tmp_path, data)[1:] == [
        "Model: X1 | Pris: 5 | Note (Ida Holm): uden moms",
        "Model: X2 | Pris: 6 | Note (tc={1}): Gammel",
    ]
    threads = (
        '<ThreadedComments xmlns="http://schemas.microsoft.com/office/spreadsheetml/2018/threadedcomments">'
        '<threadedComment ref="B3" personId="{P}" id="{1}"><text>Er det med moms?</text></threadedComment>'
        '<threadedComment ref="B3" personId="{Q}" id="{2}" parentId="{1}"><text>Nej.</text></threadedComment>'
        "</ThreadedComments>"
    )
    people = (
        '<personList xmlns="http://schemas.microsoft.com/office/spreadsheetml/2018/threadedcomments">'
        '<person displayName="Bo Dal" id="{P}"/></personList>'
    )
    workbook_related = openpyxl_part(data, "xl/_rels/workbook.xml.rels").replace(
        "</Relationships>",
        '<Relationship Id="p" Type="http://schemas.microsoft.com/office/2017/10/relationships/person" '
        'Target="persons/person.xml"/></Relationships>',
    )
    for name, content in [
        ("xl/worksheets/_rels/sheet1.xml.rels", related),
        ("xl/threadedComments/threadedComment1.xml", threads),
        ("xl/persons/person.xml", people),
        ("xl/_rels/workbook.xml.rels", workbook_related),
    ]:
        data = with_part(data, name, content)
    assert lines(tmp_path, data)[2] == "Model: X2 | Pris: 6 | Note (Bo Dal): Er det med moms? Note: Nej."


def openpyxl_part(data: bytes, name: str) -> str:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return archive.read(name).decode()


def test_printed_lines_are_said_once_without_numbers_of_pages(tmp_path: Path) -> None:
    made = openpyxl.Workbook()
    for sheet in (made.active, made.create_sheet("To")):
        sheet.append(["Tal"])
        sheet.oddHeader.left.text = "Fortroligt && internt"
        sheet.oddFooter.center.text = "Cykel A/S, side &P af &N"
        sheet.oddFooter.right.text = "&D"
    assert [page.text for page in read(tmp_path, "a.xlsx", saved(made)).pages] == [
        "Tal\n\nFortroligt & internt\nCykel A/S",
        "Tal",
    ]
