"""The frame of every page: title, navigation, language, and background work in the sidebar."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from rag.core.errors import KildeError
from rag.models.embedding.registry import ModelState
from rag.ui.i18n import choose_language, language, t
from rag.ui.server import fragment_patch
from rag.ui.shell import entry_guard
from rag.ui.shell.formatting import time_left
from rag.ui.shell.session import error_text, library, notice_text

if TYPE_CHECKING:
    from streamlit.navigation.page import StreamlitPage

_FOLDER = Path(__file__).parent
_FULL_RUN = "kilde_full_run"
MODEL_SECONDS = 20
"""About how long the default model takes to load for the first time on two cores."""

PAGES = (
    ("pages/chat.py", "chat", ":material/forum:"),
    ("pages/upload.py", "documents", ":material/description:"),
    ("pages/assistants.py", "assistants", ":material/groups:"),
    ("pages/lab.py", "saved_questions", ":material/bookmark:"),
    ("pages/models.py", "models", ":material/memory:"),
    ("pages/settings.py", "settings", ":material/tune:"),
)
# pages without a place in the navigation, reached by links
HIDDEN = (
    ("pages/document.py", "document", ":material/article:"),
    ("pages/ledger.py", "ledger", ":material/account_tree:"),
    ("pages/compare.py", "compare_answers", ":material/compare:"),
)


def begin() -> StreamlitPage:
    """Sets up the page and returns the one to run. Stops the script if the store cannot be opened."""
    st.set_page_config("Kilde", page_icon=str(_FOLDER / "icon.png"), layout="wide")
    problem = None
    setting = "auto"
    try:
        setting = library().settings.current().language
    except KildeError as error:
        problem = error
    choose_language(setting)
    # navigation first: until it has been called, a fresh server runs pages without this frame
    page = st.navigation(
        [st.Page(path, title=t(title), icon=icon, default=path == PAGES[0][0]) for path, title, icon in PAGES]
        + [st.Page(path, title=t(title), icon=icon, visibility="hidden") for path, title, icon in HIDDEN]
    )
    entry_guard.mark_frame()
    fragment_patch.remember_page()
    st.html(_FOLDER / "theme.css")
    st.logo(str(_FOLDER / "logo.svg"), size="large", icon_image=str(_FOLDER / "icon.png"))
    if problem is not None:
        st.error(t("cannot_open", reason=error_text(problem)), icon=":material/error:")
        st.button(t("try_again"))
        st.stop()
    for notice in library().maintenance.trouble():
        st.error(notice_text(notice), icon=":material/error:")
    return page


def end() -> None:
    """Draws background work in the sidebar, polled only while there is some. Call it after the page was drawn."""
    st.session_state[_FULL_RUN] = True
    fragment_patch.remember_page()
    with st.sidebar:
        st.fragment(_background_status, run_every=1.0 if _busy() else None)()


def _busy() -> bool:
    kilde = library()
    loading = kilde.embedding_model().status.state not in (ModelState.READY, ModelState.FAILED)
    return loading or kilde.documents.progress().working


def _background_status() -> None:
    kilde = library()
    if not st.session_state.pop(_FULL_RUN, False):
        # a timer's rerun comes from a browser that has drawn the page, so loading a model no longer delays it
        kilde.embedding_model().load_in_background()
        kilde.chosen_models.load_in_background()
        if not _busy():
            st.rerun()
    status = kilde.embedding_model().status
    if status.state is ModelState.FAILED:
        reason = notice_text(status.notice) if status.notice else ""
        st.warning(t("model_failed", reason=reason), icon=":material/warning:")
    elif status.state is not ModelState.READY:
        st.caption(f":material/hourglass_empty: {t('model_loading', seconds=MODEL_SECONDS)}")
    progress = kilde.documents.progress()
    if progress.working:
        space = progress.space
        progress_text = t("indexing", done=space.documents_ready, all=space.documents)
        pictures = t("pages_recognised", count=space.pages_lacking) if space.pages_lacking else ""
        parts = (progress_text, pictures, time_left(progress.seconds_left, language()))
        st.progress(_share(space.chunks_done, space.chunks), " · ".join(filter(None, parts)))


def _share(done: int, total: int) -> float:
    return min(1.0, done / total) if total else 0.0
