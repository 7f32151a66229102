"""Tables and columns of PDF pages: found where there are any, left alone where there are none."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from fpdf import FPDF

from rag.core.types import Page, Span
from rag.documents.chunking import chunk
from rag.documents.loaders import load
from rag.documents.loaders.pdf.render import render
from tests.conftest import WordCounter

PDF = "application/pdf"
PROSE = "En tekst over tabellen, som er lang nok til at fylde en linje eller to i dokumentet, og lidt til. " * 2
ROWS = [["Model", "Vægt", "Garanti"], ["X1", "3,2 kg", "24 måneder"], ["X2", "4 kg", "12 måneder"]]
WRAPPED = [
    ["Model", "Dækning", "Garanti"],
    ["X1", "Dele og arbejdsløn ved fejl i materialer og fremstilling, men ikke ved slid", "24 måneder"],
    ["X2", "Kun dele", "12 måneder"],
    ["X3", "", "6 måneder"],
]


def sheet(rows: Sequence[Sequence[str]] = (), **options: Any) -> FPDF:
    """A page with a table between two paragraphs."""
    made = FPDF()
    made.add_page()
    made.set_font("Helvetica", size=11)
    made.multi_cell(0, 6, PROSE, new_x="LMARGIN", new_y="NEXT")
    made.ln(4)
    with made.table(**options) as table:
        for cells in rows:
            row = table.row()
            for cell in cells:
                row.cell(cell)
    made.ln(4)
    made.multi_cell(0, 6, "Og en tekst under den. " * 8, new_x="LMARGIN", new_y="NEXT")
    return made


@pytest.fixture
def page_of(tmp_path: Path) -> Callable[[FPDF], Page]:
    def read(made: FPDF) -> Page:
        path = tmp_path / "file.pdf"
        path.write_bytes(bytes(made.output()))
        return load(path, PDF, "a.pdf").pages[0]

    return read


@pytest.mark.parametrize("borders", ["ALL", "NONE", "MINIMAL", "HORIZONTAL_LINES", "SINGLE_TOP_LINE"])
def test_each_row_of_a_table_reads_by_itself(page_of: Callable[[FPDF], Page], borders: str) -> None:
    above, header, *rows, below = page_of(sheet(ROWS, borders_layout=borders)).text.split("\n\n")
    assert above.startswith("En tekst over") and below.startswith("Og en tekst under")
    assert header == "Model | Vægt | Garanti"
    assert rows == ["Model: X1 | Vægt: 3,2 kg | Garanti: 24 måneder", "Model: X2 | Vægt: 4 kg | Garanti: 12 måneder"]


def test_a_cell_of_two_lines_and_an_empty_one_between_rules(page_of: Callable[[FPDF], Page]) -> None:
    rows = page_of(sheet(WRAPPED, col_widths=(30, 60, 30))).text.split("\n\n")[1:-1]
    assert rows == [
        "Model | Dækning | Garanti",
        f"Model: X1 | Dækning: {WRAPPED[1][1]} | Garanti: 24 måneder",
        "Model: X2 | Dækning: Kun dele | Garanti: 12 måneder",
        "Model: X3 | Garanti: 6 måneder",
    ]


def test_a_row_is_a_chunk_of_the_page_and_is_marked_where_it_stands(
    page_of: Callable[[FPDF], Page], tmp_path: Path
) -> None:
    page = page_of(sheet(ROWS))
    chunks = chunk([page], 16, 0, WordCounter().count, "da")
    (found,) = (one for one in chunks if "X2" in one.text)
    assert page.text[found.start : found.end] == found.text
    assert "Vægt: 4 kg" in found.text
    start = page.text.index("Model: X2")
    span = Span(start, page.text.index("\n", start))
    picture = render(tmp_path / "file.pdf", 1, [span], text=page.text)
    assert picture.exact
    labels, cells = picture.boxes[0][0::2], picture.boxes[0][1::2]
    assert len(labels) == len(cells) == 3
    # what is said of the header stands in the header, the rest in the second row
    assert max(box.bottom for box in labels) < min(box.top for box in cells)
    assert len({round(box.top, 3) for box in cells}) == 1
    for label, cell in zip(labels, cells, strict=True):
        assert abs(label.left - cell.left) < 0.005
    # the words of the page are shown once each, and together give its text
    ends = [*(word.start for word in picture.words[1:]), len(page.text)]
    assert "".join(page.text[w.start : end] for w, end in zip(picture.words, ends, strict=True)) == page.text
    headed = [word for word in picture.words if page.text[word.start : word.end].startswith("Garanti")]
    assert len(headed) == 1


def test_rows_without_a_header_that_stands_out_are_left_alone(page_of: Callable[[FPDF], Page]) -> None:
    rows = [["X1", "3,2 kg", "24 måneder"], ["X2", "4 kg", "12 måneder"], ["X3", "5 kg", "6 måneder"]]
    text = page_of(sheet(rows, first_row_as_headings=False)).text
    assert "X1 3,2 kg 24 måneder\nX2 4 kg 12 måneder\nX3 5 kg 6 måneder" in text.replace("\n\n", "\n")


def test_a_table_of_contents_and_an_indented_list_are_no_tables(page_of: Callable[[FPDF], Page]) -> None:
    made = FPDF()
    made.add_page()
    made.set_font("Helvetica", size=11)
    for number, title in enumerate(("Garanti", "Reklamation", "Batterier", "Service"), start=1):
        made.text(20, 20 + 7 * number, f"{number}")
        made.text(30, 20 + 7 * number, title)
        made.text(180, 20 + 7 * number, f"{number * 7}")
    words = "1 Garanti 7 2 Reklamation 14 3 Batterier 21 4 Service 28"
    assert " ".join(page_of(made).text.split()) == words


LEFT = [f"venstre spalte nummer {number} med en del tekst" for number in range(12)]
RIGHT = [f"højre spalte nummer {number} med en del tekst" for number in range(12)]


@pytest.mark.parametrize("across", [False, True])
def test_two_columns_are_read_one_after_the_other(page_of: Callable[[FPDF], Page], across: bool) -> None:
    made = FPDF()
    made.add_page()
    made.set_font("Helvetica", size=11)
    made.text(20, 20, "En overskrift over det hele")
    lines = (
        [(20, 30 + 6 * n, text) for n, text in enumerate(LEFT)],
        [(110, 30 + 6 * n, text) for n, text in enumerate(RIGHT)],
    )
    ordered = [line for pair in zip(*lines, strict=True) for line in pair] if across else [*lines[0], *lines[1]]
    for x, y, text in ordered:
        made.text(x, y, text)
    made.text(20, 120, "En linje under det hele")
    text = page_of(made).text.replace("\n\n", "\n").split("\n")
    assert text == ["En overskrift over det hele", *LEFT, *RIGHT, "En linje under det hele"]


def test_columns_set_by_a_program(page_of: Callable[[FPDF], Page]) -> None:
    made = FPDF()
    made.add_page()
    made.set_font("Helvetica", size=11)
    with made.text_columns(ncols=2, gutter=10, text_align="J", balance=True) as columns:
        columns.write(" ".join(f"Sætning nummer {number} om garanti på batterier." for number in range(40)))
    text = " ".join(page_of(made).text.split())
    places = [text.index(f"nummer {number} om") for number in range(40)]
    assert places == sorted(places)


# fields, letterheads and blocks


def placed(
    rows: Sequence[Sequence[str]], lefts: Sequence[float], *, bold: int | None = None, right: int = 99, size: int = 11
) -> FPDF:
    """A page of cells without rules, between a heading and a line. right: the first column that is set to the right."""
    made = FPDF()
    made.add_page()
    made.set_font("Helvetica", size=11)
    made.text(20, 20, "Overskrift")
    for number, row in enumerate(rows):
        made.set_font("Helvetica", "B" if number == bold else "", size)
        for column, cell in enumerate(row):
            shift = made.get_string_width(cell) if column >= right else 0
            made.text(lefts[column] - shift, 40 + 6 * number, cell)
    made.set_font("Helvetica", size=11)
    made.text(20, 60 + 6 * len(rows), "Til sidst en linje, der går hen over hele siden og er lang nok til det.")
    return made


def between(page: Page) -> list[str]:
    return page.text.split("\n\n")[1:-1]


PARTIES = [
    ["Sælger:", "Køber:", "Vidne:"],
    ["Nordlys A/S", "Brise ApS", "Ida Krogh"],
    ["Havnegade 1", "Torvet 7", "Åvej 3"],
    ["8000 Aarhus C", "5000 Odense C", "9000 Aalborg"],
]


@pytest.mark.parametrize("count", [2, 3])
@pytest.mark.parametrize("across", [False, True])
def test_parties_side_by_side_are_read_one_after_the_other(
    page_of: Callable[[FPDF], Page], count: int, across: bool
) -> None:
    made = placed([], [])
    cells = [(column, row) for column in range(count) for row in range(len(PARTIES))]
    for column, row in sorted(cells, key=lambda cell: cell[1]) if across else cells:
        made.text(20 + 60 * column, 120 + 6 * row, PARTIES[row][column])
    expected = [
        "Sælger: Nordlys A/S | Havnegade 1 | 8000 Aarhus C",
        "Køber: Brise ApS | Torvet 7 | 5000 Odense C",
        "Vidne: Ida Krogh | Åvej 3 | 9000 Aalborg",
    ]
    assert page_of(made).text.split("\n\n")[2:] == expected[:count]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (
            [["Jens Hansen", "Mette Holm"], ["Direktør", "Økonomichef"], ["Nordlys A/S", "Brise ApS"]],
            ["Jens Hansen | Direktør | Nordlys A/S", "Mette Holm | Økonomichef | Brise ApS"],
        ),
        (
            [["For sælger", "For køber og lejer"], ["Dato: 3. maj", "Dato: 4. maj"], ["Jens Hansen", "Mette Holm"]],
            ["For sælger | Dato: 3. maj | Jens Hansen", "For køber og lejer | Dato: 4. maj | Mette Holm"],
        ),
        (
            [["__________________", "__________________"], ["Jens Hansen", "Mette Holm"]],
            ["__________________ | Jens Hansen", "__________________ | Mette Holm"],
        ),
        (
            [["Nordlys A/S", "Faktura: 20417"], ["Havnegade 1", "Dato: 03-05-2027"], ["8000 Aarhus C", "Side 1 af 2"]],
            ["Nordlys A/S | Havnegade 1 | 8000 Aarhus C", "Faktura: 20417", "Dato: 03-05-2027", "Side 1 af 2"],
        ),
    ],
)  # fmt: skip
@pytest.mark.parametrize("bold", [None, 0])
def test_signatures_and_letterheads_are_no_tables(
    page_of: Callable[[FPDF], Page], rows: list[list[str]], expected: list[str], bold: int | None
) -> None:
    assert between(page_of(placed(rows, [20, 120], bold=bold))) == expected


def test_a_list_of_fields_has_no_header(page_of: Callable[[FPDF], Page]) -> None:
    rows = [["Navn", "Jens Hansen"], ["Født", "12-03-1971"], ["By", "8000 Aarhus C"], ["Telefon", "22 33 44 55"]]
    expected = ["Navn: Jens Hansen", "Født: 12-03-1971", "By: 8000 Aarhus C", "Telefon: 22 33 44 55"]
    assert between(page_of(placed(rows, [20, 70]))) == expected
    forms = [["Navn:", "Jens", "Dato:", "3. maj"], ["Sag:", "12", "Ref.:", "MH"]]
    assert between(page_of(placed(forms, [20, 60, 110, 150]))) == ["Navn: Jens | Dato: 3. maj", "Sag: 12 | Ref.: MH"]


def test_rows_of_an_agenda_stand_alone(page_of: Callable[[FPDF], Page]) -> None:
    rows = [["09.00", "Velkomst ved Mette Holm"], ["09.30", "Budget 2027"], ["10.15", "Pause"]]
    assert between(page_of(placed(rows, [20, 50]))) == [
        "09.00 Velkomst ved Mette Holm",
        "09.30 Budget 2027",
        "10.15 Pause",
    ]


# headers


@pytest.mark.parametrize(
    "names",
    [["", "2024", "2023"], ["Vægt", "10 kg", "20 kg"], ["Land", "1. kvt.", "2. kvt."], ["Sats", "10 %", "25 %"],
     ["Konto", "31-12-2024", "31-12-2023"], ["Skoleår", "2022/23", "2023/24"], ["Post", "Beløb 2024", "Ændring"]],
)  # fmt: skip
def test_years_dates_and_units_are_names_of_columns(page_of: Callable[[FPDF], Page], names: list[str]) -> None:
    rows = [names, ["Omsætning", "1.234", "1.100"], ["Resultat", "(99)", "120"], ["Egenkapital", "2.500", "2.600"]]
    _, *read = between(page_of(placed(rows, [20, 110, 160], right=1)))
    first, second, third = names
    name = f"{first}: " if first else ""
    assert read == [
        f"{name}Omsætning | {second}: 1.234 | {third}: 1.100",
        f"{name}Resultat | {second}: (99) | {third}: 120",
        f"{name}Egenkapital | {second}: 2.500 | {third}: 2.600",
    ]


def test_quarters_and_shares_are_names_beside_each_other(page_of: Callable[[FPDF], Page]) -> None:
    rows = [["Post", "1. kvt.", "2. kvt.", "10 %"], ["Varme", "2.110", "940", "305"], ["Vand", "455", "470", "92,5"]]
    read = page_of(sheet(rows, first_row_as_headings=False)).text.split("\n\n")[1:-1]
    assert read[2] == "Post: Vand | 1. kvt.: 455 | 2. kvt.: 470 | 10 %: 92,5"


@pytest.mark.parametrize("names", [["Hold", "01-02-2027", "08-02-2027"], ["", "januar", "februar"]])
def test_dates_over_words_are_names_of_columns(page_of: Callable[[FPDF], Page], names: list[str]) -> None:
    rows = [names, ["Begyndere", "Bane 1", "Bane 3"], ["Øvede", "aflyst", "Bane 4"]]
    read = page_of(sheet(rows, first_row_as_headings=False)).text.split("\n\n")[1:-1]
    first = f"{names[0]}: " if names[0] else ""
    assert read[1:] == [
        f"{first}Begyndere | {names[1]}: Bane 1 | {names[2]}: Bane 3",
        f"{first}Øvede | {names[1]}: aflyst | {names[2]}: Bane 4",
    ]


@pytest.mark.parametrize(
    "rows",
    [
        [["Bo", "01-02-2027", "08-02-2027"], ["Ib", "15-02-2027", "aflyst"], ["Pia", "02-03-2027", "09-03-2027"]],
        [["Mandag", "Marie", "Martin"], ["Tirsdag", "Bo", "Ib"], ["Onsdag", "Pia", "Yrsa"]],
    ],
)
def test_dates_over_dates_and_first_names_like_months_are_no_names(
    page_of: Callable[[FPDF], Page], rows: list[list[str]]
) -> None:
    read = page_of(sheet(rows, first_row_as_headings=False)).text
    assert " ".join(rows[1]) in read and f"{rows[0][1]}:" not in read


def test_a_statement_reads_with_its_years_its_signs_and_its_banner(page_of: Callable[[FPDF], Page]) -> None:
    rows = [
        ["", "Year ended December 31,", ""],
        ["", "2024", "2023"],
        ["Revenue", "$       1,234", "$       1,100"],
        ["Cost of sales", "(600)", "(500)"],
        ["Operating expenses:", "", ""],
        ["Research", "100", "90"],
        ["Net income", "$         534", "$         510"],
    ]
    banner, header, *read = between(page_of(placed(rows, [20, 120, 160], right=1)))
    assert (banner, header) == ("Year ended December 31,", "2024 | 2023")
    years = "Year ended December 31, 2024: {} | Year ended December 31, 2023: {}"
    assert read == [
        "Revenue | " + years.format("$ 1,234", "$ 1,100"),
        "Cost of sales | " + years.format("(600)", "(500)"),
        "Operating expenses:",
        "Research | " + years.format("100", "90"),
        "Net income | " + years.format("$ 534", "$ 510"),
    ]


def test_quarters_below_years(page_of: Callable[[FPDF], Page]) -> None:
    rows = [
        ["", "2024", "", "2025", ""],
        ["Land", "1. kvt.", "2. kvt.", "1. kvt.", "2. kvt."],
        ["Danmark", "49", "79", "99", "12"],
        ["Norge", "5", "7", "9", "13"],
    ]
    read = between(page_of(placed(rows, [20, 70, 95, 130, 155])))
    assert read[2] == "Land: Danmark | 2024 1. kvt.: 49 | 2024 2. kvt.: 79 | 2025 1. kvt.: 99 | 2025 2. kvt.: 12"


@pytest.mark.parametrize("borders", ["ALL", "HORIZONTAL_LINES"])
@pytest.mark.parametrize("align", ["LEFT", "CENTER"])
def test_names_over_cells_that_span_columns(page_of: Callable[[FPDF], Page], borders: str, align: str) -> None:
    made = sheet()
    with made.table(first_row_as_headings=False, borders_layout=borders, text_align=align) as table:
        for number, cells in enumerate(
            [["", "2026", "2027"], ["Butik", "1. halvår", "2. halvår", "1. halvår", "2. halvår"],
             ["Torvet", "310", "342", "355", "361"], ["Havnen", "198", "187", "204", "230"]]
        ):  # fmt: skip
            row = table.row()
            for column, cell in enumerate(cells):
                row.cell(cell, colspan=2 if number == 0 and column else 1)
    read = page_of(made).text.split("\n\n")
    names = ["2026 1. halvår", "2026 2. halvår", "2027 1. halvår", "2027 2. halvår"]
    values = ["310", "342", "355", "361"]
    assert " | ".join(["Butik: Torvet", *(f"{n}: {v}" for n, v in zip(names, values, strict=True))]) in read


def test_a_name_that_rules_set_over_more_columns_than_the_other(page_of: Callable[[FPDF], Page]) -> None:
    made = sheet()
    with made.table(first_row_as_headings=False) as table:
        row = table.row()
        for cell, width in [("", 1), ("Voksne", 3), ("Børn", 1)]:
            row.cell(cell, colspan=width)
        for cells in [
            ["By", "2024", "2025", "2026", "2026"],
            ["Ribe", "41", "43", "47", "12"],
            ["Hobro", "5", "6", "8", "9"],
        ]:
            row = table.row()
            for cell in cells:
                row.cell(cell)
    read = page_of(made).text.split("\n\n")
    assert "By: Ribe | Voksne 2024: 41 | Voksne 2025: 43 | Voksne 2026: 47 | Børn 2026: 12" in read


def test_a_total_below_a_table_is_named_by_what_stands_beside_it(page_of: Callable[[FPDF], Page]) -> None:
    rows = [
        ["Beskrivelse", "Antal", "Pris", "Beløb"],
        ["Konsulenttimer", "12", "950,00", "11.400,00"],
        ["Kørsel, km", "140", "3,79", "530,60"],
        ["", "", "Moms 25 %", "2.982,65"],
    ]
    read = between(page_of(placed(rows, [20, 110, 145, 185], right=1)))
    assert read[1] == "Beskrivelse: Konsulenttimer | Antal: 12 | Pris: 950,00 | Beløb: 11.400,00"
    assert read[-1] == "Moms 25 %: 2.982,65"


def test_customers_with_their_towns_are_a_table(page_of: Callable[[FPDF], Page]) -> None:
    rows = [
        ["Navn", "Adresse", "By"],
        ["Nordlys", "Havnegade 1", "8000 Aarhus C"],
        ["Brise", "Torvet 7", "5000 Odense C"],
    ]
    assert (
        between(page_of(placed(rows, [20, 80, 140], bold=0)))[2]
        == "Navn: Brise | Adresse: Torvet 7 | By: 5000 Odense C"
    )


@pytest.mark.parametrize("borders", ["ALL", "NONE"])
@pytest.mark.parametrize("repeated", [0, 1])
def test_a_table_keeps_its_header_on_the_next_pages(tmp_path: Path, borders: str, repeated: int) -> None:
    made = FPDF()
    made.add_page()
    made.set_font("Helvetica", size=11)
    with made.table(borders_layout=borders, repeat_headings=repeated) as table:
        for number in range(90):
            row = table.row()
            cells = (
                (f"V-{number}", f"Pumpe type {number}", f"{1000 + 15 * number},00 kr.")
                if number
                else ("Varenr", "Navn", "Pris")
            )
            for cell in cells:
                row.cell(cell)
    path = tmp_path / "file.pdf"
    path.write_bytes(bytes(made.output()))
    pages = load(path, PDF, "a.pdf").pages
    assert len(pages) == 3
    rows = [line for page in pages for line in page.text.split("\n\n")]
    assert [line for line in rows if line != "Varenr | Navn | Pris"] == [
        f"Varenr: V-{number} | Navn: Pumpe type {number} | Pris: {1000 + 15 * number},00 kr." for number in range(1, 90)
    ]
    picture = render(path, 3, [Span(0, 40)], text=pages[2].text)
    assert picture.exact and len(picture.boxes[0]) >= 2


# columns of prose

AGREED = [
    "Vi har i dag indgået en aftale om",
    "levering af cykler til kommunen, og",
    "aftalen gælder fra den første maj i",
    "år og to år frem.",
]
DELIVERED = [
    "Leveringen sker hver mandag inden",
    "klokken ti på kommunens lager, hvor",
    "varerne tælles op, og fejl meldes",
    "senest dagen efter.",
]
PAID = [
    "Der betales den første i måneden,",
    "og ved for sen betaling lægges der",
    "rente til. Tvister afgøres ved",
    "retten i Aarhus.",
]


@pytest.mark.parametrize("columns", [[AGREED, DELIVERED], [AGREED, DELIVERED, PAID]])
def test_a_few_lines_in_columns_are_read_column_by_column(
    page_of: Callable[[FPDF], Page], columns: list[list[str]]
) -> None:
    rows = [list(row) for row in zip(*columns, strict=True)]
    width = 185 / len(columns)
    read = between(page_of(placed(rows, [12 + width * number for number in range(len(columns))], size=9)))
    assert read == ["\n".join(column) for column in columns]


def test_names_of_columns_over_two_lines_and_a_label_over_two(page_of: Callable[[FPDF], Page]) -> None:
    rows = [
        ["", "", "Svar fra"],
        ["Ferie", "Søges senest", "lederen"],
        ["Hovedferie", "1. marts", "15. marts"],
        ["Øvrig ferie, også den der er", "", ""],
        ["overført", "1. maj", "15. maj"],
        ["Feriefridage", "1. juni", "15. juni"],
    ]
    assert between(page_of(placed(rows, [20, 90, 140]))) == [
        "Ferie | Søges senest | Svar fra lederen",
        "Ferie: Hovedferie | Søges senest: 1. marts | Svar fra lederen: 15. marts",
        "Ferie: Øvrig ferie, også den der er overført | Søges senest: 1. maj | Svar fra lederen: 15. maj",
        "Ferie: Feriefridage | Søges senest: 1. juni | Svar fra lederen: 15. juni",
    ]


def test_lists_side_by_side(page_of: Callable[[FPDF], Page]) -> None:
    rows = [
        ["- Enkel opsætning", "- Hurtig levering"],
        ["- Gratis support", "- 30 dages returret"],
        ["- Manual", "- Garanti"],
    ]
    assert between(page_of(placed(rows, [20, 110]))) == [
        "- Enkel opsætning\n- Gratis support\n- Manual",
        "- Hurtig levering\n- 30 dages returret\n- Garanti",
    ]


def test_code_in_two_columns_gets_no_labels(page_of: Callable[[FPDF], Page]) -> None:
    rows = [["x", "INTEGER,"], ["y", "CHOICE {"], ["y1", "OCTET STRING }"]]
    text = page_of(placed(rows, [20, 60])).text
    assert ":" not in text and "x INTEGER," in text
