"""The page "How did this answer come about?": reads the turn from the address, and measures when it is asked to."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from rag.answering.analysis.background import Measuring
from rag.answering.analysis.perspective_effect import can_be_compared
from rag.core.errors import KildeError, NotFound
from rag.core.types import Turn, TurnState
from rag.ui.components import draw_ledger
from rag.ui.i18n import language, t
from rag.ui.ledger.data import ledger_data
from rag.ui.shell.formatting import moment
from rag.ui.shell.session import error_text, library, session, time_zone
from rag.ui.shell.untrusted import as_id, as_int

POLL_SECONDS = 0.5
_FAILED = "kilde_ledger_failed"


def page() -> None:
    """Draws the turn that the address names, or says that there is none."""
    turn = turn_of_address("turn")
    st.title(t("ledger"))
    if turn is None:
        st.info(t("ledger_unknown"), icon=":material/search_off:")
        return
    with st.container(horizontal=True):
        back_to(turn)
        _perspective_link(turn)
    if (failed := st.session_state.pop(_FAILED, None)) is not None:
        st.error(failed, icon=":material/error:")
    st.fragment(_draw, run_every=POLL_SECONDS if _is_busy(turn) else None)(turn.id, _is_busy(turn))


def turn_of_address(name: str) -> Turn | None:
    """The turn whose id stands in the address under `name`, as it is now."""
    return turn_with(st.query_params.get(name, ""))


def turn_with(written: str) -> Turn | None:
    """The turn with this id, None where there is none, whatever was written."""
    if (turn_id := as_id(written)) is None:
        return None
    try:
        return library().conversations.live(turn_id).turn
    except NotFound:
        return None


def back_to(turn: Turn) -> None:
    """The button that opens the conversation where this turn is."""
    if st.button(t("back_to_conversation"), key="back", icon=":material/arrow_back:", type="tertiary"):
        state = session()
        state.conversation_id = turn.conversation_id
        state.source = None
        state.scroll_turn_id = turn.id
        library().conversations.show_variant(turn.id)
        st.switch_page("pages/chat.py", query_params={"conversation": str(turn.conversation_id)})


def ledger_link(turn: Turn) -> None:
    """The button that opens how this turn's answer came about."""
    if st.button(t("ledger"), key="ledger", icon=":material/account_tree:", type="tertiary"):
        st.switch_page("pages/ledger.py", query_params={"turn": str(turn.id)})


def _perspective_link(turn: Turn) -> None:
    if can_be_compared(turn) and st.button(
        t("effect_title"), key="perspective", icon=":material/compare:", type="tertiary"
    ):
        st.switch_page("pages/compare.py", query_params={"angle": str(turn.id)})


def _is_busy(turn: Turn) -> bool:
    return turn.state is TurnState.RUNNING or _under_way(library().influence.status(turn.id))


def _under_way(measuring: Measuring | None) -> bool:
    return measuring is not None and measuring.notice is None


def _draw(turn_id: int, polled: bool) -> None:
    kilde = library()
    # first: what is done when this is read, is in the turn that is read after it
    measuring = kilde.influence.status(turn_id)
    turn = turn_with(str(turn_id))
    if turn is None or _is_busy(turn) != polled or st.query_params.get("turn") != str(turn_id):
        st.rerun()
    earlier, candidates = turn.trace.query.earlier, turn.trace.retrieval.candidates or ()
    documents = {hit.sha256: hit.document for hit in turn.hits}
    documents |= {candidate.sha256: candidate.document for candidate in candidates if candidate.sha256}
    data = ledger_data(
        turn,
        language=language(),
        asked=moment(turn.asked, language(), time_zone()),
        states={sha256: kilde.documents.state_of(sha256, name) for sha256, name in documents.items()},
        earlier=None if earlier is None else turn_with(str(earlier)),
        measuring=measuring,
    )
    draw_ledger(f"ledger_{turn_id}", data, _on_action(turn_id))


def _on_action(turn_id: int) -> Callable[[str, Any], None]:
    def act(name: str, value: Any) -> None:
        try:
            if name == "go" and as_int(value) is not None:
                st.query_params["turn"] = str(value)
            elif name == "measure":
                library().influence.start(turn_id)
            elif name == "cancel":
                library().influence.cancel(turn_id)
        except KildeError as error:
            st.session_state[_FAILED] = error_text(error)

    return act
