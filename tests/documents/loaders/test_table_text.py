"""Rows that can each be read alone, and where their names come from."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.documents.loaders.table_text import Cell, Row, cell_of, may_head, row_lines


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


NORTH = ["Nord | 1200 | 1350", "Syd | 980 | 1010"]
QUARTERS = ["Nord | 1 | 2 | 3 | 4", "Syd | 5 | 6 | 7 | 8"]
IN_QUARTERS = "Region: Nord | 2024 1. kvt.: 1 | 2024 2. kvt.: 2 | 2025 1. kvt.: 3 | 2025 2. kvt.: 4"


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        (["Region | Budget | Forbrug", "", *NORTH], "Region: Nord | Budget: 1200 | Forbrug: 1350"),
        ([" | Budget | Forbrug", *NORTH], "Nord | Budget: 1200 | Forbrug: 1350"),
        (
            ["Region | Budget | Forbrug", " | t.kr. | t.kr.", *NORTH],
            "Region: Nord | Budget t.kr.: 1200 | Forbrug t.kr.: 1350",
        ),
        (
            ["Region | Budget | Forbrug", " | t.kr. | t.kr.", "", *NORTH],
            "Region: Nord | Budget t.kr.: 1200 | Forbrug t.kr.: 1350",
        ),
        (["Salg", "Opgjort i t.kr.", "Region | Budget | Brug", *NORTH], "Region: Nord | Budget: 1200 | Brug: 1350"),
        (["Region | 2022 | 2023", *NORTH], "Region: Nord | 2022: 1200 | 2023: 1350"),
        (["Land | 2013", "Fiji | 35160000 | skøn"], "Land: Fiji | 2013: 35160000 | skøn"),
        (["Region | 2022 | 2023", "Nord | 2010 | 1950", "Syd | 7 | 8"], "Region: Nord | 2022: 2010 | 2023: 1950"),
        (["2021 | 2022 | 2023", "5 | 6 | 7", "8 | 9 | 1"], "2021: 5 | 2022: 6 | 2023: 7"),
        (["Region | 2022/23 | 2023/24", *NORTH], "Region: Nord | 2022/23: 1200 | 2023/24: 1350"),
        (["Region | 1. kvt. | 2. kvt.", *NORTH], "Region: Nord | 1. kvt.: 1200 | 2. kvt.: 1350"),
        (["Vare | 10 kg | 20 kg", "Ral | 50 kr. | 60 kr."], "Vare: Ral | 10 kg: 50 kr. | 20 kg: 60 kr."),
        (["Vare | 10 % | 20 %", "Ral | 50 | 60"], "Vare: Ral | 10 %: 50 | 20 %: 60"),
        (["Opgave | 01-02-2027 | 08-02-2027", "Test | Ida | Bo", "Kode | Bo | Ida"],
         "Opgave: Test | 01-02-2027: Ida | 08-02-2027: Bo"),
        (["Størrelse | 36 | 38 | 40", "Lager | 5 | 3 | 8"], "Størrelse: Lager | 36: 5 | 38: 3 | 40: 8"),
        (["Vagt | Mandag | Tirsdag", "Aften | Bo | Mai", "Nat | Mai | Bo"], "Vagt: Aften | Mandag: Bo | Tirsdag: Mai"),
        (["Kl. | Bane 1 | Bane 2", "Aften | Børn | Damer"], "Kl.: Aften | Bane 1: Børn | Bane 2: Damer"),
        (["Befolkning | 2022 | 2023", "Fur | 1980 | 1975", "Mandø | 2001 | 1990"],
         "Befolkning: Fur | 2022: 1980 | 2023: 1975"),
        (["Rolle | Navn", "Direktør | Mette", "Salgschef | Jonas"], "Rolle: Direktør | Navn: Mette"),
        (["Afdeling | Kaptajn", "Udvikling | Mette", "Drift | Jonas"], "Afdeling: Udvikling | Kaptajn: Mette"),
        ([" | Basis | Pro", "Support | Nej | Ja", "Eksport | Ja | Ja"], "Support | Basis: Nej | Pro: Ja"),
        (["Egenskab | Værdi", "Vægt | 7,4 kg"], "Egenskab: Vægt | Værdi: 7,4 kg"),
        (["Vare | Pris", "Pumpe | 1.250 kr.", "Ventil | 300 kr."], "Vare: Pumpe | Pris: 1.250 kr."),
        (["Land | Hovedstad", "Danmark | København", "Sverige | Stockholm"], "Land: Danmark | Hovedstad: København"),
        (["Navn | Har du bil? | Kører du langt?", "Mette | Ja | Nej", "Bo | Nej | Nej"],
         "Navn: Mette | Har du bil?: Ja | Kører du langt?: Nej"),
        (["Region | Budget | Brug | Budget | Brug", *QUARTERS],
         "Region: Nord | Budget: 1 | Brug: 2 | Budget: 3 | Brug: 4"),
        ([" | 2024 | | 2025 | ", "Region | 1. kvt. | 2. kvt. | 1. kvt. | 2. kvt.", *QUARTERS], IN_QUARTERS),
        ([" | 2024 | < | 2025 | <", "Region | 1. kvt. | 2. kvt. | 1. kvt. | 2. kvt.", *QUARTERS], IN_QUARTERS),
        (["Region | 2024 | | 2025 | ", " | 1. kvt. | 2. kvt. | 1. kvt. | 2. kvt.", *QUARTERS], IN_QUARTERS),
        (["Region | 2024 | < | 2025 | <", "Region | 1. kvt. | 2. kvt. | 1. kvt. | 2. kvt.", *QUARTERS], IN_QUARTERS),
        ([" | 2024", "Region | 1. kvt. | 2. kvt.", *NORTH], "Region: Nord | 2024 1. kvt.: 1200 | 2024 2. kvt.: 1350"),
        ([" | 2023 | 2022", "Revenue | $ 5 | $ 4", "Net loss | (3) | (2)"], "Revenue | 2023: $ 5 | 2022: $ 4"),
        ([" | 2023 | < | 2022 | <", "Revenue | $ | 5 | $ | 4", "Cost | 3 | < | 2 | <"],
         "Revenue | 2023: $ 5 | 2022: $ 4"),
        (["Vare | Sats | Enhed", "Moms | 25 | %", "Fragt | 5 | kr."], "Vare: Moms | Sats: 25 | Enhed: %"),
    ],
)  # fmt: skip
def test_headers_of_every_kind_name_the_cells_below(given: list[str], shown: str) -> None:
    assert shown in row_lines(rows(*given))


def test_a_name_may_be_long() -> None:
    name = "Budgetteret omsætning i første halvår 2027 ekskl. moms, fragt og alle rabatter til storkunder"
    assert row_lines(rows(f"Region | {name} | Forbrug", *NORTH))[1] == f"Region: Nord | {name}: 1200 | Forbrug: 1350"


@pytest.mark.parametrize(
    "given",
    [
        ["Navn | Jens Hansen", "CPR | 010203-1234", "Telefon | 22334455"],
        ["Navn: | Jens Hansen", "CPR: | 010203-1234", "Telefon: | 22334455"],
        ["Navn: | Jens | Født: | 12-03-1971", "Adresse: | Nygade 1 | By: | Aarhus"],
        ["Projekt | Nordlys", "Budget | 1200 kr."],
        ["Dato | 03-05-2026", "Beløb | 1.250 kr.", "Antal | 5"],
        ["År | 2026", "Budget | 500", "Forbrug | 300"],
        ["Vægt | 7,4 kg", "Højde | 64 cm", "Effekt | 45 W"],
        ["Motor | 250 W", "Batteri | 36 V", "Rækkevidde | 80 km"],
        ["Betaling | Inden 30 dage", "Levering | Uge 12", "Reklamation | 8 dage"],
        ["Projektleder | Mette Holm", "Udvikler | Jonas Krogh", "Tester | Ida Lund"],
        ["Projekt | Nordlys", "Styregruppe | Mette", "Deltagere | Bo og Ida"],
        ["Mette | Aarhus", "Jonas | Odense", "Ida | Vejle"],
        ["Mette | Aarhus | Salg", "Jonas | Odense | Indkøb", "Ida | Vejle | IT"],
        ["Mette | 12-03-1971 | 22334455", "Jonas | 01-04-1980 | 33445566"],
        ["Hvad koster det? | Det koster 5 kr.", "Hvornår lukker I? | Klokken fem."],
        ["1 | 2 | 3", "4 | 5 | 6"],
        ["Omsætning | 2.208.887 | 1.900.000", "Resultat | 5 | 6"],
        ["Model | 2013", "Kilometer | 45000"],
        ["Mette | mandag | fredag", "Jonas | tirsdag | onsdag"],
        ["Kim Ask | 1975 | 1976", "Bo Lund | 1980 | 1981"],
    ],
)
def test_fields_and_rows_of_data_get_no_made_up_header(given: list[str]) -> None:
    assert row_lines(rows(*given)) == given


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("Net loss | ( | 2,208,887 | ) | (1,900,000 | )", "Net loss | (2,208,887) | (1,900,000)"),
        ("Net loss | $ | (2,208,887 | ) | $ | 5", "Net loss | $ (2,208,887) | $ 5"),
        ("Cost | $( | 7 | ) | $ | —", "Cost | $(7) | $ —"),
        ("Margin | 12.5 | % | 11 | %", "Margin | 12.5 % | 11 %"),
        ("Pris | 1.250 | kr.", "Pris | 1.250 kr."),
        ("Pris | DKK | 1.250", "Pris | DKK 1.250"),
        ("Note | ( | se side 5", "Note | ( | se side 5"),
    ],
)
def test_signs_in_cells_of_their_own_join_their_number(given: str, shown: str) -> None:
    assert row_lines(rows(given)) == [shown]


def test_two_declared_rows_are_one_header() -> None:
    given = rows("Region | Salg | Antal", "Område | kr. | stk.", "Nord | få | mange", "Syd | nogle | ingen")
    found = row_lines(given, [0, 1])
    assert found[2] == "Region Område: Nord | Salg kr.: få | Antal stk.: mange"


def test_a_title_that_is_declared_with_its_header_is_a_title() -> None:
    given = rows("Priser 2026 | <", "Firma | By", "Cykel A/S | Ærø")
    assert row_lines(given, [0, 1]) == ["Priser 2026", "Firma | By", "Firma: Cykel A/S | By: Ærø"]


@pytest.mark.parametrize(
    ("given", "may"),
    [
        (["Rolle | Person", "Direktør | Mette"], True),
        (["Region | 2022 | 2023", "Nord | 5 | 6"], True),
        (["Navn | Jens Hansen", "CPR | 010203-1234"], False),
        (["Navn: | Jens | Født: | 12-03-1971", "By: | Vejle | Tlf.: | 11223344"], False),
        (["Nord | 5 | 6", "Syd | 7 | 8"], False),
        (["Nord | 5 | 6"], False),
    ],
)
def test_what_a_table_that_only_looks_so_can_be_headed_by(given: list[str], may: bool) -> None:
    assert may_head(rows(*given)) is may


def test_a_statement_of_accounts_reads_as_rows_with_years() -> None:
    given = rows(
        " | Years ended December 31, | < | < | < | < | <",
        " | 2023 | < | < | 2022 | < | <",
        "Revenue | $ | 2,208,887 | | $ | 1,900,000",
        "Cost | (1,100,000 | < | ) | (900,000 | < | )",
        "Operating expenses:",
        "Research | 5 | < | | 6 | <",
        "Net loss | $ | (5 | ) | $ | —",
        "Margin | 12.5 | < | % | 11 | < | %",
    )
    years = [f"Years ended December 31, {year}" for year in (2023, 2022)]
    assert row_lines(given)[2:] == [
        f"Revenue | {years[0]}: $ 2,208,887 | {years[1]}: $ 1,900,000",
        f"Cost | {years[0]}: (1,100,000) | {years[1]}: (900,000)",
        "Operating expenses:",
        f"Research | {years[0]}: 5 | {years[1]}: 6",
        f"Net loss | {years[0]}: $ (5) | {years[1]}: $ —",
        f"Margin | {years[0]}: 12.5 % | {years[1]}: 11 %",
    ]


@pytest.mark.parametrize(
    ("given", "last"),
    [
        (["Hold1 | Hold2 | Hold3", "Ida | Bo | Per", "Pia | Uno | Kaj"], "Hold1: Pia | Hold2: Uno | Hold3: Kaj"),
        (["Dag | Bane 1 | Bane 2 | Bane 3", "Ma | Ida | Bo | Per"] * 2, "Ma | Ida | Bo | Per"),
        (["col1 | col2 | col3", "x11 | x21 | x31", "x12 | x22 | x32"], "col1: x12 | col2: x22 | col3: x32"),
        (["Bo 1 | Bo 2 | Bo 3", "Per 1 | Per 2 | Per 3", "Ib 1 | Ib 2 | Ib 3"], "Ib 1 | Ib 2 | Ib 3"),
    ],
)
def test_one_word_that_is_counted_across_names_the_columns(given: list[str], last: str) -> None:
    assert row_lines(rows(*given))[-1] == last


cells = st.builds(
    Cell,
    st.sampled_from(["", "2024", "1. kvt.", "Navn", "12,5", "$", "(", ")", "Ja.", "en lang tekst " * 9]),
    figure=st.booleans(),
    bold=st.booleans(),
    spread=st.booleans(),
)


@settings(deadline=None)
@given(st.lists(st.dictionaries(st.integers(0, 5), cells, max_size=5), max_size=8))
def test_any_rows_come_out_each_on_a_line(drawn: list[dict[int, Cell]]) -> None:
    shown = [{column: cell for column, cell in row.items() if cell.text} for row in drawn]
    lines = row_lines(shown)
    assert len(lines) == len(drawn)


def test_a_line_over_the_first_column_is_no_banner() -> None:
    lines = row_lines(
        rows("For the sake", "|of consistency||in the|layout,", "which is||| a|thing,", "It is|so||as|said.")
    )
    assert lines[:2] == ["For the sake", "of consistency | in the | layout,"]
