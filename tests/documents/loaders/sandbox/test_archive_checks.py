"""What a zipped document must be before a library opens it."""

from __future__ import annotations

import io
import stat
import struct
import zipfile
from pathlib import Path

import pytest

from rag.core import file_types
from rag.core.errors import DamagedFile, FileRefused, ParsingLimit, PasswordProtected, UnsafeFile
from rag.core.file_types import DOCX, EPUB, PPTX, XLSX
from rag.documents.loaders import kind_of, load
from rag.documents.loaders.sandbox import archive_checks
from tests.files import paragraph, with_part, word, zipped

BOMB = """<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol">{}]><w:document>&lol9;</w:document>""".format(
    "".join(f'<!ENTITY lol{n} "{f"&lol{n - 1 if n > 1 else str()};" * 10}">' for n in range(1, 10))
)
OUTSIDE = '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'
REMOTE = '<!DOCTYPE a SYSTEM "http://192.0.2.1/a.dtd"><a/>'


def checked(folder: Path, data: bytes, *, doctype: bool = False) -> None:
    path = folder / "file"
    path.write_bytes(data)
    archive_checks.check(str(path), doctype=doctype)


def test_an_ordinary_document_passes(tmp_path: Path) -> None:
    checked(tmp_path, word(paragraph("Batterier er dækket.")))


@pytest.mark.parametrize(
    "name", ["../a.xml", "word/../../a.xml", "/etc/passwd", "C:/a.xml", "\\\\server\\a.xml", "word\\..\\..\\a.xml"]
)
def test_names_that_lead_out_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UnsafeFile) as caught:
        checked(tmp_path, zipped({name: "x"}))
    assert caught.value.values == {"what": "paths"}
    assert "stier, der fører ud af filen" in caught.value.in_language("da")


def test_links_are_refused(tmp_path: Path) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        link = zipfile.ZipInfo("word/document.xml")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    with pytest.raises(UnsafeFile) as caught:
        checked(tmp_path, out.getvalue())
    assert caught.value.values == {"what": "links"}


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_parts_with_one_name_are_refused(tmp_path: Path) -> None:
    for second in ("word/document.xml", "Word/Document.XML"):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            archive.writestr("word/document.xml", "<a/>")
            archive.writestr(second, "<b/>")
        with pytest.raises(UnsafeFile) as caught:
            checked(tmp_path, out.getvalue())
        assert caught.value.values == {"what": "doubles"}


def test_an_unusual_compression_is_refused(tmp_path: Path) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("word/document.xml", "<a/>")
    with pytest.raises(UnsafeFile) as caught:
        checked(tmp_path, out.getvalue())
    assert caught.value.values == {"what": "compression"}


def test_an_encrypted_entry_asks_for_a_copy_without_password(tmp_path: Path) -> None:
    data = bytearray(zipped({"word/document.xml": "<a/>"}))
    data[6] |= 1  # of the entry itself
    data[data.index(b"PK\x01\x02") + 8] |= 1  # and of its line in the list
    with pytest.raises(PasswordProtected):
        checked(tmp_path, bytes(data))


def test_a_bomb_is_stopped_by_its_ratio(tmp_path: Path) -> None:
    with pytest.raises(ParsingLimit) as caught:
        checked(tmp_path, zipped({"word/document.xml": b"<a>" + b" " * (64 << 20)}))
    assert caught.value.values == {"limit": "ratio"}
    assert "pakkeforhold" in caught.value.in_language("da")


def test_what_is_unpacked_is_counted_over_all_entries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive_checks, "MOST_UNPACKED", 5 << 20)
    parts = {f"word/media/{n}.bin": bytes(range(256)) * 4096 * 2 for n in range(3)}
    with pytest.raises(ParsingLimit) as caught:
        checked(tmp_path, zipped(parts))
    assert caught.value.values == {"limit": "unpacked"}


def test_a_header_that_claims_less_is_not_believed(tmp_path: Path) -> None:
    data = bytearray(zipped({"word/document.xml": b"<a>" + b" " * 5_000_000}))
    for at, size in ((22, data.index(b"PK\x03\x04")), (24, data.index(b"PK\x01\x02"))):
        struct.pack_into("<I", data, size + at, 10)
    with pytest.raises(FileRefused):  # what a library would read ends there, too, and its checksum is wrong
        checked(tmp_path, bytes(data))


def test_entries_are_counted_before_they_are_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_types, "MOST_ENTRIES", 50)
    many = zipped({f"word/{n}.xml": "" for n in range(60)})
    with pytest.raises(ParsingLimit) as caught:
        kind_of("a.docx", many)
    assert caught.value.values == {"limit": "entries"}


@pytest.mark.parametrize("xml", [BOMB, OUTSIDE, REMOTE])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_documents_declare_no_types_or_entities(tmp_path: Path, xml: str, encoding: str) -> None:
    with pytest.raises(UnsafeFile) as caught:
        checked(tmp_path, with_part(word(""), "word/document.xml", xml.encode(encoding)))
    assert caught.value.values == {"what": "entities"}


def test_a_part_of_a_book_may_name_its_type_but_no_entities(tmp_path: Path) -> None:
    named = '<!DOCTYPE ncx PUBLIC "-//NISO//DTD ncx 2005-1//EN" "http://www.daisy.org/z3986/2005/ncx-2005-1.dtd"><ncx/>'
    checked(tmp_path, zipped({"toc.ncx": named}), doctype=True)
    with pytest.raises(UnsafeFile):
        checked(tmp_path, zipped({"toc.ncx": OUTSIDE}), doctype=True)


def test_an_encoding_that_only_some_know_is_refused(tmp_path: Path) -> None:
    hidden = b'<?xml version="1.0" encoding="UTF-7"?>+ADwAIQ-DOCTYPE a [+ADwAIQ-ENTITY x "y"+AD4]+AD4<a/>'
    with pytest.raises(DamagedFile):
        checked(tmp_path, zipped({"word/document.xml": hidden}))


@pytest.mark.parametrize("media_type", [DOCX, PPTX, XLSX, EPUB])
@pytest.mark.parametrize("data", [zipped({"a/../../b": "x"}), zipped({"a.xml": BOMB})])
def test_every_loader_of_archives_checks_them(tmp_path: Path, media_type: str, data: bytes) -> None:
    path = tmp_path / "file"
    path.write_bytes(data)
    with pytest.raises(UnsafeFile):
        load(path, media_type, "a")


@pytest.mark.parametrize("media_type", [DOCX, PPTX, XLSX, EPUB])
@pytest.mark.parametrize("data", [b"PK\x03\x04noise", zipped({"a.xml": "<a/>"})])
def test_what_is_no_document_is_damaged(tmp_path: Path, media_type: str, data: bytes) -> None:
    path = tmp_path / "file"
    path.write_bytes(data)
    with pytest.raises(DamagedFile):
        load(path, media_type, "a")
