"""Texts that can stand in many formats, each with what has to be read of it. They are made up."""

from __future__ import annotations

import re

from benchmarks.reading.blocks import Heading, Paragraph, Table
from benchmarks.reading.contents import STRUCK, TEXTS, Content
from benchmarks.reading.judging import lowered, marked, raised

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
