"""The states of the reranker and of the model that marks answers, on the settings page."""

import math
from typing import Any

import streamlit as st

from rag.core.i18n import say
from rag.models.chosen.registry import ChosenModel
from rag.models.embedding.registry import ModelState
from rag.ui.i18n import language, t
from rag.ui.shell.formatting import escape_markdown, format_number, visible
from rag.ui.shell.session import library, notice_text

POLL_SECONDS = 1.0
_UNDER_WAY = (ModelState.ABSENT, ModelState.PREPARING, ModelState.LOADING)
Chosen = ChosenModel[Any]


def states() -> None:
    """Draws how each chosen model is, polled while one of them is made ready; begins to load them."""
    library().chosen_models.load_in_background()
    under_way = any(model.status.state in _UNDER_WAY for _, model in _chosen())
    st.fragment(_states, run_every=POLL_SECONDS if under_way else None)(under_way)


def lines() -> list[tuple[str, str]]:
    """What Health says of each chosen model: its setting's name and a text."""
    found = []
    for setting, model in _chosen():
        status = model.status
        text = f"{status.model} ({t(f'model_state_{status.state.value}')})"
        if status.notice is not None:
            text += "\n" + say(status.notice.code, language(), **status.notice.values)
        found.append((t(setting), "\n".join(map(visible, text.split("\n")))))
    return found


def _chosen() -> list[tuple[str, Chosen]]:
    """By the name of its setting."""
    models = library().chosen_models
    named = (("reranker_model", models.reranker()), ("reader_model", models.reader()))
    return [(setting, model) for setting, model in named if model is not None]


def _states(polled: bool) -> None:
    if polled and not any(model.status.state in _UNDER_WAY for _, model in _chosen()):
        st.rerun()  # draws the whole page once, which ends the polling
    for setting, model in _chosen():
        status, name = model.status, escape_markdown(model.status.model)
        if status.state in _UNDER_WAY:
            st.progress(min(1.0, status.share), f"{t(setting)}: {t('change_model', model=name)}")
        elif status.notice is not None:
            draw, icon = (st.warning, "timer_off") if status.state is ModelState.OFF else (st.error, "error")
            draw(f"{t(setting)}: {notice_text(status.notice)}", icon=f":material/{icon}:")
        else:
            seconds = format_number(max(0.1, math.ceil(10 * model.seconds) / 10), 1, language())
            st.caption(f"{t(setting)}: {t('chosen_ready', model=name, seconds=seconds)}")
