"""The offer to read documents again that an earlier version read, and what that would change."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from rag.core.types import Document
from rag.documents.rereading import Difference
from rag.ui.documents.list import POLL_SECONDS, report_errors
from rag.ui.i18n import t
from rag.ui.shell.formatting import escape_markdown, visible
from rag.ui.shell.session import library, notice_text

_MOST_SHOWN = 30
"""Documents whose differences are listed one by one."""


def offer(documents: Sequence[Document]) -> None:
    """Draws the offer, the progress of the comparison, or what it found; nothing where all documents are up to date.

    documents: all of the library.
    """
    rereading = library().rereading
    if rereading.progress() is not None:
        st.fragment(_progress, run_every=POLL_SECONDS)()
        return
    outdated = rereading.outdated(documents)
    if not outdated:
        return
    differences = rereading.differences(outdated)
    with st.container(border=True, key="rereading"):
        if (failure := rereading.failure()) is not None:
            st.warning(notice_text(failure), icon=":material/warning:")
        changing = [difference for difference in differences if difference.changes]
        st.markdown(f":material/update: {t('reread_offer', count=len(outdated))}")
        if differences:
            st.markdown(t("reread_found", count=len(changing), of=len(differences)))
            for difference in differences[:_MOST_SHOWN]:
                _draw(difference)
            if len(differences) > _MOST_SHOWN:
                st.caption(t("reread_more", count=len(differences) - _MOST_SHOWN))
        with st.container(horizontal=True):
            if not differences:
                st.button(
                    t("reread_compare"), key="reread_compare", icon=":material/difference:", on_click=rereading.compare
                )
            st.button(t("reread_all"), key="reread_all", icon=":material/refresh:", type="primary", on_click=_accept)
            st.button(t("reread_leave"), key="reread_leave", on_click=_leave)


def _progress() -> None:
    rereading = library().rereading
    progress = rereading.progress()
    if progress is None:
        st.rerun()  # to show what was found
    with (
        st.container(border=True, key="rereading"),
        st.container(horizontal=True, vertical_alignment="bottom"),
    ):
        words = t("reread_comparing", name=escape_markdown(progress.name), done=progress.done, all=progress.of)
        st.progress(progress.done / progress.of, words)
        st.button(t("cancel"), key="reread_cancel", icon=":material/stop_circle:", on_click=rereading.cancel)


def _draw(difference: Difference) -> None:
    name = escape_markdown(difference.document.name)
    if difference.failure is not None:
        st.markdown(f":material/error: **{name}**: {notice_text(difference.failure)}")
        return
    if not difference.changes:
        st.markdown(f":material/check: **{name}**: {t('reread_nothing')}")
        return
    title = t("reread_difference", name=f"**{name}**", added=difference.added, removed=difference.removed)
    with st.expander(title):
        for notice in difference.notices:
            st.markdown(f":material/info: {notice_text(notice, difference.document.name)}")
        lines = [f"- {visible(text)}" for text in difference.first_removed]
        lines += [f"+ {visible(text)}" for text in difference.first_added]
        if lines:
            st.code("\n".join(lines), language="diff", wrap_lines=True)
        left_out = difference.added + difference.removed - len(lines)
        if left_out:
            st.caption(t("reread_more_sentences", count=left_out))


def _accept() -> None:
    report_errors(library().rereading.accept)


def _leave() -> None:
    report_errors(library().rereading.leave)
