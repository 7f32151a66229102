"""ODT: text, lists, tables, notes, and what stands beside the text."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from rag.core.errors import DamagedFile, EmptyFile, NothingReadable, PasswordProtected
from rag.core.types import Parsed
from tests.files import read, with_part
from tests.odfs import OUTLINE, cells, chart, frame, open_document, p, part, span, table, text_box


def odt(folder: Path, body: str, styles: str = "", **parts: str) -> Parsed:
    return read(folder, "a.odt", open_document("text", body, styles=styles, parts=parts))


def said(folder: Path, body: str, styles: str = "", **parts: str) -> str:
    return odt(folder, body, styles, **parts).pages[0].text


def left_out(parsed: Parsed) -> dict[str, int]:
    return {notice.code: notice.values.get("count", 0) for notice in parsed.notices}


def item(*inside: str, start: str = "") -> str:
    return f"<text:list-item {start}>{''.join(inside)}</text:list-item>"


def items(*made: str, style: str = "Tal", more: str = "") -> str:
    return f'<text:list text:style-name="{style}" {more}>{"".join(made)}</text:list>'


def test_headings_have_their_numbers(tmp_path: Path) -> None:
    def heading(level: int, text: str) -> str:
        return f'<text:h text:outline-level="{level}">{text}</text:h>'

    body = heading(1, "Formål") + heading(1, "Pris") + heading(2, "Betaling") + heading(2, "Frist") + p("30 dage.")
    parsed = odt(tmp_path, body, OUTLINE)
    (page,) = parsed.pages
    assert page.text == "1 Formål\n\n2 Pris\n\n2.1 Betaling\n\n2.2 Frist\n\n30 dage."
    assert [(h.level, h.title) for h in page.headings][-1] == (2, "2.2 Frist") and parsed.title == "1 Formål"


def test_items_have_the_marks_that_are_shown(tmp_path: Path) -> None:
    body = items(item(p("et")), item(p("to"), items(item(p("to a")), item(p("to b")), style="")), item(p("tre")))
    body += p("imellem") + items(item(p("fire")), more='text:continue-numbering="true"')
    body += items(item(p("forfra"))) + items(item(p("syv"), start='text:start-value="7"'))
    body += items(item(p("x")), style="Punkt")
    assert said(tmp_path, body) == (
        "1. et\n2. to\n  a) to a\n  b) to b\n3. tre\n\nimellem\n\n4. fire\n1. forfra\n7. syv\n• x"
    )


def test_signs_keep_what_they_say(tmp_path: Path) -> None:
    body = p("10", span("-3", "Op"), " g, 5 m", span("2", "Op"), " og CO", span("2", "Ned"))
    body += p("1<text:s/>250<text:tab/>kr.<text:line-break/>i alt")
    assert said(tmp_path, body) == "10⁻³ g, 5 m² og CO₂\n\n1 250 kr.\ni alt"


def test_struck_hidden_and_deleted_text_is_left_out_and_said(tmp_path: Path) -> None:
    changed = "<text:tracked-changes><text:changed-region><text:deletion>" + p("Slettet") + "</text:deletion>"
    changed += "</text:changed-region></text:tracked-changes>"
    body = changed + p("Nu ", span("1.000", "Streg"), span(" kr.", "Arvet"), " 800 kr.") + p("Ophævet", style="Gammel")
    body += p("Åben ", span("hemmelig", "Skjult"))
    parsed = odt(tmp_path, body)
    assert parsed.pages[0].text == "Nu 800 kr.\n\nÅben"
    assert left_out(parsed) == {"changes_tracked": 0, "left_out_struck": 2, "left_out_hidden": 1}


def test_notes_and_comments_stand_apart(tmp_path: Path) -> None:
    below = f"<text:note-body>{p('Ekskl. moms')}</text:note-body>"
    note = f"<text:note><text:note-citation>1</text:note-citation>{below}</text:note>"
    comment = f"<office:annotation><dc:creator>Bo</dc:creator>{p('Tjek prisen')}</office:annotation>"
    assert said(tmp_path, p("Prisen er 1.250", note, " kr.", comment)) == (
        "Prisen er 1.250 ¹ kr.\n\n¹ Ekskl. moms\n\nNote (Bo): Tjek prisen"
    )


def test_tables_keep_their_headers_and_merged_cells(tmp_path: Path) -> None:
    wide = f'<table:table-cell table:number-columns-spanned="2">{p("2024")}</table:table-cell>'
    tall = '<table:table-cell table:number-rows-spanned="2">' + p("Nord") + "</table:table-cell>"
    made = table(
        cells("Region", wide, "<table:covered-table-cell/>", header=True),
        cells("Region", "Q1", "Q2", header=True),
        cells(tall, "5", "6"),
        cells("<table:covered-table-cell/>", "7", "8"),
    )
    assert said(tmp_path, made).split("\n")[2:] == [
        "Region: Nord | 2024 Q1: 5 | 2024 Q2: 6",
        "Region: Nord | 2024 Q1: 7 | 2024 Q2: 8",
    ]


def test_a_table_that_lays_out_the_text_is_none(tmp_path: Path) -> None:
    made = table(cells("Batterier er dækket. " * 30, "Side"), cells("A", "B"))
    assert said(tmp_path, made).endswith("Side\n\nA\n\nB")


def test_what_stands_beside_the_text_is_read(tmp_path: Path) -> None:
    drawn = text_box("I boksen") + "<draw:g><draw:custom-shape>" + p("I formen") + "</draw:custom-shape></draw:g>"
    described = frame("<svg:title>Kurve</svg:title><svg:desc>Salget stiger</svg:desc><draw:image/>")
    body = p("Før", drawn, described) + p(frame('<draw:object xlink:href="./Object 1"/><draw:image/>'))
    drawing = chart("Salg", cells("", "2023", "2024"), cells("Nord", "5", "6"), cells("Syd", "7", "8"))
    parsed = odt(tmp_path, body, **{"Object 1/content.xml": drawing})
    assert parsed.pages[0].text == (
        "Før\n\nI boksen\n\nI formen\n\nBillede: Kurve. Salget stiger\n\n"
        "Salg\n2023 | 2024\nNord | 2023: 5 | 2024: 6\nSyd | 2023: 7 | 2024: 8"
    )
    assert left_out(parsed) == {}


def test_a_formula_is_read_in_its_line(tmp_path: Path) -> None:
    formula = '<math:math xmlns:math="http://www.w3.org/1998/Math/MathML"><math:mfrac><math:mi>a</math:mi><math:mn>2</math:mn>'
    formula += "</math:mfrac></math:math>"
    body = p("Satsen er ", frame('<draw:object xlink:href="./Object 1"/>'), " i alt.")
    assert said(tmp_path, body, **{"Object 1/content.xml": formula}) == "Satsen er a/2 i alt."


def test_headers_and_footers_without_the_counting_of_pages(tmp_path: Path) -> None:
    master = f"<office:master-styles><style:master-page><style:header>{p('Nordvind A/S')}</style:header><style:footer>"
    master += p("Side <text:page-number>1</text:page-number> af <text:page-count>3</text:page-count>")
    master += p("CVR 12 34 56 78") + "</style:footer></style:master-page></office:master-styles>"
    assert said(tmp_path, p("Aftale"), master) == "Nordvind A/S\n\nAftale\n\nCVR 12 34 56 78"


def test_fields_and_placeholders_are_told_apart(tmp_path: Path) -> None:
    forms = """<office:forms><form:form><form:text form:id="a" form:current-value="Ida Krogh"/>
    <form:checkbox form:id="b" form:label="Ja tak" form:current-state="checked"/><form:listbox form:id="c">
    <form:option form:label="S"/><form:option form:label="M" form:selected="true"/></form:listbox>
    </form:form></office:forms>"""
    controls = [f'<draw:control draw:control="{name}"/>' for name in "abc"]
    body = forms + p("Navn: ", controls[0]) + p(controls[1]) + p("Mål: ", controls[2])
    body += p("Dato: <text:placeholder>&lt;Skriv datoen&gt;</text:placeholder>")
    assert said(tmp_path, body) == (
        "Navn: Ida Krogh\n\n☒ Ja tak\n\nMål: M [valgmuligheder: S, M]\n\nDato: [ikke udfyldt: Skriv datoen]"
    )


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    parsed = odt(tmp_path, p("Tekst", frame("<draw:image/>"), frame("<draw:object-ole/>"), frame("<draw:plugin/>")))
    assert left_out(parsed) == {"left_out_pictures": 1, "left_out_objects": 1, "left_out_media": 1}


def test_empty_and_pictures_only(tmp_path: Path) -> None:
    with pytest.raises(EmptyFile):
        odt(tmp_path, p(""))
    with pytest.raises(NothingReadable):
        odt(tmp_path, p(frame("<draw:image/>")))


def test_those_that_cannot_be_read(tmp_path: Path) -> None:
    good = open_document("text", p("Tekst"))
    manifest = "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"
    locked = f'<m:manifest xmlns:m="{manifest}"><m:encryption-data/></m:manifest>'
    with pytest.raises(PasswordProtected):
        read(tmp_path, "a.odt", with_part(good, "META-INF/manifest.xml", locked))
    for content in ("<a><b>", part("document-content", "")):
        with pytest.raises(DamagedFile):
            read(tmp_path, "a.odt", with_part(good, "content.xml", content))


@pytest.mark.parametrize("lost", ["Thumbnails/thumbnail.png", "content.xml"])
def test_a_byte_that_is_lost_beside_the_text_is_none_of_the_text(lost: str, tmp_path: Path) -> None:
    packed = open_document("text", p("Teksten er hel."), parts={"Thumbnails/thumbnail.png": "billede " * 90})
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(packed)) as archive, zipfile.ZipFile(out, "w") as stored:
        for name in archive.namelist():
            stored.writestr(name, archive.read(name))
    made = out.getvalue()
    at = made.index(lost.encode()) + len(lost) + 4
    made = made[:at] + made[at + 1 :]
    if lost == "content.xml":
        with pytest.raises(DamagedFile):
            read(tmp_path, "a.odt", made)
    else:
        assert read(tmp_path, "a.odt", made).pages[0].text == "Teksten er hel."
