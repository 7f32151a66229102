"""One saved question with its passages, in a dialog."""

from pathlib import Path

import streamlit as st

from rag.core.errors import NotFound
from rag.core.locations import position
from rag.core.types import Turn
from rag.core.types.questions import Expected, SavedQuestion
from rag.ui.i18n import language, t
from rag.ui.questions.run import report_errors
from rag.ui.shell.formatting import escape_markdown, moment
from rag.ui.shell.session import OpenSource, library, session, time_zone

_PASSAGE_STYLE = Path(__file__).parents[1] / "components" / "lab" / "passages.css"


_OPENED = "kilde_lab_opened"


_LEAVING = "kilde_lab_leaving"


VOTES = {1: "vote_good", -1: "vote_bad", 0: "vote_none"}


def follow_redirect() -> None:
    """Switches to the chat page if the dialog asked for it."""
    if st.session_state.pop(_LEAVING, False):
        st.switch_page("pages/chat.py")


def open_question(question_id: int) -> None:
    """Opens the dialog of a question in this run of the page."""
    st.session_state[_OPENED] = question_id


def question_dialog() -> None:
    """Draws the question that was opened in the table, in a dialog, until it is closed."""
    question_id = st.session_state.get(_OPENED)
    question = next((q for q in library().saved_questions.all() if q.id == question_id), None)
    if question is not None:
        # opened again by every run of the page, so that a rerun for another reason does not close it
        dialog = st.dialog(t("saved_question"), width="medium", icon=":material/bookmark:", on_dismiss=_close)
        dialog(_dialog_content)(question)


def _close() -> None:
    st.session_state.pop(_OPENED, None)


def _dialog_content(question: SavedQuestion) -> None:
    follow_redirect()
    st.html(_PASSAGE_STYLE)
    turn = _turn(question)
    st.markdown(f"**{escape_markdown(question.question)}**")
    parts = [t(VOTES[question.vote]), t("saved_when", when=moment(question.saved, language(), time_zone()))]
    parts += [escape_markdown(question.scenario)] if question.scenario else []
    st.caption(" · ".join(parts))
    if question.note:
        st.markdown(f"{t('note')}: {escape_markdown(' '.join(question.note.split()))}")
    if turn is None:
        st.caption(t("turn_gone"))
    else:
        st.button(t("open_answer"), key="open_answer", icon=":material/forum:", on_click=_open_turn, args=(turn, None))
    if not question.passages:
        st.caption(t("no_passages"))
    for index, passage in enumerate(question.passages):
        with st.container(border=True, key=f"expected_{index}"):
            _passage(index, passage, turn)


def _passage(index: int, passage: Expected, turn: Turn | None) -> None:
    verdict = t("passage_right") if passage.right else t("passage_wrong")
    because = t("passage_implied") if passage.implied else ""
    where = position(passage.document, passage.place.page, language())
    st.markdown(" · ".join(filter(None, (f"**{verdict}**", escape_markdown(passage.document), where, because))))
    with st.container(key=f"expected_text_{index}"):
        st.markdown(escape_markdown(" ".join(passage.text.split())))
    if library().documents.is_gone(passage.place.sha256):
        st.caption(t("gone"))
    source = _source(passage, turn) if turn is not None else None
    if turn is not None and source is not None:
        icon = ":material/description:"
        st.button(t("open_page"), key=f"open_passage_{index}", icon=icon, on_click=_open_turn, args=(turn, source))


def _turn(question: SavedQuestion) -> Turn | None:
    """The turn that a question was saved from; None if it was deleted."""
    try:
        return library().conversations.live(question.turn_id).turn if question.turn_id is not None else None
    except NotFound:
        return None


def _source(passage: Expected, turn: Turn) -> OpenSource | None:
    """The source that shows an expected passage: one that overlaps it, or one of the same document."""
    for hit in turn.hits:
        if hit.place.overlaps(passage.place):
            return OpenSource(turn.id, hit.number)
    for hit in turn.hits:
        if hit.sha256 == passage.place.sha256:
            return OpenSource(turn.id, hit.number, passage.place.page)
    return None


def _open_turn(turn: Turn, source: OpenSource | None) -> None:
    """Opens the conversation of a turn, with a source's evidence view, in the next run of the page."""

    def redirect() -> None:
        library().conversations.show_variant(turn.id)
        state = session()
        state.conversation_id = turn.conversation_id
        state.source = source
        st.session_state[_LEAVING] = True
        _close()

    report_errors(redirect)
