"""RTF, text and Markdown files as programs leave them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from benchmarks.reading.forms.plain import escaped
from benchmarks.reading.judging import Cell, Sample, marked, pair
from benchmarks.reading.own.parts import PICTURE, picture


def samples() -> Iterator[Sample]:
    yield from _rich_texts()
    yield from _plain_texts()


def _rtf(
    name: str, inside: str, must: tuple[Any, ...], must_not: tuple[Any, ...] = (), noticed: tuple[str, ...] = ()
) -> Sample:
    return Sample(
        f"rtf/{name}.rtf",
        (
            r"{\rtf1\ansi\ansicpg1252\deff0{\fonttbl{\f0 Arial;}}{\info{\title Skjult titel}}\f0\fs22 " + inside + "}"
        ).encode("ascii"),
        must,
        must_not,
        noticed,
    )


def _rich_texts() -> Iterator[Sample]:
    yield _rtf(
        "fodnote-da",
        escaped("Honoraret er 3.600") + r"{\super\chftn{\footnote\pard\plain " + escaped("Før skat.") + r"}} kr.\par ",
        ("Før skat.", "Honoraret er 3.600"),
    )
    yield _rtf(
        "sidehoved-da",
        r"{\header\pard " + escaped("Fortrolig sag 8842") + r"\par}" + escaped("Brevet begynder her.") + r"\par ",
        ("Fortrolig sag 8842", "Brevet begynder her."),
    )
    yield _rtf(
        "slettet-da",
        escaped("Salget sluttede den ")
        + r"{\deleted 4}{\revised 9}"
        + escaped(". oktober.")
        + r"\par{\v skjult kode}\par ",
        ("Salget sluttede den 9. oktober.",),
    )
    yield _rtf(
        "hex-en",
        r"Caf\'e9 cr\'e8me costs \'804.20 \endash  or \ldblquote four twenty\rdblquote .\par\bullet\tab first point\par ",
        ("Café crème costs €4.20 – or", "first point"),
    )
    yield _rtf(
        "link-en",
        r'{\field{\*\fldinst HYPERLINK "https://fen.example"}{\fldrslt the club page}} has more.\par ',
        ("the club page has more.",),
        ("HYPERLINK",),
    )
    yield _rtf(
        "picture-en",
        r"The plan is below.\par{\pict\pngblip\picw10\pich10 " + picture().getvalue().hex() + r"}\par ",
        ("The plan is below.",),
        ("89504e47",),
        (PICTURE,),
    )


def _plain_texts() -> Iterator[Sample]:
    yield Sample(
        "txt/latin1-da.txt",
        "Færgen sejler på søgnedage kl. 6.50 fra Ærøskøbing.\r\n".encode("cp1252"),
        ("Færgen sejler på søgnedage kl. 6.50 fra Ærøskøbing.",),
    )
    yield Sample(
        "txt/utf16-en.txt", "The café “Nine” opens at 7.\r\n".encode("utf-16"), ("The café “Nine” opens at 7.",)
    )
    yield Sample("txt/felter-da.txt", "Journalnr.:   7712-04\nModtaget:     3. marts 2027\nBehandlet af: Tove Kjær\n".encode(), (pair("Journalnr.", "7712-04"), pair("Behandlet af", "Tove Kjær")),
                 whole=("Journalnr.: 7712-04",))  # fmt: skip
    yield Sample(
        "txt/liste-en.txt",
        b"Bring:\n\n- 2 ropes of 12 m\n- 1 stove\n\n3.5 kg of gas is enough.\n",
        ("2 ropes of 12 m", "3.5 kg of gas is enough."),
        whole=("3.5 kg of gas is enough.",),
    )
    yield Sample(
        "md/noter-da.md",
        "Lånet er 96.000[^1] kr.\n\n[^1]: Til fast rente.\n".encode(),
        (marked("96.000", "1", " kr."), "Til fast rente."),
        ("96.0001",),
    )
    yield Sample(
        "md/table-en.md",
        b"| | 2026 | 2027 |\n|---|---:|---:|\n| Oak | 12 | 15 |\n| Ash | 7 | 4 |\n",
        (Cell("Oak", ("2027",), "15"), Cell("Ash", ("2026",), "7")),
    )
    yield Sample(
        "md/html-en.md",
        b"# Rules\n\n<details><summary>Late keys</summary>A late key costs 15 pounds.</details>\n\nUse `key --return`.\n",
        ("A late key costs 15 pounds.", "key --return"),
    )
    yield Sample(
        "md/opgaver-da.md",
        b"- [x] Sende breve\n- [ ] Bestille sal\n\n![Kort over stierne](kort.png)\n",
        ("Sende breve", "Bestille sal", "Kort over stierne"),
    )
