"""Workbooks with what only sheets have, and delimited files as programs export them."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator, Sequence
from typing import Any

import openpyxl
from openpyxl.chart import BarChart, Reference
from openpyxl.comments import Comment
from openpyxl.drawing.image import Image as Picture
from openpyxl.styles import Font

from benchmarks.reading.contents import STRUCK
from benchmarks.reading.forms.office import saved
from benchmarks.reading.judging import Cell, Expected, Form, Sample, pair
from benchmarks.reading.own.parts import PICTURE, picture, with_parts

Shown = tuple[Any, str, tuple[str, ...]]
"""A value, its number format, and what Excel shows: with the signs of one country or another."""

FORMATS: dict[str, tuple[Shown, ...]] = {
    "numbers-en": (
        (2110881234, "000000\\-0000", ("211088-1234",)),
        (412, "000000", ("000412",)),
        (33445566, "00\\ 00\\ 00\\ 00", ("33 44 55 66",)),
        (7.25, '"Grade "0.0', ("Grade 7.3", "Grade 7,3")),
        (0, "0;-0;\"none\"", ("none",)),
        (42, '0" pcs."', ("42 pcs.",)),
    ),
    "afrunding-da": (
        (0.125, "0%", ("13%", "13 %")),
        (2.5, "0", ("3",)),
        (0.0845, "0.0%", ("8.5%", "8,5%", "8,5 %")),
        (1234.565, "#,##0.00", ("1,234.57", "1.234,57")),
        (-1.5, "0", ("-2",)),
        (12345678, '0.0,,"M"', ("12.3M", "12,3M")),
    ),
    "datoer-da": (
        (datetime.date(2027, 5, 3), "dd-mm-yyyy", ("03-05-2027",)),
        (datetime.date(2027, 5, 3), "d\\. mmmm yyyy", ("3. May 2027", "3. maj 2027")),
        (datetime.time(6, 5), "hh:mm", ("06:05",)),
        (datetime.timedelta(hours=27, minutes=30), "[h]:mm", ("27:30",)),
        (datetime.datetime(2027, 5, 3, 14, 30), "dd/mm/yy hh:mm", ("03/05/27 14:30", "03-05-27 14:30", "03.05.27 14:30")),
        (datetime.date(2027, 5, 3), "mmm\\-yy", ("May-27", "maj-27")),
    ),
    "money-en": (
        (-2208.5, "#,##0.00;(#,##0.00)", ("(2,208.50)", "(2.208,50)")),
        (1499, '[$£-809]#,##0', ("£1,499", "£1.499")),
        (1499, '#,##0\\ "kr."', ("1,499 kr.", "1.499 kr.")),
        (3.75, "# ?/?", ("3 3/4",)),
        (0.00042, "0.0E+00", ("4.2E-04", "4,2E-04")),
        (18, '[>15]"high";[<5]"low";0', ("high",)),
    ),
}  # fmt: skip


def samples() -> Iterator[Sample]:
    for name, cells in FORMATS.items():
        yield _sample(name, _formatted(cells), tuple(_shown(n, one[2]) for n, one in enumerate(cells)))
    yield _sample("tekstboks-da", _text_box(), ("Husk at tømme postkassen om fredagen.", pair("Nøgle", "A7")))
    yield _sample("chart-en", _chart(), ("Rain by month", Cell("April", ("mm",), "61")))
    yield _sample(
        "sidehoved-da", _header(), ("Fortroligt budget 2027", "Godkendt af Yrsa Holt", pair("Husleje", "9.100"))
    )
    yield _sample("comment-en", _comment(), ("Includes the deposit of 400.", pair("Van hire", "1,150")))
    yield _sample("struck-en", _struck(), (Cell("Tent", ("Price",), "240"),), ("310",), (STRUCK,))
    yield _sample(
        "formler-da",
        _formulas(),
        (
            Form("I alt: 87", re.compile(r"I alt[:|\s]*(?:Beløb: )?87")),
            Form("Status: Betalt", re.compile(r"Status[:|\s]*(?:Beløb: )?Betalt")),
        ),
        ("=SUM", "=IF"),
    )
    yield _sample("only-picture-en", _picture(), noticed=(PICTURE,))
    yield _sample("tom-raekke-da", _book(("Vej", "2025", "2026"), (), ("Elmevej", 120, 131), ("Birkevej", 88, 90)),
                  (Cell("Elmevej", ("2026",), "131"), Cell("Birkevej", ("2025",), "88")))  # fmt: skip
    yield _sample("titles-en", _book(("Budget of the choir",), (), ("Item", "2026", "2027"), ("Hall", 900, 940), ("Music", 310, 250)),
                  (Cell("Hall", ("2027",), "940"), Cell("Music", ("2026",), "310")))  # fmt: skip
    yield _sample("to-tabeller-da", _book(("Vare", "Antal"), ("Stole", 48), ("Borde", 12), (), ("Rum", "m2"), ("Sal", 210), ("Køkken", 35)),
                  (Cell("Stole", ("Antal",), "48"), Cell("Køkken", ("m2",), "35")), (re.compile("Køkken[^|]*\\| Antal"),))  # fmt: skip
    yield _sample("quarters-en", _quarters(), (Cell("Leeds", ("2026", "Q3"), "17"), Cell("York", ("2027", "Q1"), "23")))
    yield _sample("ark-da", _two_sheets(), (Cell("Skovtur", ("Dato",), "12-06-2027"), Cell("Revy", ("Pris",), "85")))
    yield _csv("quoted-en", 'Name,Remark\r\nPell,"Likes tea,\r\nno milk"\r\nOrr,"Said ""later"""\r\n',
               (Form("Likes tea, no milk", re.compile("Likes tea, no milk")), 'Said "later"'))  # fmt: skip
    yield _csv("titel-da", "Årsregnskab 2026\r\n\r\nPost;2025;2026\r\nKontingent;41.200;43.050\r\nTilskud;9.000;12.000\r\n",
               (Cell("Kontingent", ("2026",), "43.050"), Cell("Tilskud", ("2025",), "9.000")))  # fmt: skip
    yield _csv(
        "latin1-da", "Sted;Åbent\r\nÆrø;9-17\r\nRømø;10-16\r\n", (Cell("Ærø", ("Åbent",), "9-17"),), encoding="cp1252"
    )
    yield _csv(
        "utf16-da",
        "Sted\tBesøg\r\nMøns Klint\t212.000\r\nRåbjerg Mile\t98.500\r\n",
        (Cell("Møns Klint", ("Besøg",), "212.000"),),
        encoding="utf-16",
    )
    yield _csv(
        "pipes-en", "Code|Place|Open\r\nA1|Bath|yes\r\nB7|Deal|no\r\nC3|Rye|yes\r\n", (Cell("B7", ("Place",), "Deal"),)
    )


def _sample(
    name: str, data: bytes, must: tuple[Any, ...] = (), must_not: tuple[Any, ...] = (), noticed: tuple[str, ...] = ()
) -> Sample:
    return Sample(f"xlsx/{name}.xlsx", data, must, must_not, noticed)


def _csv(name: str, text: str, must: tuple[Expected, ...], *, encoding: str = "utf-8") -> Sample:
    return Sample(f"csv/{name}.csv", text.encode(encoding), must)


def _shown(n: int, ways: Sequence[str]) -> Form:
    either = "|".join(map(re.escape, ways))
    return Form(f"case {n + 1}: {ways[0]}", re.compile(rf"case {n + 1}\b[:|\s]*(?:shown: )?(?:{either})(?![\w,.%])"))


def _formatted(cells: Sequence[Shown]) -> bytes:
    workbook = openpyxl.Workbook()
    for n, (value, number_format, _) in enumerate(cells, 1):
        workbook.active.append([f"case {n}", value])
        workbook.active.cell(n, 2).number_format = number_format
    return saved(workbook)


def _book(*rows: Sequence[object]) -> bytes:
    workbook = openpyxl.Workbook()
    for row in rows:
        workbook.active.append(list(row))
    return saved(workbook)


def _text_box() -> bytes:
    shape = (
        '<xdr:sp><xdr:nvSpPr><xdr:cNvPr id="2" name="Boks"/><xdr:cNvSpPr txBox="1"/></xdr:nvSpPr><xdr:spPr/><xdr:txBody>'
        "<a:bodyPr/><a:p><a:r><a:t>Husk at tømme postkassen om fredagen.</a:t></a:r></a:p></xdr:txBody></xdr:sp>"
    )
    drawing = (
        '<?xml version="1.0" encoding="UTF-8"?><xdr:wsDr xmlns:xdr="http://schemas.openxmlformats.org/drawingml/2006/'
        'spreadsheetDrawing" xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"><xdr:twoCellAnchor><xdr:from>'
        "<xdr:col>3</xdr:col><xdr:colOff>0</xdr:colOff><xdr:row>1</xdr:row><xdr:rowOff>0</xdr:rowOff></xdr:from><xdr:to>"
        "<xdr:col>6</xdr:col><xdr:colOff>0</xdr:colOff><xdr:row>5</xdr:row><xdr:rowOff>0</xdr:rowOff></xdr:to>"
        f"{shape}<xdr:clientData/></xdr:twoCellAnchor></xdr:wsDr>"
    )
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    relations = (
        '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f'<Relationship Id="rId1" Type="{office}/drawing" Target="../drawings/drawing1.xml"/></Relationships>'
    )
    return with_parts(
        _book(("Nøgle", "A7"), ("Kasse", "B2")),
        {"xl/drawings/drawing1.xml": drawing, "xl/worksheets/_rels/sheet1.xml.rels": relations},
        {
            "xl/worksheets/sheet1.xml": ("</worksheet>", f'<drawing xmlns:r="{office}" r:id="rId1"/></worksheet>'),
            "[Content_Types].xml": (
                "</Types>",
                '<Override PartName="/xl/drawings/drawing1.xml" ContentType="application/vnd.openxmlformats-officedocument.'
                'drawing+xml"/></Types>',
            ),
        },
    )


def _chart() -> bytes:
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    for row in (("Month", "mm"), ("March", 48), ("April", 61), ("May", 55)):
        sheet.append(row)
    chart = BarChart()
    chart.title = "Rain by month"
    chart.add_data(Reference(sheet, min_col=2, min_row=1, max_row=4), titles_from_data=True)
    chart.set_categories(Reference(sheet, min_col=1, min_row=2, max_row=4))
    sheet.add_chart(chart, "E2")
    return saved(workbook)


def _header() -> bytes:
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    for row in (("Husleje", "9.100"), ("Forsikring", "1.240")):
        sheet.append(row)
    sheet.oddHeader.center.text = "Fortroligt budget 2027"
    sheet.oddFooter.left.text = "Godkendt af Yrsa Holt"
    return saved(workbook)


def _comment() -> bytes:
    workbook = openpyxl.Workbook()
    for row in (("Van hire", "1,150"), ("Fuel", "380")):
        workbook.active.append(row)
    workbook.active["B1"].comment = Comment("Includes the deposit of 400.", "R. Pell")
    return saved(workbook)


def _struck() -> bytes:
    workbook = openpyxl.Workbook()
    for row in (("Item", "Price"), ("Stove", 310), ("Tent", 240)):
        workbook.active.append(row)
    for cell in ("A2", "B2"):
        workbook.active[cell].font = Font(strike=True)
    return saved(workbook)


def _formulas() -> bytes:
    """With the results that Excel keeps beside them."""
    data = _book(
        ("Post", "Beløb"), ("Kaffe", 52), ("Kage", 35), ("I alt", "=SUM(B2:B3)"), ("Status", '=IF(B4>0,"Betalt","")')
    )
    sheet = "xl/worksheets/sheet1.xml"
    data = with_parts(data, {}, {sheet: ("<f>SUM(B2:B3)</f><v></v>", "<f>SUM(B2:B3)</f><v>87</v>")})
    data = with_parts(data, {}, {sheet: ("<f>SUM(B2:B3)</f><v/>", "<f>SUM(B2:B3)</f><v>87</v>")})
    for empty in ("<v></v>", "<v/>"):
        formula = '<c r="B5"><f>IF(B4&gt;0,"Betalt","")</f>'
        data = with_parts(data, {}, {sheet: (formula + empty, formula.replace("<c ", '<c t="str" ') + "<v>Betalt</v>")})
    return data


def _picture() -> bytes:
    workbook = openpyxl.Workbook()
    workbook.active.add_image(Picture(picture()), "B2")
    return saved(workbook)


def _quarters() -> bytes:
    """The banner is written once, in cells that are not merged."""
    rows = (("", 2026, "", "", 2027, "", ""), ("Shop", "Q1", "Q2", "Q3", "Q1", "Q2", "Q3"))
    return _book(*rows, ("Leeds", 11, 14, 17, 19, 21, 22), ("York", 9, 8, 12, 23, 25, 26))


def _two_sheets() -> bytes:
    workbook = openpyxl.Workbook()
    for row in (("Tur", "Dato"), ("Skovtur", "12-06-2027"), ("Bytur", "03-09-2027")):
        workbook.active.append(row)
    other = workbook.create_sheet("Priser")
    for price in (("Arrangement", "Pris"), ("Revy", 85), ("Bal", 120)):
        other.append(price)
    return saved(workbook)
