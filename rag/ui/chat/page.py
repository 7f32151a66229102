"""The chat page: the turns of the open conversation, and the question field."""

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
from rag.ui.chat.turn_actions import FAILED, MAX_QUESTION, next_conditions, on_action
from rag.ui.chat.turn_data import turn_data
from rag.ui.chat.turn_questions import questions_data
from rag.ui.components import draw_turn
from rag.ui.i18n import language, t
from rag.ui.shell.formatting import visible
from rag.ui.shell.session import error_text, library, session

POLL_SECONDS = 0.25
_RESTORED = "kilde_chat_given_back"


def turns() -> list[LiveTurn]:
    """The turns of the open conversation. Begins a new conversation if it was deleted in another tab."""
    state = session()
    if state.conversation_id is None:
        return []
    try:
        library().conversations.get(state.conversation_id)
    except NotFound:
        state.conversation_id = None
        return []
    return library().conversations.turns(state.conversation_id)


def draw_turns(turns: list[LiveTurn]) -> None:
    """Draws turns; a turn that is being answered is polled until it is done."""
    scroll_turn_id = session().scroll_turn_id
    with st.container(key="turns", gap="medium"):
        for index, live in enumerate(turns):
            # scrolls to the turn asked for, else to the last one of a conversation
            in_sight = (
                (index == len(turns) - 1 and index > 0) if scroll_turn_id is None else live.turn.id == scroll_turn_id
            )
            panel = library().panels.of_turn(live.turn)
            if panel is None:
                _answer(live.turn.id, in_sight)
            else:
                in_sight = in_sight or any(turn.id == scroll_turn_id for turn in panel.turns)
                panel_view.draw_panel(live.turn, panel, in_sight, _in_column)


def ask_field(running: Sequence[int]) -> None:
    """Draws the question field with its pickers, and a button that stops the turns with the ids `running`."""
    with st.container(key="ask"):
        if (failed := st.session_state.pop(FAILED, None)) is not None:
            st.error(failed, icon=":material/error:")
        if running:
            st.button(t("stop"), key="stop", icon=":material/stop_circle:", on_click=_stop, args=(running,))
        if not panel_picker.is_on():
            assistant_picker.removed_notice()
        with st.container(key="asking", horizontal=True, gap="small", vertical_alignment="center"):
            scope_picker.picker()
            # a container even when it is empty: an open popover after it would close if it changed its position
            with st.container(key="asking_whom", width="content"):
                if not panel_picker.is_on():
                    assistant_picker.picker()
            panel_picker.picker()
        st.chat_input(
            t("ask"),
            key="question",
            max_chars=MAX_QUESTION,
            disabled=bool(running),
            on_submit=lambda: ask(str(st.session_state.get("question") or "")),
        )


def _stop(running: Sequence[int]) -> None:
    for turn_id in running:
        library().conversations.stop(turn_id)


def ask(question: str) -> None:
    """Starts to answer a question in the open conversation, or in a new one."""
    question = question.strip()[:MAX_QUESTION]
    if not question:
        return
    state = session()
    state.source = None
    state.scroll_turn_id = None
    try:
        scope, assistant = scope_picker.current_scope(), assistant_picker.current_assistant()
        if panel_picker.is_on():
            turns = library().panels.ask(
                question, state.conversation_id, panel_picker.panel_conditions(scope), panel_picker.scenario()
            )
            if state.conversation_id is None:
                # answers once the panel is switched off
                library().conversations.set_assistant(turns[0].conversation_id, assistant)
            state.conversation_id = turns[0].conversation_id
        else:
            conditions = Conditions(scope, assistant=assistant)
            state.conversation_id = (
                library().conversations.start(question, state.conversation_id, conditions).conversation_id
            )
        state.scope, state.assistant = Scope(), NO_ASSISTANT
    except KildeError as error:
        st.session_state[FAILED] = error_text(error)
        _restore_question(question)


def _restore_question(question: str) -> None:
    """Puts a question that could not be asked back into the field."""
    # the browser ignores a value that it has received before, so a repeated one gets a trailing space
    previous = st.session_state.get(_RESTORED)
    st.session_state[_RESTORED] = st.session_state["question"] = question + " " * (question == previous)


def _answer(turn_id: int, in_sight: bool, column: panel_view.Column | None = None) -> None:
    """Draws a turn; while it is being answered, it is polled."""
    running = (
        library().conversations.live(turn_id).turn.state is TurnState.RUNNING if column is None else column.running
    )
    # always the same fragment, so that a click at the moment when the answer is done still finds it
    draw = st.fragment(_draw_fragment, run_every=POLL_SECONDS if running else None)
    draw(turn_id, in_sight, running, column)


def _in_column(turn_id: int, column: panel_view.Column) -> None:
    _answer(turn_id, False, column)


def _draw_fragment(turn_id: int, in_sight: bool, is_polled: bool, column: panel_view.Column | None) -> None:
    try:
        live = library().conversations.live(turn_id)
    except NotFound:  # deleted in another tab
        st.rerun()
    state = session()
    if state.redirect is not None:
        page, address = state.redirect
        state.redirect = None
        st.switch_page(page, query_params=address)
    if (live.turn.state is TurnState.RUNNING) != is_polled or state.redraw:
        state.redraw = False
        st.rerun()  # to update what depends on it: polling, question field, other turns
    _draw_turn(live, in_sight, column)


def _draw_turn(live: LiveTurn, in_sight: bool, column: panel_view.Column | None) -> None:
    turn, kilde = live.turn, library()
    assistant = panel_view.asked_assistant(turn)
    steps = _step_names(assistant) if turn.state is TurnState.RUNNING else []
    data = turn_data(
        turn,
        language=language(),
        states={hit.sha256: kilde.documents.state_of(hit.sha256, hit.document) for hit in turn.hits},
        by_ocr={sha256: kilde.documents.pages_by_ocr(sha256) for sha256 in {hit.sha256 for hit in turn.hits}},
        partial=live.partial,
        status=_status(live),
        view=_evidence_view(turn.id),
        asked=assistant,
        steps=steps,
        step=live.step if steps else 0,
        free=column is not None,
    )
    variants = panel_view.variant_ids(turn) if column is None else []
    questions = questions_data(
        turn,
        next_conditions=next_conditions(turn),
        variants=variants,
        saved=kilde.saved_questions.of_turn(turn.id),
        models=model_options.answer_models(_used_models(turn)),
        documents=_document_names() if turn.conditions.excluded or turn.conditions.excluded_documents else {},
        language=language(),
        assistants={item.id: item.name for item in kilde.assistants.all()},
        can_compare=can_be_compared(turn),
    )
    # variants share one component, so that stepping through them with the keyboard keeps the focus
    name = f"turn_{variants[0]}" if column is None else f"panel_turn_{turn.id}"
    data |= {
        "part": "turn",
        "questions": questions,
        "in_sight": in_sight,
        "heard": session().last_actions,
        "column": None if column is None else column.data(turn, title(turn, language(), assistant), language()),
    }
    draw_turn(name, data, on_action(turn.id))


def _used_models(turn: Turn) -> list[str]:
    """The answer models used in the conversation of a turn."""
    return [live.turn.trace.plan.model for live in library().conversations.turns(turn.conversation_id)]


def _step_names(assistant: Assistant | None) -> list[str]:
    """The names of the assistants that an answer passes through; empty for an assistant without steps."""
    if assistant is None or not assistant.steps:
        return []
    names = {item.id: item.name for item in library().assistants.all()}
    return [assistant.name, *(names[step] for step in assistant.steps if step in names)]


def _document_names() -> dict[str, str]:
    return {document.sha256: document.name for document in library().documents.all()}


def _evidence_view(turn_id: int) -> dict[str, Any] | None:
    source = session().source
    if source is None or source.turn_id != turn_id:
        return None
    try:
        return view_data(library().conversations.source_view(turn_id, source.number, source.page))
    except KildeError as error:
        session().source = None
        st.error(error_text(error), icon=":material/error:")
        return None


def _status(live: LiveTurn) -> str:
    """The progress of an answer in one line, such as "Searching 12 documents… reading 4 passages…"."""
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
