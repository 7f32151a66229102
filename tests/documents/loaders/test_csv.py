"""CSV and its relatives: what parts the cells, which encoding, and which row is which."""

from __future__ import annotations

from pathlib import Path

import pytest

from rag.core.errors import EmptyFile
from rag.documents.loaders.csv import delimiter
from tests.files import read

DANISH = "Model;Pris;Købt på\nX1;1.299,50;Ærø\nX2;999,00;Fur\n"


def lines(folder: Path, data: bytes, name: str = "a.csv") -> list[str]:
    (page,) = read(folder, name, data).pages
    return page.text.split("\n")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "latin-1"])
def test_danish_files(tmp_path: Path, encoding: str) -> None:
    assert lines(tmp_path, DANISH.encode(encoding)) == [
        "Model | Pris | Købt på",
        "Model: X1 | Pris: 1.299,50 | Købt på: Ærø",
        "Model: X2 | Pris: 999,00 | Købt på: Fur",
    ]


@pytest.mark.parametrize(
    ("text", "sign"),
    [
        (DANISH, ";"),
        ("model,price\nX1,1.5\n", ","),
        ("navn;pris\na;1,5\nb;2,5\n", ";"),
        ("a;1,5\nb;2,5\n", ";"),
        ("a\tb\n1,5\t2\n", "\t"),
        ("a|b\n1|2\n", "|"),
        ('"a, b";"c"\n"d, e";f\n', ";"),
        ('name,text\nX1,"One; two; three"\nX2,"Four"\n', ","),
        ("kun en kolonne\nto\n", ","),
    ],
)
def test_what_parts_the_cells(text: str, sign: str) -> None:
    assert delimiter(text) == sign


def test_excel_may_say_it_itself(tmp_path: Path) -> None:
    assert lines(tmp_path, b"sep=|\nModel|Pris\nX1|5\n")[1] == "Model: X1 | Pris: 5"


def test_tabs(tmp_path: Path) -> None:
    assert lines(tmp_path, b"Model\tPris\nX1\t5,50\n", "a.tsv")[1] == "Model: X1 | Pris: 5,50"


def test_a_row_is_a_row_whatever_line_ends_its_cells_have(tmp_path: Path) -> None:
    text = 'Model;Tekst\nX1;"Første linje\nanden linje"\n\nX2;"Siger ""ja"""\n'
    assert lines(tmp_path, text.encode()) == [
        "Model | Tekst",
        "Model: X1 | Tekst: Første linje anden linje",
        "",
        'Model: X2 | Tekst: Siger "ja"',
    ]


def test_no_header(tmp_path: Path) -> None:
    assert lines(tmp_path, b"X1;5\nX2;6\n") == ["X1 | 5", "X2 | 6"]


@pytest.mark.parametrize(
    "text",
    [
        "Mette;Aarhus\nJonas;Odense\nIda;Vejle\n",
        "Mette;Aarhus;Tømrer\nJonas;Odense;Maler\nIda;Vejle;Murer\n",
        "Mette;Aarhus;1975\nJonas;Odense;1980\nIda;Vejle;1990\n",
        "12;Test;19-03-2027\n14;Lancering;12-12-2027\n",
        "10,5;20%\n9,5;30%\n",
        "mette@a.dk;Aarhus\njonas@b.dk;Odense\n",
        "Name;Ruth Pell\nBorn;17 June 1958\nMember since;1990\nLocker;14 B\n",
        "Begyndere;Bane 1;Bane 3\nØvede;Bane 2;Bane 4\n",
        "Mette;01-02-2027;mandag\nJonas;02-02-2027;fredag\n",
        "Mette;mandag;fredag\nJonas;tirsdag;onsdag\n",
    ],
)
def test_no_header_is_invented(tmp_path: Path, text: str) -> None:
    assert lines(tmp_path, text.encode()) == text.strip().replace(";", " | ").split("\n")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Region;2021;2022\nNord;1.200;1.350\nSyd;980;1.010\n", "Region: Nord | 2021: 1.200 | 2022: 1.350"),
        ("Region;2022\nNord;5\nSyd;7\n", "Region: Nord | 2022: 5"),
        (";2022;2023\nNord;5;6\n", "Nord | 2022: 5 | 2023: 6"),
        ("Befolkning;2022;2023\nFur;1980;1975\nMandø;2001;1990\n", "Befolkning: Fur | 2022: 1980 | 2023: 1975"),
        ("Måned;1;2;3\nNord;50;61;7\nSyd;1;22;3\n", "Måned: Nord | 1: 50 | 2: 61 | 3: 7"),
        ("Vare;10 kg;20 kg\nSand;50;90\n", "Vare: Sand | 10 kg: 50 | 20 kg: 90"),
        ("By;1. kvt.;2. kvt.\nFur;5%;6%\n", "By: Fur | 1. kvt.: 5% | 2. kvt.: 6%"),
        ("Skole,2021/22,2022/23\nFur,50,60\n", "Skole: Fur | 2021/22: 50 | 2022/23: 60"),
        ("Vare\t10%\t25%\nSand\t50,5\t90\n", "Vare: Sand | 10%: 50,5 | 25%: 90"),
        ("Vare|Pris|Pris\nSand|5|6\n", "Vare: Sand | Pris: 5 | Pris: 6"),
        ("Hold;01-02-2027;08-02-2027\nBørn;Bane 1;aflyst\n", "Hold: Børn | 01-02-2027: Bane 1 | 08-02-2027: aflyst"),
        ("Vagt;Mandag;Tirsdag\nAften;Bo;Mai\nNat;Mai;Bo\n", "Vagt: Aften | Mandag: Bo | Tirsdag: Mai"),
        ("Task;Jan;Feb\nPaint;Bo;Mai\nSweep;Mai;Bo\n", "Task: Paint | Jan: Bo | Feb: Mai"),
        ("Kl.;Bane 1;Bane 2\nAften;Børn;Damer\n", "Kl.: Aften | Bane 1: Børn | Bane 2: Damer"),
        (";Basic;Plus\nSpace;20 GB;1 TB\nHelp;no;always\n", "Space | Basic: 20 GB | Plus: 1 TB"),
        ("Vare;Kode\nSand;A-12\nGrus;B-7\n", "Vare: Sand | Kode: A-12"),
        ("Fornavn;Efternavn\nMette;Hansen\nJonas;Holm\n", "Fornavn: Mette | Efternavn: Hansen"),
        ("name,email,city\nBo,bo@a.dk,Fur\n", "name: Bo | email: bo@a.dk | city: Fur"),
        ("kunde_navn;ordreType\nMette;Leje\n", "kunde_navn: Mette | ordreType: Leje"),
        ("Har du spurgt?;Antal svar.\nAldrig;5\n", "Har du spurgt?: Aldrig | Antal svar.: 5"),
        (f"{'Et langt navn på en kolonne i et skema ' * 2};Antal\nSand;5\n", " i et skema: Sand | Antal: 5"),
    ],
)
def test_a_header_is_known_by_what_stands_below_it(tmp_path: Path, text: str, expected: str) -> None:
    assert lines(tmp_path, text.encode())[1].endswith(expected)


def test_titles_fields_and_units_around_the_header(tmp_path: Path) -> None:
    text = "Salg i 2024;;\nFirma;Nordvind;\nRegion;Salg;Andel\n;mio. kr.;%\nNord;5;60\nSyd;3;40\n\nØst;1;9\n"
    assert lines(tmp_path, text.encode()) == [
        "Salg i 2024",
        "Firma: Nordvind",
        "Region | Salg | Andel",
        "mio. kr. | %",
        "Region: Nord | Salg mio. kr.: 5 | Andel %: 60",
        "Region: Syd | Salg mio. kr.: 3 | Andel %: 40",
        "",
        "Region: Øst | Salg mio. kr.: 1 | Andel %: 9",
    ]


def test_a_banner_stands_before_the_names_below_it(tmp_path: Path) -> None:
    text = ";2023;;2024;\nRegion;Q1;Q2;Q1;Q2\nNord;1;2;3;4\n"
    assert lines(tmp_path, text.encode())[2] == "Region: Nord | 2023 Q1: 1 | 2023 Q2: 2 | 2024 Q1: 3 | 2024 Q2: 4"


@pytest.mark.parametrize(
    "text", ["Navn:;Ida Krogh\nFødt:;12-03-1971\nBy:;Vejle\n", "Navn;Ida Krogh\nFødselsdato;12-03-1971\nBy;Vejle\n"]
)
def test_fields_stay_name_and_value(tmp_path: Path, text: str) -> None:
    first, second, third = lines(tmp_path, text.encode())
    assert (first, third) == ("Navn: Ida Krogh", "By: Vejle") and second.endswith(": 12-03-1971")


def test_a_second_table_has_its_own_header(tmp_path: Path) -> None:
    text = "Vare;Pris\nSand;5\n\nBy;Butikker\nRibe;2\n"
    assert lines(tmp_path, text.encode())[-1] == "By: Ribe | Butikker: 2"


def test_uneven_and_odd_ones(tmp_path: Path) -> None:
    assert lines(tmp_path, b"Model;Pris\nX1;5;6;7\nX2\n")[1:] == ["Model: X1 | Pris: 5 | 6 | 7", "X2"]
    assert lines(tmp_path, b'a;b\n"uden slutning;c\n')[0] == "a | b"
    assert lines(tmp_path, "Ærø".encode()) == ["Ærø"]
    assert len(lines(tmp_path, b"a;" + b"x" * 300_000 + b"\n")[0]) > 300_000
    with pytest.raises(EmptyFile):
        read(tmp_path, "a.csv", b";;;\n;;\n")


def test_ten_thousand_rows(tmp_path: Path) -> None:
    text = "Vare;Antal\n" + "".join(f"V{n};{n}\n" for n in range(2, 10_001))
    found = lines(tmp_path, text.encode())
    assert len(found) == 10_000 and found[7_776] == "Vare: V7777 | Antal: 7777"
