"""Rows that can each be read alone, and where their names come from."""

from __future__ import annotations

import pytest

from rag.documents.loaders.table_text import Cell, Row, cell_of, row_lines


def rows(*lines: str) -> list[Row]:
    """Cells between bars; "**" before a bold one, "<" for one that the cell to the left spans."""
    made = []
    for line in lines:
        row: dict[int, Cell] = {}
        for column, said in enumerate(line.split("|") if line else []):
            said = said.strip()
            if said == "<":
                row[column] = Cell(row[column - 1].text, row[column - 1].figure, spread=True)
            elif said:
                row[column] = cell_of(said.removeprefix("**"), bold=said.startswith("**"))
        made.append(row)
    return made


def test_each_row_has_the_names_of_its_columns() -> None:
    assert row_lines(rows("Model | Garanti | Pris", "X1 | 24 måneder | 1.299,00 kr.", "X2 | | 999 kr.")) == [
        "Model | Garanti | Pris",
        "Model: X1 | Garanti: 24 måneder | Pris: 1.299,00 kr.",
        "Model: X2 | Pris: 999 kr.",
    ]


def test_titles_above_and_between_stay_as_they_are() -> None:
    found = row_lines(
        rows("Priser 2026", "", "Model | Pris", "Elcykler", "X1 | 5", "", "X2 | 7", "", "Alle priser er med moms.")
    )
    assert found[2:5] == ["Model | Pris", "Elcykler", "Model: X1 | Pris: 5"]
    assert found[6] == "Model: X2 | Pris: 7"  # goes on below an empty row
    assert (found[0], found[8]) == ("Priser 2026", "Alle priser er med moms.")


def test_a_second_table_has_its_own_names() -> None:
    found = row_lines(rows("Model | Pris", "X1 | 5", "", "By | Butikker", "Aarhus | 2"))
    assert found[-1] == "By: Aarhus | Butikker: 2"


def test_a_second_table_without_names_does_not_take_those_of_the_first() -> None:
    assert row_lines(rows("Model | Pris", "X1 | 5", "", "a | b | 3 | 4"))[-1] == "a | b | 3 | 4"


def test_names_and_values_side_by_side_are_no_table_with_a_header() -> None:
    given = rows("Firma | Cykel A/S", "CVR | 12345678", "By | Ærø")
    assert row_lines(given) == ["Firma | Cykel A/S", "CVR | 12345678", "By | Ærø"]


def test_a_bold_row_is_a_header() -> None:
    assert row_lines(rows("**Firma | **By", "Cykel A/S | Ærø"))[1] == "Firma: Cykel A/S | By: Ærø"


def test_a_known_header_is_one() -> None:
    assert row_lines(rows("Firma | By", "Cykel A/S | Ærø"), [0])[1] == "Firma: Cykel A/S | By: Ærø"


def test_names_that_span_columns_stand_before_theirs() -> None:
    found = row_lines(rows(" | 2025 | < | 2026 | <", "Model | Salg | Køb | Salg | Køb", "X1 | 1 | 2 | 3 | 4"))
    assert found == [
        "2025 | 2026",
        "Model | Salg | Køb | Salg | Køb",
        "Model: X1 | 2025 Salg: 1 | 2025 Køb: 2 | 2026 Salg: 3 | 2026 Køb: 4",
    ]


def test_a_title_over_all_columns_is_no_header() -> None:
    assert (
        row_lines(rows("Prisliste | < | <", "Model | Antal | Pris", "X1 | 1 | 2"))[2]
        == "Model: X1 | Antal: 1 | Pris: 2"
    )


def test_only_figures_have_no_header() -> None:
    assert row_lines(rows("1 | 2", "3 | 4")) == ["1 | 2", "3 | 4"]


def test_notes_follow_their_row() -> None:
    given = [*rows("Model | Pris"), {0: Cell("X1"), 1: Cell("5", figure=True, note="Note (B2): uden moms")}]
    assert row_lines(given)[1] == "Model: X1 | Pris: 5 | Note (B2): uden moms"


@pytest.mark.parametrize(
    "text", ["1.299,50", "-5", "25 %", "3-5-2026", "12:30", "kr", "5 kr.", "€ 99", "24 måneder", "X1"]
)
def test_figures(text: str) -> None:
    assert cell_of(text).figure is (text not in ("kr", "24 måneder", "X1"))
