"""Strict Open XML is read as the transitional kind is."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import date
from pathlib import Path

import pptx
import pytest
from pptx.util import Inches

from rag.core.errors import FileRefused
from tests.files import paragraph, read, saved, text, with_part, word
from tests.workbooks import book

KNOWN = re.compile(
    rb"http://schemas\.openxmlformats\.org/(\w+)/2006/(?!content-types|metadata|relationships\")([-\w]+)"
)
PACKAGE = b"http://schemas.openxmlformats.org/package/"


def strict(data: bytes) -> bytes:
    """The same file with the names of ISO 29500-1."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as archive, zipfile.ZipFile(out, "w") as made:
        for entry in archive.infolist():
            content = archive.read(entry)
            kept = content.replace(PACKAGE, b"PACKAGE")
            named = KNOWN.sub(rb"http://purl.oclc.org/ooxml/\1/\2", kept)
            named = named.replace(b"extended-properties", b"extendedProperties")
            made.writestr(entry.filename, named.replace(b"PACKAGE", PACKAGE))
    assert b"purl.oclc.org" in zipfile.ZipFile(io.BytesIO(out.getvalue())).read("_rels/.rels")
    return out.getvalue()


def test_a_word_file(tmp_path: Path) -> None:
    raised = '<w:vertAlign w:val="superscript"/>'
    data = strict(word(paragraph("Haven måler 640 m", text("2", raised), "."), pages=1))
    assert [page.text for page in read(tmp_path, "a.docx", data).pages] == ["Haven måler 640 m²."]


def test_a_workbook_with_dates_as_strict_files_write_them(tmp_path: Path) -> None:
    made = book(["Vare", "Købt"], ["Sand", date(2027, 4, 12)])
    made.iso_dates = True
    assert (
        read(tmp_path, "a.xlsx", strict(saved(made))).pages[0].text
        == read(tmp_path, "b.xlsx", saved(made)).pages[0].text
    )
    assert "Vare: Sand | Købt: 2027-04-12" in read(tmp_path, "a.xlsx", strict(saved(made))).pages[0].text


def test_a_presentation(tmp_path: Path) -> None:
    made = pptx.Presentation()
    slide = made.slides.add_slide(made.slide_layouts[6])
    table = slide.shapes.add_table(2, 2, Inches(1), Inches(1), Inches(4), Inches(2)).table
    for place, said in enumerate(("Vare", "Pris", "Sand", "50 kr.")):
        table.cell(place // 2, place % 2).text = said
    assert read(tmp_path, "a.pptx", strict(saved(made))).pages[0].text == "Vare | Pris\nVare: Sand | Pris: 50 kr."


@pytest.mark.parametrize("part", ["word/document.xml", "_rels/.rels"])
def test_a_damaged_one_is_refused(tmp_path: Path, part: str) -> None:
    data = strict(word(paragraph("x")))
    broken = zipfile.ZipFile(io.BytesIO(data)).read(part)[:-5]
    with pytest.raises(FileRefused):
        read(tmp_path, "a.docx", with_part(data, part, broken))
