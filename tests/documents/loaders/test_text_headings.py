"""Headings of plain texts: found where lines show them, and not made up."""

from __future__ import annotations

from pathlib import Path

import pytest

from rag.documents.chunking import chunk
from tests.conftest import WordCounter
from tests.files import read


def found(folder: Path, text: str) -> list[tuple[int, str]]:
    (page,) = read(folder, "a.txt", text.encode()).pages
    assert all(page.text.startswith(heading.title, heading.offset) for heading in page.headings)
    return [(heading.level, heading.title) for heading in page.headings]


@pytest.mark.parametrize("gap", ["\n", "\n\n"])
def test_numbered_sections_with_their_clauses(tmp_path: Path, gap: str) -> None:
    lines = [
        "1. Formål",
        "1.1 Parterne skal føre en rapport hver måned.",
        "1.2 Kunden skal opbevare udkast",
        "2. Priser",
        "Prisen er 1.250 kr. om måneden.",
        "3. Ophør",
        "3.1 Opsigelse",
        "Aftalen kan opsiges med tre måneders varsel.",
        "3.2 Misligholdelse",
        "Ved væsentlig misligholdelse kan aftalen hæves.",
    ]
    assert found(tmp_path, gap.join(lines)) == [
        (1, "1. Formål"),
        (1, "2. Priser"),
        (1, "3. Ophør"),
        (2, "3.1 Opsigelse"),
        (2, "3.2 Misligholdelse"),
    ]


def test_underlined_titles_stand_over_numbered_ones(tmp_path: Path) -> None:
    text = "Vilkår for fiber\n================\nVersion 7\n\n1. Aftalen\nDen indgås.\n2. Levering\nInden 8 uger.\n"
    text += "\nBilag\n-----\nSe prislisten.\n"
    assert found(tmp_path, text) == [
        (1, "Vilkår for fiber"),
        (3, "1. Aftalen"),
        (3, "2. Levering"),
        (2, "Bilag"),
    ]
    assert read(tmp_path, "a.txt", text.encode()).title == "Vilkår for fiber"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "§ 4 Opsigelse\nLejer kan opsige.\n\n§ 5. Depositum\nTre måneder.",
            [(1, "§ 4 Opsigelse"), (1, "§ 5. Depositum")],
        ),
        ("§ 4\nLejer kan opsige.", [(1, "§ 4")]),
        ("CHAPTER I\n\nIt was late.\n\nCHAPTER II\n\nIt rained.", [(1, "CHAPTER I"), (1, "CHAPTER II")]),
        (
            "Del 1\n\nKapitel 1: Huset\nDet var stort.\n\nKapitel 2: Haven\nDen var lille.",
            [(1, "Del 1"), (2, "Kapitel 1: Huset"), (2, "Kapitel 2: Haven")],
        ),
        ("Bilag A - Priser\n\nAlle priser er uden moms.", [(1, "Bilag A - Priser")]),
        ("OM GARANTI\n\nDen er 24 måneder.\n\nOM RETUR\n\nDen er 30 dage.", [(1, "OM GARANTI"), (1, "OM RETUR")]),
        ("=====\nTitel\n=====\n\nTekst.", [(1, "Titel")]),
        (
            "1. Status\nVi er bagud.\n\n2. Budget\nDer er brugt 1,2 mio. kr.\n\nAktioner\n- Mette: sender planen",
            [(1, "1. Status"), (1, "2. Budget"), (1, "Aktioner")],
        ),
    ],
)
def test_ways_to_write_a_heading(tmp_path: Path, text: str, expected: list[tuple[int, str]]) -> None:
    assert found(tmp_path, text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Køb:\n1. Mælk\n2. Æg\n3. Smør\n\nHusk poser.",
        "1. Mælk\n\n2. Æg\n\n3. Smør",
        "1. Tag stikket ud af væggen og\nvent ti minutter\n2. Åbn låget med den\nmedfølgende nøgle",
        "1. Tag stikket ud\n   Vent ti minutter\n2. Åbn låget\n   Brug nøglen",
        "1. Åbn Rejsud.\nVælg Ny kørsel.\n2. Skriv formål.\nDet skal være klart.",
        "1) Mælk\nDen skal være frisk.\n2) Æg\nDe skal være økologiske.",
        "3. Maj er en god måned\nSå er vejret lunt.",
        "§ 4. Lejer betaler forud den 1. i måneden.\nStk. 2. Betaling sker til udlejers konto.",
        "Punkt 4 i aftalen gælder kun\nerhverv og ikke private.",
        "Jens Hansen\nBredgade 4\n8000 Aarhus C\n\nKære Jens\n\nTak for din mail.\n\nMed venlig hilsen\nMette Holm",
        "Hej Anne\nTak for din mail om ferien i går",
        "Vare      Pris\n--------------\nStol      1.250",
        "Det var alt for nu.\n-------------------\nNæste afsnit.",
        "Her er noget tekst\nog mere\n-------\nog resten.",
        "KAPITEL 1 Huset ..... 3\nKAPITEL 2 Haven ..... 9\n",
        "THE SOFTWARE IS PROVIDED AS IS\nWITHOUT WARRANTY OF ANY KIND\n\nTekst.",
        "ABC-1234567\n\nTekst.",
        "SLUT",
        "Bare en tekst.",
    ],
)
def test_what_is_no_heading(tmp_path: Path, text: str) -> None:
    assert found(tmp_path, text) == []


def test_a_passage_lies_under_its_section(tmp_path: Path) -> None:
    text = "Mødenotat\n=========\n\n1. Budget\nReserven er 150.000 kr.\n\n2. Næste møde\nVi mødes igen den 9. april.\n"
    parsed = read(tmp_path, "a.txt", text.encode())
    paths = {piece.text: piece.heading_path for piece in chunk(parsed.pages, 50, 0, WordCounter().count)}
    assert paths == {
        "Mødenotat\n=========\n\n1. Budget\nReserven er 150.000 kr.": ("Mødenotat", "1. Budget"),
        "2. Næste møde\nVi mødes igen den 9. april.": ("Mødenotat", "2. Næste møde"),
    }
