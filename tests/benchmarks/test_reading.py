from __future__ import annotations

import io
import re
import tomllib
import zipfile
from collections import Counter
from pathlib import Path

import pytest

from benchmarks.reading.blocks import Run, Span, Table, placed, runs
from benchmarks.reading.corpus import own
from benchmarks.reading.forms import WRITERS
from benchmarks.reading.judging import (
    Cell,
    Expected,
    Reading,
    Sample,
    arrow,
    in_table,
    judged,
    lowered,
    marked,
    one_line,
    pair,
    plainly,
    raised,
    stands,
)
from benchmarks.reading.public import LIST, sample
from benchmarks.reading.readers.adapters import piped
from benchmarks.reading.readers.kilde import readings
from benchmarks.reading.scoring import ALL, row, summed
from benchmarks.reading.table import READ, misses, of_kilde, shares

ROWS = Cell("Nord", ("2027", "Q2"), "57")
MARKDOWN = "| | 2026 | | 2027 | |\n|---|---|---|---|---|\n| Desk | Q1 | Q2 | Q1 | Q2 |\n| Nord | 41 | 42 | 55 | 57 |\n"


def found(expected: Expected, text: str) -> bool:
    plain = plainly(text)
    return stands(expected, plain, one_line(plain), alone=False)


@pytest.mark.parametrize(
    ("expected", "right", "wrong"),
    [
        (
            raised("640 m", "2"),
            ["640 m²", "640 m^2", "640 m<sup>2</sup>", "640 m^{2}", "640 m ²"],
            ["640 m2", "640 m 2", "640 m^24"],
        ),
        (raised("10", "-6", " g"), ["10⁻⁶ g", "10^-6 g", "10^(-6) g"], ["10-6 g", "10 −6 g", "10⁻⁶g"]),
        (lowered("log", "2", "64"), ["log₂64", "log_(2)64", "log<sub>2</sub>64"], ["log264", "log 2 64"]),
        (
            marked("8.400", "1", " kr."),
            ["8.400 ¹ kr.", "8.400¹ kr.", "8.400[1] kr.", "8.400[^1] kr.", "8.400^1 kr."],
            ["8.4001 kr.", "8.400 1 kr.", "8.400 kr."],
        ),
        (
            pair("Ordrenr.", "88-1204"),
            ["Ordrenr.: 88-1204", "| Ordrenr. | 88-1204 |", "Ordrenr.\n\n88-1204"],
            ["Ordrenr. | Ovra Byg: 88-1204"],
        ),
        (arrow("Bestilt", "Pakket"), ["Bestilt → Pakket", "Bestilt -> Pakket"], ["Bestilt Pakket", "Pakket → Bestilt"]),
        (("1½ dl", "1 1/2 dl"), ["1½ dl", "1  1/2\ndl"], ["112 dl", "11/2 dl"]),
        ("fredag den 11.", ["**fredag** den\n11."], ["fredag den 11"]),
        (re.compile(r"\$ ?5"), ["\\$ 5"], ["5"]),
        (
            "is in the control field Package.",
            ["is in the [control field](#f) `Package`."],
            ["is in the field Package."],
        ),
    ],
)
def test_what_says_the_same_is_right_and_what_does_not_is_wrong(
    expected: Expected, right: list[str], wrong: list[str]
) -> None:
    assert [text for text in right if not found(expected, f"x {text} y")] == []
    assert [text for text in wrong if found(expected, f"x {text} y")] == []


@pytest.mark.parametrize(
    "text",
    [
        "Desk: Nord | 2027 Q1: 55 | 2027 Q2: 57",
        MARKDOWN,
        MARKDOWN.replace("| 2026 | | 2027 | |", "| 2026 | 2026 | 2027 | 2027 |"),
        "Desk;2026 Q1;2026 Q2;2027 Q1;2027 Q2\nNord;41;42;55;57\n",
        "| Desk | 2026 - Q1 | 2026 - Q2 | 2027 - Q1 | 2027 - Q2 |\n| --- |\n| Nord | 41 | 42 | 55 | 57 |",
    ],
)
def test_a_cell_can_be_told_in_any_form(text: str) -> None:
    assert in_table(ROWS, plainly(text), alone=False)


@pytest.mark.parametrize(
    "text",
    [
        "Nord | 41 | 42 | 55 | 57",
        "Desk: Nord | 2026 Q2: 57",
        MARKDOWN.replace("55 | 57", "57 | 55"),
        MARKDOWN.replace("Nord", "Syd"),
        "Desk 2026 2027 Nord 41 42 55 57",
    ],
)
def test_a_cell_that_cannot_be_told_is_lost(text: str) -> None:
    assert not in_table(ROWS, plainly(text), alone=False)


def test_where_rows_are_quoted_alone_a_header_above_is_not_enough() -> None:
    assert in_table(ROWS, "Desk: Nord | 2027 Q2: 57", alone=True)
    assert not in_table(ROWS, MARKDOWN, alone=True)


def test_columns_without_names_by_white_space() -> None:
    text = "Gave 2025 2026\nLeje 11 12\n"
    assert in_table(Cell("Leje", ("2026",), "12"), text, alone=False)
    assert not in_table(Cell("Leje", ("2025",), "12"), text, alone=False)


def test_a_file_is_judged_by_all_that_is_asked_of_it() -> None:
    asked = Sample("txt/a.txt", b"", ("150 kr.",), ("180 kr.",), ("struck",), ("Den 2. juli kom han.",))
    good = Reading("Billetten koster 150 kr.", 0.1, ("Struck text: 1.",), ("Den 2. juli kom han.",))
    assert judged(asked, good) == type(judged(asked, good))()
    bad = judged(asked, Reading("Billetten koster 180 kr. 150 kroner", 0.1, (), ("Den 2.", "juli kom han.")))
    assert (bad.lost, bad.invented, bad.unnoticed) == (("150 kr.",), ("180 kr.",), ("struck",))
    assert bad.cut == ("Den 2. juli kom han.",)
    marked_as_struck = judged(asked, Reading("Billetten koster ~~180 kr.~~ 150 kr.", 0.1))
    assert marked_as_struck.invented == () and marked_as_struck.cut == ()


def test_figures_are_summed_by_format_and_a_format_that_is_not_read_is_told() -> None:
    asked = Sample("pdf/a.pdf", b"", ("a", "b"), ("c",))
    rows = {
        "pdf/a.pdf": row(asked, one := Reading("a c", 1.0), judged(asked, one)),
        "pdf/b.pdf": row(asked, one := Reading("a b", 2.0), judged(asked, one)),
        "odt/a.odt": row(asked, one := Reading("", 0.0, failed="no"), judged(asked, one)),
    }
    made = summed(rows)
    sums = {"files": 2, "failed": 0, "right": 1, "must": 4, "must_not": 2, "lost": 1, "invented": 1, "seconds": 3.0}
    assert made["pdf"] == {**sums, "unnoticed": 0, "cut": 0}
    assert (made[ALL]["must"], made[ALL]["lost"]) == (6, 3)
    better = {"pdf": {**made["pdf"], "lost": 0, "invented": 2}, ALL: {**made[ALL], "lost": 0}}
    told = {line[0]: line for line in shares({"kilde": made, "other": better})}
    assert told["pdf"] == ["pdf", "2", "75.0 %, 1", "100.0 % ◀, 2"]
    assert told["odt"] == ["odt", "1", "–", "–"]
    assert told[READ][2] == "75.0 %, 1"
    assert next(iter(of_kilde(made))) == ["pdf", "2", "1", "3 of 4", "1 of 2", "", "", "3.0"]
    assert list(misses(rows)) == [
        "pdf/a.pdf: lost: b",
        "pdf/a.pdf: made up: c",
        "odt/a.odt: no",
        "odt/a.odt: lost: a",
        "odt/a.odt: lost: b",
    ]


def test_marked_text_and_spans() -> None:
    assert list(runs("4·10^{-6} g ~{zink}")) == [Run("4·10"), Run("-6", "raised"), Run(" g "), Run("zink", "struck")]
    assert list(placed((Span("2026", 2), "x"))) == [(0, 2, "2026"), (2, 1, "x")]
    assert Table((("a",), (Span("b", 2), "c"))).columns == 3


def test_a_table_in_html_becomes_rows_whose_spans_stay() -> None:
    table = "<table><tr><td></td><td colspan='2'>2026</td></tr><tr><td>Nord</td><td>41</td><td>57</td></tr></table>"
    assert piped(table).splitlines() == ["|  | 2026 |  |", "| Nord | 41 | 57 |"]


def test_the_files_are_there_in_all_formats_and_stay_the_same() -> None:
    first, again = list(own()), list(own())
    assert len(first) >= 300 and len({one.name for one in first}) == len(first)
    assert set(WRITERS) | {"zip", "png", "jpg", "tiff"} == set(Counter(one.format for one in first))
    assert [(one.name, one.must) for one in first] == [(one.name, one.must) for one in again]
    assert all(one.data and (one.must or one.noticed) for one in first)
    for one in first:
        if one.format in ("docx", "pptx", "xlsx", "odt", "ods", "odp", "epub", "zip"):
            assert zipfile.ZipFile(io.BytesIO(one.data)).testzip() is None


def test_no_text_of_a_plain_file_fails_its_own_expectations() -> None:
    """Where the file is its text, what is asked of it must stand there: this finds slips in the lists."""
    for one in own():
        if one.format in ("txt", "md") and b"\xff" not in one.data and b"\xc6" not in one.data:
            verdict = judged(one, Reading(one.data.decode("utf-8", "replace"), 0.0))
            assert (one.name, verdict.lost) == (one.name, ())


def test_public_files_are_named_with_their_hash_and_what_they_hold() -> None:
    packages = tomllib.loads(LIST.read_text(encoding="utf-8"))["package"]
    files = [(package["name"], file) for package in packages for file in package["file"]]
    assert len(files) >= 80
    for name, file in files:
        assert re.fullmatch("[0-9a-f]{64}", file["sha256"])
        made = sample(name, file, b"x")
        assert made.must or made.noticed
        assert made.name.count("/") == 1
    row_of_table = sample(
        "p", {"path": "a.pdf", "must": [{"row": "r", "columns": ["c"], "value": "v"}, ["x", "re:y+"]]}, b""
    )
    assert row_of_table.must == (Cell("r", ("c",), "v"), ("x", re.compile("y+")))


def test_what_kilde_reads_is_judged_with_its_notices(tmp_path: Path) -> None:
    files = [
        Sample("csv/a.csv", "Sted;Besøg\nFur;1.200\nMors;3.400\n".encode(), (Cell("Mors", ("Besøg",), "3.400"),)),
        Sample("txt/b.txt", b" \n", ("never",), (), ("empty",)),
        Sample("txt/c.txt", b"Han kom. Hun gik.", ("kom",), ("sad",), (), ("Hun gik.", "kom. H")),
    ]  # fmt: skip
    verdicts = [judged(one, read) for one, read in zip(files, readings(files), strict=True)]
    assert [one.lost for one in verdicts] == [(), ("never",), ()]
    assert verdicts[1].unnoticed == ()
    assert verdicts[2].cut == ("kom. H",)
