from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from fpdf import FPDF
from pypdf import PdfWriter
from pypdf.generic import NullObject

from rag.core import file_types
from rag.core.errors import (
    DamagedFile,
    EmptyFile,
    NoText,
    OldFormat,
    ParsingLimit,
    PasswordProtected,
    UnknownType,
    WrongType,
)
from rag.core.types import Parsed
from rag.documents.loaders import MEDIA_TYPES, Limits, kind_of, load
from rag.documents.loaders.omissions import ranges
from rag.documents.loaders.text import decode
from tests.pdfs import DANISH, MARKDOWN, PDF, TEXT, pdf, picture, rewritten

EXPECTED = {"md": "Markdown"}


@pytest.fixture
def saved(tmp_path: Path) -> Callable[[bytes | FPDF], Path]:
    def save(content: bytes | FPDF) -> Path:
        path = tmp_path / "file"
        path.write_bytes(bytes(content.output()) if isinstance(content, FPDF) else content)
        return path

    return save


@pytest.fixture
def no_ocr(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KILDE_TESSERACT", "/there/is/none")


def text_of(parsed: Parsed) -> list[str]:
    return [page.text for page in parsed.pages]


# kinds


def zipped(*names: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return out.getvalue()


def zipped_as(mimetype: str) -> bytes:
    """An archive that says what it is in an entry behind others, as one that was packed again."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("content.xml", "x")
        archive.writestr("mimetype", mimetype)
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "data", "media_type"),
    [
        ("a.pdf", bytes(pdf("x").output()), PDF),
        ("A.PDF", b"\n\n" + bytes(pdf("x").output()), PDF),
        ("a.txt", DANISH.encode(), TEXT),
        ("a.text", DANISH.encode("cp1252"), TEXT),
        ("a.txt", DANISH.encode("utf-16"), TEXT),
        ("a.txt", b"BMW er et bilm\xe6rke", TEXT),
        ("a.txt", b"MZ begynder en EXE-fil", TEXT),
        ("a.md", b"# Titel", MARKDOWN),
        ("a.b.markdown", b"<html> er et tag", MARKDOWN),
        ("a.docx", zipped("[Content_Types].xml", "word/document.xml"), file_types.DOCX),
        ("a.pptx", zipped("[Content_Types].xml", "ppt/presentation.xml"), file_types.PPTX),
        ("a.xlsx", zipped("[Content_Types].xml", "xl/workbook.xml"), file_types.XLSX),
        ("a.epub", zipped("META-INF/container.xml"), file_types.EPUB),
        ("a.odt", zipped_as("application/vnd.oasis.opendocument.text"), file_types.ODT),
        ("a.ods", zipped_as("application/vnd.oasis.opendocument.spreadsheet"), file_types.ODS),
        ("a.odp", zipped_as("application/vnd.oasis.opendocument.presentation-template"), file_types.ODP),
        ("a.rtf", b"{\\rtf1\\ansi Hej}", file_types.RTF),
        ("a.csv", "Øl;5".encode("cp1252"), file_types.CSV),
        ("a.TSV", b"a\tb", file_types.CSV),
        ("a.htm", b"<p>Hej", file_types.HTML),
        ("a.eml", b"From: a@example.dk", file_types.EML),
        ("a.zip", zipped("a.csv"), file_types.ZIP),
        ("a.zip", zipped("word/a.txt"), file_types.ZIP),
    ],
)
def test_kind(name: str, data: bytes, media_type: str) -> None:
    assert kind_of(name, data) == media_type


@pytest.mark.parametrize(
    ("name", "data", "found"),
    [
        ("a.pdf", picture().getvalue(), "PNG"),
        ("a.pdf", zipped("a"), "ZIP"),
        ("a.pdf", zipped("[Content_Types].xml", "word/document.xml"), "Word"),
        ("a.pdf", DANISH.encode(), "text"),
        ("a.pdf", b"<!DOCTYPE html><html><body>Log ind</body></html>", "HTML"),
        ("a.txt", bytes(pdf("x").output()), "PDF"),
        ("a.md", zipped("xl/workbook.xml"), "Excel"),
        ("a.txt", b"MZ\x90\x00\x03\x00\x00\x00\x04\x00", "EXE"),
        ("a.txt", b"\x7fELF\x02\x01\x01" + bytes(9), "Linux-program"),
        ("a.txt", b"Hej\x00med dig", "binary"),
        ("a.txt", b"{\\rtf1\\ansi Hej}", "RTF"),
        ("a.docx", zipped("xl/workbook.xml"), "Excel"),
        ("a.xlsx", zipped("a.csv"), "ZIP"),
        ("a.pptx", DANISH.encode(), "text"),
        ("a.csv", zipped("xl/workbook.xml"), "Excel"),
        ("a.docx", zipped_as("application/vnd.oasis.opendocument.text"), "ODT"),
        ("a.rtf", b"Hej", "text"),
        ("a.html", bytes(pdf("x").output()), "PDF"),
        ("a.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "Microsoft Office 97-2003"),
    ],
)
def test_wrong_type(name: str, data: bytes, found: str) -> None:
    with pytest.raises(WrongType) as caught:
        kind_of(name, data)
    assert caught.value.values == {"expected": EXPECTED.get(name[2:], name[2:].upper()), "found": found}
    assert "{" not in caught.value.in_language("da")


@pytest.mark.parametrize("data", [b"", b" \n\t\r\n", b"\xef\xbb\xbf", b"\xff\xfe"])
def test_empty(data: bytes) -> None:
    for suffix in MEDIA_TYPES:
        with pytest.raises(EmptyFile):
            kind_of(f"a{suffix}", data)


@pytest.mark.parametrize("name", ["a.mov", "README", "a.pdf.exe"])
def test_unknown_type(name: str) -> None:
    with pytest.raises(UnknownType) as caught:
        kind_of(name, b"x")
    assert caught.value.values["suffix"] in name
    assert "PDF" in str(caught.value)


@pytest.mark.parametrize(
    ("name", "instead"),
    [
        ("a.doc", "DOCX"),
        ("Priser.XLS", "XLSX"),
        ("a.ppt", "PPTX"),
        ("a.xlsm", "XLSX"),
        ("a.ott", "ODT"),
        ("a.mbox", "EML"),
        ("a.7z", "ZIP"),
    ],
)
def test_old_formats_say_what_to_save_them_as(name: str, instead: str) -> None:
    with pytest.raises(OldFormat) as caught:
        kind_of(name, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
    assert f"Gem som {instead}" in caught.value.in_language("da") and f"Save as {instead}" in str(caught.value)


def test_a_locked_office_file_is_told_from_an_old_one() -> None:
    container = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1000) + "EncryptedPackage".encode("utf-16-le")
    for name in ("a.docx", "a.xlsx", "a.pptx"):
        with pytest.raises(PasswordProtected):
            kind_of(name, container)


def test_a_document_that_is_cut_short_is_damaged() -> None:
    with pytest.raises(DamagedFile):
        kind_of("a.docx", zipped("word/document.xml")[:-10])


def test_a_pdf_that_became_noise_is_damaged() -> None:
    with pytest.raises(DamagedFile):
        kind_of("a.pdf", os.urandom(8) + bytes(range(256)))


# text and Markdown


@pytest.mark.parametrize(
    "text", ["Æbler", "Øl på færgen koster 35 kr.", "“Citat” – 3 € på Ærø", DANISH, "Größe: 5 m²", "Là-bas, à l’été"]
)
@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "cp1252", "latin-1", "iso8859-15", "mac-roman", "cp850"]
)
def test_encodings(text: str, encoding: str) -> None:
    try:
        data = text.encode(encoding)
    except UnicodeEncodeError:
        pytest.skip("cannot be written in it")
    if encoding in ("mac-roman", "cp850") and len(text) < 20:
        pytest.skip("a word or two say too little of these")
    assert decode(data) == text


def test_other_scripts_are_left_to_the_library() -> None:
    text = "Привет, мир! Это проверка кодировки текста, который нужно прочитать правильно."
    assert decode(text.encode("cp1251")) == text


def test_a_bad_byte_does_not_spoil_the_rest() -> None:
    assert decode((DANISH * 3).encode() + b"\xff" + DANISH.encode()) == DANISH * 3 + "\ufffd" + DANISH


def test_plain(saved: Callable[[bytes], Path]) -> None:
    parsed = load(saved(b"Linje \xe9t\r\nto\rtre\x00\fside"), TEXT, "a.txt")
    assert text_of(parsed) == ["Linje ét\nto\ntre\n\nside"]
    assert parsed.pages[0].number == 1 and parsed.pages[0].headings == () and parsed.notices == ()


def test_plain_that_is_empty(saved: Callable[[bytes], Path]) -> None:
    with pytest.raises(EmptyFile):
        load(saved("\ufeff \n\u00a0".encode()), TEXT, "a.txt")


def test_markdown(saved: Callable[[bytes], Path]) -> None:
    source = (
        "Indledning\n\n# Garanti *for* `alle`\r\n\n```\n# ingen overskrift\n```\n    # heller ikke\n\n"
        "  ## Batterier ##\ntekst\n\nSkærme\n------\n\n> # Citeret\n"
    )
    page = load(saved(source.encode()), MARKDOWN, "a.md").pages[0]
    assert page.text == source.replace("\r", "")
    assert [(heading.level, heading.title) for heading in page.headings] == [
        (1, "Garanti for alle"),
        (2, "Batterier"),
        (2, "Skærme"),
        (1, "Citeret"),
    ]
    for heading, begins in zip(page.headings, ("# Garanti", "## Batterier", "Skærme", "> # Citeret"), strict=True):
        assert page.text.startswith(begins, heading.offset)


def test_markdown_title(saved: Callable[[bytes], Path]) -> None:
    assert load(saved(b"## To\n# En\n# Anden"), MARKDOWN, "a.md").title == "En"
    parsed = load(saved(b'---\ntitle: "Af front matter"\n---\n# En'), MARKDOWN, "a.md")
    assert parsed.title == "Af front matter"
    assert [heading.title for heading in parsed.pages[0].headings] == ["En"]
    assert load(saved(b"ingen"), MARKDOWN, "a.md").title is None


# PDF


def test_pdf_text_and_progress(saved: Callable[[FPDF], Path]) -> None:
    seen: list[tuple[int, int]] = []
    made = pdf(DANISH, "Side to")
    made.set_title("Garanti for cykler")
    parsed = load(saved(made), PDF, "a.pdf", progress=lambda done, of: seen.append((done, of)))
    assert [text.replace("\n", " ") for text in text_of(parsed)] == [DANISH, "Side to"]
    assert [page.number for page in parsed.pages] == [1, 2]
    assert parsed.title == "Garanti for cykler"
    assert seen == [(1, 2), (2, 2)]
    assert parsed.notices == ()


@pytest.mark.parametrize("title", ["", "Untitled", "garanti.docx", "Microsoft Word - garanti", "123"])
def test_titles_that_say_nothing(saved: Callable[[FPDF], Path], title: str) -> None:
    made = pdf("x y")
    made.set_title(title)
    assert load(saved(made), PDF, "a.pdf").title is None


def test_pdf_paragraphs(saved: Callable[[FPDF], Path]) -> None:
    made = pdf(DANISH + " " + DANISH)
    made.ln(6)
    made.multi_cell(0, 6, DANISH + " " + DANISH, align="L")
    text = load(saved(made), PDF, "a.pdf").pages[0].text
    assert [part.replace("\n", " ") for part in text.split("\n\n")] == [DANISH + " " + DANISH] * 2


@pytest.mark.parametrize(
    ("lines", "text"),
    [
        (["Det er en over-", "enskomst om garanti"], "Det er en overenskomst om garanti"),
        (["Brug en LTSP-", "server her"], "Brug en LTSP-server her"),
        (["Standarden ISO-", "27001 gælder"], "Standarden ISO-27001 gælder"),
        (["Bade sommer-", "og vinterferie"], "Bade sommer-\nog vinterferie"),
        (["Send en e-", "mail til os"], "Send en e-mail til os"),
        (["debian-edu er her, og debian-", "edu er der"], "debian-edu er her, og debian-edu er der"),
        (["Prisen er 30 -", "det er dyrt"], "Prisen er 30 -\ndet er dyrt"),
    ],
)
def test_hyphens_at_line_ends(saved: Callable[[FPDF], Path], lines: list[str], text: str) -> None:
    assert text_of(load(saved(pdf("\n".join(lines))), PDF, "a.pdf")) == [text]


def test_ligatures(saved: Callable[[FPDF], Path]) -> None:
    folder = Path("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf")
    if not folder.exists():
        pytest.skip("no font with ligatures here")
    made = FPDF()
    made.add_page()
    made.add_font("dejavu", fname=folder)
    made.set_font("dejavu", size=12)
    made.cell(text="E\ufb00ektiv og \ufb01n a\u030a")
    assert text_of(load(saved(made), PDF, "a.pdf")) == ["Effektiv og fin å"]


def test_outline(saved: Callable[[FPDF], Path]) -> None:
    made = FPDF()
    made.set_font("Helvetica", size=12)
    for title, level in (("Garanti", 0), ("Batterier", 1), ("Service", 0)):
        made.add_page()
        made.multi_cell(0, 6, f"Om {title} siger vi mere.", new_x="LMARGIN", new_y="NEXT")
        made.ln(80)
        made.start_section(title, level)
        made.multi_cell(0, 6, f"3.1 {title}", new_x="LMARGIN", new_y="NEXT")
        made.multi_cell(0, 6, DANISH, new_x="LMARGIN", new_y="NEXT")
    pages = load(saved(made), PDF, "a.pdf").pages
    assert [(page.headings[0].level, page.headings[0].title) for page in pages] == [
        (1, "Garanti"),
        (2, "Batterier"),
        (1, "Service"),
    ]
    for page in pages:
        assert page.text.startswith(f"3.1 {page.headings[0].title}", page.headings[0].offset)


def test_headings_by_size_where_there_is_no_outline(saved: Callable[[FPDF], Path]) -> None:
    made = FPDF()
    made.add_page()
    for size, text in ((20, "Garanti"), (11, DANISH * 4), (15, "Batterier"), (11, DANISH * 4)):
        made.set_font("Helvetica", size=size)
        made.multi_cell(0, size / 2, text, new_x="LMARGIN", new_y="NEXT")
    page = load(saved(made), PDF, "a.pdf").pages[0]
    assert [(heading.level, heading.title) for heading in page.headings] == [(1, "Garanti"), (2, "Batterier")]
    assert all(page.text.startswith(heading.title, heading.offset) for heading in page.headings)


def test_page_labels(saved: Callable[[bytes], Path]) -> None:
    def label(writer: PdfWriter) -> None:
        writer.set_page_label(0, 1, style="/r")
        writer.set_page_label(2, 2, style="/D", start=3)

    pages = load(saved(rewritten(pdf("a", "b", "c"), label)), PDF, "a.pdf").pages
    assert [page.label for page in pages] == ["i", "ii", None]


def test_password(saved: Callable[[bytes], Path]) -> None:
    locked = rewritten(pdf(DANISH), lambda writer: writer.encrypt("hemmelig", algorithm="RC4-128"))
    with pytest.raises(PasswordProtected):
        load(saved(locked), PDF, "a.pdf")
    opened = rewritten(pdf(DANISH), lambda writer: writer.encrypt("", "ejer", algorithm="RC4-128"))
    assert text_of(load(saved(opened), PDF, "a.pdf"))[0].replace("\n", " ") == DANISH


@pytest.mark.usefixtures("no_ocr")
def test_pictures_without_text(saved: Callable[[FPDF], Path]) -> None:
    with pytest.raises(NoText) as caught:
        load(saved(pdf(None, None, None)), PDF, "a.pdf")
    assert caught.value.values == {"pages": "1-3"}
    parsed = load(saved(pdf("tekst", None, None, "", None, "mere")), PDF, "a.pdf")
    assert [(notice.code, notice.values) for notice in parsed.notices] == [("pages_without_text", {"pages": "2-3, 5"})]
    assert text_of(parsed) == ["tekst", "", "", "", "", "mere"]


def test_white_pages_only(saved: Callable[[FPDF], Path]) -> None:
    with pytest.raises(EmptyFile):
        load(saved(pdf("", "")), PDF, "a.pdf")


@pytest.mark.parametrize("keep", [0.02, 0.3, 0.6, 0.9])
def test_truncated(saved: Callable[[bytes], Path], keep: float) -> None:
    data = bytes(pdf(*[DANISH * 3] * 5).output())
    with pytest.raises(DamagedFile):
        load(saved(data[: int(len(data) * keep)]), PDF, "a.pdf")


def test_a_damaged_page_does_not_cost_the_others(saved: Callable[[bytes], Path]) -> None:
    def damage(writer: PdfWriter) -> None:
        writer.root_object["/Pages"]["/Kids"][1] = NullObject()

    parsed = load(saved(rewritten(pdf("en", "to", "tre"), damage)), PDF, "a.pdf")
    assert text_of(parsed) == ["en", "", "tre"]
    assert [(notice.code, notice.values) for notice in parsed.notices] == [("pages_damaged", {"pages": "2"})]


def test_not_a_pdf_at_all(saved: Callable[[bytes], Path]) -> None:
    with pytest.raises(DamagedFile):
        load(saved(b"%PDF-1.7\n" + bytes(1000)), PDF, "a.pdf")


def test_limits_of_a_document(saved: Callable[[FPDF], Path]) -> None:
    path = saved(pdf("en side", "to", "tre"))
    parsed = load(path, PDF, "a.pdf", limits=Limits(pages=2))
    assert text_of(parsed) == ["en side", "to"]
    assert [(n.code, n.values) for n in parsed.notices] == [("limit_met", {"limit": "pages", "read": 2, "pages": 3})]
    parsed = load(path, PDF, "a.pdf", limits=Limits(characters=8))
    assert text_of(parsed) == ["en side"]
    assert [(n.code, n.values) for n in parsed.notices] == [("limit_met", {"limit": "size", "read": 1, "pages": 3})]
    with pytest.raises(ParsingLimit):
        load(path, PDF, "a.pdf", limits=Limits(characters=2))


def test_unknown_media_type(tmp_path: Path) -> None:
    with pytest.raises(UnknownType):
        load(tmp_path / "x", "image/gif", "a.gif")


def test_ranges() -> None:
    assert ranges([1, 2, 3, 5, 7, 8]) == "1-3, 5, 7-8"
    assert ranges([]) == ""
