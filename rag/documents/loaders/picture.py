"""Picture files -> pages without text: what they show is read by OCR. Runs in the sandbox only."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rag.core.errors import DamagedFile, ParsingLimit
from rag.documents.loaders.sandbox.child import Send

if TYPE_CHECKING:
    from PIL import Image

_FORMATS = ("PNG", "JPEG", "TIFF", "WEBP", "BMP", "HEIF")
_JPEG_QUALITY = 85
_MOST_HIGH = 10_000  # pixels of a picture that is shown
_MOST_PIXELS = 150_000_000  # with what is made of it, less than the child's memory


def read(send: Send, path: str, pages: int, characters: int) -> None:
    """Sends a frame {page, of, text, label, lacks} for each page, then {notices}. Only a TIFF has several pages.

    pages: the most that is read; the rest is left out, with a notice. Raises DamagedFile, ParsingLimit.
    """
    with opened(path) as file:
        count = int(getattr(file, "n_frames", 1)) if file.format == "TIFF" else 1
        shown(file, 1)  # a file that is damaged is found to be so here
    for number in range(1, min(count, pages) + 1):
        send(page=number, of=count, text="", label=None, lacks="picture")
    limit = [("limit_met", {"limit": "pages", "read": pages, "pages": count})] if count > pages else []
    send(headings=[], notices=limit)


@contextmanager
def opened(path: str) -> Iterator[Image.Image]:
    """The picture in a file, not decoded yet. Raises DamagedFile and ParsingLimit, also while it is open."""
    from PIL import Image, UnidentifiedImageError

    try:
        try:
            file = Image.open(path, formats=[name for name in _FORMATS if name != "HEIF"])
        except UnidentifiedImageError:
            from pi_heif import register_heif_opener

            register_heif_opener()
            file = Image.open(path, formats=["HEIF"])
        with file:
            yield file
    except Image.DecompressionBombError as error:
        raise ParsingLimit(limit="size") from error
    except (
        OSError,
        SyntaxError,
        ValueError,
        EOFError,
        KeyError,
        TypeError,
        IndexError,
        ArithmeticError,
        NotImplementedError,
        RuntimeError,
    ) as error:
        raise DamagedFile() from error


def shown(file: Image.Image, page: int) -> Image.Image:
    """Page `page` (from 1) of an opened picture as it is looked at: upright, on white, in colour or in grey."""
    from PIL import Image, ImageOps

    if page > 1:
        file.seek(page - 1)
    if file.width * file.height > _MOST_PIXELS:
        raise Image.DecompressionBombError()
    picture = ImageOps.exif_transpose(file)
    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        picture = picture.convert("RGBA")
        white = Image.new("RGBA", picture.size, "white")
        return Image.alpha_composite(white, picture).convert("RGB")
    if picture.mode.startswith("I;16"):
        return picture.point(lambda value: value / 256).convert("L")
    return picture.convert("L" if picture.mode in ("1", "L", "I", "F") else "RGB")


def show(send: Send, path: str, page: int, width: int, spans: int) -> None:
    """Sends one frame as `rag.documents.loaders.pdf.render.draw` does, with nothing located; or {missing}."""
    with opened(path) as file:
        count = int(getattr(file, "n_frames", 1)) if file.format == "TIFF" else 1
        if not 1 <= page <= count:
            send(missing=True)
            return
        picture = shown(file, page)
        scale = min(width / picture.width, _MOST_HIGH / picture.height, 1.0)
        picture = picture.resize((max(round(picture.width * scale), 1), max(round(picture.height * scale), 1)))
        media_type, data = encoded(picture)
        size = {"width": picture.width, "height": picture.height}
    send(blob=data, media_type=media_type, boxes=[[]] * spans, pages=count, words=[], exact=False, **size)


def encoded(picture: Image.Image) -> tuple[str, bytes]:
    """The smaller of a PNG with 128 colours (text) and a JPEG (photographs)."""
    from PIL import Image

    picture = picture.convert("RGB")
    png, jpeg = io.BytesIO(), io.BytesIO()
    picture.save(jpeg, "JPEG", quality=_JPEG_QUALITY)
    colours = picture.getcolors(maxcolors=1 << 14)
    if colours is None:  # more colours than text and drawings have: a palette would be visible
        return "image/jpeg", jpeg.getvalue()
    picture.quantize(128, Image.Quantize.FASTOCTREE).save(png, "PNG")
    if png.tell() <= jpeg.tell():
        return "image/png", png.getvalue()
    return "image/jpeg", jpeg.getvalue()
