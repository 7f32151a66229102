"""RTF: text with its signs, tables, notes, and what stands beside the text."""

from __future__ import annotations

from pathlib import Path

import pytest

from rag.core.errors import DamagedFile, EmptyFile, NothingReadable
from rag.core.types import Parsed
from tests.files import read

FONTS = r"{\fonttbl{\f0\fswiss\fcharset0 Arial;}{\f1\fnil\fcharset2 Symbol;}{\f2\fnil\fcharset204 Arial CYR;}}"
STYLES = (
    r"{\stylesheet{\ql Normal;}{\s1\outlinelevel0 heading 1;}{\s2 heading 2;}{\s3\strike Udg\'e5et;}{\*\cs9 Tegn;}}"
)


def rtf(folder: Path, body: str, head: str = "") -> Parsed:
    source = rf"{{\rtf1\ansi\ansicpg1252\deff0{FONTS}{STYLES}{head}{body}}}"
    return read(folder, "a.rtf", source.encode("cp1252"))


def said(folder: Path, body: str, head: str = "") -> str:
    return rtf(folder, body, head).pages[0].text


def row(*texts: str, edges: tuple[int, ...] = (1000, 2000, 3000), more: str = "") -> str:
    ends = "".join(rf"\cellx{edge}" for edge in edges)
    return rf"\trowd{more}{ends}\pard\intbl " + "".join(rf"{text}\cell " for text in texts) + r"\row "


def left_out(parsed: Parsed) -> dict[str, int]:
    return {notice.code: notice.values.get("count", 0) for notice in parsed.notices}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (r"\pard \'c6bler p\'e5 F\'f8r", "Æbler på Før"),
        (r"\pard Pris 5 \u8364\'80 og \u229?, {\uc0\u229 }l og \u-10179?\u-8704?", "Pris 5 € og å, ål og 😀"),
        (r"\pard {\f2\'e0\'e1}{\f1\'b7 x}", "аб• ξ"),
        (r"\pard \ldblquote Ja\rdblquote\emdash sagde han\line og gik\tab hjem", "“Ja”—sagde han\nog gik hjem"),
        (r"\pard 10{\super -3} g, 5 m{\up6 2}, CO{\sub 2}{\nosupersub  i alt}", "10⁻³ g, 5 m², CO₂ i alt"),
        (r"\pard 1\~250 kr., a\_b og c\-d \{x\}", "1 250 kr., a-b og cd {x}"),
        ("\\pard En\\\n\\pard To\\par\n", "En\n\nTo"),
        (r"\pard Før{\*\ukendt hemmeligt{\b x}}\bin6 }}{{\\x efter", "Førx efter"),
    ],
)
def test_signs_in_all_their_spellings(tmp_path: Path, body: str, expected: str) -> None:
    assert said(tmp_path, body) == expected


def test_headings_and_items_as_they_are_shown(tmp_path: Path) -> None:
    body = (
        r"\pard\s1{\listtext 1.\tab}Pris\par\pard\s2 Rabat\par\pard{\listtext\f1\'b7\tab}et\par{\listtext b)\tab}to\par"
    )
    body += r"\pard\outlinelevel2 Frist\par\pard 30 dage\par"
    parsed = rtf(tmp_path, body, r"{\info{\title Aftale}{\author Bo}}")
    (page,) = parsed.pages
    assert page.text == "1. Pris\n\nRabat\n\n• et\nb) to\n\nFrist\n\n30 dage"
    assert [(h.level, h.title) for h in page.headings] == [(1, "1. Pris"), (2, "Rabat"), (3, "Frist")]
    assert parsed.title == "Aftale"


def test_struck_hidden_and_deleted_text_is_left_out_and_said(tmp_path: Path) -> None:
    body = r"\pard Nu {\strike 1.000} {\striked1 900}800 kr. {\v hemmelig}{\deleted slettet}\par\pard\s3 Oph\'e6vet\par"
    parsed = rtf(tmp_path, body)
    assert parsed.pages[0].text == "Nu 800 kr."
    assert left_out(parsed) == {"changes_tracked": 0, "left_out_struck": 2, "left_out_hidden": 1}


@pytest.mark.parametrize("star", ["", r"\*"])
def test_notes_stand_apart(tmp_path: Path, star: str) -> None:
    note = rf"{{\super\chftn}}{{{star}\footnote\pard{{\super\chftn}} Ekskl. moms}}"
    end = r"{\super\chftn}{\footnote\ftnalt\pard{\super\chftn} Sidst}"
    assert said(tmp_path, rf"\pard Prisen er 1.250{note} kr. og 300{end}.\par\pard Slut\par") == (
        "Prisen er 1.250 ¹ kr. og 300 ⁱ.\n\n¹ Ekskl. moms\n\nⁱ Sidst\n\nSlut"
    )


def test_tables_keep_their_headers_and_merged_cells(tmp_path: Path) -> None:
    head = row("Region", "2024", edges=(1000, 3000), more=r"\trhdr") + row("Region", "Q1", "Q2", more=r"\trhdr")
    first = r"\trowd\clvmgf\cellx1000\cellx2000\cellx3000\pard\intbl Nord\cell 5\par stk.\cell 6\cell\row "
    second = r"\trowd\clvmrg\cellx1000\cellx2000\cellx3000\pard\intbl\cell 7\cell 8\cell\row "
    assert said(tmp_path, head + first + second + r"\pard Efter\par").split("\n") == [
        "Region | 2024",
        "Region | Q1 | Q2",
        "Region: Nord | 2024 Q1: 5 stk. | 2024 Q2: 6",
        "Region: Nord | 2024 Q1: 7 | 2024 Q2: 8",
        "",
        "Efter",
    ]


def test_a_table_in_a_cell_and_one_that_lays_out_text(tmp_path: Path) -> None:
    nested = (
        r"\itap2 H\'f8jde\nestcell 70\nestcell{\*\nesttableprops\trowd\cellx500\cellx900\nestrow}{\nonesttables\par}"
    )
    assert said(tmp_path, row("Vare", "M\\'e5l", more=r"\trhdr") + row("Bord", nested)).endswith("Mål: Højde, 70")
    assert said(tmp_path, row("Batterier er daekket. " * 30, "Side")).endswith("\n\nSide")


def test_what_stands_beside_the_text_is_read(tmp_path: Path) -> None:
    comment = r"{\*\atnid BO}{\*\atnauthor Bo}\chatn{\*\annotation{\*\atndate 1}\pard Tjek prisen}"
    box = r"{\shp{\*\shpinst{\sp{\sn shapeType}{\sv 202}}{\shptxt\pard I boksen\par}}{\shprslt{\pict 00}}}"
    picture = r"{\*\shppict{\pict{\*\picprop{\sp{\sn wzDescription}{\sv Salget stiger}}}\pngblip 8950}}"
    picture += r"{\nonshppict{\pict 00}}"
    link = r"{\field{\*\fldinst HYPERLINK \"http://x.dk\"}{\fldrslt linket}}"
    around = (
        r"{\header\pard Nordvind A/S\par}{\footer\pard Side {\field{\*\fldinst PAGE}{\fldrslt 1}}\par\pard CVR 12\par}"
    )
    parsed = rtf(tmp_path, rf"{around}\pard Se {link}.{comment}{box}{picture}\par\pard Slut\par")
    assert parsed.pages[0].text == (
        "Nordvind A/S\n\nSe linket.\n\nNote (Bo): Tjek prisen\n\nI boksen\n\nBillede: Salget stiger\n\nSlut\n\nCVR 12"
    )
    assert left_out(parsed) == {}


def test_formulas_and_boxes_of_forms(tmp_path: Path) -> None:
    fraction = r"{\mf{\mfPr{\*\mctrlPr\b}}{\mnum{\mr a+1}}{\mden{\mr b}}}"
    rest = r"{\msSup{\me{\mr x}}{\msup{\mr 2}}}{\mr =}{\mrad{\mradPr{\mdegHide 1}}{\mdeg}{\me{\mr y+1}}}"
    assert said(tmp_path, rf"\pard {{\mmath{{\*\moMath{fraction}{rest}}}}}\par") == "(a+1)/bx²=√(y+1)"
    boxes = "".join(
        rf"{{\field{{\*\fldinst FORMCHECKBOX {{\*\formfield{{\fftype1\ffres{n}\ffdefres1}}}}}}{{\fldrslt}}}}"
        for n in (25, 0)
    )
    assert said(tmp_path, rf"\pard {boxes} Ja\par") == "☒☐ Ja"


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    parsed = rtf(tmp_path, r"\pard Tekst{\pict\pngblip 8950}{\object{\*\objdata 01}{\result{\pict 00}}}\par")
    assert left_out(parsed) == {"left_out_pictures": 1, "left_out_objects": 1}


def test_empty_damaged_and_pictures_only(tmp_path: Path) -> None:
    with pytest.raises(EmptyFile):
        rtf(tmp_path, r"\pard\par")
    with pytest.raises(NothingReadable):
        rtf(tmp_path, r"\pard{\pict 00}\par")
    with pytest.raises(DamagedFile):
        rtf(tmp_path, "{" * 5000)
    assert said(tmp_path, r"\pard Uden slutning {\b her") == "Uden slutning her"
