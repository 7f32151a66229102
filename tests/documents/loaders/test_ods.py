"""ODS: a line for each row, values as they are shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from rag.core.errors import EmptyFile, ParsingLimit
from rag.core.types import Parsed
from rag.documents.loaders import Limits, kind_of, load
from tests.files import read
from tests.odfs import cells, chart, open_document, p, table, text_box


def ods(folder: Path, *sheets: str, looks: str = "", **parts: str) -> Parsed:
    return read(folder, "a.ods", open_document("spreadsheet", "".join(sheets), looks=looks, parts=parts))


def lines(folder: Path, *sheets: str, looks: str = "") -> list[str]:
    return ods(folder, *sheets, looks=looks).pages[0].text.split("\n")


def cell(shown: str, kind: str = "float", value: str = "1", more: str = "") -> str:
    inside = p(shown) if shown else ""
    return f'<table:table-cell office:value-type="{kind}" office:value="{value}" {more}>{inside}</table:table-cell>'


def test_values_are_those_shown(tmp_path: Path) -> None:
    made = table(
        cells("Vare", "Pris", "Andel"),
        cells("Stol", cell("1.250,00 kr.", "currency", "1250"), cell("13 %", "percentage", "0.125")),
        cells("Bord", cell("", "float", "7")),
    )
    parsed = ods(tmp_path, made)
    assert parsed.pages[0].text.split("\n") == [
        "Vare | Pris | Andel",
        "Vare: Stol | Pris: 1.250,00 kr. | Andel: 13 %",
        "Vare: Bord | Pris: 7",
    ]
    assert parsed.pages[0].label == "Ark1"


def test_line_n_is_row_n(tmp_path: Path) -> None:
    gap = '<table:table-cell table:number-columns-repeated="9"/>'
    empty = f'<table:table-row table:number-rows-repeated="3">{gap}</table:table-row>'
    many = f'<table:table-row table:number-rows-repeated="2">{gap}<table:table-cell>{p("Ens")}</table:table-cell>'
    many += "</table:table-row>"
    rest = '<table:table-row table:number-rows-repeated="1048000"><table:table-cell/></table:table-row>'
    assert lines(tmp_path, table(cells("Titel"), empty, many, rest)) == ["Titel", "", "", "", "Ens", "Ens"]


def test_merged_cells_reach_into_their_rows(tmp_path: Path) -> None:
    tall = f'<table:table-cell table:number-rows-spanned="2">{p("Nord")}</table:table-cell>'
    made = table(
        cells("Region", "By", "Salg"),
        cells(tall, "Hobro", cell("5")),
        cells("<table:covered-table-cell/>", "Års", cell("6")),
    )
    assert lines(tmp_path, made)[1:] == ["Region: Nord | By: Hobro | Salg: 5", "Region: Nord | By: Års | Salg: 6"]


def test_a_declared_header_of_years_is_one(tmp_path: Path) -> None:
    area = '<table:database-range table:target-range-address="Ark1.A1:Ark1.C3"/>'
    made = table(cells("Region", cell("2022"), cell("2023")), cells("Nord", cell("5"), cell("6")))
    assert lines(tmp_path, made + area)[1] == "Region: Nord | 2022: 5 | 2023: 6"


def test_comments_drawings_and_charts_are_read(tmp_path: Path) -> None:
    comment = f"<office:annotation><dc:creator>Bo</dc:creator>{p('Udgår')}</office:annotation>"
    noted = f"<table:table-cell>{p('Stol')}{comment}</table:table-cell>"
    shapes = text_box("Husk moms") + '<draw:frame><draw:object xlink:href="./Object 1"/></draw:frame>'
    made = table(cells(noted, "5"), inside=f"<table:shapes>{shapes}</table:shapes>")
    parsed = ods(tmp_path, made, **{"Object 1/content.xml": chart("Salg pr. år", cells("a", "b"))})
    assert parsed.pages[0].text.split("\n") == ["Stol | 5 | Note (Bo): Udgår", "", "Husk moms", "Salg pr. år"]


def test_struck_cells_and_hidden_parts_are_said(tmp_path: Path) -> None:
    looks = """<style:style style:name="S" style:family="table-cell"><style:text-properties
    style:text-line-through-style="solid"/></style:style><style:style style:name="H" style:family="table">
    <style:table-properties table:display="false"/></style:style>"""
    old = f'<table:table-cell table:style-name="S">{p("100")}</table:table-cell>'
    hidden_row = cells("skjult", "1").replace("<table:table-row>", '<table:table-row table:visibility="collapse">')
    hidden = table(cells("a", "b"), name="Gemt", style="H")
    parsed = ods(tmp_path, table(cells("Pris", old, "90"), hidden_row), hidden, looks=looks)
    assert parsed.pages[0].text == "Pris | 90\nskjult | 1"
    assert [(n.code, n.values) for n in parsed.notices] == [
        ("hidden_sheets", {"names": "Gemt"}),
        ("hidden_cells", {"names": "Ark1"}),
        ("left_out_struck", {"count": 1, "places": "Ark1"}),
    ]


def test_empty_and_endless_ones(tmp_path: Path) -> None:
    with pytest.raises(EmptyFile):
        ods(tmp_path, table(cells("", "")))
    wide = cell("x" * 40, more='table:number-columns-repeated="9000"')
    endless = f'<table:table-row table:number-rows-repeated="1000000">{wide}</table:table-row>'
    data = open_document("spreadsheet", table(endless))
    (tmp_path / "file").write_bytes(data)
    with pytest.raises(ParsingLimit):
        load(tmp_path / "file", kind_of("a.ods", data), "a.ods", limits=Limits())
