"""What pictures of a page say: alternative texts, and the words of drawings."""

import re
from typing import Any

from rag.documents.loaders.page_builder import one_line

_SMALL = 48
"""Pixels: a narrower or lower picture is an icon, a rule or a counter."""
_FILE_NAME = re.compile(r"\S+\.(?:png|jpe?g|gif|svg|webp|avif|bmp|tiff?)$", re.IGNORECASE)
_SIZE = re.compile(r"\s*(\d+(?:\.\d+)?)(?:px)?\s*$")
_STYLED = re.compile(r"(?:^|;)\s*(?:width|height)\s*:\s*(\d+(?:\.\d+)?)px", re.IGNORECASE)


def picture_text(picture: Any) -> str:
    """What stands for a picture: its alternative text, or its name; "" where it is decoration or has none.

    The name of a file says nothing about a picture.
    """
    if (picture.get("role") or "") in ("presentation", "none"):
        picture.set("alt", "")
    alternative = picture.get("alt")
    if alternative is None:
        alternative = picture.get("aria-label") or picture.get("title") or ""
    text = one_line(alternative)
    if _FILE_NAME.match(text):
        picture.attrib.pop("alt", None)  # so that it counts as one without
        return ""
    return text


def drawing_texts(drawing: Any) -> tuple[str, list[str]]:
    """The name and description of an <svg>, and the texts in it, in their order."""
    name = one_line(drawing.get("aria-label") or "")
    parts, texts = [name], []
    for element in drawing.iter("title", "desc", "text"):
        text = one_line(" ".join("".join(element.itertext()).split()))
        if element.tag == "text":
            texts.append(text)
        elif text not in parts and element.getparent() is drawing:
            parts.append(text)
        elif element.getparent() is not drawing:
            texts.append(text)  # the name of a part, which is shown beside the pointer
    return ". ".join(filter(None, parts)), list(filter(None, texts))


def is_small(picture: Any) -> bool:
    """Whether a picture or frame is too small to say anything, or draws a sign from a set of icons."""
    sizes = [match[1] for name in ("width", "height") if (match := _SIZE.match(picture.get(name) or ""))]
    sizes += _STYLED.findall(picture.get("style") or "")
    box = re.split(r"[\s,]+", (picture.get("viewbox") or picture.get("viewBox") or "").strip())
    if not sizes and len(box) == 4:
        sizes = [part for part in box[2:] if _SIZE.match(part)]
    return any(float(size) <= _SMALL for size in sizes) or picture.find("./use") is not None
