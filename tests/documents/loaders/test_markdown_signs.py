"""Markdown: numbers and tables say what a reader of the page sees."""

from __future__ import annotations

from pathlib import Path

import pytest

from rag.core.errors import NothingReadable
from rag.core.types import Parsed
from tests.files import read


def markdown(folder: Path, text: str) -> Parsed:
    return read(folder, "a.md", text.encode())


def said(folder: Path, text: str) -> str:
    return markdown(folder, text).pages[0].text


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("10^-3^ g og 5 m^2^", "10⁻³ g og 5 m²"),
        ("H~2~O og CO<sub>2</sub>", "H₂O og CO₂"),
        ("5 m<sup>2</sup>", "5 m²"),
        ("1.250[^1] kr.\n\n[^1]: Ekskl. moms", "1.250 ¹ kr.\n\n¹ Ekskl. moms"),
        ("1.250[^1] kr.\n\n[^1]: moms", "1.250 ¹ kr.\n\n¹ moms"),
        ("Før<!-- skjult -->efter", "Førefter"),
    ],
)
def test_signs_keep_what_they_say(tmp_path: Path, source: str, expected: str) -> None:
    assert said(tmp_path, source) == expected


@pytest.mark.parametrize(
    "source",
    [
        "Ca. ~5 kr. og ~7 kr., a^2 + b^2, C:\\~tmp",
        "`x^2^ ~~y~~` og\n\n```\nm^2^ [^1]\n```\n\n    a^2^",
        "---\ntitle: Priser\nnote: x^2^\n---\n# En\n\n> Citat\n\n- [x] gjort\n1. et\n   - to  tre\n\n![Kurve](a.png)\n",
    ],
)
def test_all_else_stays_as_written(tmp_path: Path, source: str) -> None:
    parsed = markdown(tmp_path, source)
    assert parsed.pages[0].text == source and parsed.notices == ()


@pytest.mark.parametrize("struck", ["~~1.000 kr.~~", "<del>1.000 kr.</del>", "<s>1.000\nkr.</s>"])
def test_struck_text_is_left_out_and_said(tmp_path: Path, struck: str) -> None:
    parsed = markdown(tmp_path, f"# Pris\n\nNu {struck} 800 kr.\n\n## Mere\n")
    (page,) = parsed.pages
    assert page.text == "# Pris\n\nNu 800 kr.\n\n## Mere\n"
    assert [(n.code, n.values["count"]) for n in parsed.notices] == [("left_out_struck", 1)]
    assert [page.text[h.offset :].split("\n")[0] for h in page.headings] == ["# Pris", "## Mere"]


def test_rows_of_tables_carry_their_names(tmp_path: Path) -> None:
    source = "Før\n\n| | 2022 | 2023 |\n|---|--:|--:|\n| Nord | 5 | ~~6~~ 7 |\n| Syd | 8 | |\n\nEfter\n"
    assert said(tmp_path, source) == "Før\n\n2022 | 2023\nNord | 2022: 5 | 2023: 7\nSyd | 2022: 8\n\nEfter\n"


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    assert [n.code for n in markdown(tmp_path, "Se ![](a.png)").notices] == ["left_out_pictures"]
    with pytest.raises(NothingReadable):
        markdown(tmp_path, "~~Ophævet~~")
