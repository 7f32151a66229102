"""Cells of a PDF's table that reach over several rows or columns."""

from __future__ import annotations

from pathlib import Path

import pytest
from fpdf.enums import TableSpan

from tests.files import read
from tests.pdfs import pdf

DOWN, RIGHT = TableSpan.ROW, TableSpan.COL


def lines_of(folder: Path, rows: list[list[str | TableSpan]], headings: int = 1) -> list[str]:
    document = pdf("")
    with document.table(rows, num_heading_rows=headings):
        pass
    return read(folder, "a.pdf", bytes(document.output())).pages[0].text.split("\n\n")


@pytest.mark.parametrize("others", [[], [["ARM", "armmp", "7"]]])
def test_a_cell_over_several_rows_is_said_in_each(tmp_path: Path, others: list[list[str | TableSpan]]) -> None:
    rows: list[list[str | TableSpan]] = [["Type", "Variant", "Nr."], ["MIPS", "malta", "4"], [DOWN, "octeon", DOWN]]
    written = lines_of(tmp_path, [*rows, *others])
    assert written[:3] == [
        "Type | Variant | Nr.",
        "Type: MIPS | Variant: malta | Nr.: 4",
        "Type: MIPS | Variant: octeon | Nr.: 4",
    ]
    assert written[3:] == ["Type: ARM | Variant: armmp | Nr.: 7" for _ in others]


def test_cells_over_rows_of_different_height_keep_the_rows_apart(tmp_path: Path) -> None:
    written = lines_of(
        tmp_path,
        [["Type", "Kerne", "Variant"], ["MIPS", "4", "malta"], [DOWN, DOWN, "octeon"], [DOWN, "5", "loongson"]],
    )
    assert written[1:] == [
        "Type: MIPS | Kerne: 4 | Variant: malta",
        "Type: MIPS | Kerne: 4 | Variant: octeon",
        "Type: MIPS | Kerne: 5 | Variant: loongson",
    ]


def test_a_title_and_a_value_over_several_columns_leave_the_rows_as_they_are(tmp_path: Path) -> None:
    title = "Tilbehør til alle cykler fra fabrikken og butikken samt reservedele"
    written = lines_of(
        tmp_path,
        [
            ["Produkt", "Pris", "Lager"],
            [title, RIGHT, RIGHT],
            ["Lygte", "10", "3"],
            ["Hjelm", "Udsolgt indtil marts til alle", RIGHT],
            ["Lås", "30", "4"],
        ],
    )
    assert written == [
        "Produkt | Pris | Lager",
        title,
        "Produkt: Lygte | Pris: 10 | Lager: 3",
        "Produkt: Hjelm | Pris: Udsolgt indtil marts til alle",
        "Produkt: Lås | Pris: 30 | Lager: 4",
    ]


def test_names_over_several_columns_name_each_of_them(tmp_path: Path) -> None:
    written = lines_of(
        tmp_path,
        [
            ["Produkt", "2024", RIGHT, "2025", RIGHT],
            [DOWN, "Q1", "Q2", "Q1", "Q2"],
            ["Cykler", "11", "12", "13", "14"],
            ["Hjelme", "21", "22", "23", "24"],
        ],
        headings=2,
    )
    assert "Produkt: Hjelme | 2024 Q1: 21 | 2024 Q2: 22 | 2025 Q1: 23 | 2025 Q2: 24" in written
