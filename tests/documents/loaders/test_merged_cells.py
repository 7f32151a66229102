"""One table with merged cells, as each format stores it: every row must say by itself what it is about."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pptx
import pytest

from tests.documents.loaders.test_odp import slide
from tests.files import read, saved, word
from tests.odfs import cells, frame, open_document, p, table
from tests.workbooks import book


class Merged(NamedTuple):
    """A cell over several columns and rows."""

    text: str
    columns: int = 1
    rows: int = 1


TABLE = [
    ["Type", "Variant", "Nr."],
    [Merged("MIPS", rows=2), "malta", "4"],
    ["octeon", "5"],
    ["ARM", Merged("udgået", columns=2)],
    ["x86", Merged("i686", rows=2), Merged("7", rows=2)],
    ["x64"],
    [Merged("PPC", rows=2), Merged("ældre", columns=2, rows=2)],
    [],
]
READ = [
    "Type | Variant | Nr.",
    "Type: MIPS | Variant: malta | Nr.: 4",
    "Type: MIPS | Variant: octeon | Nr.: 5",
    "Type: ARM | Variant: udgået",
    "Type: x86 | Variant: i686 | Nr.: 7",
    "Type: x64 | Variant: i686 | Nr.: 7",
    "Type: PPC | Variant: ældre",
]


def placed() -> Iterator[list[tuple[Merged, bool, bool]]]:
    """The cells of each row: the cell at a place, and whether it reaches there from the left and from above."""
    reaching: dict[int, tuple[Merged, bool, int]] = {}
    for row in TABLE:
        own = iter(row)
        cells_of_row: list[tuple[Merged, bool, bool]] = []
        while len(cells_of_row) < 3:
            column = len(cells_of_row)
            if column in reaching:
                cell, right, left = reaching.pop(column)
                cells_of_row.append((cell, right, True))
                if left > 1:
                    reaching[column] = cell, right, left - 1
                continue
            said = next(own)
            cell = said if isinstance(said, Merged) else Merged(said)
            for place in range(cell.columns):
                cells_of_row.append((cell, place > 0, False))
                if cell.rows > 1:
                    reaching[column + place] = cell, place > 0, cell.rows - 1
        yield cells_of_row


def docx(right: str) -> bytes:
    """right: how a cell over columns is stored, "gridSpan" or "hMerge"."""
    rows = ""
    for row in placed():
        rows += "<w:tr>"
        for cell, is_right, is_below in row:
            if is_right and right == "gridSpan":
                continue
            properties = ""
            if cell.columns > 1:
                properties += f'<w:gridSpan w:val="{cell.columns}"/>' if right == "gridSpan" else ""
                properties += (
                    f'<w:hMerge w:val="{"continue" if is_right else "restart"}"/>' if right == "hMerge" else ""
                )
            if cell.rows > 1:
                properties += "<w:vMerge/>" if is_below else '<w:vMerge w:val="restart"/>'
            said = "" if is_right or is_below else cell.text
            rows += f"<w:tc><w:tcPr>{properties}</w:tcPr><w:p><w:r><w:t>{said}</w:t></w:r></w:p></w:tc>"
        rows += "</w:tr>"
    return word(f"<w:tbl>{rows}</w:tbl><w:p/>")


def slides() -> bytes:
    made = pptx.Presentation()
    shown = made.slides.add_slide(made.slide_layouts[6]).shapes.add_table(len(TABLE), 3, 0, 0, 999_999, 999_999).table
    for y, row in enumerate(placed()):
        for x, (cell, is_right, is_below) in enumerate(row):
            if not is_right and not is_below:
                shown.cell(y, x).text = cell.text
                if cell.columns * cell.rows > 1:
                    shown.cell(y, x).merge(shown.cell(y + cell.rows - 1, x + cell.columns - 1))
    return saved(made)


def sheet() -> bytes:
    made = book(*([None if r or b else cell.text for cell, r, b in row] for row in placed()))
    for y, row in enumerate(placed(), 1):
        for x, (cell, is_right, is_below) in enumerate(row, 1):
            if not is_right and not is_below and cell.columns * cell.rows > 1:
                made.active.merge_cells(
                    start_row=y, start_column=x, end_row=y + cell.rows - 1, end_column=x + cell.columns - 1
                )
    return saved(made)


def html() -> bytes:
    rows = [
        [
            f"<td colspan={cell.columns} rowspan={cell.rows}>{cell.text}"
            for cell, is_right, is_below in row
            if not is_right and not is_below
        ]
        for row in placed()
    ]
    return f"<table>{''.join('<tr>' + ''.join(row) for row in rows)}</table>".encode()


def open_table() -> str:
    rows = (
        cells(
            *(
                "<table:covered-table-cell/>"
                if is_right or is_below
                else f'<table:table-cell table:number-columns-spanned="{cell.columns}" '
                f'table:number-rows-spanned="{cell.rows}">{p(cell.text)}</table:table-cell>'
                for cell, is_right, is_below in row
            )
        )
        for row in placed()
    )
    return table(*rows)


def rtf() -> bytes:
    rows = ""
    for row in placed():
        rows += r"\trowd"
        for x, (cell, is_right, is_below) in enumerate(row, 1):
            rows += (r"\clmrg" if is_right else r"\clmgf") if cell.columns > 1 else ""
            rows += (r"\clvmrg" if is_below else r"\clvmgf") if cell.rows > 1 else ""
            rows += rf"\cellx{x}000"
        rows += r"\pard\intbl "
        rows += "".join(rf"{'' if r or b else cell.text}\cell " for cell, r, b in row) + r"\row "
    return rf"{{\rtf1\ansi\ansicpg1252 {rows}\pard Slut\par}}".encode("cp1252")


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("a.docx", lambda: docx("gridSpan")),
        ("a.docx", lambda: docx("hMerge")),
        ("a.pptx", slides),
        ("a.xlsx", sheet),
        ("a.html", html),
        ("a.odt", lambda: open_document("text", open_table())),
        ("a.ods", lambda: open_document("spreadsheet", open_table())),
        ("a.odp", lambda: open_document("presentation", slide(frame(open_table())))),
        ("a.rtf", rtf),
    ],
)
def test_merged_cells_are_said_in_each_of_their_rows_and_once_in_each(
    tmp_path: Path, name: str, made: Callable[[], bytes]
) -> None:
    lines = read(tmp_path, name, made()).pages[0].text.split("\n")
    assert [line for line in lines if line and line != "Slut"] == READ


def test_a_header_that_reaches_down_is_not_said_as_a_value(tmp_path: Path) -> None:
    source = "<table><tr><th rowspan=2>Type<th>Pris<th>Lager<tr><td colspan=2>12,50 for en"
    source += "<tr><td>B<td>1,5<td>tre<tr><td>C<td>2,5<td>fire</table>"
    assert read(tmp_path, "a.html", source.encode()).pages[0].text.split("\n") == [
        "Type | Pris | Lager",
        "Pris: 12,50 for en",
        "Type: B | Pris: 1,5 | Lager: tre",
        "Type: C | Pris: 2,5 | Lager: fire",
    ]
