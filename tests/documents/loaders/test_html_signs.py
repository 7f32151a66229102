"""HTML: numbers, formulas and struck text keep what they say; what cannot be read is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from rag.core.types import Parsed
from tests.files import read


def page(folder: Path, body: str, head: str = "") -> Parsed:
    return read(folder, "a.html", f"<html lang=da><head>{head}</head><body>{body}</body></html>".encode())


def said(folder: Path, body: str, head: str = "") -> str:
    return page(folder, body, head).pages[0].text


def left_out(parsed: Parsed) -> dict[str, int]:
    return {notice.code: notice.values["count"] for notice in parsed.notices}


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("<p>Grænse: 10<sup>-3</sup> g</p>", "Grænse: 10⁻³ g"),
        ("<p>120 m<sup>2</sup> og CO<sub>2</sub></p>", "120 m² og CO₂"),
        ("<p>120 m<span style='font-size:8px; vertical-align: super'>2</span></p>", "120 m²"),
        ("<p>x<sup>n/2</sup></p>", "x^(n/2)"),
        ("<p>1.250<sup>1</sup> kr.</p><p><sup>1</sup> Ekskl. moms</p>", "1.250 ¹ kr.\n\n¹ Ekskl. moms"),
        ("<p>40 m<sup>2</sup></p><p><sup>2</sup> Boligareal</p>", "40 m²\n\n² Boligareal"),
        ("<p>300<sup><a href='#fn2'>[2]</a></sup> kr.</p>", "300 ² kr."),
        ("<p>300<a href='#fn2'><sup>2</sup></a> kr.</p>", "300 ² kr."),
        ("<p>300<a role=doc-noteref href='#n'>2</a> kr.</p>", "300 ² kr."),
        ("<ol><li>Ekskl. moms <a href='#fnref1' role='doc-backlink'>↩︎</a></ol>", "1. Ekskl. moms"),
        ("<p>Den 1<sup>st</sup> maj, Kilde<sup>®</sup></p>", "Den 1st maj, Kilde®"),
    ],
)
def test_raised_and_lowered_signs_stay_apart(tmp_path: Path, source: str, expected: str) -> None:
    assert said(tmp_path, source) == expected


def test_a_rule_of_the_page_raises_and_strikes(tmp_path: Path) -> None:
    rules = "<style>/* x */ .op { vertical-align: super } .tilbud .gl, s.ny { text-decoration: line-through; }</style>"
    source = "<p>5 m<span class=op>2</span></p><p class=tilbud><b class=gl>1.000</b> 800 kr.</p><p class=gl>900 kr.</p>"
    parsed = page(tmp_path, source, rules)
    assert parsed.pages[0].text == "5 m²\n\n800 kr.\n\n900 kr."
    assert left_out(parsed) == {"left_out_struck": 1}


@pytest.mark.parametrize(
    "struck",
    [
        "<s>1.000 kr.</s>",
        "<del>1.000 kr.</del>",
        "<strike>1.000 kr.</strike>",
        "<span style='text-decoration: line-through'>1.000 kr.</span>",
        "<span style='color: red; text-decoration-line:underline line-through'>1.000 kr.</span>",
    ],
)
def test_struck_text_is_left_out_and_said(tmp_path: Path, struck: str) -> None:
    parsed = page(
        tmp_path, f"<p>Prisen er {struck} 800 kr.</p><table><tr><th>Vare<th>Pris<tr><td>Bord<td>{struck} 5</table>"
    )
    assert parsed.pages[0].text == "Prisen er 800 kr.\n\nVare | Pris\nVare: Bord | Pris: 5"
    assert left_out(parsed) == {"left_out_struck": 2}


def m(name: str, *parts: str) -> str:
    return f"<{name}>{''.join(parts)}</{name}>"


X, Y, TWO, PLUS = m("mi", "x"), m("mi", "y"), m("mn", "2"), m("mo", "+")


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        (m("mfrac", m("mrow", X, PLUS, TWO), Y), "(x + 2)/y"),
        (m("mfrac", m("mn", "1"), TWO), "1/2"),
        (m("mrow", TWO, m("mfrac", m("mn", "1"), m("mn", "4"))), "2 1/4"),
        (m("msup", m("mn", "10"), m("mrow", m("mo", "−"), m("mn", "3"))), "10⁻³"),
        (m("msup", m("mrow", X, PLUS, Y), TWO), "(x + y)²"),
        (m("msub", X, m("mi", "i")), "xᵢ"),
        (m("msubsup", X, m("mn", "1"), TWO), "x₁²"),
        (m("mover", X, m("mo", "¯")), "x̄"),
        (m("msqrt", X, PLUS, m("mn", "1")), "√(x + 1)"),
        (m("mroot", X, m("mn", "3")), "³√x"),
        (m("mrow", Y, m("mo", "="), m("mo", "−"), TWO, m("mo", "\u2062"), X), "y = −2x"),
        (m("munderover", m("mo", "∑"), m("mrow", m("mi", "i"), m("mo", "="), m("mn", "1")), m("mi", "n")), "∑ᵢ₌₁ⁿ"),
        (m("mtable", m("mtr", m("mtd", X), m("mtd", Y)), m("mtr", m("mtd", TWO), m("mtd", TWO))), "x, y; 2, 2"),
        (m("semantics", m("mrow", X), "<annotation encoding='application/x-tex'>\\bar x</annotation>"), "x"),
        (m("mfenced", X, Y), "(x, y)"),
        (m("mmultiscripts", m("mi", "C"), m("mprescripts"), m("mn", "6"), m("mn", "14")), "₆¹⁴C"),
    ],
)  # fmt: skip
def test_formulas_keep_their_bars_and_powers(tmp_path: Path, formula: str, expected: str) -> None:
    assert said(tmp_path, f"<p>Den er <math>{formula}</math> her.</p>") == f"Den er {expected} her."


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    source = """<p>Tekst</p><img src=a.png width=600><img src=IMG_1.jpg alt="IMG_1.jpg">
    <img src=pixel.gif width=1 height=1>
    <img src=pynt.png alt=""><canvas width=300></canvas>
    <svg viewBox="0 0 400 300"><path d="M0 0"></path></svg>
    <svg viewBox="0 0 16 16"><path d="M0 0"></path></svg><video src=a.mp4></video>
    <iframe src="https://example.dk/"></iframe>
    <object data=a.pdf>Hent filen</object><p style="display:none">Skjult uden en knap til</p>"""
    parsed = page(tmp_path, source)
    assert parsed.pages[0].text == "Tekst\n\nHent filen"
    assert left_out(parsed) == {
        "left_out_pictures": 2,
        "left_out_drawings": 2,
        "left_out_media": 1,
        "left_out_frames": 1,
        "left_out_objects": 1,
        "left_out_hidden": 1,
    }


def test_pictures_drawings_and_frames_are_read_where_they_have_words(tmp_path: Path) -> None:
    source = """<h1><img alt="Nordvind A/S" src=logo.png></h1><figure><img src=a.png alt="Salget steg fra 5 til 9 mio.">
    <figcaption>Figur 1: Salg</figcaption></figure>
    <svg viewBox="0 0 400 300"><title>Kvartaler</title><text>1. kvt.</text><text>12 mio.</text></svg>
    <iframe srcdoc="<p>Åbent til kl. 17 <del>18</del></p>"></iframe>"""
    parsed = page(tmp_path, source)
    assert parsed.pages[0].text == (
        "Nordvind A/S\n\nBillede: Salget steg fra 5 til 9 mio.\n\nFigur 1: Salg\n\n"
        "Billede: Kvartaler\n1. kvt.\n12 mio.\n\nÅbent til kl. 17"
    )
    assert left_out(parsed) == {"left_out_struck": 1}


def test_a_picture_in_a_sentence_is_told_from_it(tmp_path: Path) -> None:
    assert said(tmp_path, "<p>Tryk på <img alt='en rød knap' src=a.png> to gange.</p>") == (
        "Tryk på [Billede: en rød knap] to gange."
    )
