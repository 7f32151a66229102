"""Picture files: read by the real tesseract where it is, turned upright, and shown."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from fpdf import FPDF
from PIL import Image

from rag.core.errors import DamagedFile, NoText, NoTextByOcr, NoTextInPicture, ParsingLimit
from rag.core.types import Parsed, State
from rag.documents.loaders import Limits, kind_of, load
from rag.documents.loaders.pdf.render import render
from rag.library import Library
from tests.documents.loaders.pdf.test_ocr import NEEDS_TESSERACT, scanned
from tests.pdfs import DANISH, HEIC, picture_file, picture_of

TURNED = 0x0112
"""The EXIF tag of how a camera was held."""

Read = Callable[[str, bytes], Parsed]


@pytest.fixture
def read(saved: Callable[[bytes], Path]) -> Read:
    return lambda name, data: load(saved(data), kind_of(name, data), name)


def words(parsed: Parsed) -> str:
    return " ".join(parsed.pages[0].text.split())


@NEEDS_TESSERACT
@pytest.mark.parametrize("suffix", [".png", ".jpg", ".tif", ".webp", ".bmp", ".heic"])
def test_each_kind_of_picture_is_read(read: Read, suffix: str) -> None:
    data = HEIC.read_bytes() if suffix == ".heic" else picture_file(picture_of(DANISH), suffix)
    parsed = read("a" + suffix, data)
    assert words(parsed) == DANISH
    assert parsed.pages[0].ocr
    assert [(n.code, n.values) for n in parsed.notices] == [("pages_by_ocr", {"pages": "1"})]


@NEEDS_TESSERACT
def test_a_picture_is_turned_upright(read: Read) -> None:
    exif = Image.Exif()
    exif[TURNED] = 6  # the camera was held on its side
    held = picture_file(picture_of(DANISH, turned=90), ".jpg", exif=exif)
    assert words(read("a.jpg", held)) == DANISH
    for turned in (90, 270):
        assert words(read("a.png", picture_file(picture_of(DANISH, turned=turned), ".png"))) == DANISH


@NEEDS_TESSERACT
def test_a_small_picture_of_a_screen_is_enlarged(read: Read) -> None:
    picture = picture_of("Fakturanummer 20417\nBetales senest 17. maj 2027", dpi=60).crop((0, 0, 420, 90))
    text = words(read("a.png", picture_file(picture, ".png")))
    assert "20417" in text and "17. maj 2027" in text


@NEEDS_TESSERACT
def test_all_pages_of_a_tiff(read: Read, saved: Callable[[bytes], Path]) -> None:
    pages = [picture_of(DANISH), picture_of("Side to handler om skærme og lygter."), Image.new("L", (600, 800), 255)]
    data = picture_file(pages[0], ".tif", save_all=True, append_images=pages[1:])
    parsed = read("a.tif", data)
    assert [" ".join(page.text.split()) for page in parsed.pages] == [
        DANISH,
        "Side to handler om skærme og lygter.",
        "",
    ]
    assert [(n.code, n.values) for n in parsed.notices] == [
        ("pages_by_ocr", {"pages": "1-2"}),
        ("pages_nothing_by_ocr", {"pages": "3"}),
    ]
    limited = load(saved(data), "image/tiff", "a.tif", limits=Limits(pages=1))
    assert [(n.code, n.values) for n in limited.notices] == [
        ("limit_met", {"limit": "pages", "read": 1, "pages": 3}),
        ("pages_by_ocr", {"pages": "1"}),
    ]


@NEEDS_TESSERACT
@pytest.mark.parametrize("turned", [0, 90])
def test_the_rows_of_a_table_in_a_picture(read: Read, turned: int) -> None:
    made = FPDF()
    made.add_page()
    made.set_font("Helvetica", size=12)
    made.text(20, 30, "Prisliste for foråret")
    rows = [("Vare", "Antal", "Pris"), ("Pumpe til have", "12", "1.250,00")]
    rows += [("Ventil", "3", "75,50"), ("Slange", "140", "19,95")]
    for number, row in enumerate(rows):
        for left, cell in zip((20, 100, 140), row, strict=True):
            made.text(left, 45 + 9 * number, cell)
    made.text(20, 100, "Alle priser er uden moms, og de gælder til den første maj.")
    parsed = read("a.png", picture_file(scanned(made).rotate(turned, expand=True), ".png"))
    assert parsed.pages[0].text.split("\n\n") == [
        "Prisliste for foråret",
        "Vare | Antal | Pris",
        "Vare: Pumpe til have | Antal: 12 | Pris: 1.250,00",
        "Vare: Ventil | Antal: 3 | Pris: 75,50",
        "Vare: Slange | Antal: 140 | Pris: 19,95",
        "Alle priser er uden moms, og de gælder til den første maj.",
    ]


@NEEDS_TESSERACT
def test_a_picture_without_text_says_so(read: Read) -> None:
    noise = Image.effect_noise((800, 600), 90)
    with pytest.raises(NoTextInPicture) as photograph:
        read("a.jpg", picture_file(noise, ".jpg"))
    assert "dpi" not in photograph.value.in_language("en") and "even light" in photograph.value.in_language("en")
    with pytest.raises(NoTextByOcr, match="300 dpi"):  # what a scanner wrote
        read("a.tif", picture_file(noise, ".tif"))


def test_a_picture_where_there_is_no_tesseract(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KILDE_TESSERACT", "/there/is/none")
    with pytest.raises(NoText):
        read("a.png", picture_file(picture_of("tekst"), ".png"))


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".tif", ".webp", ".bmp", ".heic"])
def test_a_picture_that_is_cut_short_is_damaged(read: Read, suffix: str, saved: Callable[[bytes], Path]) -> None:
    data = HEIC.read_bytes() if suffix == ".heic" else picture_file(picture_of(DANISH), suffix)
    for size in (200, len(data) // 2):
        with pytest.raises(DamagedFile):
            read("a" + suffix, data[:size])
        with pytest.raises(DamagedFile):
            render(saved(data[:size]), 1, [], is_picture=True)


def test_a_picture_as_large_as_a_wall_meets_a_limit(saved: Callable[[bytes], Path]) -> None:
    path = saved(picture_file(Image.new("1", (40_000, 20_000)), ".png"))
    with pytest.raises(ParsingLimit):
        load(path, "image/png", "a.png")


@NEEDS_TESSERACT
def test_a_picture_is_found_and_shown(library: Library) -> None:
    exif = Image.Exif()
    exif[TURNED] = 6
    data = picture_file(picture_of(DANISH, turned=90), ".jpg", exif=exif)
    library.documents.add("garanti.jpg", data)
    assert library.wait(60)
    (document,) = library.documents.all()
    assert document.state is State.READY
    assert library.search("Hvor længe er batterier dækket?").hits[0].chunk.page == 1
    shown = library.viewer.reading(document.id, 1)
    assert shown.ocr and shown.picture is not None
    # upright: higher than wide
    assert shown.picture.height > shown.picture.width
    assert not shown.picture.exact and shown.picture.boxes == ((),) * len(shown.borders)
