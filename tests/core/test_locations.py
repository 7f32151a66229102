"""What a reader calls the place of a passage, from the file to the answer."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import openpyxl
import pptx
import pytest

from rag.core.i18n import say
from rag.core.locations import headings, notice_values, position, position_of, rows_of, unit
from rag.core.types import Chunk, Citation, Hit, Notice
from rag.documents.source_view import PageView
from rag.generation.prompts.builder import passages_of
from rag.library import Library
from rag.ui.chat.evidence_data import view_data
from rag.ui.chat.turn_data import turn_data
from rag.ui.documents.page_data import outline_data, reader_data
from tests.files import saved


@pytest.mark.parametrize(
    ("name", "page", "path", "rows", "danish", "english"),
    [
        ("a.pdf", 3, (), None, "s. 3", "p. 3"),
        ("a.PPTX", 3, (), None, "dias 3", "slide 3"),
        ("a.xlsx", 2, ("Priser", "X1"), (14, 14), "ark Priser, række 14", "sheet Priser, row 14"),
        ("a.xlsx", 2, (), (14, 22), "ark 2, række 14–22", "sheet 2, row 14–22"),
        ("a.csv", 1, (), (7, 7), "række 7", "row 7"),
        ("a.docx", 1, (), None, "", ""),
        ("a.docx", 2, (), None, "s. 2", "p. 2"),
        ("a.epub", 4, ("Hjulet",), None, "", ""),
        ("a.md", 1, (), None, "", ""),
    ],
)
def test_position(
    name: str, page: int, path: tuple[str, ...], rows: tuple[int, int] | None, danish: str, english: str
) -> None:
    assert position(name, page, "da", heading_path=path, rows=rows) == danish
    assert position(name, page, "en", heading_path=path, rows=rows) == english


@pytest.mark.parametrize(
    ("name", "places", "danish", "english"),
    [
        ("a.pdf", "2, 4", "på side 2, 4.", "on page 2, 4."),
        ("a.pptx", "3", "på dias 3.", "on slide 3."),
        ("a.xlsx", "Priser", "på ark Priser.", "on sheet Priser."),
        ("a.epub", "7", "i afsnit 7.", "in section 7."),
    ],
)
def test_a_notice_names_places_as_its_document_does(name: str, places: str, danish: str, english: str) -> None:
    values = notice_values(Notice("left_out_charts", {"count": 1, "places": places}), name)
    assert danish in say("left_out_charts", "da", **values)
    assert english in say("left_out_charts", "en", **values)


def test_a_sheet_is_not_said_twice() -> None:
    assert headings("a.xlsx", ("Priser", "X1")) == ("X1",) and headings("a.docx", ("Garanti",)) == ("Garanti",)
    assert [unit(name) for name in ("a.pptx", "a.xlsx", "a.epub", "a.docx", "README")] == [
        "slide", "sheet", "section", "page", "page",
    ]  # fmt: skip


def test_rows_are_those_of_what_is_cited() -> None:
    text = "Model | Pris\nModel: X1 | Pris: 5\n\nModel: X2 | Pris: 6\n"
    chunk = Chunk(0, 1, 100, 100 + len(text), text, row=14)
    assert rows_of(chunk) == (14, 17)
    quote = "Model: X2 | Pris: 6"
    start = 100 + text.index(quote)
    cited = Citation(1, "a.csv", "0", 1, start, start + len(quote), quote)
    assert rows_of(chunk, [cited]) == (17, 17)
    assert rows_of(Chunk(0, 1, 0, 3, "abc")) is None
    hit = Hit(1, chunk, "a.csv", "0", 1.0, number=1)
    assert position_of(hit, "da", [cited]) == "række 17"
    assert passages_of([hit])[0].startswith('<passage number="1" document="a.csv" place="row 14–17">')


@pytest.fixture
def prices() -> bytes:
    made = openpyxl.Workbook()
    made.active.title = "Om"
    made.active.append(["Priser og garanti for elcykler hos Cykel A/S."])
    sheet = made.create_sheet("Priser")
    sheet.append(["Prisliste 2026"])
    sheet.append([])
    sheet.append(["Model", "Garanti", "Pris", "Farve"])
    for n in range(1, 60):
        sheet.append([f"Cykel {n}", f"{n} måneder", 1000.5 * n, "rød" if n % 2 else "blå"])
        sheet.cell(sheet.max_row, 3).number_format = '#,##0.00 "kr."'
    return saved(made)


def test_a_question_about_a_row_finds_it_and_names_sheet_and_row(library: Library, prices: bytes) -> None:
    library.documents.add("Priser 2026.xlsx", prices)
    assert library.wait(30)
    turn = library.ask("Hvad er garantien på Cykel 47?")
    assert turn.answer is not None and turn.answer.answered
    best = turn.answer.quotes[0]
    assert best.text == "Model: Cykel 47 | Garanti: 47 måneder | Pris: 47.023,50 kr. | Farve: rød"
    cited = best.citations[0]
    hit = next(hit for hit in turn.hits if hit.number == cited.number)
    assert position_of(hit, "da", [cited]) == "ark Priser, række 50"
    data = turn_data(turn, language="da")
    source = next(source for source in data["sources"] if source["number"] == cited.number)
    assert source["page_label"].startswith("ark Priser, række ") and source["heading_path"] == []
    candidates = turn.trace.retrieval.candidates
    assert candidates and all(candidate.rows for candidate in candidates)


def test_a_document_is_read_sheet_by_sheet(library: Library, prices: bytes) -> None:
    document = library.documents.add("Priser 2026.xlsx", prices)
    assert library.wait(30)
    reading = library.viewer.reading(document.id, 2)
    data = reader_data(reading, document.name, "da")
    assert data["where"] == "Ark 2 af 2 (Priser)" and data["labels"]["previous"] == "Forrige ark"
    assert data["kind"] == "text" and "Cykel 1 " in reading.text
    shown = outline_data(library.viewer.outline(document.id), 2, 2, 0, "en", unit(document.name))
    assert [entry["title"] for entry in shown["entries"]] == ["Om", "Priser"]
    assert shown["labels"]["page"] == "sheet {page}"
    chunks = library.viewer.chunks(document.id, page=2).shown
    assert [one.chunk.row for one in chunks] == sorted(one.chunk.row for one in chunks)
    assert all(reading.text.split("\n")[one.chunk.row - 1].startswith(one.chunk.text.split("\n")[0]) for one in chunks)


def test_rows_outlive_an_export(library: Library, prices: bytes, tmp_path: Path, models: object) -> None:
    library.documents.add("Priser.xlsx", prices)
    assert library.wait(30)
    library.maintenance.export(tmp_path / "out", "jsonl")
    with Library.open(tmp_path / "other", models=models) as other:
        other.maintenance.import_(tmp_path / "out")
        (document,) = other.documents.all()
        assert [one.chunk.row for one in other.viewer.chunks(document.id, page=2).shown][1] > 1


def test_a_slide_is_called_one(library: Library, open_deck: Callable[[], bytes]) -> None:
    document = library.documents.add("Salg.pptx", open_deck())
    assert library.wait(30)
    hits = library.search("Hvor længe er batterier dækket?").hits
    assert position_of(hits[0], "da") == "dias 2" and hits[0].chunk.heading_path == ("Garanti",)
    data = reader_data(library.viewer.reading(document.id, 2), document.name, "en")
    assert data["where"] == "Slide 2 of 2"
    assert "Batterier er dækket" in "".join(segment["text"] for segment in data["segments"])


@pytest.fixture
def open_deck() -> Callable[[], bytes]:
    def make() -> bytes:
        made = pptx.Presentation()
        for title, body in (
            ("Velkommen", "Cykel A/S"),
            ("Garanti", "Batterier er dækket i 6 måneder.\nØvrige dele i 24."),
        ):
            slide = made.slides.add_slide(made.slide_layouts[1])
            slide.shapes.title.text, slide.placeholders[1].text = title, body
        return saved(made)

    return make


def test_the_evidence_view_names_a_sheet() -> None:
    shown = view_data(PageView("Priser.xlsx", 1, 2, 3, "Priser", "Model: X1 | Pris: 5", ()))
    assert (shown["kind"], shown["label"], shown["page"]) == ("text", "Priser", 2)
    assert view_data(PageView("a.pdf", 1, 2, 3, "iv", "x", ()))["label"] == ""
