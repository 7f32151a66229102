"""HTML: parts that a button opens, fields, lists and tables."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.files import read


def said(folder: Path, body: str) -> str:
    return read(folder, "a.html", f"<html lang=da><body>{body}</body></html>".encode()).pages[0].text


@pytest.mark.parametrize(
    "source",
    [
        "<h3><button aria-expanded=false>Kan jeg bytte?</button></h3><div hidden><p>Ja, i 30 dage.</p></div>",
        "<h3><button>Kan jeg bytte?</button></h3><div style='display:none'><p>Ja, i 30 dage.</p></div>",
        "<button class=accordion>Kan jeg bytte?</button><div class=panel style='display: none'>Ja, i 30 dage.</div>",
        "<details><summary>Kan jeg bytte?</summary>Ja, i 30 dage.</details>",
        "<dl><dt>Kan jeg bytte?</dt><dd hidden>Ja, i 30 dage.</dd></dl>",
        "<a href='#s' aria-expanded=false>Kan jeg bytte?</a><p>\n<div id=s aria-hidden=true>Ja, i 30 dage.</div>",
        "<div onclick=\"vis('s1')\">Kan jeg bytte?</div><hr><div id=s1 hidden>Ja, i 30 dage.</div>",
        "<button aria-controls=d>Kan jeg bytte?</button><dialog id=d>Ja, i 30 dage.</dialog>",
    ],
)
def test_what_a_button_opens_is_read(tmp_path: Path, source: str) -> None:
    assert said(tmp_path, f"<main><h1>Hjælp</h1>{source}</main>").split("\n\n") == [
        "Hjælp",
        "Kan jeg bytte?",
        "Ja, i 30 dage.",
    ]


def test_a_panel_has_the_name_of_its_tab(tmp_path: Path) -> None:
    source = """<div role=tablist><button role=tab id=t1 aria-controls=p1>Om stolen</button>
    <button role=tab id=t2 aria-controls=p2>Mål</button></div>
    <div role=tabpanel id=p1 aria-labelledby=t1>Lavet af eg.</div>
    <div role=tabpanel hidden id=p2 aria-labelledby=t2>45 x 60 cm</div>"""
    assert said(tmp_path, source) == "Om stolen\n\nLavet af eg.\n\nMål\n\n45 x 60 cm"


def test_a_button_in_a_sentence_is_a_word_of_it(tmp_path: Path) -> None:
    assert said(tmp_path, "<p>Tryk på <button>Gem</button> for at gemme.</p>") == "Tryk på Gem for at gemme."


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("<label for=n>Navn</label><input id=n value='Ida Krogh'>", "Navn: Ida Krogh"),
        ("<label>Navn <input value='Ida Krogh'></label>", "Navn: Ida Krogh"),
        ("<label for=n>Navn:</label><input id=n placeholder='Dit navn'>", "Navn: [ikke udfyldt: Dit navn]"),
        ("<label for=n>Navn:</label><input id=n placeholder='Dit navn' value=Bo>", "Navn: Bo"),
        ("<label><input type=checkbox checked> Ja tak</label> <input type=checkbox> Nej", "☒ Ja tak ☐ Nej"),
        (
            "<label for=s>Mål</label><select id=s><option value=''>Vælg<option>S<option selected>M</select>",
            "Mål: M [valgmuligheder: S, M]",
        ),
        ("<label for=t>Note</label><textarea id=t>Ring først</textarea>", "Note: Ring først"),
        (
            "<label for=b>By</label><input id=b list=l><datalist id=l><option value=Ribe><option value=Fur></datalist>",
            "By: [valgmuligheder: Ribe, Fur]",
        ),
    ],
)
def test_fields_tell_what_is_filled_in(tmp_path: Path, source: str, expected: str) -> None:
    assert said(tmp_path, f"<form>{source}</form>") == expected


def test_items_keep_their_own_numbers(tmp_path: Path) -> None:
    source = "<ol type=a start=3><li>c<li value=7>g</ol><p>x<ol reversed><li>to<li>et</ol><p>y"
    source += "<ol style='list-style-type: upper-roman' start=4><li>fire<li>fem</ol>"
    assert said(tmp_path, source) == "c. c\ng. g\n\nx\n\n2. to\n1. et\n\ny\n\nIV. fire\nV. fem"


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        (
            "<tr><td><th>2022<th>2023<tr><th>Nord<td>5<td>6",
            ["2022 | 2023", "Nord | 2022: 5 | 2023: 6"],
        ),
        (
            "<thead><tr><th rowspan=2>Region<th colspan=2>2023<th colspan=2>2024<tr><th>Q1<th>Q2<th>Q1<th>Q2</thead>"
            "<tr><th scope=row>Nord<td>1<td>2<td>3<td>4",
            [
                "Region | 2023 | 2024",
                "Region | Q1 | Q2 | Q1 | Q2",
                "Region: Nord | 2023 Q1: 1 | 2023 Q2: 2 | 2024 Q1: 3 | 2024 Q2: 4",
            ],
        ),
        ("<tr><th>Navn<td>Ida<tr><th>Født:<td>12-03-1971", ["Navn: Ida", "Født: 12-03-1971"]),
        (
            "<tr><th>Vare<th>Mål<tr><td>Bord<td><table><tr><td>Højde<td>70<tr><td>Bredde<td>90</table><tr><td>Stol<td>45",
            ["Vare | Mål", "Vare: Bord | Mål: Højde, 70; Bredde, 90", "Vare: Stol | Mål: 45"],
        ),
    ],
)
def test_tables_keep_their_headers(tmp_path: Path, source: str, lines: list[str]) -> None:
    assert said(tmp_path, f"<table>{source}</table>").split("\n") == lines


def test_a_table_made_of_roles_is_one(tmp_path: Path) -> None:
    def row(*cells: str, role: str = "cell") -> str:
        return f"<div role=row>{''.join(f'<span role={role}>{cell}</span>' for cell in cells)}</div>"

    source = f"<div role=table>{row('Vare', 'Pris', role='columnheader')}{row('Bord', '5 kr.')}</div>"
    assert said(tmp_path, source) == "Vare | Pris\nVare: Bord | Pris: 5 kr."


def test_around_the_main_part_only_what_says_something_is_read(tmp_path: Path) -> None:
    text = "Batterier er dækket i 6 måneder fra købsdatoen. " * 3
    source = f"<header><a href=/>Log ind</a></header><main><h1>Garanti</h1><p>{text}</p></main>"
    source += "<footer><h4>Kontakt</h4><p>Telefon 86 12 34 56</p><p>Cookies</p></footer>"
    assert said(tmp_path, source).split("\n\n")[-2:] == ["Kontakt", "Telefon 86 12 34 56"]
    assert "Cookies" not in said(tmp_path, source) and "Log ind" not in said(tmp_path, source)


def test_a_table_with_a_header_is_one_however_long_its_cells_are(tmp_path: Path) -> None:
    long = "Feltskilletegn som ASCII-værdi, for eksempel 44 for komma. " * 9
    table = "<table><tr><th>Nr.<th>Betydning</tr>"
    table += "".join(f'<tr><td rowspan="" colspan=""><p>{n}<td><p>{long}</tr>' for n in (1, 2)) + "</table>"
    (page,) = read(tmp_path, "a.html", table.encode()).pages
    assert page.text.splitlines()[1].startswith("Nr.: 1 | Betydning: Feltskilletegn som")
