"""The turns of the open conversation, the field to ask in, and what clicking in a turn does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from rag.answering.analysis.perspective_effect import can_be_compared
from rag.answering.turn_runner import LiveTurn
from rag.core.errors import KildeError, NotFound
from rag.core.types import NO_ASSISTANT, Assistant, Conditions, Scope, Turn, TurnState
from rag.ui.chat import assistant_picker, model_options, panel_picker, panel_view, scope_picker
from rag.ui.chat.attribution import title
from rag.ui.chat.evidence_data import view_data
from rag.ui.chat.turn_actions import FAILED, MAX_QUESTION, on_action, wanted
from rag.ui.chat.turn_data import turn_data
from rag.ui.chat.turn_questions import questioning
from rag.ui.components import draw_turn
from rag.ui.i18n import language, t
from rag.ui.shell.formatting import visible
from rag.ui.shell.session import library, said, session

POLL_SECONDS = 0.25
_GIVEN_BACK = "kilde_chat_given_back"


def turns() -> list[LiveTurn]:
    """The turns of the open conversation; none, and a new conversation, where it was deleted in another tab."""
    state = session()
    if state.conversation_id is None:
        return []
    try:
        library().conversations.get(state.conversation_id)
    except NotFound:
        state.conversation_id = None
        return []
    return library().conversations.turns(state.conversation_id)


def draw(found: list[LiveTurn]) -> None:
    """Draws turns; one that is being answered is polled until it is done."""
    begin_at = session().begin_at
    with st.container(key="turns", gap="medium"):
        for index, live in enumerate(found):
            # an answer just asked for, or the last of a conversation, is brought into sight
            in_sight = (index == len(found) - 1 and index > 0) if begin_at is None else live.turn.id == begin_at
            panel = library().panels.of_turn(live.turn)
            if panel is None:
                _answer(live.turn.id, in_sight)
            else:
                in_sight = in_sight or any(turn.id == begin_at for turn in panel.turns)
                panel_view.draw(live.turn, panel, in_sight, _in_column)


def ask_field(running: Sequence[int]) -> None:
    """The question field at the bottom, and the button that stops the turns with the ids `running`."""
    with st.container(key="ask"):
        if (failed := st.session_state.pop(FAILED, None)) is not None:
            st.error(failed, icon=":material/error:")
        if running:
            st.button(t("stop"), key="stop", icon=":material/stop_circle:", on_click=_stop, args=(running,))
        if not panel_picker.is_on():
            assistant_picker.removed()
        with st.container(key="asking", horizontal=True, gap="small", vertical_alignment="center"):
            scope_picker.choice()
            # in a place of its own, empty or not: what stands after it would close where it moves up
            with st.container(key="asking_whom", width="content"):
                if not panel_picker.is_on():
                    assistant_picker.choice()
            panel_picker.choice()
        st.chat_input(
            t("ask"),
            key="question",
            max_chars=MAX_QUESTION,
            disabled=bool(running),
            on_submit=lambda: ask(str(st.session_state["question"])),
        )


def _stop(running: Sequence[int]) -> None:
    for turn_id in running:
        library().conversations.stop(turn_id)


def ask(question: str) -> None:
    """Starts to answer, in the open conversation or a new one."""
    question = question.strip()[:MAX_QUESTION]
    if not question:
        return
    state = session()
    state.source = None
    state.begin_at = None
    try:
        asked_of, assistant = scope_picker.current_scope(), assistant_picker.current_assistant()
        if panel_picker.is_on():
            turns = library().panels.ask(
                question, state.conversation_id, panel_picker.asked(asked_of), panel_picker.scenario()
            )
            if state.conversation_id is None:
                # who is asked when that is switched off again
                library().conversations.set_assistant(turns[0].conversation_id, assistant)
            state.conversation_id = turns[0].conversation_id
        else:
            conditions = Conditions(asked_of, assistant=assistant)
            state.conversation_id = (
                library().conversations.start(question, state.conversation_id, conditions).conversation_id
            )
        state.scope, state.assistant = Scope(), NO_ASSISTANT
    except KildeError as error:
        st.session_state[FAILED] = said(error)
        _give_back(question)


def _give_back(question: str) -> None:
    """Puts a question that was not taken into the field again, so that it need not be typed again."""
    # the browser passes over a value that it was given before
    before = st.session_state.get(_GIVEN_BACK)
    st.session_state[_GIVEN_BACK] = st.session_state["question"] = question + " " * (question == before)


def _answer(turn_id: int, in_sight: bool, column: panel_view.Column | None = None) -> None:
    """Draws a turn; while it is being answered, it is polled."""
    running = (
        library().conversations.live(turn_id).turn.state is TurnState.RUNNING if column is None else column.running
    )
    # always a fragment, and always this one: a click that comes just when the answer is done finds it there
    drawn = st.fragment(_draw_one, run_every=POLL_SECONDS if running else None)
    drawn(turn_id, in_sight, running, column)


def _in_column(turn_id: int, column: panel_view.Column) -> None:
    _answer(turn_id, False, column)


def _draw_one(turn_id: int, in_sight: bool, polled: bool, column: panel_view.Column | None) -> None:
    try:
        live = library().conversations.live(turn_id)
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
    _draw_turn(live, in_sight, column)


def _draw_turn(live: LiveTurn, in_sight: bool, column: panel_view.Column | None) -> None:
    turn, kilde = live.turn, library()
    asked = panel_view.asked_assistant(turn)
    steps = _steps(asked) if turn.state is TurnState.RUNNING else []
    data = turn_data(
        turn,
        language=language(),
        states={hit.sha256: kilde.documents.state_of(hit.sha256, hit.document) for hit in turn.hits},
        by_ocr={sha256: kilde.documents.pages_by_ocr(sha256) for sha256 in {hit.sha256 for hit in turn.hits}},
        partial=live.partial,
        status=_status(live),
        view=_view(turn.id),
        asked=asked,
        steps=steps,
        step=live.step if steps else 0,
        free=column is not None,
    )
    variants = panel_view.versions(turn) if column is None else []
    questions = questioning(
        turn,
        wanted=wanted(turn),
        variants=variants,
        said=kilde.saved_questions.of_turn(turn.id),
        models=model_options.known(_used(turn)),
        documents=_names() if turn.conditions.excluded or turn.conditions.excluded_documents else {},
        language=language(),
        assistants={one.id: one.name for one in kilde.assistants.all()},
        compared=can_be_compared(turn),
    )
    # variants are drawn by one component: who steps through them with the keyboard stays where she is
    name = f"turn_{variants[0]}" if column is None else f"panel_turn_{turn.id}"
    data |= {
        "part": "turn",
        "questions": questions,
        "in_sight": in_sight,
        "heard": session().heard,
        "column": None if column is None else column.data(turn, title(turn, language(), asked), language()),
    }
    draw_turn(name, data, on_action(turn.id))


def _used(turn: Turn) -> list[str]:
    """The models that have answered in the conversation of a turn."""
    return [live.turn.trace.plan.model for live in library().conversations.turns(turn.conversation_id)]


def _steps(asked: Assistant | None) -> list[str]:
    """The names of those that an answer goes through."""
    if asked is None or not asked.steps:
        return []
    there = {one.id: one.name for one in library().assistants.all()}
    return [asked.name, *(there[step] for step in asked.steps if step in there)]


def _names() -> dict[str, str]:
    return {document.sha256: document.name for document in library().documents.all()}


def _view(turn_id: int) -> dict[str, Any] | None:
    source = session().source
    if source is None or source.turn_id != turn_id:
        return None
    try:
        return view_data(library().conversations.source_view(turn_id, source.number, source.page))
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
        case "waiting":
            return t("turn_awaited")
        case "model":
            return t("model_awaited")
        case "searching":
            count = values.get("documents", len(library().documents.all()))
            return t("searching", count=count)
        case "reading":
            return t("reading_passages", count=values.get("passages", len(live.turn.hits)))
        case "choosing":
            return t("choosing")
        case "step":
            return t("step_of", **{**values, "name": visible(str(values["name"]))})
        case "checking":
            return t("checking")
        case _:
            return t("writing")
