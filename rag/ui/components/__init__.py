"""Custom Streamlit components: the scripts and styles beside this file draw structured data in the browser.

They draw text nodes only, so nothing from a document, a file name or a model is interpreted as HTML or Markdown. They
make no requests. Every label arrives with the data, in the user's language.
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import streamlit as st

from rag.ui.shell.untrusted import as_int, as_ints, as_text

_FOLDER = Path(__file__).parent
_MAX_NAME = 1024  # characters; file systems allow fewer


def read(*names: str) -> str:
    """The files concatenated: the browser loads a component's script as a blob, which cannot import another."""
    return "\n".join((_FOLDER / name).read_text(encoding="utf-8") for name in names)


_TURN = ("icons", "answer", "asking", "sources", "near", "evidence", "turn")
TURN_SCRIPT = read("draw.js", "unmount.js", "clipboard.js", *(f"turn/{name}.js" for name in _TURN))
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
_oversize = st.components.v2.component("kilde_oversize", js=read("unmount.js", "oversize/oversize.js"))


def draw_turn(key: str, data: dict[str, Any], on_action: Callable[[str, Any], None]) -> None:
    """Draws one turn with its sources, and the evidence view where `data["view"]` is set.

    data: from `rag.ui.chat.turn_data.turn_data`, with `questions` from `rag.ui.chat.turn_questions.questions_data` and
    `heard`: by component name, the number of the last action that was carried out. on_action: called before the next
    run of the page with the user's action: ("open", number of the source), ("page", page number), ("close", True) or
    ("acts", {from: name of the component, acts: [[number, action, value], …]}).
    """
    _turn(key=key, data=data, **_callbacks(key, on_action, "open", "page", "close", "acts"))


def draw_ledger(key: str, data: dict[str, Any], on_action: Callable[[str, Any], None]) -> None:
    """Draws the trace of an answer.

    data: from `rag.ui.ledger.data.ledger_data`. on_action: called before the next run of the page with the user's
    action: ("go", id of another turn), ("measure", True) or ("cancel", True).
    """
    _ledger(key=key, data=data, **_callbacks(key, on_action, "go", "measure", "cancel"))


def draw_comparison(key: str, data: dict[str, Any]) -> None:
    """Draws two answers side by side. data: from `rag.ui.compare.data.compare_data`."""
    _compare(key=key, data=data)


def draw_perspective_effect(key: str, data: dict[str, Any], on_action: Callable[[str, Any], None]) -> None:
    """Draws an answer without and with its perspective.

    data: from `rag.ui.compare.perspective_data.perspective_data`. on_action: called before the next run of the page
    with the user's action: ("measure", True) or ("cancel", True).
    """
    _perspective(key=key, data=data, **_callbacks(key, on_action, "measure", "cancel"))


def draw_documents(key: str, data: dict[str, Any], on_open: Callable[[int], None]) -> list[int]:
    """Draws the table of documents. Returns the ids of the selected rows.

    data: `labels`, `language`, and `rows` with id, name, type, state, share (0..1, None for no progress bar), pages,
    chunks, size, size_text, added (ISO 8601), added_text, tags, remarks (texts) and failed. on_open: called with the id
    of a document whose page the user opens.
    """

    return selectable_table(_documents, key, data, on_open)


def selectable_table(
    component: Callable[..., Any], key: str, data: dict[str, Any], on_open: Callable[[int], None]
) -> list[int]:
    """Draws a component that uses `table.js`. Returns the ids of the selected rows."""

    def callback() -> None:
        row_id = as_int(action_value(key, "open"))
        if row_id is not None:
            on_open(row_id)

    selected_ids = as_ints(st.session_state.get(key, {}).get("selected"))
    state = component(
        key=key,
        data={**data, "selected": selected_ids},
        default={"selected": []},
        on_selected_change=_ignore_change,
        on_open_change=callback,
    )
    return as_ints(state.get("selected"))


def watch_oversize(key: str, limit: int, on_refused: Callable[[list[str]], None]) -> None:
    """Draws nothing; calls `on_refused` with the names of dropped files that are larger than `limit` bytes."""

    def callback() -> None:
        names = action_value(key, "refused")
        texts = [as_text(name, _MAX_NAME) for name in names] if isinstance(names, list) else []
        on_refused([name for name in texts if name])

    _oversize(key=key, data={"limit": limit}, on_refused_change=callback)


def _callbacks(key: str, on_action: Callable[[str, Any], None], *names: str) -> dict[str, Any]:
    """The arguments `on_<name>_change` of a component, each of which calls `on_action` with the name and its value."""

    def callback(name: str) -> None:
        if (value := action_value(key, name)) is not None:
            on_action(name, value)

    return {f"on_{name}_change": partial(callback, name) for name in names}


def action_value(key: str, name: str) -> Any:
    """What the user did to a component, in its callback for this action; None where there is nothing of it.

    Streamlit may call a callback twice: where a timer asks for a rerun in the moment of a click, it puts both requests
    together and does the click's again on the page that the first call has led to, and there the component is not.
    """
    return st.session_state.get(key, {}).get(name)


def _ignore_change() -> None:
    """A callback without effect: Streamlit keeps a component's state only if it has a callback."""
