"""The parts of a document's own page: its outline, a page to read, its chunks, and the overview."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import streamlit as st

from rag.ui.shell.untrusted import as_int

_FOLDER = Path(__file__).parent


def _read(*names: str) -> str:
    return "\n".join((_FOLDER / name).read_text(encoding="utf-8") for name in names)


def _component(name: str) -> Any:
    return st.components.v2.component(
        f"kilde_{name}", css=_read("document.css"), js=_read("../draw.js", "shared.js", f"{name}.js")
    )


_COMPONENTS = {name: _component(name) for name in ("outline", "reader", "overview", "chunks")}


def draw_part(name: str, data: dict[str, Any], on_go: Callable[[dict[str, int]], None]) -> None:
    """Draws "outline", "reader", "overview" or "chunks".

    data: as made by `rag.ui.documents.page_data`. on_go: called before the next run of the page with the place that
    the user wants to see: {page, offset}, and {start, end} where something there is to be pointed out.
    """
    key = f"document_{name}"

    def callback() -> None:
        wanted = st.session_state[key]["go"]
        if isinstance(wanted, dict) and all(as_int(value) is not None for value in wanted.values()):
            on_go(wanted)

    _COMPONENTS[name](key=key, data=data, on_go_change=callback)
