"""The turns of the open conversation, the field to ask in, and what clicking in a turn does."""

from __future__ import annotations

from typing import Any

import streamlit as st

from rag.errors import KildeError, NotFound
from rag.library import LiveTurn
from rag.settings import QUOTING
from rag.types import Conditions, Scope, Turn, TurnState
from rag.ui import scope
from rag.ui.components import draw_turn
from rag.ui.evidence import view_data
from rag.ui.questioning import questioning
from rag.ui.session import library, said, session
from rag.ui.translations import language, t
from rag.ui.turn_actions import FAILED, MAX_QUESTION, on_action, wanted
from rag.ui.turn_data import turn_data

POLL_SECONDS = 0.25


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
    begin_at = session().begin_at
    with st.container(key="turns", gap="medium"):
        for index, live in enumerate(found):
            # an answer just asked for, or the last of a conversation, is brought into sight
            in_sight = (index == len(found) - 1 and index > 0) if begin_at is None else live.turn.id == begin_at
            running = live.turn.state is TurnState.RUNNING
            # always a fragment, and always this one: a click that comes just when the answer is done finds it there
            st.fragment(_draw_one, run_every=POLL_SECONDS if running else None)(live.turn.id, in_sight, running)


def ask_field(running: int | None) -> None:
    """The question field at the bottom, and the button that stops the turn with the id `running`."""
    with st.container(key="ask"):
        if (failed := st.session_state.pop(FAILED, None)) is not None:
            st.error(failed, icon=":material/error:")
        if running is not None:
            stop = library().stop_turn
            st.button(t("stop"), key="stop", icon=":material/stop_circle:", on_click=stop, args=(running,))
        scope.choice()
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
    state.begin_at = None
    try:
        conditions = Conditions(state.scope) if state.conversation_id is None else None
        state.conversation_id = library().start_turn(question, state.conversation_id, conditions).conversation_id
        state.scope = Scope()
    except KildeError as error:
        st.session_state[FAILED] = said(error)


def _draw_one(turn_id: int, in_sight: bool, polled: bool) -> None:
    try:
        live = library().live(turn_id)
    except NotFound:  # deleted in another tab
        st.rerun()
    state = session()
    if state.leave_for is not None:
        page, address = state.leave_for
        state.leave_for = None
        st.switch_page(page, query_params=address)
    if (live.turn.state is TurnState.RUNNING) != polled or state.redraw:
        state.redraw = False
        st.rerun()  # with what depends on it: the polling, the question field, the other turns
    _draw_turn(live, in_sight)


def _draw_turn(live: LiveTurn, in_sight: bool) -> None:
    turn, kilde = live.turn, library()
    data = turn_data(
        turn,
        language=language(),
        states={hit.sha256: kilde.document_state(hit.sha256, hit.document) for hit in turn.hits},
        partial=live.partial,
        status=_status(live),
        view=_view(turn.id),
    )
    variants = kilde.variants(turn.id)
    questions = questioning(
        turn,
        wanted=wanted(turn),
        variants=variants,
        said=kilde.saved_questions.of_turn(turn.id),
        models=_models(turn),
        documents=_names() if turn.conditions.excluded or turn.conditions.excluded_documents else {},
        language=language(),
    )
    # variants are drawn by one component: who steps through them with the keyboard stays where she is
    name = f"turn_{variants[0]}"
    data |= {"questions": questions, "in_sight": in_sight, "heard": session().heard}
    draw_turn(name, data, on_action(turn.id))


def _models(turn: Turn) -> list[str]:
    """Those that could write this answer, as far as they are known: quoting, that of the settings, and those in use."""
    used = [str(live.turn.ledger.get("answer_model", "")) for live in library().turns(turn.conversation_id)]
    return [model for model in dict.fromkeys([QUOTING, library().settings().answer_model, *used]) if model]


def _names() -> dict[str, str]:
    return {document.sha256: document.name for document in library().documents()}


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
        case "checking":
            return t("checking")
        case _:
            return t("writing")
