"""A document's own page: what it is, questions to it, and it itself to read, in overview, and as the search sees it."""

from __future__ import annotations

import streamlit as st

from rag.core.errors import KildeError
from rag.core.file_types import NAMES
from rag.core.i18n import keys
from rag.core.locations import unit
from rag.core.types import Conditions, Document, Scope, State
from rag.ui.documents import list as documents
from rag.ui.documents import page_parts
from rag.ui.documents.page_parts import CHUNKS, OF_PAGE, OVERVIEW, READ, SEARCH, SHOWN, VIEW, View
from rag.ui.i18n import language, of_unit, t
from rag.ui.shell.formatting import file_size, moment, plain, visible
from rag.ui.shell.session import library, said, said_notice, session, show_in, value_in, values_in, zone
from rag.ui.shell.untrusted import as_id

POLL_SECONDS = 1.0
MAX_QUESTION = 2000  # characters
_FAILED = "kilde_document_failed"
_WORKING = (State.WAITING, State.READING, State.FINDABLE)


def page() -> None:
    """Draws the page of the document that the address names."""
    asked_for = st.query_params.get("id", "")
    document = next((d for d in library().documents.all() if str(d.id) == asked_for), None)
    if document is None:
        st.title(t("document"))
        st.info(t("document_not_here"), icon=":material/info:")
        st.page_link("pages/upload.py", label=t("all_documents"), icon=":material/arrow_back:")
        return
    view = _view(document)
    st.page_link("pages/upload.py", label=t("all_documents"), icon=":material/arrow_back:")
    st.title(plain(document.name))
    working = document.state in _WORKING
    st.fragment(_facts, run_every=POLL_SECONDS if working else None)(document.id, document.state)
    for notice in document.notices:
        if not notice.asks:
            st.warning(said_notice(notice), icon=":material/warning:")
    documents.partly_read(document)
    _care(document)
    _ask_form(document, view)
    if document.state is State.READY:
        st.fragment(_suggestions, run_every=None if _suggested(document) else POLL_SECONDS)(
            document.id, unit(document.name)
        )
    ways = {READ: t("document_read"), OVERVIEW: t("document_overview"), CHUNKS: t("document_chunks")}
    if st.session_state.get(SHOWN) not in ways:
        st.session_state[SHOWN] = READ
    st.segmented_control(
        t("show"),
        list(ways),
        default=value_in(SHOWN),
        required=True,
        format_func=lambda name: ways[name],
        key=SHOWN,
        label_visibility="collapsed",
    )
    draw = {READ: page_parts.read, OVERVIEW: page_parts.overview, CHUNKS: page_parts.chunks}
    draw[st.session_state[SHOWN]](document, view)
    _write_address(view)


def _view(document: Document) -> View:
    kept: View | None = st.session_state.get(VIEW)
    if kept is None or kept.document_id != document.id:
        kept = View(document.id, as_id(st.query_params.get("page", "")) or 1)
        st.session_state[VIEW] = kept
        for key in (SHOWN, SEARCH, OF_PAGE, "document_question"):
            st.session_state.pop(key, None)
    asked_for = st.query_params.get("page", "")
    if kept.address and asked_for != kept.address and (number := as_id(asked_for)) is not None:
        # a link led here, to another page of the document that was shown last
        kept.page, kept.offset, kept.mark = number, 0, None
    kept.page = min(max(kept.page, 1), max(document.pages, 1))
    return kept


def _write_address(view: View) -> None:
    if st.query_params.get("page", "1") != str(view.page):
        st.query_params["page"] = str(view.page)
    view.address = str(view.page)


# what it is ------------------------------------------------------------------------------------------------------


def _facts(document_id: int, drawn: State) -> None:
    try:
        document = library().documents.get(document_id)
    except KildeError:
        st.rerun()
    if document.state is not drawn:
        st.rerun()
    tongue = language()
    pages, chunks = document.pages, document.chunks
    parts = [
        document.title if document.title and document.title != document.name else "",
        documents.state_text(document, tongue),
        NAMES.get(document.media_type, document.media_type),
        t(of_unit("pages_count", unit(document.name)), count=pages) if pages else "",
        t("chunks_count", count=chunks) if chunks else "",
        t(f"written_in_{document.language}") if f"written_in_{document.language}" in keys() else document.language,
        file_size(document.size, tongue),
        t("added_when", when=moment(document.added, tongue, zone())),
    ]
    st.caption(" · ".join(plain(part) for part in parts if part))


def _care(document: Document) -> None:
    for key in (_FAILED, documents.FAILED):
        if (failed := st.session_state.pop(key, None)) is not None:
            st.error(failed, icon=":material/error:")
    with st.container(horizontal=True, vertical_alignment="bottom", key="document_actions"):
        _tags(document)
        documents.single_actions(document)
        st.button(t("reindex"), icon=":material/refresh:", on_click=documents.reindex, args=([document.id],))
        with st.popover(t("delete"), icon=":material/delete:"):
            st.markdown(f"**{t('delete_documents', count=1)}**")
            st.text(visible(document.name))
            st.caption(t("delete_documents_text"))
            if st.button(t("delete"), key="delete_documents"):
                documents.delete([document.id])
                if documents.FAILED in st.session_state:
                    st.rerun()
                st.switch_page("pages/upload.py")


def _tags(document: Document) -> None:
    key = f"document_tags_{document.id}"
    # another tab may have changed them
    show_in(key, list(document.tags))
    offered = sorted({*library().documents.tags(), *document.tags})
    st.multiselect(
        t("tags"),
        offered,
        default=values_in(key, offered),
        key=key,
        accept_new_options=True,
        placeholder=t("add_tag"),
        on_change=_retag,
        args=(document, key),
        width=400,
    )


def _retag(document: Document, key: str) -> None:
    wanted = [str(tag) for tag in st.session_state[key]]
    try:
        library().documents.tag([document.id], wanted, [tag for tag in document.tags if tag not in wanted])
    except KildeError as error:
        st.session_state[_FAILED] = said(error)


# questions to it -------------------------------------------------------------------------------------------------


def _ask_form(document: Document, view: View) -> None:
    with st.form("document_ask", border=False), st.container(horizontal=True, vertical_alignment="bottom"):
        question = st.text_input(
            t("ask_document"),
            key="document_question",
            max_chars=MAX_QUESTION,
            placeholder=t("ask_document_placeholder"),
            icon=":material/forum:",
            width=560,
        )
        of_document = st.form_submit_button(t("ask_document"), type="primary", key="ask_document")
        of_page = document.pages > 1 and st.form_submit_button(
            t(of_unit("ask_page", unit(document.name)), page=view.page), key="ask_page", help=t("ask_page_help")
        )
    if of_page or of_document:
        view.asked_nothing = not (question or "").strip()
    if view.asked_nothing:
        st.caption(t("ask_document_empty"))
    if of_page:
        _ask(question or "", Scope((document.id,), page=view.page))
    elif of_document:
        _ask(question or "", Scope((document.id,)))


def _ask(question: str, scope: Scope) -> None:
    """Begins a conversation with this scope and goes there."""
    question = question.strip()[:MAX_QUESTION]
    if not question:
        return
    try:
        turn = library().conversations.start(question, None, Conditions(scope))
    except KildeError as error:
        st.error(said(error), icon=":material/error:")
        return
    state = session()
    state.conversation_id, state.source = turn.conversation_id, None
    st.switch_page("pages/chat.py")


def _suggested(document: Document) -> bool:
    """Whether it is known what to suggest."""
    try:
        return library().viewer.suggestions(document.id) is not None
    except KildeError:
        return True


def _suggestions(document_id: int, of: str) -> None:
    try:
        found = library().viewer.suggestions(document_id)
    except KildeError:  # deleted meanwhile: the page says so when it is drawn next
        return
    if found is None:
        st.session_state["kilde_suggesting"] = document_id
        st.caption(f":material/hourglass_empty: {t('suggesting')}")
        return
    if st.session_state.pop("kilde_suggesting", None) == document_id:
        st.rerun()  # from now on without polling
    if not found:
        return
    st.caption(t("suggested_questions"))
    with st.container(horizontal=True, key="suggested"):
        for number, one in enumerate(found):
            if st.button(plain(one.question), key=f"suggested_{number}", help=t(of_unit("page", of), page=one.page)):
                _ask(one.question, Scope((document_id,)))
