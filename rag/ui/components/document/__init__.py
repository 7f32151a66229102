"""The components of a document's page: outline, reader, chunks and overview."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from rag.ui.components import action_value, read
from rag.ui.shell.untrusted import as_int


def _component(name: str) -> Any:
    return st.components.v2.component(
        f"kilde_{name}",
        css=read("document/document.css"),
        js=read("draw.js", "document/shared.js", f"document/{name}.js"),
    )


_COMPONENTS = {name: _component(name) for name in ("outline", "reader", "overview", "chunks")}


def draw_part(name: str, data: dict[str, Any], on_go: Callable[[dict[str, int]], None]) -> None:
    """Draws "outline", "reader", "overview" or "chunks".

    data: from `rag.ui.documents.page_data`. on_go: called before the next run of the page with the place that the user
    opens: {page, offset}, and {start, end} if a span on the page is to be marked.
    """
    key = f"document_{name}"

    def callback() -> None:
        place = action_value(key, "go")
        if isinstance(place, dict) and all(as_int(value) is not None for value in place.values()):
            on_go(place)

    _COMPONENTS[name](key=key, data=data, on_go_change=callback)
