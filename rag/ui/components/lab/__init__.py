"""The components of the saved questions: their table, and the bars of the last run."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from rag.ui.components import read, selectable_table

_questions = st.components.v2.component(
    "kilde_questions",
    css=read("table.css", "lab/questions.css"),
    js=read("draw.js", "table.js", "lab/questions.js"),
)
_bars = st.components.v2.component("kilde_bars", css=read("lab/bars.css"), js=read("draw.js", "lab/bars.js"))


def draw_questions(key: str, data: dict[str, Any], on_open: Callable[[int], None]) -> list[int]:
    """Draws the table. Returns the ids of the selected questions.

    data: `labels`, `language`, `ran` (whether there is a run with ranks), `compared` (whether there is an earlier one),
    and `rows` with id, question, vote and vote_text, scenario, now, before (numbers to sort by) with now_text and
    before_text, change ("better", "worse" or "") with change_text, and result. on_open: called with the id of a
    question that the user opens.
    """
    return selectable_table(_questions, key, data, on_open)


def draw_bars(key: str, data: dict[str, Any]) -> None:
    """Draws a group of bars for each figure.

    data: `title`, `now` and `before` (labels of the bars; before is "" for a single run), and `figures` with name, now
    and before (0..1, None for no value), now_text and before_text.
    """
    _bars(key=key, data=data)
