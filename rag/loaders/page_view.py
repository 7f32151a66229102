"""A page of a PDF as a picture, and where on it the characters of its text are. pdfium runs in the sandbox."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rag.errors import DamagedFile, NotFound
from rag.loaders.sandbox import Limits, Send, run
from rag.types import Box, Span

if TYPE_CHECKING:
    import pypdfium2 as pdfium

_TASK = "rag.loaders.page_view:draw"
_LIMITS = Limits(cpu=20, wall=40.0, output=64 << 20)
_WIDTHS = (100, 3_000)  # pixels
_MAX_HEIGHT = 10_000  # pixels: a page may be a strip of 5 metres
_JPEG_QUALITY = 85
_GRID = 1_000_000  # device units a side that points are mapped to: pdfium answers in whole ones

_Points = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class PagePicture:
    """image: PNG or JPEG bytes, as `media_type` says; width, height: its pixels; pages: of the document.

    boxes: for each span asked for one box a line, as shares of the picture, in reading order.
    """

    image: bytes
    media_type: str
    width: int
    height: int
    boxes: tuple[tuple[Box, ...], ...]
    pages: int


def render(path: Path, page: int, spans: Sequence[Span], width: int = 1000) -> PagePicture:
    """Draws page `page` (from 1) `width` pixels wide; spans: in that page's `Page.text`.

    width is taken as the nearest in 100..3000 pixels. What of a span is beyond the text has no box.
    Raises NotFound for a page that is not there, DamagedFile, PasswordProtected, ParsingLimit.
    """
    arguments = {
        "path": str(path.resolve()),
        "page": page,
        "spans": [list(span) for span in spans],
        "width": min(max(width, _WIDTHS[0]), _WIDTHS[1]),
    }
    for data, blob in run(_TASK, arguments, limits=_LIMITS):
        if data.get("missing"):
            raise NotFound(name=f"p. {page}")
        return PagePicture(
            image=blob,
            media_type=str(data["media_type"]),
            width=int(data["width"]),
            height=int(data["height"]),
            boxes=tuple(tuple(Box(*map(float, box)) for box in boxes) for boxes in data["boxes"]),
            pages=int(data["pages"]),
        )
    raise DamagedFile()


def draw(send: Send, path: str, page: int, spans: Sequence[Sequence[int]], width: int) -> None:
    """The child's part: sends one frame {media_type, width, height, boxes, pages} with the picture, or {missing}."""
    import pypdfium2 as pdfium

    from rag.loaders.pdf_text import open_document, page_text

    document = open_document(path)
    if not 1 <= page <= len(document):
        send(missing=True)
        return
    document.init_forms()  # so that what was typed into a form is seen
    try:
        shown = document[page - 1]
        text_page = shown.get_textpage()
    except pdfium.PdfiumError as error:
        raise DamagedFile() from error
    points_wide, points_high = shown.get_size()
    if points_wide <= 0 or points_high <= 0:
        raise DamagedFile()
    scale = min(width / points_wide, _MAX_HEIGHT / points_high)
    bitmap = shown.render(scale=scale)
    media_type, image = _encode(bitmap)
    text = page_text(text_page) if spans else None
    boxes = [_boxes(shown, text_page, text.chars[max(start, 0) : end]) for start, end in spans] if text else []
    send(
        blob=image,
        media_type=media_type,
        width=bitmap.width,
        height=bitmap.height,
        boxes=boxes,
        pages=len(document),
    )


def _encode(bitmap: pdfium.PdfBitmap) -> tuple[str, bytes]:
    """The smaller of a PNG with 128 colours (text) and a JPEG (photographs)."""
    import io

    from PIL import Image

    picture = bitmap.to_pil().convert("RGB")
    png, jpeg = io.BytesIO(), io.BytesIO()
    picture.save(jpeg, "JPEG", quality=_JPEG_QUALITY)
    colours = picture.getcolors(maxcolors=1 << 14)
    if colours is None:  # more than text and drawings have: a palette would show
        return "image/jpeg", jpeg.getvalue()
    picture.quantize(128, Image.Quantize.FASTOCTREE).save(png, "PNG")
    if png.tell() <= jpeg.tell():
        return "image/png", png.getvalue()
    return "image/jpeg", jpeg.getvalue()


def _boxes(page: pdfium.PdfPage, text_page: pdfium.PdfTextPage, chars: Iterable[int]) -> list[Box]:
    """One box for each run of characters on one line, in shares of the page as it is shown."""
    from rag.loaders.pdf_text import loose_box

    runs: list[_Points] = []
    last = False
    for index in dict.fromkeys(chars):
        if index < 0:
            continue
        box = _shown(page, loose_box(text_page, index))
        if box[0] >= box[2] or box[1] >= box[3]:
            continue
        upright = _is_upright(page, text_page, index)
        if runs and upright == last and _same_line(runs[-1], box, upright):
            left, top, right, bottom = runs[-1]
            runs[-1] = min(left, box[0]), min(top, box[1]), max(right, box[2]), max(bottom, box[3])
        else:
            runs.append(box)
        last = upright
    return [Box(*(round(side / _GRID, 6) for side in run)) for run in runs]


def _shown(page: pdfium.PdfPage, box: _Points) -> _Points:
    """Page points -> left, top, right, bottom on the grid, with the page's crop box and rotation applied, cut to it."""
    import ctypes

    import pypdfium2.raw as pdfium_c

    left, bottom, right, top = box
    across, down = ctypes.c_int(), ctypes.c_int()
    found = []
    for x, y in ((left, bottom), (right, top)):
        pdfium_c.FPDF_PageToDevice(page, 0, 0, _GRID, _GRID, 0, x, y, ctypes.byref(across), ctypes.byref(down))
        found.append((min(max(across.value, 0), _GRID), min(max(down.value, 0), _GRID)))
    (x0, y0), (x1, y1) = found
    return min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)


def _is_upright(page: pdfium.PdfPage, text_page: pdfium.PdfTextPage, index: int) -> bool:
    """Whether a character's line runs up or down the page as it is shown."""
    import pypdfium2.raw as pdfium_c

    angle = pdfium_c.FPDFText_GetCharAngle(text_page, index) - math.radians(page.get_rotation())
    return abs(math.sin(angle)) > math.sin(math.pi / 4)


def _same_line(run: _Points, box: _Points, upright: bool) -> bool:
    """Whether a character goes on with a run: it is level with it and close by."""
    along, across = (run[1::2], run[0::2]) if upright else (run[0::2], run[1::2])
    box_along, box_across = (box[1::2], box[0::2]) if upright else (box[0::2], box[1::2])
    size = min(across[1] - across[0], box_across[1] - box_across[0])
    shared = min(across[1], box_across[1]) - max(across[0], box_across[0])
    gap = max(box_along[0] - along[1], along[0] - box_along[1])
    return shared > 0.5 * size and gap < 2 * size
