"""A document's own page: outline, reading with the borders of the chunks, and chunks as the search sees them."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from rag.core.errors import NotFound
from rag.core.i18n import keys
from rag.core.types import Document, Heading, Page, Span, State
from rag.documents.page_reading import PART, Border, Entry, bordered, outline, part_starts
from rag.documents.samples import samples
from rag.library import Library
from rag.store.lexical.search import search_lexical
from rag.ui import components
from rag.ui.documents import page_data
from rag.ui.documents.page_data import chunks_data, outline_data, overview_data, reader_data

SCRIPTS = Path(components.__file__).parent / "document"


def added(library: Library, name: str, data: bytes) -> Document:
    document = library.documents.add(name, data)
    assert library.wait(60)
    return library.documents.get(document.id)


@pytest.fixture
def warranty(library: Library) -> Document:
    return added(library, "Garanti 2026.pdf", dict(samples())["Garanti 2026.pdf"])


def test_the_outline_begins_at_level_one() -> None:
    pages = [Page(1, "", None, (Heading(3, "B\nb", 9), Heading(2, "A", 0), Heading(4, " ", 12))), Page(2, "")]
    assert outline(pages) == [Entry(1, "A", 1, 0), Entry(2, "B b", 1, 9)]


def test_a_pdf_page_is_shown_with_its_chunks(library: Library, warranty: Document) -> None:
    assert any("Garantiperioder" in entry.title for entry in library.viewer.outline(warranty.id))
    page = next(e.page for e in library.viewer.outline(warranty.id) if "Garantiperioder" in e.title)
    reading = library.viewer.reading(warranty.id, page, 0, Span(0, 20))
    assert reading.picture is not None and reading.picture.width > 500
    chunks = [one.chunk for one in library.viewer.chunks(warranty.id, page=page).shown]
    assert [border.ordinal for border in reading.borders] == [chunk.ordinal + 1 for chunk in chunks]
    assert all(border.boxes for border in reading.borders) and reading.mark_boxes
    for border, chunk in zip(reading.borders, chunks, strict=True):
        assert reading.text[slice(*border.span)] == chunk.text
    data = reader_data(reading, warranty.name, "da")
    assert not data["by_ocr"] and reader_data(replace(reading, ocr=True), warranty.name, "da")["by_ocr"]
    assert data["kind"] == "pdf" and data["where"].startswith(f"Side {page} af {warranty.pages}")
    assert (data["before"], data["after"]) == (
        {"page": page - 1, "offset": 0} if page > 1 else None,
        {"page": page + 1, "offset": 0} if page < warranty.pages else None,
    )


def test_a_page_that_is_not_there_is_refused(library: Library, warranty: Document) -> None:
    with pytest.raises(NotFound):
        library.viewer.reading(warranty.id, 99)
    library.documents.remove([warranty.id])
    for ask in (library.viewer.outline, library.viewer.overview, library.viewer.chunks, library.viewer.suggestions):
        with pytest.raises(NotFound):
            ask(warranty.id)


def test_a_long_text_is_shown_in_parts_that_are_all_of_it(library: Library) -> None:
    lines = [f"Line {n} says that the number of this line is {n} and nothing else.\n" for n in range(2_000)]
    document = added(library, "long.txt", "".join(lines).encode())
    first = library.viewer.reading(document.id, 1)
    assert first.parts > 3 and len(first.text) <= 1.5 * PART
    texts = [library.viewer.reading(document.id, 1, start).text for start in first.part_starts]
    assert "".join(texts) == "".join(lines)
    assert all(text.startswith("Line ") for text in texts)
    second = library.viewer.reading(document.id, 1, first.part_starts[1])
    assert (second.part, second.mark) == (2, None)
    data = reader_data(second, document.name, "en")
    assert data["before"] == {"page": 1, "offset": 0}
    assert data["after"] == {"page": 1, "offset": first.part_starts[2]}
    at = first.part_starts[2] + 100
    third = library.viewer.reading(document.id, 1, at, Span(at, at + 9))
    assert third.part == 3 and third.mark == Span(100, 109)


def test_parts_of_a_text_without_lines() -> None:
    assert part_starts("") == [0]
    assert part_starts("x" * PART) == [0]
    starts = part_starts("x" * 5 * PART)
    assert starts[0] == 0 and all(b - a == PART for a, b in pairwise(starts))


def test_the_text_is_cut_where_chunks_begin_and_end() -> None:
    text = "abcdefghij"
    pieces = bordered(text, [Border(1, Span(0, 6)), Border(2, Span(4, 10))], Span(5, 7))
    assert "".join(piece for piece, _, _ in pieces) == text
    assert pieces == [
        ("abcd", (1,), False),
        ("e", (1, 2), False),
        ("f", (1, 2), True),
        ("g", (2,), True),
        ("hij", (2,), False),
    ]
    assert bordered("", [], None) == []


def test_chunks_are_shown_as_they_are_indexed(filled: Library) -> None:
    holiday = next(d for d in filled.documents.all() if d.name == "holiday.md")
    found = filled.viewer.chunks(holiday.id)
    assert found.total == found.found == len(found.shown) == holiday.chunks
    sick = next(one for one in found.shown if "Report sick leave" in one.chunk.text)
    assert sick.embedded and sick.in_front == " › ".join(sick.chunk.heading_path)
    assert "report" in sick.stems
    # the words shown are those that are searched: each alone finds its chunk
    space = filled.store.spaces.active()
    assert space is not None
    for stem in set(sick.stems):
        with filled.store.database.read() as db:
            ids = [chunk_id for chunk_id, _ in search_lexical(db, space.id, [[stem]], 1000, None)]
        assert sick.chunk.id in ids
    data = chunks_data(found, "da")
    assert len(data["chunks"]) == len(found.shown) and "tokens" in data["chunks"][0]["size"]


def test_chunks_are_searched_and_paged(library: Library, warranty: Document) -> None:
    whole = library.viewer.chunks(warranty.id, count=5)
    assert whole.total == warranty.chunks and len(whole.shown) == 5
    second = library.viewer.chunks(warranty.id, first=5, count=5)
    assert [one.chunk.ordinal for one in second.shown] == [5, 6, 7, 8, 9]
    some = library.viewer.chunks(warranty.id, search="BATTERIER måneder")
    assert 0 < some.found < whole.total
    assert all("batterier" in (one.chunk.text + one.in_front).casefold() for one in some.shown)
    assert [one.chunk.ordinal for one in library.viewer.chunks(warranty.id, search="#3").shown] == [2]
    assert library.viewer.chunks(warranty.id, search="findesslet ikke").found == 0
    assert library.viewer.chunks(warranty.id, page=1).found < whole.total


def test_a_chunk_without_a_vector_is_said_to_have_none(library: Library, warranty: Document) -> None:
    shown = library.viewer.chunks(warranty.id).shown
    with library.store.database.write() as db:
        db.execute("DELETE FROM embedding WHERE chunk_id = ?", (shown[0].chunk.id,))
    again = library.viewer.chunks(warranty.id).shown
    assert [one.embedded for one in again[:2]] == [False, True]
    assert not chunks_data(library.viewer.chunks(warranty.id), "en")["chunks"][0]["embedded"]


def test_the_overview_quotes_the_document(library: Library, warranty: Document) -> None:
    overview = library.viewer.overview(warranty.id)
    assert overview.by_meaning and len(overview.sections) > 3
    pages = {page.number: page.text for page in library.store.documents.pages(warranty.id)}
    for section in overview.sections:
        for sentence in section.sentences:
            assert pages[sentence.page][slice(*sentence.span)] == sentence.text
    data = overview_data(overview, warranty.pages, "da")
    assert all(section["title"] and section["sentences"] for section in data["sections"])


def test_what_is_read_again_is_shown_anew(library: Library, warranty: Document) -> None:
    assert library.viewer.outline(warranty.id)
    library.documents.reindex([warranty.id])
    assert library.wait(60)
    assert library.documents.get(warranty.id).state is State.READY
    assert library.viewer.outline(warranty.id) and library.viewer.overview(warranty.id).by_meaning


def test_where_one_is_in_the_outline() -> None:
    entries = [Entry(1, "A", 1, 0), Entry(2, "B", 3, 40), Entry(1, "C", 3, 90)]
    assert [outline_data(entries, 9, page, offset, "en")["here"] for page, offset in [(1, 0), (2, 0), (3, 0)]] == [
        0, 0, 1,
    ]  # fmt: skip
    assert outline_data(entries, 9, 3, 95, "en")["here"] == 2
    assert outline_data([Entry(1, "A", 4, 0)], 9, 2, 0, "en")["here"] == -1


@pytest.mark.parametrize("part", sorted(page_data._LABELS))
def test_each_part_is_given_every_word_that_it_says(part: str) -> None:
    scripts = (SCRIPTS / f"{part}.js").read_text(encoding="utf-8")
    shared = (SCRIPTS / "shared.js").read_text(encoding="utf-8") if "pageButton(" in scripts else ""
    said = set(re.findall(r"\blabels\.(\w+)", scripts + shared))
    assert said == set(page_data._LABELS[part])
    assert said <= keys()
