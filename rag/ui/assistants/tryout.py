"""Asks a question of the draft in the form and shows the answer with its sources; no conversation is stored."""

from dataclasses import replace

import streamlit as st

from rag.answering.turn_runner import LiveTurn
from rag.conversations.assistants.validation import check
from rag.core.types import Assistant
from rag.ui.assistants.drafts import attempt, edit_state, read_fields
from rag.ui.assistants.form_data import normalize
from rag.ui.assistants.tryout_runner import Trial
from rag.ui.chat.turn_actions import DOCUMENT, MAX_QUESTION
from rag.ui.chat.turn_data import turn_data
from rag.ui.components.assistants import draw_trial
from rag.ui.i18n import language, t
from rag.ui.shell.session import library

POLL_SECONDS = 0.25
_QUESTION = "try_question"
_OPENED = "kilde_trial_opened"


def tryout(key: int) -> None:
    """Draws the question field and the last answer."""
    st.subheader(t("try_title"))
    st.caption(t("try_text"))
    if not library().documents.all():
        st.info(t("try_no_documents"), icon=":material/info:")
        return
    with st.form("try_form", border=False):
        st.text_input(t("try_question"), key=_QUESTION, max_chars=MAX_QUESTION, placeholder=t("ask"))
        st.form_submit_button(t("try_button"), icon=":material/play_arrow:", on_click=_ask, args=(key,))
    trial = edit_state().trials.get(key)
    running = trial is not None and trial.is_running
    # always the same fragment, so that a click at the moment when the answer is done still finds it
    st.fragment(_answer, run_every=POLL_SECONDS if running else None)(key, running)


def _ask(key: int) -> None:
    question = str(st.session_state.get(_QUESTION, "")).strip()[:MAX_QUESTION]
    draft = read_fields(key)
    if not question:
        return

    def start() -> None:
        assistant = normalize(draft.current)
        if not assistant.name:  # an answer needs no name
            assistant = replace(assistant, name=t("assistant_unnamed"))
        start_trial(key, assistant, question)

    attempt(start)


def start_trial(key: int, assistant: Assistant, question: str) -> None:
    """Starts to answer in the background and stops the previous trial. Raises InvalidAssistant."""
    check(assistant)
    kilde, trials = library(), edit_state().trials
    if (earlier := trials.get(key)) is not None:
        earlier.stop()
    trials[key] = Trial(
        question, lambda cancelled: kilde.ask_events(question, cancelled=cancelled, assistant=assistant)
    )


def _answer(key: int, is_polled: bool) -> None:
    trial = edit_state().trials.get(key)
    if trial is None:
        return
    if (query_params := st.session_state.pop(_OPENED, None)) is not None:
        st.switch_page(DOCUMENT, query_params=query_params)
    if trial.is_running != is_polled:
        st.rerun()
    live = trial.live
    if trial.is_running:
        st.button(t("stop"), key="try_stop", icon=":material/stop_circle:", on_click=trial.stop)
    kilde = library()
    data = turn_data(
        live.turn,
        language=language(),
        states={hit.sha256: kilde.documents.state_of(hit.sha256, hit.document) for hit in live.turn.hits},
        by_ocr={sha256: kilde.documents.pages_by_ocr(sha256) for sha256 in {hit.sha256 for hit in live.turn.hits}},
        partial=live.partial,
        status=_status(live),
    )
    draw_trial(f"trial_{key}", data, lambda number: _open(live, number))


def _open(live: LiveTurn, number: int) -> None:
    """Opens a source on the page of its document; the draft keeps the changes of the form."""
    hit = next((hit for hit in live.turn.hits if hit.number == number), None)
    document = library().documents.with_content(hit.sha256) if hit is not None else None
    if hit is not None and document is not None:
        st.session_state[_OPENED] = {"id": str(document.id), "page": str(hit.chunk.page)}


def _status(live: LiveTurn) -> str:
    stage = live.working.stage if live.working is not None else ""
    match stage:
        case "":
            return ""
        case "model":
            return t("model_awaited")
        case "searching" | "reading" | "choosing":
            return t("try_searching")
        case "checking":
            return t("checking")
        case _:
            return t("writing")
