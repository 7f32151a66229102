"""The components of the assistants page: the answer of a trial, and the warning about unsaved changes."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from rag.ui.components import TURN_SCRIPT, TURN_STYLE, action_value, read
from rag.ui.shell.untrusted import as_int

_trial = st.components.v2.component(
    "kilde_trial",
    css="\n".join((TURN_STYLE, read("assistants/trial.css"))),
    js=TURN_SCRIPT,
)
_unsaved = st.components.v2.component("kilde_unsaved", js=read("unmount.js", "assistants/unsaved.js"))


def draw_trial(key: str, data: dict[str, Any], on_open: Callable[[int], None]) -> None:
    """Draws an answer with its sources, without the actions on a turn of a conversation.

    data: from `rag.ui.chat.turn_data.turn_data`. on_open: called with the number of a source that the user opens.
    """

    def callback() -> None:
        number = as_int(action_value(key, "open"))
        if number is not None:
            on_open(number)

    no_questions: dict[str, Any] = {
        "scope": "",
        "searched_in": "",
        "model": "",
        "can_answer": False,
        "variants": None,
        "vote": 0,
        "note": "",
        "chosen": "",
        "marks": {},
        "left_out": [],
        "near": [],
        "lacks": {},
        "models": [],
    }
    _trial(
        key=key,
        data={**data, "questions": no_questions, "in_sight": False, "heard": {}, "can_regenerate": False},
        on_open_change=callback,
    )


def watch_unsaved(key: str, unsaved: bool) -> None:
    """Draws nothing; while `unsaved`, the browser asks before it closes the tab."""
    _unsaved(key=key, data={"unsaved": unsaved})
