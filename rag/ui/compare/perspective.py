"""The page part that shows an answer without and with the perspective, made when it is asked for."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from rag.answering.analysis.background import Measuring
from rag.answering.analysis.perspective_effect import can_be_compared
from rag.core.errors import AssistantGone, KildeError
from rag.core.types import Assistant, Turn, TurnState
from rag.ui.compare.perspective_data import perspective_data
from rag.ui.components import draw_perspective_effect
from rag.ui.i18n import language, t
from rag.ui.ledger.page import POLL_SECONDS, back_to, ledger_link, turn_with
from rag.ui.shell.session import error_text, library

_FAILED = "kilde_perspective_failed"


def page(written: str) -> None:
    """Draws what the perspective did to the turn with this id, or says that there is none."""
    st.title(t("effect_title"))
    turn = turn_with(written)
    if turn is None:
        st.info(t("effect_unknown"), icon=":material/search_off:")
        return
    with st.container(horizontal=True):
        back_to(turn)
        ledger_link(turn)
    if (failed := st.session_state.pop(_FAILED, None)) is not None:
        st.error(failed, icon=":material/error:")
    busy = _is_busy(turn)
    st.fragment(_draw, run_every=POLL_SECONDS if busy else None)(turn.id, busy)


def _is_busy(turn: Turn) -> bool:
    return turn.state is TurnState.RUNNING or _under_way(library().perspective_effect.status(turn.id))


def _under_way(measuring: Measuring | None) -> bool:
    return measuring is not None and measuring.notice is None


def _draw(turn_id: int, polled: bool) -> None:
    # first: what is done when this is read, is in the turn that is read after it
    measuring = library().perspective_effect.status(turn_id)
    turn = turn_with(str(turn_id))
    if turn is None or _is_busy(turn) != polled or st.query_params.get("angle") != str(turn_id):
        st.rerun()
    data = perspective_data(turn, language=language(), chain=_chain(turn), measuring=measuring)
    draw_perspective_effect(f"perspective_{turn_id}", data, _on_action(turn_id))


def _chain(turn: Turn) -> list[Assistant]:
    """Who answered and those it was handed on to, in the versions of then."""
    if not can_be_compared(turn):
        return []
    answered_by = turn.trace.writing.steps or filter(None, [turn.trace.plan.assistant])
    chain = []
    for then in answered_by:
        try:
            chain.append(library().assistants.get(then.id, then.version))
        except AssistantGone:
            continue
    return chain


def _on_action(turn_id: int) -> Callable[[str, Any], None]:
    def act(name: str, value: Any) -> None:
        try:
            if name == "measure":
                library().perspective_effect.start(turn_id)
            elif name == "cancel":
                library().perspective_effect.cancel(turn_id)
        except KildeError as error:
            st.session_state[_FAILED] = error_text(error)

    return act
