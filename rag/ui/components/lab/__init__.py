"""The table of saved questions and the bars of their last run, drawn like all components: with text nodes only."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from rag.ui.components import read, selectable

_questions = st.components.v2.component(
    "kilde_questions",
    css=read("table.css", "lab/questions.css"),
    js=read("draw.js", "table.js", "lab/questions.js"),
)
_bars = st.components.v2.component("kilde_bars", css=read("lab/bars.css"), js=read("draw.js", "lab/bars.js"))


def draw_questions(key: str, data: dict[str, Any], on_open: Callable[[int], None]) -> list[int]:
    """Draws the table. Returns the ids of the questions that are ticked.

    data: `labels`, `language`, `ran` (whether there are ranks to show), `compared` (and earlier ones), and `rows` with
    id, question, vote and vote_text, scenario, now, before (numbers to sort by) with now_text and before_text, change
    ("better", "worse" or "") with change_text, and result. on_open: called with the id of a question that was opened.
    """
    return selectable(_questions, key, data, on_open)


def draw_bars(key: str, data: dict[str, Any]) -> None:
    """Draws one group of bars for each figure.

    data: `title`, `now` and `before` (what the bars are called; before is "" where there is one run only), `figures`
    with name, now and before (0..1, None where there is none) and now_text and before_text.
    """
    _bars(key=key, data=data)
