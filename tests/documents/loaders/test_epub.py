"""EPUB: chapters in reading order."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from rag.core.errors import DamagedFile, NothingReadable, PasswordProtected, WrongType
from rag.core.types import Notice
from tests.epubs import CHAPTERS, SPINE, book
from tests.files import read, with_part, zipped


def test_chapters_in_reading_order(tmp_path: Path) -> None:
    parsed = read(tmp_path, "a.epub", book(CHAPTERS, SPINE))
    assert [(page.number, page.text) for page in parsed.pages] == [
        (1, "Denne bog handler om hjul på Ærø."),
        (2, "Hjulet\n\nDe første\n\nDe første hjul var af træ."),
        (3, "Egeren\n\nEgeren kom til omkring år 2000 før vor tid."),
    ]
    assert [[(h.level, h.title) for h in page.headings] for page in parsed.pages] == [
        [(1, "Forord")],  # as the table of contents calls it
        [(1, "Hjulet"), (2, "De første")],
        [(1, "Egeren")],
    ]
    assert parsed.title == "Hjulets historie" and parsed.notices == ()


def test_a_part_that_is_missing_is_said(tmp_path: Path) -> None:
    parsed = read(
        tmp_path, "a.epub", book({**CHAPTERS, "x": ""}, [*SPINE, "x"]).replace(b"text/x.xhtml", b"text/y.xhtml")
    )
    assert len(parsed.pages) == 3 and parsed.notices == (Notice("chapters_damaged", {"count": 1}),)


def test_a_book_whose_folder_was_zipped_with_it(tmp_path: Path) -> None:
    def below(*folders: str) -> bytes:
        with zipfile.ZipFile(io.BytesIO(book(CHAPTERS, SPINE))) as archive:
            parts = {name: archive.read(name) for name in archive.namelist()}
        return zipped({f"{folder}{name}": part for folder in folders for name, part in parts.items()})

    parsed = read(tmp_path, "a.epub", below("epub/"))
    assert parsed.title == "Hjulets historie" and [len(page.headings) for page in parsed.pages] == [1, 2, 1]
    assert len(read(tmp_path, "a.epub", below("", "kopi/")).pages) == 3
    for neither in (below("a/b/"), below("a/", "b/")):
        with pytest.raises(WrongType):
            read(tmp_path, "a.epub", neither)


def test_a_protected_book_is_told_from_one_with_protected_fonts(tmp_path: Path) -> None:
    def encrypted(method: str) -> str:
        return (
            '<encryption xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><enc:EncryptedData xmlns:enc='
            f'"http://www.w3.org/2001/04/xmlenc#"><enc:EncryptionMethod Algorithm="{method}"/>'
            "</enc:EncryptedData></encryption>"
        )

    data = book(CHAPTERS, SPINE)
    fonts = with_part(data, "META-INF/encryption.xml", encrypted("http://www.idpf.org/2008/embedding"))
    assert len(read(tmp_path, "a.epub", fonts).pages) == 3
    with pytest.raises(PasswordProtected):
        read(
            tmp_path,
            "a.epub",
            with_part(data, "META-INF/encryption.xml", encrypted("http://www.w3.org/2001/04/xmlenc#aes256-cbc")),
        )


def test_those_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(NothingReadable):
        read(tmp_path, "a.epub", book(CHAPTERS, ["omslag"]))
    data = book(CHAPTERS, SPINE)
    for damaged in (
        data[: len(data) // 2],
        with_part(data, "META-INF/container.xml", "<a/>"),
        with_part(data, "OEBPS/content.opf", "<package"),
    ):
        with pytest.raises(DamagedFile):
            read(tmp_path, "a.epub", damaged)


def test_chapters_are_read_as_pages_are(tmp_path: Path) -> None:
    body = """<h1>Pris</h1><p>Prisen er 1.250<a epub:type="noteref" href="noter.xhtml#n1">1</a> kr., ikke
    <s>900</s>.</p>
    <p>Arealet er <m:math xmlns:m="http://www.w3.org/1998/Math/MathML"><m:msup><m:mi>r</m:mi><m:mn>2</m:mn></m:msup></m:math>
    </p><img src="a.png" width="600"/>"""
    parsed = read(tmp_path, "a.epub", book({"pris": f"<html><body>{body}</body></html>"}, ["pris"]))
    assert parsed.pages[0].text == "Pris\n\nPrisen er 1.250 ¹ kr., ikke .\n\nArealet er r²"
    assert [(n.code, n.values) for n in parsed.notices] == [
        ("left_out_pictures", {"count": 1, "places": "1"}),
        ("left_out_struck", {"count": 1, "places": "1"}),
    ]
