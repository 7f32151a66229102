"""Contents that can stand in many formats, each with what has to be read of it. The texts are made up."""

from __future__ import annotations

import re
from dataclasses import dataclass

from benchmarks.reading.blocks import Block, Heading, Paragraph, Span, Table
from benchmarks.reading.judging import Cell, Expected, Pattern, lowered, marked, pair, raised

TEXTS = ("html", "docx", "odt", "rtf", "pptx", "odp", "epub", "xlsx", "pdf", "md", "eml", "msg")
TABLES = ("csv", "xlsx", "ods", "docx", "odt", "rtf", "pptx", "html", "epub", "pdf", "md", "eml", "msg")


@dataclass(frozen=True, slots=True)
class Content:
    """name: of the file, without a suffix. formats: those it is written in. The rest as in `Sample`."""

    name: str
    formats: tuple[str, ...]
    blocks: tuple[Block, ...]
    must: tuple[Expected, ...] = ()
    must_not: tuple[Pattern, ...] = ()
    noticed: tuple[str, ...] = ()
    whole: tuple[str, ...] = ()


STRUCK = r"struck|crossed|strike|line through"

SHIFTED = (
    Content(
        "have-da",
        TEXTS,
        (
            Heading("Haven på Skrænten 4"),
            Paragraph("Haven måler 640 m^{2}, og bassinet rummer 75 m^{3} vand. Prøven holdt 4·10^{-6} g zink pr. liter."),
            Paragraph("Bassinet tømmes én gang om året."),
        ),
        (raised("640 m", "2"), raised("75 m", "3"), raised("4·10", "-6"), "Bassinet tømmes én gang om året."),
        (re.compile(r"640 ?m2\b"), re.compile(r"75 ?m3\b"), re.compile(r"10[-−]6")),
    ),
    Content(
        "load-en",
        ("html", "docx", "pptx", "rtf", "pdf", "odt"),
        (Paragraph("The roof carries 3.5 kN/m^{2} of snow. A page holds 2^{12} bytes, and a half-life is t_{1} in the table."),),
        (raised("3.5 kN/m", "2"), raised("holds 2", "12", " bytes")),
        ("212 bytes", re.compile(r"kN/m2\b")),
    ),
    Content(
        "lejemaal-da",
        TEXTS,
        (
            Paragraph("Depositum er 8.400^{1} kr. og administrationsgebyret 125^{2} kr. om måneden."),
            Paragraph("^{1} Kan betales i to rater."),
            Paragraph("^{2} Bortfalder ved betaling over nettet."),
        ),
        (marked("8.400", "1", " kr."), marked("125", "2", " kr."), "Kan betales i to rater."),
        ("8.4001", "1252 kr"),
    ),
    Content(
        "turnover-en",
        ("html", "docx", "pdf", "xlsx", "odt", "rtf", "pptx"),
        (
            Paragraph("Turnover was 5,204^{3} million and margin 17.4^{4} per cent."),
            Paragraph("^{3} Before discontinued lines."),
            Paragraph("^{4} Unaudited."),
        ),
        (marked("5,204", "3", " million"), marked("17.4", "4", " per cent"), "Before discontinued lines."),
        ("5,2043", "17.44"),
    ),
    Content(
        "logs-en",
        ("html", "docx", "pptx", "odt", "rtf", "pdf", "xlsx", "epub"),
        (Paragraph("The depth of the tree is log_{2}64 = 6, and the sample held 12 % NaHCO_{3} by weight."),),
        (lowered("log", "2", "64 = 6"), (lowered("NaHCO", "3"), "NaHCO3 by weight")),
        ("log264",),
    ),
    Content(
        "billet-da",
        TEXTS,
        (Paragraph("Billetten koster ~{180 kr.} 150 kr. fra maj. Børn kommer ~{ikke} gratis ind."),),
        ("Billetten koster 150 kr. fra maj.", "Børn kommer gratis ind."),
        ("180 kr.", "ikke gratis"),
        (STRUCK,),
    ),
    Content(
        "opening-en",
        ("docx", "html", "pdf", "pptx", "odt", "rtf", "xlsx"),
        (Paragraph("The desk closes at ~{9 pm} 8 pm on weekdays."), Paragraph("~{Dogs are welcome.}"), Paragraph("Bring a card.")),
        ("closes at 8 pm on weekdays", "Bring a card."),
        ("9 pm", "Dogs are welcome"),
        (STRUCK,),
    ),
    Content(
        "bagning-da",
        (*TEXTS, "csv", "txt", "ods"),
        (
            Table((("Vare", "Mængde"), ("Fløde", "1½ dl"), ("Salt", "¾ tsk."), ("Smør", "250 g"))),
            Paragraph("Bages 12½ min. ved 200 °C ± 5 °C."),
        ),
        (("1½ dl", "1 1/2 dl", "1 ½ dl"), ("¾ tsk.", "3/4 tsk."), ("12½ min.", "12 1/2 min."), "200 °C ± 5 °C"),
        ("11/2 dl", "112 dl", "34 tsk", "1212"),
    ),
)  # fmt: skip

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

CLAUSES = (
    Content(
        "vedtaegt-da",
        ("txt", "md", "docx", "pdf", "html", "odt", "rtf"),
        (
            Heading("Medlemmer"),
            Paragraph("§ 7. Stk. 2. Ansøgning om medlemskab indgives senest den 1. marts til bestyrelsen, jf. § 4 a."),
            Paragraph("Stk. 3. Bestyrelsen kan iht. stk. 2 afvise en ansøgning, bl.a. hvis kontingentet ikke er betalt."),
            Paragraph("Punkt 5. Kontingentet betales kl. 10.30 den 3. juli."),
        ),
        ("Ansøgning om medlemskab indgives senest den 1. marts", "iht. stk. 2 afvise en ansøgning"),
        whole=(
            "§ 7. Stk. 2. Ansøgning om medlemskab indgives senest den 1. marts til bestyrelsen, jf. § 4 a.",
            "Stk. 3. Bestyrelsen kan iht. stk. 2 afvise en ansøgning, bl.a. hvis kontingentet ikke er betalt.",
            "Punkt 5. Kontingentet betales kl. 10.30 den 3. juli.",
        ),
    ),
    Content(
        "abbreviations-en",
        ("txt", "docx", "pdf", "eml"),
        (
            Paragraph("The hall seats approx. 240 people, cf. Sec. 3.2 of the lease. It opens at 9 a.m. on 2 May."),
            Paragraph("Send the form to Mrs. Gray, Elm St. 14, no later than Fri. 8 Jan. 2027."),
        ),
        ("seats approx. 240 people", "Elm St. 14"),
        whole=(
            "The hall seats approx. 240 people, cf. Sec. 3.2 of the lease.",
            "Send the form to Mrs. Gray, Elm St. 14, no later than Fri. 8 Jan. 2027.",
        ),
    ),
    Content(
        "linjer-da",
        ("txt", "md", "eml"),
        (
            Paragraph("Lejen for kontoret på første sal udgør fra årsskiftet\n12.750 kr. pr. kvartal og betales forud hver gang."),
            Paragraph("Porten åbnes hver morgen af pedellen, som regel kl.\n6.45 om vinteren og en halv time før om sommeren."),
            Paragraph("Foreningen blev stiftet på gården Nybo søndag den\n4. november 1923 af syv gårdmænd fra sognet."),
            Paragraph("Pladen er ifølge leverandørens eget datablad omtrent\n1.5 mm tyk og holder i mindst tyve år udendørs."),
        ),
        ("12.750 kr. pr. kvartal", "1.5 mm tyk"),
        whole=(
            "udgør fra årsskiftet 12.750 kr. pr. kvartal",
            "som regel kl. 6.45 om vinteren",
            "søndag den 4. november 1923 af syv",
            "omtrent 1.5 mm tyk",
        ),
    ),
)  # fmt: skip

CONTENTS = (*SHIFTED, *GRIDS, *FIELDS, *CLAUSES)
