"""The table of saved questions and the bars of their last run, drawn like all components: with text nodes only."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import streamlit as st

_FOLDER = Path(__file__).parent
_DRAW = (_FOLDER.parent / "draw.js").read_text(encoding="utf-8")
_STYLE = (_FOLDER / "lab.css").read_text(encoding="utf-8")


def _script(name: str) -> str:
    # the browser loads a script from memory, where it could not import a second
    return _DRAW + "\n" + (_FOLDER / name).read_text(encoding="utf-8")


_questions = st.components.v2.component("kilde_questions", css=_STYLE, js=_script("questions.js"))
_bars = st.components.v2.component("kilde_bars", css=_STYLE, js=_script("bars.js"))


def draw_questions(key: str, data: dict[str, Any], on_open: Callable[[int], None]) -> list[int]:
    """Draws the table. Returns the ids of the questions that are ticked.

    data: `labels`, `language`, `ran` (whether there are ranks to show), `compared` (and earlier ones), and `rows` with
    id, question, vote and vote_text, scenario, now, before (numbers to sort by) with now_text and before_text, change
    ("better", "worse" or "") with change_text, and result. on_open: called with the id of a question that was opened.
    """

    def callback() -> None:
        opened = st.session_state[key]["open"]
        if isinstance(opened, int):
            on_open(opened)

    ticked = st.session_state.get(key, {}).get("selected") or []
    chosen = _questions(
        key=key,
        data={**data, "selected": ticked},
        default={"selected": []},
        on_selected_change=_nothing,
        on_open_change=callback,
    )
    return [one for one in chosen.get("selected") or [] if isinstance(one, int)]


def draw_bars(key: str, data: dict[str, Any]) -> None:
    """Draws one group of bars for each figure.

    data: `title`, `now` and `before` (what the bars are called; before is "" where there is one run only), `figures`
    with name, now and before (0..1, None where there is none) and now_text and before_text.
    """
    _bars(key=key, data=data)


def _nothing() -> None:
    """Streamlit keeps a state only where a callback is given."""
