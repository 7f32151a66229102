"""What surrounds every page: title, navigation, language, and in the sidebar what goes on in the background."""

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
from rag.ui.shell.session import library, said, said_notice

if TYPE_CHECKING:
    from streamlit.navigation.page import StreamlitPage

_FOLDER = Path(__file__).parent
_FULL_RUN = "kilde_full_run"
MODEL_SECONDS = 20
"""About how long the default model takes, the first time, on two cores."""

PAGES = (
    ("pages/chat.py", "chat", ":material/forum:"),
    ("pages/upload.py", "documents", ":material/description:"),
    ("pages/assistants.py", "assistants", ":material/groups:"),
    ("pages/lab.py", "saved_questions", ":material/bookmark:"),
    ("pages/models.py", "models", ":material/memory:"),
    ("pages/settings.py", "settings", ":material/tune:"),
)
# reached from other pages, and by their address
HIDDEN = (
    ("pages/document.py", "document", ":material/article:"),
    ("pages/ledger.py", "ledger", ":material/account_tree:"),
    ("pages/compare.py", "compare_answers", ":material/compare:"),
)


def begin() -> StreamlitPage:
    """Sets up the page and returns the one to run. Does not return where the store cannot be opened."""
    st.set_page_config("Kilde", page_icon=str(_FOLDER / "icon.png"), layout="wide")
    problem = None
    setting = "auto"
    try:
        setting = library().settings.current().language
    except KildeError as error:
        problem = error
    choose_language(setting)
    # navigation comes before all else: until it has been called, a fresh server runs pages without this frame
    page = st.navigation(
        [st.Page(path, title=t(title), icon=icon, default=path == PAGES[0][0]) for path, title, icon in PAGES]
        + [st.Page(path, title=t(title), icon=icon, visibility="hidden") for path, title, icon in HIDDEN]
    )
    entry_guard.mark_frame()
    fragment_patch.mark_page()
    st.html(_FOLDER / "theme.css")
    st.logo(str(_FOLDER / "logo.svg"), size="large", icon_image=str(_FOLDER / "icon.png"))
    if problem is not None:
        st.error(t("cannot_open", reason=said(problem)), icon=":material/error:")
        st.button(t("try_again"))
        st.stop()
    for notice in library().maintenance.trouble():
        st.error(said_notice(notice), icon=":material/error:")
    return page


def end() -> None:
    """To be called after the page was drawn: the notices in the sidebar, polled only while something is under way."""
    st.session_state[_FULL_RUN] = True
    fragment_patch.mark_page()
    with st.sidebar:
        st.fragment(_background, run_every=1.0 if _busy() else None)()


def _busy() -> bool:
    kilde = library()
    loading = kilde.embedding_model().status.state not in (ModelState.READY, ModelState.FAILED)
    return loading or kilde.documents.progress().working


def _background() -> None:
    kilde = library()
    if not st.session_state.pop(_FULL_RUN, False):
        # a tick comes from a browser that has drawn the page: only now may loading a model slow it down
        kilde.embedding_model().load_in_background()
        if not _busy():
            st.rerun()
    status = kilde.embedding_model().status
    if status.state is ModelState.FAILED:
        reason = said_notice(status.notice) if status.notice else ""
        st.warning(t("model_failed", reason=reason), icon=":material/warning:")
    elif status.state is not ModelState.READY:
        st.caption(f":material/hourglass_empty: {t('model_loading', seconds=MODEL_SECONDS)}")
    progress = kilde.documents.progress()
    if progress.working:
        space = progress.space
        done = t("indexing", done=space.documents_ready, all=space.documents)
        left = time_left(progress.seconds_left, language())
        st.progress(_share(space.chunks_done, space.chunks), " · ".join(filter(None, (done, left))))


def _share(done: int, of: int) -> float:
    return min(1.0, done / of) if of else 0.0
