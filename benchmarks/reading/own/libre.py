"""Files of LibreOffice with what a plain text does not have."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from benchmarks.reading.blocks import Table
from benchmarks.reading.forms.opendocument import package, styles_part, table
from benchmarks.reading.judging import Cell, Form, Sample, marked, pair
from benchmarks.reading.own.parts import PICTURE, picture
from benchmarks.reading.own.web import FRACTION

_PNG = {"Pictures/a.png": picture().getvalue()}
_IMAGE = '<draw:image xlink:href="Pictures/a.png" xlink:type="simple"/>'


def samples() -> Iterator[Sample]:
    note = '<text:note text:note-class="footnote"><text:note-citation>1</text:note-citation><text:note-body><text:p>Inkl. moms.</text:p></text:note-body></text:note>'
    yield _text(
        "fodnote-da",
        f"<text:p>Prisen er 5.150{note} kr.</text:p>",
        (marked("5.150", "1", " kr."), "Inkl. moms."),
        ("5.1501",),
    )
    yield _text(
        "boks-da",
        "<text:p>Før.<draw:frame><draw:text-box><text:p>Nøglen ligger hos naboen.</text:p></draw:text-box></draw:frame></text:p>",
        ("Nøglen ligger hos naboen.",),
    )
    yield _text("kommentar-en", '<text:p>Rent is 700<office:annotation><dc:creator>R. Pell</dc:creator><text:p>Check with the bank.</text:p></office:annotation> pounds.</text:p>',
                ("Check with the bank.", Form("Rent is 700 … pounds.", re.compile("Rent is 700"))))  # fmt: skip
    removed = (
        '<text:tracked-changes><text:changed-region text:id="c1"><text:deletion><text:p>gammel frist</text:p></text:deletion>'
        "</text:changed-region></text:tracked-changes>"
    )
    yield _text(
        "slettet-da",
        f'{removed}<text:p>Ny frist<text:change text:change-id="c1"/> er den 8. juni.</text:p>',
        ("Ny frist er den 8. juni.",),
        ("gammel frist",),
    )
    master = (
        '<style:master-page style:name="Standard" style:page-layout-name="pm1"><style:header><text:p>Udkast 3</text:p></style:header>'
        "<style:footer><text:p>Arkiv B-17</text:p></style:footer></style:master-page>"
    )
    yield _text(
        "sidehoved-da",
        "<text:p>Referatet følger.</text:p>",
        ("Udkast 3", "Arkiv B-17", "Referatet følger."),
        parts={"styles.xml": styles_part(master)},
    )
    yield _text(
        "alt-en",
        f"<text:p>See <draw:frame>{_IMAGE}<svg:desc>Plan of the new wing</svg:desc></draw:frame></text:p>",
        ("Plan of the new wing",),
        parts=_PNG,
    )
    yield _text(
        "picture-en",
        f"<text:p>See below.</text:p><text:p><draw:frame>{_IMAGE}</draw:frame></text:p>",
        ("See below.",),
        noticed=(PICTURE,),
        parts=_PNG,
    )
    math = '<draw:frame><draw:object xlink:href="./Object 1" xlink:type="simple"/></draw:frame>'
    yield _text(
        "formel-da",
        f"<text:p>Det tager {math} time.</text:p>",
        (Form("7/12", re.compile(r"\(?7\)? ?[/⁄∕] ?\(?12")),),
        parts={"Object 1/content.xml": f'<?xml version="1.0"?>{FRACTION}'},
    )
    yield _text("liste-da", "<text:list><text:list-item><text:p>Mel 400 g</text:p></text:list-item><text:list-item><text:p>Gær 25 g</text:p></text:list-item></text:list>"
                "<text:p>Hæver<text:s text:c='1'/>2<text:tab/>timer.</text:p>", ("Mel 400 g", "Gær 25 g", Form("Hæver 2 timer.", re.compile("Hæver 2 timer"))))  # fmt: skip
    yield from _sheets()
    yield from _slides()


def _text(
    name: str,
    inside: str,
    must: tuple[Any, ...],
    must_not: tuple[Any, ...] = (),
    noticed: tuple[str, ...] = (),
    parts: Any = None,
) -> Sample:
    return Sample(f"odt/{name}.odt", package("text", inside, parts), must, must_not, noticed)


def _value(kind: str, value: str, shown: str) -> str:
    name = "date-value" if kind == "date" else "value"
    return f'<table:table-cell office:value-type="{kind}" office:{name}="{value}"><text:p>{shown}</text:p></table:table-cell>'


def _label(text: str, extra: str = "") -> str:
    return f'<table:table-cell office:value-type="string">{extra}<text:p>{text}</text:p></table:table-cell>'


def _sheet(name: str, *rows: str) -> str:
    return f'<table:table table:name="{name}">{"".join(f"<table:table-row>{row}</table:table-row>" for row in rows)}</table:table>'


def _sheets() -> Iterator[Sample]:
    shown = _sheet(
        "Ark1",
        _label("Rente") + _value("percentage", "0.0375", "3,75 %"),
        _label("Frist") + _value("date", "2027-03-01", "01-03-2027"),
        _label("Gebyr") + _value("currency", "1450", "1.450,00 kr."),
        _label("Medlemsnr.") + _value("float", "77", "00077"),
    )
    yield Sample(
        "ods/vist-da.ods",
        package("spreadsheet", shown),
        (
            pair("Rente", "3,75 %"),
            pair("Frist", "01-03-2027"),
            pair("Gebyr", "1.450,00 kr."),
            pair("Medlemsnr.", "00077"),
        ),
    )
    note = "<office:annotation><text:p>Without the mooring fee.</text:p></office:annotation>"
    yield Sample(
        "ods/comment-en.ods",
        package("spreadsheet", _sheet("Boats", _label("Dinghy", note) + _label("310"))),
        ("Without the mooring fee.", pair("Dinghy", "310")),
    )
    repeated = '<table:table-cell office:value-type="string" table:number-columns-repeated="2"><text:p>ja</text:p></table:table-cell>'
    empty = '<table:table-row table:number-rows-repeated="1048000"><table:table-cell table:number-columns-repeated="1024"/></table:table-row>'
    body = _sheet(
        "A", _label("Dør") + _label("Mon") + _label("Tue") + _label("Wed"), _label("Nord") + repeated + _label("nej")
    ).replace("</table:table>", f"{empty}</table:table>")
    yield Sample(
        "ods/gentaget-da.ods",
        package("spreadsheet", body),
        (Form("Nord … ja … ja … nej", re.compile(r"Nord.{1,12}\bja\b.{1,12}\bja\b.{1,12}\bnej\b")),),
    )
    two = _sheet("Hold", _label("Hold") + _label("Antal"), _label("Pigerne") + _value("float", "14", "14")) + _sheet(
        "Baner", _label("Bane 2 er lukket.")
    )
    yield Sample(
        "ods/to-ark-da.ods", package("spreadsheet", two), (Cell("Pigerne", ("Antal",), "14"), "Bane 2 er lukket.")
    )


def _slides() -> Iterator[Sample]:
    def frame(text: str, extra: str = "") -> str:
        return f'<draw:frame svg:x="1cm" svg:y="1cm" svg:width="9cm" svg:height="2cm"{extra}><draw:text-box><text:p>{text}</text:p></draw:text-box></draw:frame>'

    notes = f"<presentation:notes>{frame('Sig tak til køkkenet.')}</presentation:notes>"
    yield Sample(
        "odp/noter-da.odp",
        package("presentation", f'<draw:page draw:name="1">{frame("Sommerfest")}{notes}</draw:page>'),
        ("Sommerfest", "Sig tak til køkkenet."),
    )
    group = (
        f"<draw:g>{frame('Pump house')}<draw:custom-shape><text:p>Valve 6 open</text:p></draw:custom-shape></draw:g>"
    )
    yield Sample("odp/group-en.odp", package("presentation", f'<draw:page draw:name="1">{group}</draw:page><draw:page draw:name="2">{frame("Second slide")}</draw:page>'),
                 ("Pump house", "Valve 6 open", "Second slide"))  # fmt: skip
    rows = Table((("Dag", "Ret"), ("Mandag", "Suppe"), ("Tirsdag", "Fisk")), bold=1)
    yield Sample(
        "odp/tabel-da.odp",
        package("presentation", f'<draw:page draw:name="1"><draw:frame>{table(rows)}</draw:frame></draw:page>'),
        (Cell("Tirsdag", ("Ret",), "Fisk"),),
    )
    image = f'<draw:frame svg:width="9cm" svg:height="5cm">{_IMAGE}</draw:frame>'
    yield Sample(
        "odp/picture-en.odp",
        package("presentation", f'<draw:page draw:name="1">{frame("The new boat")}{image}</draw:page>', _PNG),
        ("The new boat",),
        noticed=(PICTURE,),
    )
