"""PowerPoint files with what a plain text does not have."""

from __future__ import annotations

import io
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pptx
from lxml import etree
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.enum.shapes import MSO_CONNECTOR, MSO_SHAPE
from pptx.opc.package import Part
from pptx.opc.packuri import PackURI
from pptx.util import Cm

from benchmarks.reading.forms.office import in_frame, saved
from benchmarks.reading.judging import Cell, Sample, arrow, marked, pair
from benchmarks.reading.own.parts import PICTURE, SMARTART, picture, smartart_xml

_A = "http://schemas.openxmlformats.org/drawingml/2006/main"


def samples() -> Iterator[Sample]:
    yield _sample("diagram-da", _chart(), ("Solgte billetter", "Lørdag", "412", "Voksne", "Børn", "133"))
    yield _sample("smartart-da", _smartart(), ("Indsaml kvitteringer", "Udfyld skemaet", "Send det til kassereren"))
    yield _sample("noter-da", _notes(), ("Fortæl om lånet på 2,4 mio. kr.", "Ny hal i Tornved"))
    yield _sample("group-en", _group(), ("Boiler room", "Keep the hatch shut", "Pump 3"))
    yield _sample("flow-en", _flow(), (arrow("Order received", "Goods picked"), arrow("Goods picked", "Parcel sent")))
    yield _sample("bestyrelse-da", _board(), (pair("Formand", "Ida Vang"), pair("Kasserer", "Uffe Lind"), pair("Sekretær", "Maren Due")),
                  ("Formand Kasserer", "Ida Vang Uffe Lind"))  # fmt: skip
    yield _sample("alt-da", _picture("Tegning af den nye indgang mod nord"), ("Tegning af den nye indgang mod nord",))
    yield _sample("picture-en", _picture(""), ("The site today",), noticed=(PICTURE,))
    yield _sample(
        "columns-en",
        _columns(),
        ("Rent is due on the first day of each month.", "Guests may stay for up to ten nights."),
    )
    yield _sample("fodnote-da", _footer(), ("Foreningen Nybo", marked("1.975", "1", " kr."), "Uden moms."), ("1.9751",))
    yield _sample("table-en", _table(), (Cell("North", ("Q2",), "57"), Cell("South", ("Q1",), "38")))


def _sample(
    name: str, data: bytes, must: tuple[Any, ...] = (), must_not: tuple[Any, ...] = (), noticed: tuple[str, ...] = ()
) -> Sample:
    return Sample(f"pptx/{name}.pptx", data, must, must_not, noticed)


def _slide(title: str = "") -> tuple[Any, Any]:
    presentation = pptx.Presentation()
    slide = presentation.slides.add_slide(presentation.slide_layouts[5 if title else 6])
    if title:
        slide.shapes.title.text = title
    return presentation, slide


def _box(shapes: Any, text: str, x: float, y: float, width: float = 6, height: float = 2) -> Any:
    shape = shapes.add_shape(MSO_SHAPE.RECTANGLE, Cm(x), Cm(y), Cm(width), Cm(height))
    shape.text_frame.text = text
    return shape


def _chart() -> bytes:
    presentation, slide = _slide("Sæsonen")
    data = CategoryChartData()
    data.categories = ["Fredag", "Lørdag", "Søndag"]
    data.add_series("Voksne", (305, 412, 287))
    data.add_series("Børn", (98, 133, 164))
    chart = slide.shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, Cm(1), Cm(4), Cm(20), Cm(12), data).chart
    chart.has_title = True
    chart.chart_title.text_frame.text = "Solgte billetter"
    return saved(presentation)


def _smartart() -> bytes:
    presentation, slide = _slide("Refusion")
    data = smartart_xml(["Indsaml kvitteringer", "Udfyld skemaet", "Send det til kassereren"])
    part = Part(PackURI("/ppt/diagrams/data1.xml"), SMARTART.content_type, slide.part.package, data.encode())
    number = slide.part.relate_to(part, SMARTART.relation)
    frame = (
        '<p:graphicFrame xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main" '
        f'xmlns:a="{_A}" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">'
        '<p:nvGraphicFramePr><p:cNvPr id="9" name="Diagram"/><p:cNvGraphicFramePr/><p:nvPr/></p:nvGraphicFramePr>'
        '<p:xfrm><a:off x="0" y="1500000"/><a:ext cx="6000000" cy="3000000"/></p:xfrm>'
        f'<a:graphic><a:graphicData uri="{SMARTART.uri}"><dgm:relIds xmlns:dgm="{SMARTART.uri}" r:dm="{number}" r:lo="" r:qs="" r:cs=""/>'
        "</a:graphicData></a:graphic></p:graphicFrame>"
    )
    slide.shapes._spTree.append(etree.fromstring(frame))
    return saved(presentation)


def _notes() -> bytes:
    presentation, slide = _slide("Ny hal i Tornved")
    slide.notes_slide.notes_text_frame.text = "Fortæl om lånet på 2,4 mio. kr."
    return saved(presentation)


def _group() -> bytes:
    presentation, slide = _slide("Boiler room")
    outer = slide.shapes.add_group_shape()
    _box(outer.shapes, "Keep the hatch shut", 2, 5)
    _box(outer.shapes.add_group_shape().shapes, "Pump 3", 10, 5)
    return saved(presentation)


def _flow() -> bytes:
    presentation, slide = _slide("From order to parcel")
    boxes = [
        _box(slide.shapes, text, 1 + 8 * n, 6)
        for n, text in enumerate(("Order received", "Goods picked", "Parcel sent"))
    ]
    for start, end in pairwise(boxes):
        line = slide.shapes.add_connector(MSO_CONNECTOR.STRAIGHT, 0, 0, 0, 0)
        line.begin_connect(start, 3)
        line.end_connect(end, 1)
        outline = line.line._get_or_add_ln()
        outline.append(outline.makeelement(f"{{{_A}}}tailEnd", {"type": "triangle"}))
    return saved(presentation)


def _board() -> bytes:
    """Of each person a box with the office, and one with the name below it."""
    presentation, slide = _slide("Bestyrelsen")
    people = (("Formand", "Ida Vang"), ("Kasserer", "Uffe Lind"), ("Sekretær", "Maren Due"))
    for row in (0, 1):  # as they were drawn: first all offices, then all names
        for n, person in enumerate(people):
            _box(slide.shapes, person[row], 1 + 8 * n, 5 + 1.2 * row, 6, 1.2)
    return saved(presentation)


def _picture(alt: str) -> bytes:
    presentation, slide = _slide("The site today")
    shape = slide.shapes.add_picture(io.BytesIO(picture().getvalue()), Cm(2), Cm(5), Cm(8))
    shape._element._nvXxPr.cNvPr.set("descr", alt)
    return saved(presentation)


def _columns() -> bytes:
    presentation, slide = _slide("House rules")
    columns = (
        ("Rent is due on the first", "day of each month."),
        ("Guests may stay for up", "to ten nights."),
    )
    for n, lines in enumerate(columns):
        frame = _box(slide.shapes, "", 1 + 12 * n, 5, 9, 4).text_frame
        frame.text = " ".join(lines)
    return saved(presentation)


def _footer() -> bytes:
    presentation, slide = _slide("Priser")
    for n, text in enumerate(("Lejen er 1.975^{1} kr.", "^{1} Uden moms.", "Foreningen Nybo")):
        in_frame(slide.shapes.add_textbox(Cm(1), Cm(5 + 4 * n), Cm(20), Cm(2)).text_frame, text)
    return saved(presentation)


def _table() -> bytes:
    presentation, slide = _slide("Calls answered")
    rows = (("Desk", "Q1", "Q2"), ("North", "41", "57"), ("South", "38", "33"))
    table = slide.shapes.add_table(3, 3, Cm(1), Cm(5), Cm(18), Cm(4)).table
    for n, row in enumerate(rows):
        for column, text in enumerate(row):
            table.cell(n, column).text = text
    return saved(presentation)
