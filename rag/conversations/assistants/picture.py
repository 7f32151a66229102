"""Re-encodes any PNG or JPEG as a small square PNG, without its metadata, as the picture of an assistant."""

import base64
import io
import zlib

from PIL import Image, ImageOps

from rag.core.errors import InvalidAssistant

SIDE = 96  # pixels: twice the displayed size, for high-density screens
MAX_BYTES = 10 * 1024 * 1024
MAX_PIXELS = 50_000_000
"""More than a camera's picture has; the decoded picture takes at most 200 MB."""
_FAULTS = (
    OSError,
    EOFError,
    SyntaxError,  # what Pillow raises for a broken PNG
    ValueError,
    OverflowError,
    zlib.error,
    Image.DecompressionBombError,
    Image.DecompressionBombWarning,
)


def small_picture(data: bytes) -> str:
    """The picture in the bytes of a PNG or JPEG, cut to a square of SIDE pixels: a PNG as base64.

    A picture made by this function is returned unchanged. Raises InvalidAssistant for other files and for pictures that
    are too large when decoded.
    """
    if len(data) > MAX_BYTES:
        raise _refused()
    try:
        # opening reads the size only; the pixels are decoded below
        with Image.open(io.BytesIO(data), formats=("PNG", "JPEG")) as picture:
            if picture.width * picture.height > MAX_PIXELS:
                raise _refused()
            picture.draft("RGB", (2 * SIDE, 2 * SIDE))
            upright = ImageOps.exif_transpose(picture)
            square = ImageOps.fit(upright.convert("RGBA"), (SIDE, SIDE), Image.Resampling.LANCZOS)
    except _FAULTS as error:
        raise _refused() from error
    square.info.clear()
    output = io.BytesIO()
    square.save(output, "PNG", optimize=True)
    return base64.b64encode(output.getvalue()).decode("ascii")


def _refused() -> InvalidAssistant:
    return InvalidAssistant(part="picture", allowed=f"PNG, JPEG, 0-{MAX_BYTES // (1024 * 1024)} MB")
