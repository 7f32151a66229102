"""Tables and columns of PDF pages: found where there are any, left alone where there are none."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from fpdf import FPDF

from rag.core.types import Page, Span
from rag.documents.chunking import chunk
from rag.documents.loaders import load
from rag.documents.loaders.pdf.render import render
from tests.conftest import WordCounter

PDF = "application/pdf"
PROSE = "En tekst over tabellen, som er lang nok til at fylde en linje eller to i dokumentet, og lidt til. " * 2
ROWS = [["Model", "Vægt", "Garanti"], ["X1", "3,2 kg", "24 måneder"], ["X2", "4 kg", "12 måneder"]]
WRAPPED = [
    ["Model", "Dækning", "Garanti"],
    ["X1", "Dele og arbejdsløn ved fejl i materialer og fremstilling, men ikke ved slid", "24 måneder"],
    ["X2", "Kun dele", "12 måneder"],
    ["X3", "", "6 måneder"],
]


def sheet(rows: Sequence[Sequence[str]] = (), **options: Any) -> FPDF:
    """A page with a table between two paragraphs."""
    made = FPDF()
    made.add_page()
    made.set_font("Helvetica", size=11)
    made.multi_cell(0, 6, PROSE, new_x="LMARGIN", new_y="NEXT")
    made.ln(4)
    with made.table(**options) as table:
        for cells in rows:
            row = table.row()
            for cell in cells:
                row.cell(cell)
    made.ln(4)
    made.multi_cell(0, 6, "Og en tekst under den. " * 8, new_x="LMARGIN", new_y="NEXT")
    return made


@pytest.fixture
def page_of(tmp_path: Path) -> Callable[[FPDF], Page]:
    def read(made: FPDF) -> Page:
        path = tmp_path / "file.pdf"
        path.write_bytes(bytes(made.output()))
        return load(path, PDF, "a.pdf").pages[0]

    return read


@pytest.mark.parametrize("borders", ["ALL", "NONE", "MINIMAL", "HORIZONTAL_LINES", "SINGLE_TOP_LINE"])
def test_each_row_of_a_table_reads_by_itself(page_of: Callable[[FPDF], Page], borders: str) -> None:
    above, header, *rows, below = page_of(sheet(ROWS, borders_layout=borders)).text.split("\n\n")
    assert above.startswith("En tekst over") and below.startswith("Og en tekst under")
    assert header == "Model | Vægt | Garanti"
    assert rows == ["Model: X1 | Vægt: 3,2 kg | Garanti: 24 måneder", "Model: X2 | Vægt: 4 kg | Garanti: 12 måneder"]


def test_a_cell_of_two_lines_and_an_empty_one_between_rules(page_of: Callable[[FPDF], Page]) -> None:
    rows = page_of(sheet(WRAPPED, col_widths=(30, 60, 30))).text.split("\n\n")[1:-1]
    assert rows == [
        "Model | Dækning | Garanti",
        f"Model: X1 | Dækning: {WRAPPED[1][1]} | Garanti: 24 måneder",
        "Model: X2 | Dækning: Kun dele | Garanti: 12 måneder",
        "Model: X3 | Garanti: 6 måneder",
    ]


def test_a_row_is_a_chunk_of_the_page_and_is_marked_where_it_stands(
    page_of: Callable[[FPDF], Page], tmp_path: Path
) -> None:
    page = page_of(sheet(ROWS))
    chunks = chunk([page], 16, 0, WordCounter().count, "da")
    (found,) = (one for one in chunks if "X2" in one.text)
    assert page.text[found.start : found.end] == found.text
    assert "Vægt: 4 kg" in found.text
    start = page.text.index("Model: X2")
    span = Span(start, page.text.index("\n", start))
    picture = render(tmp_path / "file.pdf", 1, [span], text=page.text)
    assert picture.exact
    labels, cells = picture.boxes[0][0::2], picture.boxes[0][1::2]
    assert len(labels) == len(cells) == 3
    # what is said of the header stands in the header, the rest in the second row
    assert max(box.bottom for box in labels) < min(box.top for box in cells)
    assert len({round(box.top, 3) for box in cells}) == 1
    for label, cell in zip(labels, cells, strict=True):
        assert abs(label.left - cell.left) < 0.005
    # the words of the page are shown once each, and together give its text
    ends = [*(word.start for word in picture.words[1:]), len(page.text)]
    assert "".join(page.text[w.start : end] for w, end in zip(picture.words, ends, strict=True)) == page.text
    headed = [word for word in picture.words if page.text[word.start : word.end].startswith("Garanti")]
    assert len(headed) == 1


def test_rows_without_a_header_that_stands_out_are_left_alone(page_of: Callable[[FPDF], Page]) -> None:
    rows = [["X1", "3,2 kg", "24 måneder"], ["X2", "4 kg", "12 måneder"], ["X3", "5 kg", "6 måneder"]]
    text = page_of(sheet(rows, first_row_as_headings=False)).text
    assert "X1 3,2 kg 24 måneder\nX2 4 kg 12 måneder\nX3 5 kg 6 måneder" in text.replace("\n\n", "\n")


def test_a_table_of_contents_and_an_indented_list_are_no_tables(page_of: Callable[[FPDF], Page]) -> None:
    made = FPDF()
    made.add_page()
    made.set_font("Helvetica", size=11)
    for number, title in enumerate(("Garanti", "Reklamation", "Batterier", "Service"), start=1):
        made.text(20, 20 + 7 * number, f"{number}")
        made.text(30, 20 + 7 * number, title)
        made.text(180, 20 + 7 * number, f"{number * 7}")
    words = "1 Garanti 7 2 Reklamation 14 3 Batterier 21 4 Service 28"
    assert " ".join(page_of(made).text.split()) == words


LEFT = [f"venstre spalte nummer {number} med en del tekst" for number in range(12)]
RIGHT = [f"højre spalte nummer {number} med en del tekst" for number in range(12)]


@pytest.mark.parametrize("across", [False, True])
def test_two_columns_are_read_one_after_the_other(page_of: Callable[[FPDF], Page], across: bool) -> None:
    made = FPDF()
    made.add_page()
    made.set_font("Helvetica", size=11)
    made.text(20, 20, "En overskrift over det hele")
    lines = (
        [(20, 30 + 6 * n, text) for n, text in enumerate(LEFT)],
        [(110, 30 + 6 * n, text) for n, text in enumerate(RIGHT)],
    )
    ordered = [line for pair in zip(*lines, strict=True) for line in pair] if across else [*lines[0], *lines[1]]
    for x, y, text in ordered:
        made.text(x, y, text)
    made.text(20, 120, "En linje under det hele")
    text = page_of(made).text.replace("\n\n", "\n").split("\n")
    assert text == ["En overskrift over det hele", *LEFT, *RIGHT, "En linje under det hele"]


def test_columns_set_by_a_program(page_of: Callable[[FPDF], Page]) -> None:
    made = FPDF()
    made.add_page()
    made.set_font("Helvetica", size=11)
    with made.text_columns(ncols=2, gutter=10, text_align="J", balance=True) as columns:
        columns.write(" ".join(f"Sætning nummer {number} om garanti på batterier." for number in range(40)))
    text = " ".join(page_of(made).text.split())
    places = [text.index(f"nummer {number} om") for number in range(40)]
    assert places == sorted(places)
