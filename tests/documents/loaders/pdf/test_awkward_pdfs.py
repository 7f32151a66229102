"""PDFs that are honest, and yet not easy: turned, filled in, endless, empty, or in a font that keeps its letters."""

from __future__ import annotations

import io
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from fpdf import FPDF
from pypdf import PdfReader, PdfWriter
from pypdf.generic import (
    ArrayObject,
    BooleanObject,
    DictionaryObject,
    FloatObject,
    NameObject,
    NumberObject,
    TextStringObject,
)

from rag.core.errors import EmptyFile, NoText
from rag.core.types import Span
from rag.documents.chunking import chunk
from rag.documents.loaders import load
from rag.documents.loaders.pdf.render import render
from tests.conftest import WordCounter
from tests.hostile_inputs import pdfs as hostile
from tests.pdfs import DANISH, PDF, pdf, rewritten, without_unicode_map


def raw(*objects: bytes) -> bytes:
    """A PDF of these objects; the first is its catalog."""
    out, places = b"%PDF-1.7\n", []
    for number, content in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    end = b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (len(objects) + 1, len(out))
    return out + b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1) + table + end


def stream(content: bytes) -> bytes:
    return b"<</Length %d>>stream\n%b\nendstream" % (len(content), content)


# pages


@pytest.mark.parametrize("turned", [90, 180, 270])
def test_a_page_that_is_shown_turned_reads_as_before(saved: Callable[[bytes], Path], turned: int) -> None:
    path = saved(rewritten(pdf(DANISH), lambda writer: writer.pages[0].rotate(turned)))
    (page,) = load(path, PDF, "a.pdf").pages
    assert page.text.replace("\n", " ") == DANISH
    picture = render(path, 1, [Span(0, 9)], text=page.text)
    assert picture.exact and len(picture.boxes[0]) == 1


def test_text_that_runs_up_the_page(saved: Callable[[bytes], Path]) -> None:
    made = FPDF()
    made.add_page()
    made.set_font("Helvetica", size=12)
    for number, line in enumerate(("Batterier er dækket", "i seks måneder")):
        with made.rotation(90, 60 + 6 * number, 200):
            made.text(60 + 6 * number, 200, line)
    assert load(saved(bytes(made.output())), PDF, "a.pdf").pages[0].text == "Batterier er dækket\ni seks måneder"


def test_running_titles_of_a_pdf_are_in_no_chunk(saved: Callable[[bytes], Path]) -> None:
    class Sheet(FPDF):
        def header(self) -> None:
            self.set_font("Helvetica", size=9)
            self.cell(0, 6, "Acme A/S - Garanti for cykler", new_x="LMARGIN", new_y="NEXT")
            self.ln(6)

        def footer(self) -> None:
            self.set_y(-15)
            self.cell(0, 6, f"Side {self.page_no()} af 6", align="C")

    made = Sheet()
    for number in range(6):
        made.add_page()
        made.set_font("Helvetica", size=12)
        made.multi_cell(0, 6, f"Del {number * 7} er dækket. {DANISH}", align="L")
    pages = load(saved(bytes(made.output())), PDF, "a.pdf").pages
    assert all("Acme A/S" in page.text and "af 6" in page.text for page in pages)
    chunks = chunk(pages, 64, 0, WordCounter().count)
    assert len(chunks) == 6
    assert not any("Acme" in one.text or "af 6" in one.text for one in chunks)
    assert all(one.text == pages[one.page - 1].text[one.start : one.end] for one in chunks)


def test_two_thousand_pages(saved: Callable[[bytes], Path]) -> None:
    count = 2000
    pages = [b"<</Type/Page/Parent 2 0 R/Contents %d 0 R>>" % (4 + count + n) for n in range(count)]
    contents = [stream(b"BT /F 12 Tf 72 700 Td (Del %d koster %d kr.) Tj ET" % (n, 7 * n)) for n in range(count)]
    kids = b" ".join(b"%d 0 R" % (4 + n) for n in range(count))
    shared = b"/MediaBox[0 0 595 842]/Resources<</Font<</F 3 0 R>>>>"
    path = saved(
        raw(
            b"<</Type/Catalog/Pages 2 0 R>>",
            b"<</Type/Pages/Count %d/Kids[%b]%b>>" % (count, kids, shared),
            b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
            *pages,
            *contents,
        )
    )
    parsed = load(path, PDF, "a.pdf")
    assert len(parsed.pages) == count
    assert parsed.pages[1999].text == "Del 1999 koster 13993 kr."


def test_a_hundred_megabytes(saved: Callable[[bytes], Path]) -> None:
    """Most of it a picture, as in a scanned catalogue with a page of text."""
    side = 5_900
    path = saved(
        raw(
            b"<</Type/Catalog/Pages 2 0 R>>",
            b"<</Type/Pages/Count 1/Kids[3 0 R]>>",
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 6 0 R"
            b"/Resources<</Font<</F 4 0 R>>/XObject<</I 5 0 R>>>>>>",
            b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
            b"<</Type/XObject/Subtype/Image/Width %d/Height %d/ColorSpace/DeviceRGB" % (side, side)
            + b"/BitsPerComponent 8/Length %d>>stream\n" % (3 * side * side)
            + os.urandom(1 << 20) * (3 * side * side >> 20)
            + bytes(3 * side * side % (1 << 20))
            + b"\nendstream",
            stream(b"q 400 0 0 400 72 72 cm /I Do Q BT /F 12 Tf 72 700 Td (Batterier koster 35 kr.) Tj ET"),
        )
    )
    assert path.stat().st_size > 100_000_000
    began = time.monotonic()
    try:
        assert load(path, PDF, "a.pdf").pages[0].text == "Batterier koster 35 kr."
    finally:
        path.unlink()  # pytest keeps what tests write
    assert time.monotonic() - began < 10


def test_no_pages(saved: Callable[[bytes], Path]) -> None:
    with pytest.raises(EmptyFile):
        load(saved(raw(b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Count 0/Kids[]>>")), PDF, "a.pdf")


# letters


def test_a_font_without_a_unicode_map_is_said_and_not_indexed(
    saved: Callable[[bytes], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KILDE_TESSERACT", "/there/is/none")
    unmapped = without_unicode_map(DANISH)
    with pytest.raises(NoText):
        load(saved(unmapped), PDF, "a.pdf")
    both = PdfWriter(clone_from=PdfReader(io.BytesIO(bytes(pdf(DANISH).output()))))
    both.append(PdfReader(io.BytesIO(unmapped)))
    out = io.BytesIO()
    both.write(out)
    parsed = load(saved(out.getvalue()), PDF, "a.pdf")
    assert [page.text.replace("\n", " ") for page in parsed.pages] == [DANISH, ""]
    assert [(n.code, n.values) for n in parsed.notices] == [("pages_in_unknown_font", {"pages": "2"})]


def test_an_old_font_that_says_nothing_but_has_its_letters_in_the_usual_places(
    saved: Callable[[bytes], Path],
) -> None:
    """As the pictures of letters of old TeX files."""
    text = "the battery is covered for six months and the screen for two years"
    letters = sorted(set(text) - {" "})
    names = b"".join(b"/g%d" % n for n in range(26))
    procs = b"".join(b"/g%d 6 0 R" % n for n in range(26))
    path = saved(
        raw(
            b"<</Type/Catalog/Pages 2 0 R>>",
            b"<</Type/Pages/Count 1/Kids[3 0 R]>>",
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 5 0 R/Resources<</Font<</F 4 0 R>>>>>>",
            b"<</Type/Font/Subtype/Type3/FontBBox[0 0 750 750]/FontMatrix[.001 0 0 .001 0 0]/CharProcs<<%b>>"
            b"/Encoding<</Type/Encoding/Differences[97%b]>>/FirstChar 97/LastChar 122/Widths[%b]/Resources<<>>>>"
            % (procs, names, b"600 " * 26),
            stream(b"BT /F 10 Tf 40 700 Td (%b) Tj ET" % text.encode()),
            stream(b"600 0 0 0 500 700 d1 0 0 500 700 re f"),
        )
    )
    assert len(letters) > 10
    (page,) = load(path, PDF, "a.pdf").pages
    assert page.text.replace(" ", "") == text.replace(" ", "")


# forms


def form(**fields: DictionaryObject) -> bytes:
    """A page with these fields, each with what its dictionary says."""
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(bytes(pdf("Ansøgning om garanti").output()))))
    widgets = ArrayObject()
    for place, (name, values) in enumerate(fields.items()):
        corners = [100, 600 - 30 * place, 300, 620 - 30 * place]
        widget = DictionaryObject(
            {
                NameObject("/Type"): NameObject("/Annot"),
                NameObject("/Subtype"): NameObject("/Widget"),
                NameObject("/T"): TextStringObject(name),
                NameObject("/Rect"): ArrayObject(map(FloatObject, corners)),
                NameObject("/F"): NumberObject(4),
            }
        )
        widget.update(values)
        widgets.append(writer._add_object(widget))
    writer.pages[0][NameObject("/Annots")] = widgets
    writer.root_object[NameObject("/AcroForm")] = DictionaryObject(
        {NameObject("/Fields"): widgets, NameObject("/NeedAppearances"): BooleanObject(True)}
    )
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def field(kind: str, value: str | None = None, flags: int = 0, label: str = "") -> DictionaryObject:
    found = DictionaryObject({NameObject("/FT"): NameObject(kind), NameObject("/Ff"): NumberObject(flags)})
    if value is not None:
        found[NameObject("/V")] = NameObject(value) if kind == "/Btn" else TextStringObject(value)
        if kind == "/Btn":
            found[NameObject("/AS")] = NameObject(value)
            found[NameObject("/AP")] = DictionaryObject(
                {NameObject("/N"): DictionaryObject({NameObject("/Ja"): DictionaryObject()})}
            )
    if label:
        found[NameObject("/TU")] = TextStringObject(label)
    return found


def test_what_was_filled_into_a_form_is_read_with_the_names_of_its_fields(saved: Callable[[bytes], Path]) -> None:
    path = saved(
        form(
            navn=field("/Tx", "Søren Østergård"),
            Text12=field("/Tx", "Ærøgade 3"),
            f3=field("/Tx", "12. maj 2026", label="Købsdato"),
            tom=field("/Tx"),
            kode=field("/Tx", "hemmelig", flags=1 << 13),
            Samtykke=field("/Btn", "/Ja"),
            Reklame=field("/Btn", "/Off"),
        )
    )
    (page,) = load(path, PDF, "a.pdf").pages
    assert page.text.split("\n") == [
        "Ansøgning om garanti",
        "navn: Søren Østergård",
        "Ærøgade 3",
        "Købsdato: 12. maj 2026",
        "Samtykke: ☒",
    ]
    assert render(path, 1, [Span(0, 5)], text=page.text).exact


@pytest.mark.parametrize("where", ["title", "outline", "labels"])
def test_half_a_character_in_what_stands_around_the_text_loses_none_of_it(
    saved: Callable[[bytes], Path], where: str
) -> None:
    half = b"<FEFFD800>"
    made = {
        "title": lambda: hostile.pdf({8: b"<</Title" + half + b">>"}, trailer=b"/Info 8 0 R"),
        "outline": lambda: hostile.PDFS["outline-of-half-characters"](),
        "labels": lambda: hostile.pdf(
            {1: b"<</Type/Catalog/Pages 2 0 R/PageLabels<</Nums[0<</S/D/P" + half + b">>]>>>>"}
        ),
    }[where]()
    parsed = load(saved(made), PDF, "a.pdf")
    assert parsed.pages[0].text == "Batterier er med i seks maaneder."
    assert parsed.title is None
