"""The child's part of OCR: draws a page, or opens a picture, and starts tesseract on it. Runs in the sandbox only."""

from __future__ import annotations

import io
import os
import subprocess
from typing import TYPE_CHECKING

from rag.core.errors import DamagedFile, ParsingLimit
from rag.documents.loaders.sandbox.child import Send

if TYPE_CHECKING:
    import pypdfium2 as pdfium
    from PIL import Image

    from rag.documents.loaders.pdf.ocr_text import Recognised

_DPI = 300
_MAX_PIXELS = 16_000_000
_NICE = 10  # questions go first
_MOST_PICTURES = 4  # of a page with text beside them are read
# shares of the pixels, and steps of 0..255: paper has one light shade, and some of it is written on
_PAPER, _INK, _SHADES, _LIGHT, _CONTRAST = 0.4, 0.002, 20, 130, 60
_PAGE_INCHES = 11.7  # the longer side of A4: a picture does not say how large what it shows is
_SMALL_PICTURE, _MOST_ENLARGED = 2_000, 3.0  # pixels of its longer side; how often
_MOST_ASKEW, _ASKEW_PIXELS, _STRAIGHTER = 6, 900, 1.15  # degrees; of the longer side; in contrast of its lines


def read_page(
    send: Send, path: str, page: int, command: str, languages: str, upright: bool, lacks: str, is_picture: bool
) -> None:
    """Sends one frame {text, label, unread}; text is "" where nothing was recognised.

    upright: whether pages are taken as upright, since the data to tell how they were turned is not installed. lacks:
    see `rag.documents.loaders.pdf.ocr.read`. unread: whether a picture beside typed text was not tried, since it does
    not look like paper, or gave no text.
    Raises ParsingLimit, DamagedFile.
    """
    if hasattr(os, "nice"):
        os.nice(_NICE)
    if is_picture:
        pictures, dpi, label = *_of_file(path, page), None
    else:
        pictures, dpi, label = _of_pdf(path, page, lacks)
    shown = len(pictures)
    if lacks in ("stamped", "part"):
        pictures = [picture for picture in pictures if _is_paper(picture)][:_MOST_PICTURES]
    options = ["-l", languages, "--dpi", str(round(dpi))]
    texts = list(filter(None, (_read(picture, command, options, dpi, upright=upright) for picture in pictures)))
    unread = len(texts) < shown and (lacks == "part" or not pictures)
    send(text="\n\n".join(texts), label=label if label != str(page) else None, unread=unread)


def _read(picture: Image.Image, command: str, options: list[str], dpi: float, *, upright: bool) -> str:
    """The text of a picture. Where cells of a table may be beside each other, it is read by lines."""
    picture = _straight(picture)
    first = _recognised(picture, command, [*options, "--psm", "3" if upright else "1"], dpi)
    if first.turn:  # beginnings of lines get lost on a page that is turned
        picture = picture.rotate(90 * first.turn, expand=True)
        first = _recognised(picture, command, [*options, "--psm", "3"], dpi)
    if not first.beside:
        return first.text
    # the usual reading takes them for columns, and leaves out figures that stand alone
    by_line = _recognised(picture, command, [*options, "--psm", "4"], dpi)
    return by_line.text if by_line.has_rows or by_line.words > first.words + 1 else first.text


def _straight(picture: Image.Image) -> Image.Image:
    """A page that was scanned askew, turned back by a few degrees: across its lines, tesseract cuts it into columns."""
    from PIL.Image import Resampling

    small = picture.copy()
    small.thumbnail((_ASKEW_PIXELS, _ASKEW_PIXELS))
    contrasts: dict[float, float] = {}
    for degrees in range(-_MOST_ASKEW, _MOST_ASKEW + 1):
        contrasts[degrees] = _contrast_of_lines(small, degrees)
    nearly = max(contrasts, key=contrasts.__getitem__)
    for degrees_between in (nearly - 0.5, nearly + 0.5):
        contrasts[degrees_between] = _contrast_of_lines(small, degrees_between)
    best = max(contrasts, key=contrasts.__getitem__)
    if contrasts[best] < _STRAIGHTER * contrasts[0]:
        return picture
    return picture.rotate(best, resample=Resampling.BICUBIC, expand=True, fillcolor=255)


def _contrast_of_lines(picture: Image.Image, degrees: float) -> float:
    """How much the rows of a picture differ in shade, or its columns, where it is turned: most for level lines."""
    from PIL import ImageStat
    from PIL.Image import Resampling

    turned = picture.rotate(degrees, resample=Resampling.BILINEAR, fillcolor=255)
    rows, columns = turned.resize((1, turned.height), Resampling.BOX), turned.resize((turned.width, 1), Resampling.BOX)
    return max(ImageStat.Stat(rows).var[0], ImageStat.Stat(columns).var[0])


def _recognised(picture: Image.Image, command: str, options: list[str], dpi: float) -> Recognised:
    from rag.documents.loaders.pdf.ocr_text import text_of

    data = io.BytesIO()
    picture.save(data, "PPM")
    # several files are read at once: more threads would only slow each other down
    process = subprocess.run(
        [command, "stdin", "stdout", *options, "tsv"],
        input=data.getvalue(),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "OMP_THREAD_LIMIT": "1"},
        check=False,
    )
    if process.returncode:
        raise ParsingLimit(limit="memory" if process.returncode == -6 else "time")
    return text_of(process.stdout.decode("utf-8", "replace"), dpi)


def _of_file(path: str, page: int) -> tuple[list[Image.Image], float]:
    """A page of a picture file, and how many pixels an inch of paper has on it by a guess."""
    from rag.documents.loaders.picture import opened, shown

    with opened(path) as file:
        picture = shown(file, page)
    longer = max(picture.size)
    scale = min(_MOST_ENLARGED, _SMALL_PICTURE / longer) if longer < _SMALL_PICTURE else 1.0
    scale = min(scale, (_MAX_PIXELS / max(picture.width * picture.height, 1)) ** 0.5)
    if scale != 1.0:
        picture = picture.resize((max(round(picture.width * scale), 1), max(round(picture.height * scale), 1)))
    return [picture.convert("L")], min(max(max(picture.size) / _PAGE_INCHES, 70.0), 600.0)


def _of_pdf(path: str, page: int, lacks: str) -> tuple[list[Image.Image], float, str | None]:
    """What is to be recognised of a page, its resolution, and the page's label."""
    import pypdfium2 as pdfium

    from rag.documents.loaders.pdf.text import open_document

    document = open_document(path)
    try:
        pdf_page = document[page - 1]
        width, height = pdf_page.get_size()
        scale = min(_DPI / 72, (_MAX_PIXELS / max(width * height, 1.0)) ** 0.5)
        if lacks in ("stamped", "part"):
            places = _pictures(pdf_page) if lacks == "part" else []
            _without_text(pdf_page)
        bitmap = pdf_page.render(scale=scale, grayscale=True, may_draw_forms=lacks in ("picture", "font"))
        drawn = bitmap.to_pil().convert("L")
        pictures = (
            [drawn.crop(box) for place in places if (box := _box(pdf_page, place, drawn))]
            if lacks == "part"
            else [drawn]
        )
        label = document.get_page_label(page - 1)
    except pdfium.PdfiumError as error:
        raise DamagedFile() from error
    document.close()
    return pictures, 72 * scale, label or None


def _pictures(page: pdfium.PdfPage) -> list[tuple[float, float, float, float]]:
    from rag.documents.loaders.pdf.text import page_text

    return list(page_text(page, page.get_textpage()).pictures)


def _without_text(page: pdfium.PdfPage) -> None:
    """Take the typed characters off a page: they are read already."""
    import pypdfium2.raw as pdfium_c

    for item in list(page.get_objects(filter=[pdfium_c.FPDF_PAGEOBJ_TEXT], max_depth=1)):
        page.remove_obj(item)


def _box(
    page: pdfium.PdfPage, place: tuple[float, float, float, float], drawn: Image.Image
) -> tuple[int, int, int, int] | None:
    """A place on the page in pixels of its picture; None where it is too small to read."""
    import ctypes

    import pypdfium2.raw as pdfium_c

    left, bottom, right, top = place
    x, y = ctypes.c_int(), ctypes.c_int()
    corners = []
    for corner in ((left, bottom), (right, top)):
        pdfium_c.FPDF_PageToDevice(page, 0, 0, drawn.width, drawn.height, 0, *corner, ctypes.byref(x), ctypes.byref(y))
        corners.append((min(max(x.value, 0), drawn.width), min(max(y.value, 0), drawn.height)))
    (x0, y0), (x1, y1) = corners
    box = min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)
    return box if box[2] - box[0] > 40 and box[3] - box[1] > 20 else None


def _is_paper(picture: Image.Image) -> bool:
    """Whether a picture looks like a page or a chart, and not like a photograph: most of it is of one light shade."""
    small = picture.copy()
    small.thumbnail((300, 300))
    counts = small.histogram()
    total = sum(counts)
    shade = max(range(256), key=lambda value: sum(counts[max(value - _SHADES, 0) : value + _SHADES + 1]))
    paper = sum(counts[max(shade - _SHADES, 0) : shade + _SHADES + 1])
    ink = sum(counts[: max(shade - _CONTRAST, 0)])
    return shade >= _LIGHT and paper >= _PAPER * total and ink >= _INK * total
