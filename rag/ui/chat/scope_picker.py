"""The picker of a question's scope above the question field: documents, tags, or one page."""

import streamlit as st

from rag.core.errors import KildeError
from rag.core.types import Document, Scope
from rag.ui.i18n import language, t
from rag.ui.shell.formatting import escape_markdown, scope_page, visible
from rag.ui.shell.session import error_text, library, session

MAX_NAMES = 3
"""With more documents than this, the button says their number instead of their names."""
_FAILED = "kilde_scope_failed"


def picker() -> None:
    """Draws a button with the current scope that opens the options. Call it inside a horizontal container."""
    if (failed := st.session_state.pop(_FAILED, None)) is not None:
        st.error(failed, icon=":material/error:")
    documents = {document.id: document for document in library().documents.all()}
    tags = library().documents.tags()
    current = current_scope()
    if len(documents) < 2 and not tags and not current:
        return  # nothing to choose from
    names = [documents[document_id].name for document_id in current.documents if document_id in documents]
    with st.popover(
        t("scope_of", scope=escape_markdown(scope_text(names, current))) if current else t("scope_all"),
        type="tertiary",
        icon=":material/filter_alt:" if current else ":material/folder_open:",
        help=t("scope_help"),
    ):
        _options(documents, list(tags), current)
    if current:
        st.button(
            t("scope_clear"),
            key="scope_clear",
            type="tertiary",
            icon=":material/close:",
            on_click=_set_scope,
            args=(Scope(),),
        )


def scope_text(names: list[str], scope: Scope) -> str:
    """Such as "Garanti.pdf, page 3" or "5 documents, tag: produkt". names: of the documents that still exist."""
    document_names = (
        ", ".join(map(visible, names)) if len(names) <= MAX_NAMES else t("scope_documents", count=len(names))
    )
    page = scope_page(names, scope.page, language()) if scope.page is not None else ""
    tags = t("scope_tags", tags=", ".join(map(visible, scope.tags))) if scope.tags else ""
    return ", ".join(filter(None, (document_names, page, tags))) or t("scope_nothing")


def _options(documents: dict[int, Document], tags: list[str], current: Scope) -> None:
    # the scope is part of the widgets' keys, so that a scope set elsewhere gives new widgets that show it
    version = hash(current)
    st.multiselect(
        t("scope_choose_documents"),
        sorted(documents, key=lambda document_id: documents[document_id].name.casefold()),
        [document_id for document_id in current.documents if document_id in documents],
        format_func=lambda document_id: visible(documents[document_id].name) if document_id in documents else "…",
        key=f"scope_documents_{version}",
        placeholder=t("scope_search_documents"),
        on_change=_on_select,
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
            on_change=_on_select,
            args=(version, current),
        )
    if current.page is not None:
        st.button(t("scope_all_pages"), on_click=_set_scope, args=(Scope(current.documents, current.tags),))
    st.caption(t("scope_note"))


def _on_select(version: int, previous: Scope) -> None:
    documents = tuple(st.session_state.get(f"scope_documents_{version}", previous.documents))
    tags = tuple(st.session_state.get(f"scope_tags_{version}", previous.tags))
    # a page belongs to a scope of one document
    page = previous.page if documents == previous.documents and not tags else None
    _set_scope(Scope(documents, tags, page))


def current_scope() -> Scope:
    """The scope of the next question."""
    state = session()
    if state.conversation_id is None:
        return state.scope
    return library().conversations.get(state.conversation_id).scope


def _set_scope(scope: Scope) -> None:
    state = session()
    if state.conversation_id is None:
        state.scope = scope
        return
    try:
        library().conversations.set_scope(state.conversation_id, scope)
    except KildeError as error:  # such as a conversation that was deleted in another tab
        st.session_state[_FAILED] = error_text(error)
