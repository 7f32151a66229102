from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from fpdf import FPDF
from PIL import Image
from pypdf import PdfReader, PdfWriter
from pypdf.generic import RectangleObject

from rag.errors import NotFound, PasswordProtected
from rag.loaders import load
from rag.loaders.page_view import PagePicture, render
from rag.types import Box, Span

TEXT = "Batterier er dækket i 6 måneder. "
RED = (220, 20, 20)


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
