"""What a question is asked of: chosen documents, tags, or one page; shown above the question field."""

from __future__ import annotations

import streamlit as st

from rag.core.errors import KildeError
from rag.core.types import Document, Scope
from rag.ui.i18n import language, t
from rag.ui.shell.formatting import plain, scope_page, visible
from rag.ui.shell.session import library, said, session

SHOWN = 3
"""So many names are said; of more, how many there are."""
_FAILED = "kilde_scope_failed"


def choice() -> None:
    """Draws what the next question is asked of, as a button that opens the choice, in a row that is there."""
    if (failed := st.session_state.pop(_FAILED, None)) is not None:
        st.error(failed, icon=":material/error:")
    documents = {document.id: document for document in library().documents.all()}
    tags = library().documents.tags()
    current = current_scope()
    if len(documents) < 2 and not tags and not current:
        return  # nothing to choose from
    names = [documents[one].name for one in current.documents if one in documents]
    with st.popover(
        t("scope_of", scope=plain(described(names, current))) if current else t("scope_all"),
        type="tertiary",
        icon=":material/filter_alt:" if current else ":material/folder_open:",
        help=t("scope_help"),
    ):
        _choice(documents, list(tags), current)
    if current:
        st.button(
            t("scope_clear"),
            key="scope_clear",
            type="tertiary",
            icon=":material/close:",
            on_click=_change,
            args=(Scope(),),
        )


def described(names: list[str], scope: Scope) -> str:
    """Such as "Garanti.pdf, page 3" or "5 documents, tag: produkt"; documents that have gone are not counted."""
    said_names = ", ".join(map(visible, names)) if len(names) <= SHOWN else t("scope_documents", count=len(names))
    page = scope_page(names, scope.page, language()) if scope.page is not None else ""
    tags = t("scope_tags", tags=", ".join(map(visible, scope.tags))) if scope.tags else ""
    return ", ".join(filter(None, (said_names, page, tags))) or t("scope_nothing")


def _choice(documents: dict[int, Document], tags: list[str], current: Scope) -> None:
    # what is chosen is part of the key: chosen elsewhere, the fields show it
    version = hash(current)
    st.multiselect(
        t("scope_choose_documents"),
        sorted(documents, key=lambda one: documents[one].name.casefold()),
        [one for one in current.documents if one in documents],
        format_func=lambda one: visible(documents[one].name) if one in documents else "…",
        key=f"scope_documents_{version}",
        placeholder=t("scope_search_documents"),
        on_change=_chosen,
        args=(version, current),
    )
    if tags or current.tags:
        st.multiselect(
            t("scope_choose_tags"),
            sorted({*tags, *current.tags}),
            list(current.tags),
            format_func=visible,
            key=f"scope_tags_{version}",
            placeholder=t("scope_search_tags"),
            on_change=_chosen,
            args=(version, current),
        )
    if current.page is not None:
        st.button(t("scope_all_pages"), on_click=_change, args=(Scope(current.documents, current.tags),))
    st.caption(t("scope_note"))


def _chosen(version: int, before: Scope) -> None:
    documents = tuple(st.session_state.get(f"scope_documents_{version}", before.documents))
    tags = tuple(st.session_state.get(f"scope_tags_{version}", before.tags))
    # a page is one of the only document
    page = before.page if documents == before.documents and not tags else None
    _change(Scope(documents, tags, page))


def current_scope() -> Scope:
    """What the next question is asked of."""
    state = session()
    if state.conversation_id is None:
        return state.scope
    return library().conversations.get(state.conversation_id).scope


def _change(scope: Scope) -> None:
    state = session()
    if state.conversation_id is None:
        state.scope = scope
        return
    try:
        library().conversations.set_scope(state.conversation_id, scope)
    except KildeError as error:  # such as a conversation that was deleted in another tab
        st.session_state[_FAILED] = said(error)
