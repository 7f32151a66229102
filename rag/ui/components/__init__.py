"""Components of our own, drawn in the browser from structured data by the scripts and styles beside this file.

They draw with text nodes only: nothing that comes from a document, a file name or a model is interpreted as HTML or
Markdown. They fetch nothing. All words come in with the data, in the user's language.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import streamlit as st

from rag.ui.shell.untrusted import as_int, as_ints, as_text

_FOLDER = Path(__file__).parent
_LONGEST_NAME = 1024  # characters; no file system allows more for one name


def read(*names: str) -> str:
    """The files as one: the browser loads a script from memory, where it could not import a second."""
    return "\n".join((_FOLDER / name).read_text(encoding="utf-8") for name in names)


_TURN = ("icons", "answer", "asking", "sources", "near", "evidence", "turn")
TURN_SCRIPT = read("draw.js", "gone.js", "clipboard.js", *(f"turn/{name}.js" for name in _TURN))
TURN_STYLE = read("turn/turn.css", "turn/asking.css", "turn/evidence.css")

_turn = st.components.v2.component("kilde_turn", css=TURN_STYLE, js=TURN_SCRIPT)
_documents = st.components.v2.component(
    "kilde_documents",
    css=read("table.css", "documents/documents.css"),
    js=read("draw.js", "table.js", "documents/documents.js"),
)
_ledger = st.components.v2.component(
    "kilde_ledger",
    css=read("ledger/ledger.css"),
    js=read("draw.js", "clipboard.js", "ledger/candidates.js", "ledger/who.js", "ledger/model.js", "ledger/ledger.js"),
)
_compare = st.components.v2.component(
    "kilde_compare",
    css=read("compare/compare.css"),
    js=read("draw.js", "compare/compare.js"),
)
_perspective = st.components.v2.component(
    "kilde_perspective",
    css=read("perspective/perspective.css"),
    js=read("draw.js", "perspective/perspective.js"),
)
_oversize = st.components.v2.component("kilde_oversize", js=read("gone.js", "oversize/oversize.js"))


def draw_turn(key: str, data: dict[str, Any], on_action: Callable[[str, Any], None]) -> None:
    """Draws one turn with its sources, and the evidence view where `data["view"]` is set.

    data: as made by `rag.ui.chat.turn_data.turn_data`, with `questions` as made by
    `rag.ui.chat.turn_questions.questioning`, and
    `heard`: by name of a browser's component the number of the last action that was done. on_action: called before the
    next run of the page with what the user did: ("open", number of the source), ("page", page number), ("close", True)
    or ("acts", {from: name of the component, acts: [[number, action, value], …]}).
    """

    def callback(name: str) -> Callable[[], None]:
        return lambda: on_action(name, st.session_state[key][name])

    _turn(
        key=key,
        data=data,
        on_open_change=callback("open"),
        on_page_change=callback("page"),
        on_close_change=callback("close"),
        on_acts_change=callback("acts"),
    )


def draw_ledger(key: str, data: dict[str, Any], on_action: Callable[[str, Any], None]) -> None:
    """Draws how an answer came about.

    data: as made by `rag.ui.ledger.data.ledger_data`. on_action: called before the next run of the page with what the
    user did: ("go", id of another turn), ("measure", True) or ("cancel", True).
    """

    def callback(name: str) -> Callable[[], None]:
        return lambda: on_action(name, st.session_state[key][name])

    _ledger(
        key=key,
        data=data,
        on_go_change=callback("go"),
        on_measure_change=callback("measure"),
        on_cancel_change=callback("cancel"),
    )


def draw_comparison(key: str, data: dict[str, Any]) -> None:
    """Draws two answers side by side. data: as made by `rag.ui.compare.data.compare_data`."""
    _compare(key=key, data=data)


def draw_perspective_effect(key: str, data: dict[str, Any], on_action: Callable[[str, Any], None]) -> None:
    """Draws an answer without and with the perspective.

    data: as made by `rag.ui.compare.perspective_data.perspective_data`. on_action: called before the next run of the
    page with what the user did: ("measure", True) or ("cancel", True).
    """

    def callback(name: str) -> Callable[[], None]:
        return lambda: on_action(name, st.session_state[key][name])

    _perspective(key=key, data=data, on_measure_change=callback("measure"), on_cancel_change=callback("cancel"))


def draw_documents(key: str, data: dict[str, Any], on_open: Callable[[int], None]) -> list[int]:
    """Draws the table of documents. Returns the ids of those that are ticked.

    data: `labels`, `language`, and `rows` with id, name, type, state, share (0..1, None where there is no bar), pages,
    chunks, size, size_text, added (ISO 8601), added_text, tags, remarks (texts) and failed. on_open: called with the id
    of a document whose own page the user wants to see.
    """

    return selectable(_documents, key, data, on_open)


def selectable(
    component: Callable[..., Any], key: str, data: dict[str, Any], on_open: Callable[[int], None]
) -> list[int]:
    """Draws a component that is a table of `table.js`. Returns the ids of the rows that are ticked."""

    def opened() -> None:
        wanted = as_int(st.session_state[key]["open"])
        if wanted is not None:
            on_open(wanted)

    ticked = as_ints(st.session_state.get(key, {}).get("selected"))
    chosen = component(
        key=key,
        data={**data, "selected": ticked},
        default={"selected": []},
        on_selected_change=_nothing,
        on_open_change=opened,
    )
    return as_ints(chosen.get("selected"))


def watch_oversize(key: str, limit: int, on_refused: Callable[[list[str]], None]) -> None:
    """Draws nothing; tells the names of files over `limit` bytes that the uploader of this page was given."""

    def callback() -> None:
        names = st.session_state[key]["refused"]
        told = [as_text(name, _LONGEST_NAME) for name in names] if isinstance(names, list) else []
        on_refused([name for name in told if name])

    _oversize(key=key, data={"limit": limit}, on_refused_change=callback)


def _nothing() -> None:
    """Streamlit keeps a state only where a callback is given."""
