"""The sample documents are what they should be, and their questions have answers where they say."""

from __future__ import annotations

import re
from pathlib import Path

import pypdfium2
import pytest

from rag.documents.samples import SampleQuestion, questions, samples
from rag.documents.samples.make import FOLDER, read, typeset

CONTENT = dict(samples())
PDFS = [name for name in CONTENT if name.endswith(".pdf")]
SOURCES = sorted((FOLDER / "sources").glob("*.md"))


def pages(name: str) -> list[str]:
    return pdf_pages(CONTENT[name]) if name.endswith(".pdf") else [CONTENT[name].decode("utf-8")]


def pdf_pages(data: bytes) -> list[str]:
    return [page.get_textpage().get_text_bounded() for page in pypdfium2.PdfDocument(data)]


def normalised(text: str) -> str:
    return " ".join(text.split())


def test_there_are_samples_of_each_kind() -> None:
    assert len(PDFS) >= 3
    assert {name.rsplit(".", 1)[1] for name in CONTENT} == {"pdf", "md", "txt"}
    assert sum(map(len, CONTENT.values())) < 500_000
    assert list(CONTENT) == sorted(CONTENT)


@pytest.mark.parametrize("name", PDFS)
def test_pdf_can_be_read_and_navigated(name: str) -> None:
    document = pypdfium2.PdfDocument(CONTENT[name])
    texts = pages(name)
    outline = [bookmark.get_title() for bookmark in document.get_toc()]
    assert 3 <= len(texts) <= 6
    assert len(outline) >= 10
    assert all(heading in normalised(" ".join(texts)) for heading in outline)
    assert all(re.search(rf"(Side|Page) {number} (af|of) {len(texts)}", text) for number, text in enumerate(texts, 1))


def test_danish_letters_survive_the_fonts() -> None:
    text = normalised(" ".join(pages("Garanti 2026.pdf")))
    assert "Øvrige dele i apparater med batteri er dækket i 24 måneder fra købsdatoen." in text
    assert "Sådan anmelder du en fejl" in text


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_shipped_pdf_is_the_one_its_source_makes(path: Path) -> None:
    source = read(path)
    made = typeset(source)
    # not the bytes: another zlib packs the same streams otherwise
    assert pdf_pages(made) == pages(source.fields["file"])
    assert typeset(source) == made


@pytest.mark.parametrize("item", questions(), ids=lambda item: item.question)
def test_answer_stands_where_the_question_says(item: SampleQuestion) -> None:
    assert item.answer in normalised(pages(item.document)[item.page - 1])


def test_questions_are_in_both_languages_and_about_every_document() -> None:
    assert len(questions()) == 12
    assert len(questions("da")) >= 5
    assert len(questions("en")) >= 5
    assert {item.language for item in questions("da")} == {"da"}
    assert {item.document for item in questions()} == set(CONTENT)
