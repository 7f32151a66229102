"""The turns of the open conversation, the field to ask in, and what clicking in a turn does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from rag.errors import KildeError, NotFound
from rag.library import LiveTurn
from rag.types import TurnState
from rag.ui.components import draw_turn
from rag.ui.evidence import view_data
from rag.ui.session import OpenSource, library, said, session
from rag.ui.translations import language, t
from rag.ui.turn_data import turn_data

POLL_SECONDS = 0.25
MAX_QUESTION = 2000  # characters
_FAILED = "kilde_chat_failed"


def turns() -> list[LiveTurn]:
    """The turns of the open conversation; none, and a new conversation, where it was deleted in another tab."""
    state = session()
    if state.conversation_id is None:
        return []
    try:
        library().conversation(state.conversation_id)
    except NotFound:
        state.conversation_id = None
        return []
    return library().turns(state.conversation_id)


def draw(found: list[LiveTurn]) -> None:
    """Draws turns; one that is being answered is polled until it is done."""
    with st.container(key="turns", gap="medium"):
        for index, live in enumerate(found):
            # an answer just asked for, or the last of a conversation, is brought into sight
            in_sight = index == len(found) - 1 and index > 0
            running = live.turn.state is TurnState.RUNNING
            # always a fragment, and always this one: a click that comes just when the answer is done finds it there
            st.fragment(_draw_one, run_every=POLL_SECONDS if running else None)(live.turn.id, in_sight, running)


def ask_field(running: int | None) -> None:
    """The question field at the bottom, and the button that stops the turn with the id `running`."""
    with st.container(key="ask"):
        if (failed := st.session_state.pop(_FAILED, None)) is not None:
            st.error(failed, icon=":material/error:")
        if running is not None:
            stop = library().stop_turn
            st.button(t("stop"), key="stop", icon=":material/stop_circle:", on_click=stop, args=(running,))
        st.chat_input(
            t("ask"),
            key="question",
            max_chars=MAX_QUESTION,
            disabled=running is not None,
            on_submit=lambda: ask(str(st.session_state["question"])),
        )


def ask(question: str) -> None:
    """Starts to answer, in the open conversation or a new one."""
    question = question.strip()[:MAX_QUESTION]
    if not question:
        return
    state = session()
    state.source = None
    try:
        state.conversation_id = library().start_turn(question, state.conversation_id).conversation_id
    except KildeError as error:
        st.session_state[_FAILED] = said(error)


def _draw_one(turn_id: int, in_sight: bool, polled: bool) -> None:
    try:
        live = library().live(turn_id)
    except NotFound:  # deleted in another tab
        st.rerun()
    state = session()
    if (live.turn.state is TurnState.RUNNING) != polled or state.redraw:
        state.redraw = False
        st.rerun()  # with what depends on it: the polling, the question field, the other turns
    _draw_turn(live, in_sight)


def _draw_turn(live: LiveTurn, in_sight: bool) -> None:
    turn = live.turn
    gone = {hit.sha256 for hit in turn.hits if library().is_gone(hit.sha256)}
    data = turn_data(
        turn, gone=gone, language=language(), partial=live.partial, status=_status(live), view=_view(turn.id)
    )
    draw_turn(f"turn_{turn.id}", {**data, "in_sight": in_sight}, _on_action(turn.id))


def _view(turn_id: int) -> dict[str, Any] | None:
    source = session().source
    if source is None or source.turn_id != turn_id:
        return None
    try:
        return view_data(library().page_view(turn_id, source.number, source.page))
    except KildeError as error:
        session().source = None
        st.error(said(error), icon=":material/error:")
        return None


def _on_action(turn_id: int) -> Callable[[str, Any], None]:
    def act(name: str, value: Any) -> None:
        state = session()
        if name == "open" and isinstance(value, int):
            state.redraw = state.source is not None and state.source.turn_id != turn_id
            state.source = OpenSource(turn_id, value)
        elif name == "page" and isinstance(value, int) and state.source is not None:
            state.source.page = value
        elif name == "close":
            state.source = None
        elif name == "regenerate":
            state.source = None
            try:
                library().ask_again(turn_id)
            except KildeError as error:
                st.session_state[_FAILED] = said(error)

    return act


def _status(live: LiveTurn) -> str:
    """One line, such as "Searching 12 documents… reading 4 passages…"."""
    if live.working is None:
        return ""
    values = live.working.values
    match live.working.stage:
        case "model":
            return t("model_awaited")
        case "searching":
            count = values.get("documents", len(library().documents()))
            return t("searching_one") if count == 1 else t("searching", count=count)
        case "reading":
            return t("reading_passages", count=values.get("passages", len(live.turn.hits)))
        case _:
            return t("writing")
