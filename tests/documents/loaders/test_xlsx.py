"""XLSX: sheets as pages, rows as lines."""

from __future__ import annotations

import io
import re
import time
import zipfile
from datetime import datetime
from pathlib import Path

import openpyxl
import pytest
from openpyxl.chart import BarChart
from openpyxl.comments import Comment
from openpyxl.styles import Font, PatternFill
from openpyxl.worksheet.table import Table

from rag.core.errors import DamagedFile, EmptyFile
from rag.core.types import Notice, Parsed
from tests.files import read, saved, with_part, zipped
from tests.workbooks import book


def lines(parsed: Parsed, page: int = 0) -> list[str]:
    return parsed.pages[page].text.split("\n")


def test_line_n_is_row_n(tmp_path: Path) -> None:
    made = book(
        ["Prisliste 2026"],
        [],
        ["Model", "Garanti", "Pris"],
        ["X1", "24 måneder", 1299.5],
        [],
        ["X2", "12 måneder", 999],
    )
    for cell in ("C4", "C6"):
        made.active[cell].number_format = '#,##0.00 "kr."'
    parsed = read(tmp_path, "a.xlsx", saved(made))
    assert lines(parsed) == [
        "Prisliste 2026",
        "",
        "Model | Garanti | Pris",
        "Model: X1 | Garanti: 24 måneder | Pris: 1.299,50 kr.",
        "",
        "Model: X2 | Garanti: 12 måneder | Pris: 999,00 kr.",
    ]
    (page,) = parsed.pages
    assert page.label == "Priser" and [(h.level, h.title, h.offset) for h in page.headings] == [(1, "Priser", 0)]


def test_each_sheet_is_a_page_and_hidden_ones_are_said(tmp_path: Path) -> None:
    made = book(["Model", "Pris"], ["X1", 5])
    made.create_sheet("Tomt")
    made.create_sheet("Kostpriser").append(["X1 koster os 3 kr."])
    made["Kostpriser"].sheet_state = "hidden"
    made.create_chartsheet("Salg").add_chart(BarChart())
    made.properties.title = "Priser og rabatter"
    parsed = read(tmp_path, "a.xlsx", saved(made))
    assert [(page.number, page.label, page.text) for page in parsed.pages] == [
        (1, "Priser", "Model | Pris\nModel: X1 | Pris: 5"),
        (2, "Tomt", ""),
        (3, "Kostpriser", "X1 koster os 3 kr."),
    ]
    assert parsed.notices == (
        Notice("hidden_sheets", {"names": "Kostpriser"}),
        Notice("sheets_of_charts", {"names": "Salg"}),
    )
    assert parsed.title == "Priser og rabatter"


def test_hidden_rows_and_columns_are_said(tmp_path: Path) -> None:
    made = book(["Model", "Kostpris", "Pris"], ["X1", 3, 5], ["X2", 4, 6])
    made.active.column_dimensions["B"].hidden = True
    rows = made.create_sheet("Lager")
    rows.append(["X1"])
    rows.append(["Udgået: X0"])
    rows.row_dimensions[2].hidden = True
    nothing = made.create_sheet("Kontakt")  # as sheets are whose unused part is hidden
    nothing.append(["Ring til os"])
    nothing.column_dimensions["C"].hidden = True
    nothing.row_dimensions[9].hidden = True
    parsed = read(tmp_path, "a.xlsx", saved(made))
    assert "Kostpris: 3" in parsed.pages[0].text and parsed.pages[1].text == "X1\nUdgået: X0"
    assert parsed.notices == (Notice("hidden_cells", {"names": "Priser, Lager"}),)


def without(data: bytes, *left_out: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return zipped({name: archive.read(name) for name in archive.namelist() if name not in left_out})


def test_what_is_not_shown_is_no_reason_to_refuse(tmp_path: Path) -> None:
    made = book(["Model", "Pris"], ["X1", 1299.5])
    made.active["B2"].number_format = '#,##0.00 "kr."'
    made.active["A1"].fill = PatternFill("solid", "FFFF00")
    made.active.add_chart(BarChart())
    data = saved(made)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        styles = archive.read("xl/styles.xml").decode()
    empty = re.sub(r"<fill>.*?</fill>", "<fill />", styles)
    assert empty != styles
    for given in (without(data, "xl/drawings/drawing1.xml"), with_part(data, "xl/styles.xml", empty)):
        assert lines(read(tmp_path, "a.xlsx", given)) == ["Model | Pris", "Model: X1 | Pris: 1.299,50 kr."]
    in_cells = with_part(
        without(data, "xl/sharedStrings.xml"),
        "xl/worksheets/sheet1.xml",
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1">'
        '<c r="A1" t="inlineStr"><is><t>Model X1</t></is></c></row></sheetData></worksheet>',
    )
    assert lines(read(tmp_path, "a.xlsx", in_cells)) == ["Model X1"]


def test_merged_cells_are_told_in_each_row(tmp_path: Path) -> None:
    made = book(["Type", "Model", "Pris"], ["Elcykel", "X1", 5], [None, "X2", 6], ["Tilbehør", "L1", 1])
    made.active.merge_cells("A2:A3")
    assert lines(read(tmp_path, "a.xlsx", saved(made)))[2] == "Type: Elcykel | Model: X2 | Pris: 6"


def test_a_text_with_room_over_many_rows_is_told_once(tmp_path: Path) -> None:
    said = "Priserne gælder fra 3. maj 2026 og er uden moms, fragt og montering, medmindre andet er aftalt."
    made = book([said], [], [None, "Kontakt: 12 34 56 78"], ["Kort"], [])
    made.active.merge_cells("A1:A3")
    made.active.merge_cells("A4:B6")
    assert lines(read(tmp_path, "a.xlsx", saved(made))) == [said, "", "Kontakt: 12 34 56 78", "Kort"]


def test_a_title_merged_over_the_table_is_said_once(tmp_path: Path) -> None:
    made = book(["Prisliste", None, None], ["Model", "Antal", "Pris"], ["X1", 2, 5])
    made.active.merge_cells("A1:C1")
    assert lines(read(tmp_path, "a.xlsx", saved(made))) == [
        "Prisliste",
        "Model | Antal | Pris",
        "Model: X1 | Antal: 2 | Pris: 5",
    ]


def test_headers_that_the_sheet_names_itself(tmp_path: Path) -> None:
    text = [["Firma", "By"], ["Cykel A/S", "Ærø"], ["Hjul ApS", "Fur"]]
    with_table, filtered, frozen, bold = (book(*text) for _ in range(4))
    with_table.active.add_table(Table(displayName="T", ref="A1:B3"))
    filtered.active.auto_filter.ref = "A1:B3"
    frozen.active.freeze_panes = "A2"
    for cell in bold.active[1]:
        cell.font = Font(bold=True)
    for made in (with_table, filtered, frozen, bold):
        assert lines(read(tmp_path, "a.xlsx", saved(made)))[1] == "Firma: Cykel A/S | By: Ærø"


def test_formulas_count_by_their_last_value(tmp_path: Path) -> None:
    data = saved(book(["Model", "Pris"], ["X1", "=2+3"], ["X2", "=1+1"]))
    parsed = read(tmp_path, "a.xlsx", data)
    assert lines(parsed)[1:] == ["X1", "X2"]
    assert parsed.notices == (Notice("formulas_without_values", {"count": 2}),)
    sheet = (
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1">'
        '<c r="A1" t="inlineStr"><is><t>Model</t></is></c><c r="B1" t="inlineStr"><is><t>Pris</t></is></c></row>'
        '<row r="2">'
        '<c r="A2" t="inlineStr"><is><t>X1</t></is></c><c r="B2"><f>2+3</f><v>5</v></c></row></sheetData></worksheet>'
    )
    parsed = read(tmp_path, "a.xlsx", with_part(data, "xl/worksheets/sheet1.xml", sheet))
    assert lines(parsed)[1] == "Model: X1 | Pris: 5" and parsed.notices == ()


def test_comments_dates_and_truth(tmp_path: Path) -> None:
    made = book(["Model", "Udgår", "På lager"], ["X1", datetime(2026, 5, 3), True])
    made.active["B2"].number_format = "d. mmmm yyyy"
    made.active["A2"].comment = Comment("Afløses\naf X2", "Mette")
    assert lines(read(tmp_path, "a.xlsx", saved(made)))[1] == (
        "Model: X1 | Udgår: 3. maj 2026 | På lager: SAND | Note (Mette): Afløses af X2"
    )


@pytest.mark.parametrize(
    ("header", "row", "expected"),
    [
        (["Name", "Active"], ["Hansen", True], "Name: Hansen | Active: TRUE"),
        (["Item", "In stock"], ["Lamp", False], "Item: Lamp | In stock: FALSE"),
        (["Navn", "Aktiv"], ["Smith", True], "Navn: Smith | Aktiv: SAND"),
    ],
)
def test_truth_is_in_the_language_of_the_sheet(
    tmp_path: Path, header: list[str], row: list[object], expected: str
) -> None:
    assert lines(read(tmp_path, "a.xlsx", saved(book(list(header), row))))[1] == expected


def test_one_cell_and_none(tmp_path: Path) -> None:
    assert lines(read(tmp_path, "a.xlsx", saved(book(["Ærø"])))) == ["Ærø"]
    with pytest.raises(EmptyFile):
        read(tmp_path, "a.xlsx", saved(book()))


def test_a_cell_far_away_costs_no_more_than_its_rows(tmp_path: Path) -> None:
    made = book(["Her"])
    made.active.cell(200_000, 16_000).value = "langt væk"
    began = time.monotonic()
    found = lines(read(tmp_path, "a.xlsx", saved(made)))
    assert (found[0], found[199_999], len(found)) == ("Her", "langt væk", 200_000)
    assert time.monotonic() - began < 10


def test_ten_thousand_rows(tmp_path: Path) -> None:
    made = openpyxl.Workbook(write_only=True)
    sheet = made.create_sheet("Lager")
    sheet.append(["Vare", "Antal", "Pris"])
    for n in range(2, 10_001):
        sheet.append([f"V{n}", n, n / 4])
    found = lines(read(tmp_path, "a.xlsx", saved(made)))
    assert len(found) == 10_000
    assert found[7_776] == "Vare: V7777 | Antal: 7777 | Pris: 1944,25"


def test_damaged_ones_are_refused(tmp_path: Path) -> None:
    data = saved(book(["x"]))
    for damaged in (
        data[: len(data) // 2],
        with_part(data, "xl/workbook.xml", "<a/>"),
        with_part(data, "xl/worksheets/sheet1.xml", "<worksheet><sheetData><row"),
        with_part(data, "xl/worksheets/sheet1.xml", "<worksheet><sheetData><row r='x'><c r='?!'><v>1</v></c></row>"),
    ):
        with pytest.raises(DamagedFile):
            read(tmp_path, "a.xlsx", damaged)
