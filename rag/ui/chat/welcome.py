"""The welcome of an empty library, and suggested first questions."""

from collections.abc import Callable

import streamlit as st

from rag.core.errors import AlreadyThere, KildeError
from rag.documents.samples import questions, samples
from rag.ui.i18n import language, t
from rag.ui.shell.formatting import escape_markdown
from rag.ui.shell.session import error_text, library

MAX_SUGGESTIONS = 3
_FAILED = "kilde_samples_failed"


def welcome(*, offer_upload: bool) -> None:
    """Draws the welcome of a library without documents. offer_upload: with a button to the documents page."""
    st.title(t("welcome"))
    with st.container(width=640):
        st.markdown(t("welcome_text"))
    with st.container(horizontal=True):
        if offer_upload:
            add = st.button(t("welcome_add"), key="welcome_add", type="primary", icon=":material/upload_file:")
            if add:
                st.switch_page("pages/upload.py")
        st.button(t("welcome_samples"), key="welcome_samples", icon=":material/library_books:", on_click=_add_samples)
    st.caption(t("samples_text", count=len(samples())))
    if (failed := st.session_state.pop(_FAILED, None)) is not None:
        st.error(failed, icon=":material/error:")


def suggestions(ask: Callable[[str], None]) -> None:
    """Draws first questions that the sample documents answer, if those are in the library."""
    st.title(t("ask_first"))
    st.markdown(t("ask_first_text"))
    names = {document.name for document in library().documents.all()}
    matching = [sample.question for sample in questions(language()) if sample.document in names][:MAX_SUGGESTIONS]
    if matching:
        st.caption(t("try_asking"))
        for number, question in enumerate(matching):
            st.button(escape_markdown(question), key=f"suggestion_{number}", on_click=ask, args=(question,))


def _add_samples() -> None:
    for name, data in samples():
        try:
            library().documents.add(name, data, keep_both=True)
        except AlreadyThere:
            continue
        except KildeError as error:
            st.session_state[_FAILED] = error_text(error)
            return
