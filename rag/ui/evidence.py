"""The evidence view of an open source, as the data that the `turn` component draws."""

from __future__ import annotations

import base64
from typing import Any

from rag.page_views import PageView
from rag.types import Span
from rag.ui.text import visible
from rag.ui.turn_data import color, segments


def view_data(view: PageView) -> dict[str, Any]:
    """A page as a picture with boxes where there is one, else the text with its passage marked."""
    shown: dict[str, Any] = {
        "document": visible(view.name),
        "number": view.number,
        "page": view.page,
        "pages": view.pages,
        "color": color(view.number)[0],
        "gone": view.gone,
    }
    if view.picture is None:
        return {**shown, "kind": "text", "segments": _text(view)}
    picture = view.picture
    encoded = base64.b64encode(picture.image).decode("ascii")
    boxes = [{"number": mark.number, "kind": mark.kind, **box._asdict()} for mark in view.marks for box in mark.boxes]
    image = f"data:{picture.media_type};base64,{encoded}"
    return {
        **shown,
        "kind": "pdf",
        "image": image,
        "width": picture.width,
        "height": picture.height,
        "boxes": boxes,
    }


def _text(view: PageView) -> list[dict[str, Any]]:
    """Before, in and after the passage; the quotes in it are marked, or all of it where it has none."""
    own = [mark for mark in view.marks if mark.number == view.number]
    passage = next((mark.span for mark in own if mark.kind == "passage"), Span(0, 0))
    quotes = [mark.span for mark in own if mark.kind == "quote"]
    inside = segments(
        view.text[passage.start : passage.end],
        [Span(start - passage.start, end - passage.start) for start, end in quotes],
    )
    return [
        {"text": view.text[: passage.start], "marked": False},
        *({**segment, "found": True} for segment in inside),
        {"text": view.text[passage.end :], "marked": False},
    ]
