"""Scanned pages, with the real tesseract where it is; `make test` installs it."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pypdfium2 as pdfium
import pytest
from fpdf import FPDF
from PIL import Image, ImageDraw

from rag.core.errors import Cancelled, NoText, NoTextByOcr, ParsingLimit
from rag.core.types import Span, State
from rag.documents.loaders import load
from rag.documents.loaders.pdf import ocr
from rag.documents.loaders.pdf.ocr_text import text_of
from rag.documents.loaders.pdf.render import render
from rag.documents.loaders.sandbox.runner import Limits
from rag.library import Library
from tests.pdfs import DANISH, PDF, beside_text, pdf, picture_of, without_unicode_map
from tests.sleeping import sleeping

NEEDS_TESSERACT = pytest.mark.skipif(
    ocr.command() is None, reason="tesseract is not installed: OCR was not tested (.ci/ocr installs it)"
)


def scan(*pages: str | Image.Image) -> bytes:
    """A PDF of pictures; a text stands as text."""
    made = FPDF(unit="pt")
    for page in pages:
        if isinstance(page, str):
            made.add_page()
            made.set_font("Helvetica", size=12)
            made.multi_cell(0, 14, page, align="L")
        else:
            made.add_page(format=(page.width * 72 / 150, page.height * 72 / 150))
            made.image(page, 0, 0, made.w, made.h)
    return bytes(made.output())


def scanned(made: FPDF, dpi: int = 150) -> Image.Image:
    """The first page as a scanner gives it."""
    page = pdfium.PdfDocument(bytes(made.output()))[0]
    return page.render(scale=dpi / 72, grayscale=True).to_pil().convert("L")


def stamped(picture: Image.Image, text: str) -> bytes:
    """A scan on which a few words were typed."""
    made = FPDF(unit="pt")
    made.add_page(format=(picture.width * 72 / 150, picture.height * 72 / 150))
    made.image(picture, 0, 0, made.w, made.h)
    made.set_font("Helvetica", size=9)
    made.text(20, 12, text)
    return bytes(made.output())


def specks() -> Image.Image:
    picture = Image.new("L", (800, 600), 200)
    draw = ImageDraw.Draw(picture)
    for number in range(40):
        draw.ellipse((number * 19, (number * 131) % 580, number * 19 + 9, (number * 131) % 580 + 7), fill=90)
    return picture


@NEEDS_TESSERACT
def test_only_pages_without_text_are_read_by_ocr(saved: Callable[[bytes], Path]) -> None:
    seen: list[tuple[int, int]] = []
    path = saved(scan("Her er tekst.", picture_of(DANISH), specks(), picture_of(DANISH, turned=90)))
    parsed = load(path, PDF, "a.pdf", progress=lambda done, of: seen.append((done, of)))
    first, second, third, turned = parsed.pages
    assert (first.text, first.ocr) == ("Her er tekst.", False)
    assert second.ocr and " ".join(second.text.split()) == DANISH
    assert (third.text, third.ocr) == ("", False)
    assert turned.ocr and "24 måneder" in " ".join(turned.text.split())
    assert [(n.code, n.values) for n in parsed.notices] == [
        ("pages_by_ocr", {"pages": "2, 4"}),
        ("pages_nothing_by_ocr", {"pages": "3"}),
    ]
    assert seen == [(1, 4), (2, 4), (3, 4), (4, 4), (2, 4), (3, 4), (4, 4)]
    # what was recognised has no place on the page that could be marked
    assert not render(path, 2, [Span(0, 9)], text=second.text).exact


@NEEDS_TESSERACT
def test_a_scan_is_found_and_marked(library: Library) -> None:
    library.documents.add("scan.pdf", scan(picture_of(DANISH), "Side to har tekst om skærme."))
    assert library.wait(60)
    (document,) = library.documents.all()
    assert (document.state, document.pages) == (State.READY, 2)
    assert [n.code for n in document.notices] == ["pages_by_ocr"]
    hit = library.search("Hvor længe er batterier dækket?").hits[0]
    assert hit.chunk.page == 1
    assert library.documents.pages_by_ocr(hit.sha256) == {1}
    assert library.viewer.reading(document.id, 1).ocr and not library.viewer.reading(document.id, 2).ocr
    library.documents.remove([document.id])
    assert library.documents.pages_by_ocr(hit.sha256) == set()


@NEEDS_TESSERACT
def test_pictures_without_any_text_are_refused_with_what_to_do(saved: Callable[[bytes], Path]) -> None:
    with pytest.raises(NoTextByOcr) as caught:
        load(saved(scan(specks())), PDF, "a.pdf")
    assert caught.value.values == {"pages": "1"}
    assert "300 dpi" in caught.value.in_language("da")


@NEEDS_TESSERACT
def test_a_font_that_does_not_say_its_letters_is_read_from_the_picture(
    saved: Callable[[bytes], Path], unmapped: bytes
) -> None:
    (page,) = load(saved(unmapped), PDF, "a.pdf").pages
    assert page.ocr and "24 måneder" in " ".join(page.text.split())


def test_without_tesseract_the_user_is_told_which_pages_and_how_to_get_it(
    saved: Callable[[bytes], Path], monkeypatch: pytest.MonkeyPatch, unmapped: bytes
) -> None:
    monkeypatch.setenv("KILDE_TESSERACT", "/there/is/none")
    (notice,) = load(saved(scan("tekst", picture_of("x"))), PDF, "a.pdf").notices
    assert (notice.code, notice.values) == ("pages_without_text", {"pages": "2"})
    with pytest.raises(NoText) as caught:
        load(saved(unmapped), PDF, "a.pdf")
    for way in ("apt install tesseract-ocr tesseract-ocr-dan", "brew install tesseract tesseract-lang", "Windows"):
        assert way in caught.value.in_language("da") and way in caught.value.in_language("en")


def test_cancelling_ends_the_program_at_once(saved: Callable[[bytes], Path], slow_program: Path) -> None:
    asked: list[float] = []

    def cancelled() -> bool:
        if sleeping():
            asked.append(time.monotonic())
        return bool(asked)

    with pytest.raises(Cancelled):
        load(saved(scan("tekst", picture_of("x"))), PDF, "a.pdf", cancelled=cancelled)
    assert time.monotonic() - asked[0] < 2
    end = time.monotonic() + 5
    while sleeping():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_a_page_over_its_limit_does_not_cost_the_others(
    saved: Callable[[bytes], Path], slow_program: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ocr, "PAGE_LIMITS", Limits(wall=0.5))
    parsed = load(saved(scan("tekst", picture_of("x"), "mere")), PDF, "a.pdf")
    assert [page.text for page in parsed.pages] == ["tekst", "", "mere"]
    assert [(n.code, n.values) for n in parsed.notices] == [("pages_ocr_unfinished", {"pages": "2"})]
    monkeypatch.setattr(ocr, "DOCUMENT_SECONDS", -1.0)
    parsed = load(saved(scan("tekst", *[picture_of("x")] * 2)), PDF, "a.pdf")
    assert [n.values for n in parsed.notices] == [{"pages": "2-3"}]


def table(*words: tuple[int, int, float, str]) -> str:
    """As tesseract writes it, of (paragraph, line, confidence, word)."""
    rows = ["level\tpage_num\tblock_num\tpar_num\tline_num\tword_num\tleft\ttop\twidth\theight\tconf\ttext"]
    rows += [f"5\t1\t1\t{par}\t{line}\t1\t0\t0\t9\t9\t{conf}\t{word}" for par, line, conf, word in words]
    return "\n".join(rows) + "\n"


def test_the_text_of_a_table_of_words() -> None:
    read = table((1, 1, 96, "Batterier"), (1, 1, 95, "er"), (1, 2, 90, "dæk-"), (1, 3, 93, "ket"), (2, 1, 91, "Slut"))
    assert text_of(read).text == "Batterier er\ndækket\n\nSlut"
    assert text_of(table((1, 1, 96, "Batterier"), (1, 1, 4, "~;|"))).text == "Batterier"
    assert text_of(table((1, 1, 41, "rjqx"), (1, 2, 38, "zz,"))).text == ""
    assert text_of(table((1, 1, 96, "|"), (1, 2, 96, "12"))).text == ""
    assert text_of(table()).text == ""


@NEEDS_TESSERACT
@pytest.mark.parametrize("degrees", [4, -2.5])
def test_a_page_scanned_askew_keeps_its_lines(saved: Callable[[bytes], Path], degrees: float) -> None:
    text = "Sekretæren sender dagsordenen ud senest otte dage før mødet, og medlemmer kan få punkter sat på. " * 3
    askew = picture_of(text).rotate(degrees, expand=True, fillcolor=255, resample=Image.Resampling.BICUBIC)
    page = load(saved(scan(askew)), PDF, "a.pdf").pages[0]
    assert " ".join(page.text.split()) == text.strip() and "\n\n" not in page.text


def test_a_scan_of_nothing_is_no_scan(saved: Callable[[bytes], Path]) -> None:
    assert load(saved(bytes(pdf("tekst", "").output())), PDF, "a.pdf").notices == ()


@NEEDS_TESSERACT
@pytest.mark.parametrize("stamp", ["- 1 -", "Journalnr. 2027-118 modtaget 3. maj"])
def test_a_scan_with_a_stamp_is_read_and_keeps_the_stamp(saved: Callable[[bytes], Path], stamp: str) -> None:
    path = saved(stamped(picture_of(DANISH), stamp))
    parsed = load(path, PDF, "a.pdf")
    (page,) = parsed.pages
    typed, _, recognised = page.text.partition("\n\n")
    assert (typed, " ".join(recognised.split())) == (stamp, DANISH)
    assert [(n.code, n.values) for n in parsed.notices] == [("pages_by_ocr", {"pages": "1"})]
    # what was typed has its place on the page
    picture = render(path, 1, [Span(0, len(stamp)), Span(len(stamp) + 2, len(page.text))], text=page.text)
    assert picture.exact and picture.boxes[0] and not picture.boxes[1]


def test_a_stamped_scan_without_tesseract_says_which_page(
    saved: Callable[[bytes], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KILDE_TESSERACT", "/there/is/none")
    parsed = load(saved(stamped(picture_of(DANISH), "- 1 -")), PDF, "a.pdf")
    assert parsed.pages[0].text == "- 1 -"
    assert [(n.code, n.values) for n in parsed.notices] == [("pages_without_text", {"pages": "1"})]


def test_a_picture_that_goes_with_a_page_of_text_costs_no_ocr_and_is_named(
    saved: Callable[[bytes], Path], slow_program: Path
) -> None:
    parsed = load(saved(beside_text(picture_of(DANISH).crop((0, 0, 1240, 300)), DANISH * 3)), PDF, "a.pdf")
    assert [(n.code, n.values) for n in parsed.notices] == [("left_out_pictures", {"count": 1, "places": "1"})]
    assert parsed.pages[0].text and not parsed.pages[0].ocr


@NEEDS_TESSERACT
def test_a_picture_of_text_beside_text_is_read(saved: Callable[[bytes], Path]) -> None:
    chart = picture_of("Salget i juni var 4.711 cykler.\nSalget i juli var 3.900 cykler.").crop((0, 0, 1240, 300))
    parsed = load(saved(beside_text(chart)), PDF, "a.pdf")
    assert parsed.pages[0].text.startswith("Batterier er")
    assert parsed.pages[0].text.endswith("Salget i juni var 4.711 cykler.\nSalget i juli var 3.900 cykler.")
    assert [n.code for n in parsed.notices] == ["pages_by_ocr"]


def test_a_picture_beside_text_without_tesseract_is_named(
    saved: Callable[[bytes], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KILDE_TESSERACT", "/there/is/none")
    parsed = load(saved(beside_text(picture_of("tekst").crop((0, 0, 1240, 300)))), PDF, "a.pdf")
    assert [(n.code, n.values) for n in parsed.notices] == [("pictures_beside_text", {"pages": "1"})]


PHOTOGRAPH = Image.effect_noise((800, 300), 90)


@pytest.mark.parametrize("made", [beside_text(PHOTOGRAPH), stamped(PHOTOGRAPH, "Fig. 2")])
def test_a_photograph_with_text_costs_no_ocr_and_is_named(
    saved: Callable[[bytes], Path], slow_program: Path, made: bytes
) -> None:
    parsed = load(saved(made), PDF, "a.pdf")
    assert [(n.code, n.values) for n in parsed.notices] == [("pictures_nothing_by_ocr", {"pages": "1"})]
    assert parsed.pages[0].text and not parsed.pages[0].ocr


@NEEDS_TESSERACT
def test_a_picture_without_text_is_named_beside_one_that_is_read(saved: Callable[[bytes], Path]) -> None:
    made = pdf(DANISH)
    made.image(picture_of("Salget i juni var 4.711 cykler.").crop((0, 0, 1240, 300)), x=20, y=60, w=160)
    made.image(PHOTOGRAPH, x=20, y=160, w=160)
    parsed = load(saved(bytes(made.output())), PDF, "a.pdf")
    assert parsed.pages[0].text.endswith("Salget i juni var 4.711 cykler.")
    assert [n.code for n in parsed.notices] == ["pages_by_ocr", "pictures_nothing_by_ocr"]


def test_a_scan_with_its_text_laid_over_it_is_not_read_again(
    saved: Callable[[bytes], Path], slow_program: Path
) -> None:
    made = pdf("")
    made.image(picture_of(DANISH * 5), 0, 0, made.w, made.h)
    with made.local_context(text_mode="INVISIBLE"):
        made.multi_cell(0, 9, DANISH * 5)
    assert load(saved(bytes(made.output())), PDF, "a.pdf").notices == ()


@pytest.fixture
def unmapped() -> bytes:
    return without_unicode_map(DANISH)


@pytest.mark.parametrize(
    ("installed", "asked_for"),
    [(["dan", "eng", "osd"], "dan"), (["eng", "osd"], "eng"), (["deu", "fra", "osd", "swe"], "deu+fra")],
)
def test_english_beside_danish_would_cost_danish_letters(
    installed: list[str], asked_for: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is lost of them is measured by benchmarks.ocr."""
    asked: list[str] = []

    def run(task: str, arguments: dict[str, str], **limits: object) -> object:
        asked.append(arguments["languages"])
        raise ParsingLimit(limit="time")

    monkeypatch.setattr(ocr, "command", lambda: "tesseract")
    monkeypatch.setattr(ocr, "languages", lambda program: installed)
    monkeypatch.setattr(ocr, "run", run)
    ocr.read(Path("scan.pdf"), {1: "picture"}, 1000, pages=1)
    assert asked == [asked_for]
