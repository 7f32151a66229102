"""ZIP: the files in it, and what is said of those that cannot be had."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from rag.core.errors import DamagedFile, EmptyFile, ParsingLimit, PasswordProtected, UnsafeFile
from rag.core.types import Attached
from tests.files import paragraph, read, word, zipped

TEXT = b"Stilladset er lejet."


def test_its_files_are_sent_along_and_listed(tmp_path: Path) -> None:
    contract = word(paragraph("Prisen er 84.500 kr."))
    parsed = read(tmp_path, "a.zip", zipped({"mappe/kontrakt.docx": contract, "noter æøå.txt": TEXT, "film.mov": b"x"}))
    assert parsed.pages[0].text == "• mappe/kontrakt.docx\n• noter æøå.txt\n• film.mov"
    assert parsed.attached == (
        Attached("mappe/kontrakt.docx", contract),
        Attached("noter æøå.txt", TEXT),
        Attached("film.mov", b"", "unknown_kind"),
    )


def test_an_archive_with_an_office_file_unpacked_in_it_is_one_too(tmp_path: Path) -> None:
    parsed = read(tmp_path, "a.zip", zipped({"word/noter.txt": TEXT, "xl/b.txt": b"B"}))
    assert [file.name for file in parsed.attached] == ["word/noter.txt", "xl/b.txt"]


def test_marks_that_programs_leave_are_passed_over(tmp_path: Path) -> None:
    marks = ("~$a.docx", "m/.~lock.a.odt#", "__MACOSX/._a.txt", ".DS_Store", "m/Thumbs.db", "desktop.ini", "._a.txt")
    parsed = read(tmp_path, "a.zip", zipped({**dict.fromkeys(marks, b"x"), "a.txt": TEXT}))
    assert parsed.attached == (Attached("a.txt", TEXT),) and parsed.pages[0].text == "• a.txt"
    with pytest.raises(EmptyFile):
        read(tmp_path, "a.zip", zipped(dict.fromkeys(marks, b"x")))


@pytest.mark.parametrize("encoding", ["utf-8", "cp850"])
def test_names_that_do_not_say_their_encoding(encoding: str, tmp_path: Path) -> None:
    stored = "købekontrakt Ærø.txt".encode(encoding)
    placeholder = "x" * len(stored)
    data = zipped({placeholder: TEXT}).replace(placeholder.encode(), stored)
    assert [file.name for file in read(tmp_path, "a.zip", data).attached] == ["købekontrakt Ærø.txt"]


def encrypted(data: bytes, name: str) -> bytes:
    """An archive whose entry of this name is marked as encrypted, in both of its headers."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        entry = archive.getinfo(name)
        start = archive.start_dir
    changed = bytearray(data)
    changed[entry.header_offset + 6] |= 1
    at = changed.index(b"PK\x01\x02", start)
    while not changed[at + 46 :].startswith(name.encode()):
        at = changed.index(b"PK\x01\x02", at + 4)
    changed[at + 8] |= 1
    return bytes(changed)


def test_a_file_with_a_password_is_named_and_the_rest_is_read(tmp_path: Path) -> None:
    data = encrypted(zipped({"hemmelig.txt": TEXT, "a.txt": TEXT}), "hemmelig.txt")
    refused = Attached("hemmelig.txt", b"", "protected")
    assert read(tmp_path, "a.zip", data).attached == (refused, Attached("a.txt", TEXT))
    with pytest.raises(PasswordProtected):
        read(tmp_path, "a.zip", encrypted(zipped({"hemmelig.txt": TEXT}), "hemmelig.txt"))


def test_a_file_that_is_damaged_or_packed_otherwise_is_named(tmp_path: Path) -> None:
    data = zipped({"a.txt": TEXT * 20, "b.txt": TEXT})
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        offset = archive.getinfo("a.txt").header_offset
    damaged = bytearray(data)
    damaged[offset + 40] ^= 0xFF
    assert read(tmp_path, "a.zip", bytes(damaged)).attached == (
        Attached("a.txt", b"", "damaged"),
        Attached("b.txt", TEXT),
    )
    other = bytearray(data)
    directory = other.index(b"PK\x01\x02")
    other[offset + 8] = other[directory + 10] = 97  # a compression that Python does not know (APPNOTE 4.4.5)
    assert read(tmp_path, "a.zip", bytes(other)).attached[0] == Attached("a.txt", b"", "compression")


def test_more_files_than_one_archive_brings_in_are_named(tmp_path: Path) -> None:
    files = read(tmp_path, "a.zip", zipped({f"{number}.txt": TEXT for number in range(205)})).attached
    assert [file.refused for file in files] == [""] * 200 + ["too_many"] * 5


@pytest.mark.parametrize(
    ("data", "refusal"),
    [
        (zipped({}), EmptyFile),
        (zipped({"a.txt": b"\0" * (40 << 20)}), ParsingLimit),
        (zipped({"../a.txt": TEXT}), UnsafeFile),
        (zipped({"/etc/a.txt": TEXT}), UnsafeFile),
        (b"PK\x03\x04" + b"x" * 500, DamagedFile),
    ],
)
def test_what_is_refused(data: bytes, refusal: type[Exception], tmp_path: Path) -> None:
    with pytest.raises(refusal):
        read(tmp_path, "a.zip", data)
