"""Picture files -> pages without text: what they show is read by OCR. Runs in the sandbox only."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rag.core.errors import DamagedFile, ParsingLimit
from rag.documents.loaders.sandbox.child import Send

if TYPE_CHECKING:
    from PIL import Image

_FORMATS = ("PNG", "JPEG", "TIFF", "WEBP", "BMP", "HEIF")
_MOST_PIXELS = 150_000_000  # with what is made of it, less than the child's memory


def read(send: Send, path: str, pages: int, characters: int) -> None:
    """Sends a frame {page, of, text, label, lacks} for each page, then {notices}. Only a TIFF has several pages.

    pages: the most that is read; the rest is left out, with a notice. Raises DamagedFile, ParsingLimit.
    """
    with opened(path) as file:
        count = int(getattr(file, "n_frames", 1)) if file.format == "TIFF" else 1
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
