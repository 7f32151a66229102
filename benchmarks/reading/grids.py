"""Tables and fields that can stand in many formats, each with what has to be read of it. They are made up."""

from __future__ import annotations

import re

from benchmarks.reading.blocks import Heading, Span, Table
from benchmarks.reading.contents import TABLES, Content
from benchmarks.reading.judging import Cell, pair

GRIDS = (
    Content(
        "indbyggere-da",
        TABLES,
        (
            Heading("Indbyggere"),
            Table(
                (
                    ("Kommune", "2020", "2021", "2022/23"),
                    ("Skjoldby", "41.208", "41.377", "41.950"),
                    ("Vesterå", "8.114", "8.090", "7.988"),
                    ("Tornved", "12.650", "12.701", "12.644"),
                )
            ),
        ),
        (Cell("Skjoldby", ("2021",), "41.377"), Cell("Tornved", ("2022/23",), "12.644"), Cell("Vesterå", ("2020",), "8.114")),
        (re.compile(r"Kommune: (2020|Kommune)"), re.compile(r"41\.208: ")),
    ),
    Content(
        "parcels-en",
        ("csv", "xlsx", "ods", "docx", "html", "pdf", "pptx"),
        (
            Table(
                (
                    ("Zone", "5 kg", "10 kg", "20 kg"),
                    ("Inland", "4.10", "6.25", "9.80"),
                    ("Nordic", "7.40", "10.15", "15.60"),
                    ("Overseas", "18.00", "29.50", "51.25"),
                )
            ),
        ),
        (Cell("Nordic", ("10 kg",), "10.15"), Cell("Overseas", ("20 kg",), "51.25")),
        (re.compile(r"Inland: |4\.10: "),),
    ),
    Content(
        "hold-da",
        ("csv", "xlsx", "docx", "html", "pdf", "ods"),
        (
            Table(
                (
                    ("Hold", "01-02-2027", "08-02-2027", "15-02-2027"),
                    ("Begyndere", "Bane 1", "Bane 3", "Bane 1"),
                    ("Øvede", "Bane 2", "Bane 4", "aflyst"),
                )
            ),
        ),
        (Cell("Øvede", ("15-02-2027",), "aflyst"), Cell("Begyndere", ("08-02-2027",), "Bane 3")),
        (re.compile(r"Begyndere: "),),
    ),
    Content(
        "plans-en",
        ("xlsx", "docx", "html", "pdf", "csv", "pptx", "ods", "odt", "md"),
        (
            Table(
                (
                    ("", "Basic", "Plus", "Team"),
                    ("Storage", "20 GB", "100 GB", "2 TB"),
                    ("Seats", "1", "3", "25"),
                    ("Help by phone", "no", "weekdays", "always"),
                ),
                bold=1,
            ),
        ),
        (Cell("Storage", ("Plus",), "100 GB"), Cell("Seats", ("Team",), "25"), Cell("Help by phone", ("Plus",), "weekdays")),
        (re.compile(r"Storage: |Unnamed: \d"),),
    ),
    Content(
        "butikker-da",
        ("xlsx", "docx", "html", "pptx", "ods", "odt", "pdf", "epub"),
        (
            Table(
                (
                    ("", Span("2026", 2), Span("2027", 2)),
                    ("Butik", "1. halvår", "2. halvår", "1. halvår", "2. halvår"),
                    ("Torvet", "310", "342", "355", "361"),
                    ("Havnen", "198", "187", "204", "230"),
                ),
                bold=2,
            ),
        ),
        (Cell("Torvet", ("2026", "2. halvår"), "342"), Cell("Havnen", ("2027", "1. halvår"), "204")),
        (re.compile(r"Torvet: |2026 2027|Unnamed: \d"),),
    ),
    Content(
        "survey-da",
        ("xlsx", "csv", "docx", "html", "ods"),
        (
            Table(
                (
                    (
                        "Spørgsmål",
                        "I hvor høj grad oplever du, at personalet i huset lytter til dig, når du har noget på hjerte?",
                        "Ville du komme igen?",
                    ),
                    ("Mænd", "4,1", "88 %"),
                    ("Kvinder", "3,8", "91 %"),
                    ("Unge", "3,2", "64 %"),
                )
            ),
        ),
        (Cell("Kvinder", ("Ville du komme igen?",), "91 %"), Cell("Unge", ("lytter til dig",), "3,2")),
        (re.compile(r"Mænd: |4,1: "),),
    ),
    Content(
        "orders-en",
        ("xlsx", "csv", "html", "docx"),
        (
            Table(
                (
                    ("Part", "Qty", "Price", "Qty", "Price"),
                    ("Hinge", "40", "1.15", "65", "1.05"),
                    ("Latch", "12", "3.40", "18", "3.20"),
                )
            ),
        ),
        (Cell("Hinge", ("Price",), "1.15"), Cell("Latch", ("Qty",), "18")),
        (re.compile(r"Hinge: |40: "),),
    ),
    Content(
        "opgaver-da",
        ("xlsx", "csv", "docx", "html", "ods", "odt", "pdf"),
        (
            Table(
                (
                    ("Opgave", "Ansvarlig"),
                    ("Male stakittet", "Bodil"),
                    ("Skifte rudeglas", "Torben"),
                    ("Rydde op i skuret", "Alle"),
                    ("Bestille flis", "Yrsa"),
                ),
                bold=1,
            ),
        ),
        (Cell("Male stakittet", ("Ansvarlig",), "Bodil"), Cell("Skifte rudeglas", ("Ansvarlig",), "Torben")),
        (re.compile(r"Male stakittet: (Skifte|Bodil: )"),),
    ),
    Content(
        "varme-da",
        ("docx", "html", "pdf", "xlsx", "odt", "csv"),
        (
            Table(
                (
                    ("Kvartal", "1. kvt.", "2. kvt.", "3. kvt.", "10 %"),
                    ("Varme", "2.110", "940", "310", "336"),
                    ("Vand", "455", "470", "520", "144,5"),
                )
            ),
        ),
        (Cell("Varme", ("2. kvt.",), "940"), Cell("Vand", ("10 %",), "144,5")),
        (re.compile(r"Varme: "),),
    ),
)  # fmt: skip

FIELDS = (
    Content(
        "ordre-da",
        ("docx", "html", "pdf", "xlsx", "odt", "pptx", "rtf", "ods"),
        (
            Table(
                (
                    ("Kunde", "Ovra Byg ApS"),
                    ("Ordrenr.", "88-1204"),
                    ("Leveres", "Uge 9"),
                    ("Telefon", "75 12 88 40"),
                )
            ),
        ),
        (pair("Kunde", "Ovra Byg ApS"), pair("Ordrenr.", "88-1204"), pair("Leveres", "Uge 9"), pair("Telefon", "75 12 88 40")),
        (re.compile(r"Kunde: (Ordrenr|Leveres|Telefon)|Ovra Byg ApS: |Kunde: \w+ \| Ovra"),),
    ),
    Content(
        "member-en",
        ("docx", "html", "pdf", "xlsx", "csv"),
        (Table((("Name", "Ruth Pell"), ("Born", "17 June 1958"), ("Member since", "1990"), ("Locker", "14 B"))),),
        (pair("Name", "Ruth Pell"), pair("Born", "17 June 1958"), pair("Member since", "1990"), pair("Locker", "14 B")),
        (re.compile(r"Name: (Born|Member|Locker)|Ruth Pell: "),),
    ),
    Content(
        "people-en",
        ("csv", "tsv", "xlsx", "ods"),
        (
            Table(
                (
                    ("Ann Reed", "Leeds", "ann@reed.example", "0113 496 0021"),
                    ("Tom Orr", "York", "tom@orr.example", "01904 496 087"),
                    ("Una Fox", "Hull", "una@fox.example", "01482 496 33"),
                )
            ),
        ),
        (Cell("Tom Orr", (), "York"), Cell("Ann Reed", (), "ann@reed.example"), "01904 496 087"),
        (re.compile(r"Ann Reed: |Leeds: |ann@reed\.example: "),),
    ),
    Content(
        "maalere-da",
        ("csv", "xlsx", "ods"),
        (Table((("Kælder", "00412", "117,5"), ("Stue", "00413", "98,2"), ("Loft", "00519", "64,0"))),),
        (Cell("Stue", (), "00413"), Cell("Kælder", (), "117,5"), "00519"),
        (re.compile(r"Kælder: |00412: |117,5: "),),
    ),
)  # fmt: skip
