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
