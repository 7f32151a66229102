from __future__ import annotations

import io
import re
from collections.abc import Callable
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path

import pypdfium2 as pdfium
import pytest
from fpdf import FPDF
from PIL import Image
from pypdf import PdfReader, PdfWriter
from pypdf.generic import RectangleObject

from rag.core.errors import NotFound, PasswordProtected
from rag.core.text.sentences import sentences
from rag.core.types import Box, Span
from rag.documents.loaders import load
from rag.documents.loaders.pdf.render import PagePicture, render

TEXT = "Batterier er dækket i 6 måneder. "
RED = (220, 20, 20)
MANUAL = Path("benchmarks/cache/debian-edu-doc-da/usr/share/doc/debian-edu-doc-da/debian-edu-bookworm-manual.pdf")


def marked(*, vertical: bool = False) -> FPDF:
    """A page on which the word GARANTI is the only red thing, between lines in black."""
    made = FPDF()
    made.add_page()
    made.set_font("Helvetica", size=14)
    made.multi_cell(0, 8, TEXT * 8, new_x="LMARGIN", new_y="NEXT")
    made.write(8, "Her er ")
    made.set_text_color(*RED)
    if vertical:
        with made.rotation(90, x=60, y=150):
            made.text(60, 150, "GARANTI")
    else:
        made.write(8, "GARANTI")
    made.set_text_color(0, 0, 0)
    made.write(8, " for dig. " + TEXT * 3)
    return made


def changed(made: FPDF, change: Callable[[PdfWriter], object]) -> bytes:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(bytes(made.output()))))
    change(writer)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def crop(writer: PdfWriter) -> None:
    writer.pages[0].cropbox = RectangleObject((20, 300, 560, 830))


def rotate(degrees: int) -> Callable[[PdfWriter], object]:
    return lambda writer: writer.pages[0].rotate(degrees)


def crop_and_rotate(writer: PdfWriter) -> None:
    crop(writer)
    writer.pages[0].rotate(90)


def shift(writer: PdfWriter) -> None:
    writer.pages[0].mediabox = RectangleObject((-50, -30, 612, 900))


def red_box(picture: PagePicture) -> Box:
    """Where the red pixels are, as shares of the picture."""
    with Image.open(io.BytesIO(picture.image)) as image:
        assert image.size == (picture.width, picture.height)
        pixels = image.convert("RGB")
    red = [
        (x, y)
        for y in range(pixels.height)
        for x in range(pixels.width)
        if (colour := pixels.getpixel((x, y)))[0] > 150 and colour[1] < 110 and colour[2] < 110
    ]
    assert red
    xs, ys = [x for x, _ in red], [y for _, y in red]
    return Box(
        min(xs) / picture.width,
        min(ys) / picture.height,
        (max(xs) + 1) / picture.width,
        (max(ys) + 1) / picture.height,
    )


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(lambda: bytes(marked().output()), id="plain"),
        pytest.param(lambda: changed(marked(), rotate(90)), id="rotated 90"),
        pytest.param(lambda: changed(marked(), rotate(180)), id="rotated 180"),
        pytest.param(lambda: changed(marked(), rotate(270)), id="rotated 270"),
        pytest.param(lambda: changed(marked(), crop), id="cropped"),
        pytest.param(lambda: changed(marked(), crop_and_rotate), id="cropped and rotated"),
        pytest.param(lambda: changed(marked(), shift), id="origin elsewhere"),
        pytest.param(lambda: bytes(marked(vertical=True).output()), id="upright text"),
    ],
)
def test_a_box_is_where_the_word_is(tmp_path: Path, data: Callable[[], bytes]) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(data())
    text = load(path, "application/pdf", "a.pdf").pages[0].text
    start = text.index("GARANTI")
    picture = render(path, 1, [Span(start, start + len("GARANTI"))], 700)
    ((box,),) = picture.boxes
    red = red_box(picture)
    pixel_x, pixel_y = 2 / picture.width, 2 / picture.height
    # capitals fill the width and most of the height of their line
    assert box.left - pixel_x <= red.left and red.right <= box.right + pixel_x
    assert box.top - pixel_y <= red.top and red.bottom <= box.bottom + pixel_y
    area = (box.right - box.left) * (box.bottom - box.top)
    assert (red.right - red.left) * (red.bottom - red.top) > 0.5 * area


def test_one_box_a_line(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(bytes(marked().output()))
    page = load(path, "application/pdf", "a.pdf").pages[0]
    lines = page.text.split("\n")
    spans = [Span(0, len(page.text)), Span(0, 4), Span(len(lines[0]) - 3, len(lines[0]) + 5), Span(9999, 10_001)]
    picture = render(path, 1, spans)
    whole, first, over, beyond = picture.boxes
    assert len(whole) == len([line for line in lines if line])
    assert [box.top for box in whole] == sorted(box.top for box in whole)
    assert len(first) == 1 and first[0].left == whole[0].left and first[0].right < whole[0].right
    assert len(over) == 2 and over[0].right == whole[0].right and over[1].left == whole[1].left
    assert beyond == ()
    for box in whole:
        assert 0 <= box.left < box.right <= 1 and 0 <= box.top < box.bottom <= 1


def test_a_word_over_a_line_end_is_marked_on_both_lines(tmp_path: Path) -> None:
    made = FPDF()
    made.add_page()
    made.set_font("Helvetica", size=12)
    made.multi_cell(0, 6, "Det er en over-\nenskomst om garanti")
    path = tmp_path / "a.pdf"
    path.write_bytes(bytes(made.output()))
    text = load(path, "application/pdf", "a.pdf").pages[0].text
    start = text.index("overenskomst")
    (boxes,) = render(path, 1, [Span(start, start + len("overenskomst"))]).boxes
    assert len(boxes) == 2
    assert boxes[1].top > boxes[0].top and boxes[1].left < boxes[0].left


def test_the_picture(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    made = marked()
    made.add_page()
    made.image(Image.effect_noise((400, 400), 90), x=10, y=10, w=180)
    path.write_bytes(bytes(made.output()))
    text = render(path, 1, [])
    assert (text.width, text.media_type, text.pages, text.boxes) == (1000, "image/png", 2, ())
    assert 1400 <= text.height <= 1420
    photo = render(path, 2, [Span(0, 5)], 500)
    assert photo.width == 500 and photo.boxes == ((),)
    assert render(path, 1, [], 1).width == 100


def test_pages_that_are_not_there(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(bytes(marked().output()))
    for page in (0, 2):
        with pytest.raises(NotFound):
            render(path, page, [])


def test_password(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(changed(marked(), lambda writer: writer.encrypt("x", algorithm="RC4-128")))
    with pytest.raises(PasswordProtected):
        render(path, 1, [])


def saved(tmp_path: Path, data: bytes) -> tuple[Path, str]:
    path = tmp_path / "a.pdf"
    path.write_bytes(data)
    return path, load(path, "application/pdf", "a.pdf").pages[0].text


def sheet(size: int = 12) -> FPDF:
    made = FPDF()
    made.add_page()
    made.set_font("Helvetica", size=size)
    return made


def put(made: FPDF, x: float, y: float, *pieces: tuple[str, bool]) -> None:
    """Writes pieces one after the other from x, y (mm); red those that are True."""
    for text, red in pieces:
        made.set_text_color(*(RED if red else (0, 0, 0)))
        made.text(x, y, text)
        x += made.get_string_width(text)


def assert_boxes_cover_the_red_and_nothing_else(picture: PagePicture, boxes: tuple[Box, ...]) -> None:
    """Every red pixel is in a box; each box reaches from the first to the last of its red; no black in its middle."""
    with Image.open(io.BytesIO(picture.image)) as image:
        pixels = image.convert("RGB").load()
    assert pixels is not None
    wide, high = picture.width, picture.height
    red, black = set(), set()
    for y in range(high):
        for x in range(wide):
            r, g, b = pixels[x, y]
            if r > 150 and g < 140 and b < 140:
                red.add((x, y))
            elif r < 110 and g < 110 and b < 110:
                black.add((x, y))
    covered = set()
    for box in boxes:
        left, top, right, bottom = box.left * wide, box.top * high, box.right * wide, box.bottom * high
        inside = {(x, y) for x, y in red if left - 2 <= x <= right + 2 and top - 2 <= y <= bottom + 2}
        covered |= inside
        xs = [x for x, _ in inside]
        # a letter has a little room on both sides
        assert abs(min(xs) - left) < 6 and abs(max(xs) - right) < 6
        middle = (top + bottom) / 2
        strip = (bottom - top) / 8
        assert not [(x, y) for x, y in black if left + 1 < x < right - 1 and abs(y - middle) < strip]
    assert red == covered


def two_columns(*, by_rows: bool) -> bytes:
    """A sentence from the foot of the left column to the head of the right one; the lines of both are level."""
    made = sheet()
    left = [("Første spalte begynder her med", False), ("en linje om noget andet. Batteriet", True)]
    right = [("er dækket i seks måneder.", True), ("Her slutter anden spalte igen.", False)]
    places = [(20, y) for y in (40, 46)], [(112, y) for y in (40, 46)]
    pairs = [*zip(places[0], left, strict=True), *zip(places[1], right, strict=True)]
    for (x, y), (text, red) in sorted(pairs, key=lambda pair: pair[0][1] if by_rows else 0):
        if red and text.startswith("en linje"):
            put(made, x, y, ("en linje om noget andet. ", False), ("Batteriet", True))
        else:
            put(made, x, y, (text, red))
    return bytes(made.output())


def test_a_sentence_over_two_columns(tmp_path: Path) -> None:
    path, text = saved(tmp_path, two_columns(by_rows=False))
    start, end = text.index("Batteriet"), text.index("måneder.") + len("måneder.")
    assert " ".join(text[start:end].split()) == "Batteriet er dækket i seks måneder."
    picture = render(path, 1, [Span(start, end)], 800, text)
    assert len(picture.boxes[0]) == 2
    assert picture.boxes[0][0].top > picture.boxes[0][1].top and picture.boxes[0][0].right < picture.boxes[0][1].left
    assert_boxes_cover_the_red_and_nothing_else(picture, picture.boxes[0])


def test_columns_that_were_written_row_by_row(tmp_path: Path) -> None:
    path, text = saved(tmp_path, two_columns(by_rows=True))
    spans = [
        Span(text.index(part), text.index(part) + len(part)) for part in ("Batteriet", "er dækket i seks måneder.")
    ]
    picture = render(path, 1, spans, 800, text)
    assert_boxes_cover_the_red_and_nothing_else(picture, tuple(box for boxes in picture.boxes for box in boxes))


def test_a_hyphenated_word_is_covered_to_its_last_letter(tmp_path: Path) -> None:
    made = sheet()
    put(made, 20, 40, ("Der er indgået en ", False), ("over", True), ("-", False))
    put(made, 20, 46, ("enskomst om garantien", True), (" for alle.", False))
    path, text = saved(tmp_path, bytes(made.output()))
    start = text.index("overenskomst om garantien")
    picture = render(path, 1, [Span(start, start + len("overenskomst om garantien"))], 800, text)
    assert_boxes_cover_the_red_and_nothing_else(picture, picture.boxes[0])
    parts = [text[word.start : word.end] for word in picture.words]
    assert "over" in parts and "enskomst" in parts, "a word over a line end is two, to be selected on both lines"


def test_a_ligature_is_covered_once(tmp_path: Path) -> None:
    spec = find_spec("font_source_serif_pro")
    if spec is None or spec.origin is None:
        pytest.skip("the font is in requirements-dev.txt")
    made = sheet()
    made.add_font("serif", "", Path(spec.origin).parent / "files" / "SourceSerifPro-Regular.ttf")
    made.set_font("serif", size=14)
    put(made, 20, 40, ("En ", False), ("\ufb01n \ufb02aske", True), (" vand.", False))
    path, text = saved(tmp_path, bytes(made.output()))
    start = text.index("fin flaske")
    picture = render(path, 1, [Span(start, start + len("fin flaske")), Span(start, start + 2)], 800, text)
    assert_boxes_cover_the_red_and_nothing_else(picture, picture.boxes[0])
    assert len(picture.boxes[1]) == 1


@pytest.mark.parametrize("page", [0, 90, 180, 270])
@pytest.mark.parametrize("content", [0, 90, 180, 270])
def test_words_run_as_they_are_read(tmp_path: Path, page: int, content: int) -> None:
    made = sheet(16)
    with made.rotation(-content, x=100, y=150):  # fpdf2 counts the other way round
        put(made, 70, 150, ("Batterier ", False), ("dækket", True), (" længe", False))
    path, text = saved(tmp_path, changed(made, rotate(page)) if page else bytes(made.output()))
    quarters = (page + content) // 90 % 4
    words = ["Batterier", "dækket", "længe"]
    # pieces that are upside down for the reader, pdfium reads from left to right all the same
    assert text.split() == (words[::-1] if quarters == 2 else words)
    start = text.index("dækket")
    picture = render(path, 1, [Span(start, start + len("dækket"))], 500, text)
    second = picture.words[1]
    assert [word.turn for word in picture.words] == [quarters] * 3
    assert [text[word.start : word.end] for word in picture.words] == text.split()
    if quarters != 2:
        along = [(word.box[quarters % 2], word.box[quarters % 2 + 2]) for word in picture.words]
        ends = along if quarters != 3 else [(-end, -begin) for begin, end in along]
        # a word reaches to the next one
        assert all(abs(one[1] - other[0]) < 1e-4 for one, other in pairwise(ends))
    red = red_box(picture)
    ((marked_box,),) = picture.boxes
    slack = 3 / min(picture.width, picture.height)
    for box in (second.box, marked_box):
        assert box.left - slack <= red.left and red.right <= box.right + slack
        assert box.top - slack <= red.top and red.bottom <= box.bottom + slack


def test_the_words_are_all_of_the_text_in_its_order(tmp_path: Path) -> None:
    path, text = saved(tmp_path, bytes(marked().output()))
    picture = render(path, 1, [], 300, text)
    assert picture.exact
    assert [text[word.start : word.end] for word in picture.words] == text.split()
    for word in picture.words:
        assert 0 <= word.box.left < word.box.right <= 1 and 0 <= word.box.top < word.box.bottom <= 1


def test_of_a_text_that_the_page_does_not_say_nothing_is_marked(tmp_path: Path) -> None:
    path, text = saved(tmp_path, bytes(marked().output()))
    picture = render(path, 1, [Span(0, 9)], 300, "Læst med OCR: " + text)
    assert (picture.exact, picture.boxes, picture.words) == (False, ((),), ())
    assert render(path, 1, [Span(0, 9)], 300, text).boxes[0]


@pytest.mark.skipif(not MANUAL.exists(), reason="the manual is fetched by the benchmarks")
def test_every_sentence_of_a_real_page_is_read_back_from_its_boxes() -> None:
    text = load(MANUAL, "application/pdf", "a.pdf").pages[59].text
    spans = [span for span in sentences(text, "da") if len(text[slice(*span)].strip()) > 15]
    assert len(spans) > 8
    picture = render(MANUAL, 60, spans, 100, text)
    with pdfium.PdfDocument(MANUAL) as document:
        page = document[59]
        words = page.get_textpage()
        wide, high = page.get_size()
        for span, boxes in zip(spans, picture.boxes, strict=True):
            read = ""
            for box in boxes:
                height = (box.bottom - box.top) * high
                top = (1 - box.top) * high - 0.12 * height  # the lines above and below reach into a box
                read += words.get_text_bounded(box.left * wide + 0.6, top - 0.83 * height, box.right * wide - 0.6, top)
            assert bare(read) == bare(text[slice(*span)])


def bare(text: str) -> str:
    """Without what a line end may have added or taken."""
    return re.sub(r"[\s\-\x02\ufffe\xad]", "", text)
