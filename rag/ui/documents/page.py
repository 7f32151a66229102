"""A document's page: its facts and actions, questions to it, and its reader, overview and chunks."""

import streamlit as st

from rag.core.errors import KildeError
from rag.core.file_types import NAMES
from rag.core.i18n import keys
from rag.core.locations import unit
from rag.core.types import Conditions, Document, Scope, State
from rag.ui.chat.turn_actions import MAX_QUESTION
from rag.ui.documents import list as documents
from rag.ui.documents import page_parts
from rag.ui.documents.page_parts import CHUNKS, OF_PAGE, OVERVIEW, READ, SEARCH, SHOWN, VIEW, View
from rag.ui.i18n import language, of_unit, t
from rag.ui.server.fragment_patch import page_was_opened
from rag.ui.shell.formatting import escape_markdown, file_size, moment, visible
from rag.ui.shell.session import (
    error_text,
    library,
    notice_text,
    session,
    set_if_changed,
    state_value,
    state_values,
    time_zone,
)
from rag.ui.shell.untrusted import as_id

POLL_SECONDS = 1.0
MOST_RELATED = 30
"""Links to files inside a file; the list of documents has them all."""
_FAILED = "kilde_document_failed"


def page() -> None:
    """Draws the page of the document that the address names."""
    address_id = st.query_params.get("id", "")
    document = next((d for d in library().documents.all() if str(d.id) == address_id), None)
    if document is None:
        st.title(t("document"))
        st.info(t("document_not_here"), icon=":material/info:")
        st.page_link("pages/upload.py", label=t("all_documents"), icon=":material/arrow_back:")
        return
    view = _view(document)
    st.page_link("pages/upload.py", label=t("all_documents"), icon=":material/arrow_back:")
    st.title(escape_markdown(document.name))
    is_working = document.state in documents.WORKING
    st.fragment(_facts, run_every=POLL_SECONDS if is_working else None)(document.id, document.state)
    for notice in document.notices:
        if notice.code == "attached_added":
            st.info(notice_text(notice, document.name), icon=":material/attach_file:")
        elif not notice.asks:
            st.warning(notice_text(notice, document.name), icon=":material/warning:")
    documents.partial_read_prompt(document)
    _family(document)
    _document_actions(document)
    _ask_form(document, view)
    if document.state is State.READY:
        st.fragment(_suggestions, run_every=None if _has_suggestions(document) else POLL_SECONDS)(
            document.id, unit(document.name)
        )
    labels = {READ: t("document_read"), OVERVIEW: t("document_overview"), CHUNKS: t("document_chunks")}
    if st.session_state.get(SHOWN) not in labels:
        st.session_state[SHOWN] = READ
    st.segmented_control(
        t("show"),
        list(labels),
        default=state_value(SHOWN),
        required=True,
        format_func=lambda name: labels[name],
        key=SHOWN,
        label_visibility="collapsed",
    )
    draw = {READ: page_parts.reader, OVERVIEW: page_parts.overview, CHUNKS: page_parts.chunks}
    draw[st.session_state[SHOWN]](document, view)
    _write_address(view)


def _view(document: Document) -> View:
    was_opened = page_was_opened()
    view: View | None = st.session_state.get(VIEW)
    if view is None or view.document_id != document.id:
        view = View(document.id, as_id(st.query_params.get("page", "")) or 1)
        st.session_state[VIEW] = view
        for key in (SHOWN, SEARCH, OF_PAGE, "document_question"):
            st.session_state.pop(key, None)
    number = as_id(st.query_params.get("page", ""))
    if was_opened and number is not None and number != view.page:
        # by a link to another page of the same document
        view.page, view.offset, view.mark = number, 0, None
    view.page = min(max(view.page, 1), max(document.pages, 1))
    return view


def _write_address(view: View) -> None:
    if st.query_params.get("page", "1") != str(view.page):
        st.query_params["page"] = str(view.page)


# facts and actions -----------------------------------------------------------------------------------------------


def _facts(document_id: int, drawn_state: State) -> None:
    try:
        document = library().documents.get(document_id)
    except KildeError:
        st.rerun()
    if document.state is not drawn_state:
        st.rerun()
    lang = language()
    pages, chunks = document.pages, document.chunks
    parts = [
        document.title if document.title and document.title != document.name else "",
        documents.state_text(document, lang),
        NAMES.get(document.media_type, document.media_type),
        t(of_unit("pages_count", unit(document.name)), count=pages) if pages else "",
        t("chunks_count", count=chunks) if chunks else "",
        t(f"written_in_{document.language}") if f"written_in_{document.language}" in keys() else document.language,
        file_size(document.size, lang),
        t("added_when", when=moment(document.added, lang, time_zone())),
    ]
    st.caption(" · ".join(escape_markdown(part) for part in parts if part))


def _family(document: Document) -> None:
    """Links to the document that this one is inside, and to those inside it."""
    every = library().documents.all()
    above = [one for one in every if one.id == document.parent]
    inside = [one for one in reversed(every) if one.parent == document.id]
    for one in [*above, *inside[:MOST_RELATED]]:
        name = escape_markdown(one.name)
        st.page_link(
            "pages/document.py",
            label=t("part_of_document", name=name) if one in above else name,
            icon=":material/arrow_upward:" if one in above else ":material/attach_file:",
            query_params={"id": str(one.id)},
        )


def _document_actions(document: Document) -> None:
    for key in (_FAILED, documents.FAILED):
        if (failed := st.session_state.pop(key, None)) is not None:
            st.error(failed, icon=":material/error:")
    with st.container(horizontal=True, vertical_alignment="bottom", key="document_actions"):
        _tag_editor(document)
        documents.single_actions(document)
        st.button(t("reindex"), icon=":material/refresh:", on_click=documents.reindex, args=([document.id],))
        with st.popover(t("delete"), icon=":material/delete:"):
            deleted = library().documents.with_inside([document])
            st.markdown(f"**{t('delete_documents', count=len(deleted))}**")
            st.text("\n".join(visible(one.name) for one in deleted))
            st.caption(t("delete_documents_text"))
            if st.button(t("delete"), key="delete_documents"):
                documents.delete([document.id])
                if documents.FAILED in st.session_state:
                    st.rerun()
                st.switch_page("pages/upload.py")


def _tag_editor(document: Document) -> None:
    key = f"document_tags_{document.id}"
    # another tab may have changed the tags
    set_if_changed(key, list(document.tags))
    options = sorted({*library().documents.tags(), *document.tags})
    st.multiselect(
        t("tags"),
        options,
        default=state_values(key, options),
        key=key,
        accept_new_options=True,
        placeholder=t("add_tag"),
        on_change=_retag,
        args=(document, key),
        width=400,
    )


def _retag(document: Document, key: str) -> None:
    tags = [str(tag) for tag in st.session_state[key]]
    try:
        library().documents.tag([document.id], tags, [tag for tag in document.tags if tag not in tags])
    except KildeError as error:
        st.session_state[_FAILED] = error_text(error)


# questions -------------------------------------------------------------------------------------------------------


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
        asks_document = st.form_submit_button(t("ask_document"), type="primary", key="ask_document")
        asks_page = document.pages > 1 and st.form_submit_button(
            t(of_unit("ask_page", unit(document.name)), page=view.page), key="ask_page", help=t("ask_page_help")
        )
    if asks_page or asks_document:
        view.asked_nothing = not (question or "").strip()
    if view.asked_nothing:
        st.caption(t("ask_document_empty"))
    if asks_page:
        _ask(question or "", Scope((document.id,), page=view.page))
    elif asks_document:
        _ask(question or "", Scope((document.id,)))


def _ask(question: str, scope: Scope) -> None:
    """Starts a conversation with this scope and switches to it."""
    question = question.strip()[:MAX_QUESTION]
    if not question:
        return
    try:
        turn = library().conversations.start(question, None, Conditions(scope))
    except KildeError as error:
        st.error(error_text(error), icon=":material/error:")
        return
    state = session()
    state.conversation_id, state.source = turn.conversation_id, None
    st.switch_page("pages/chat.py")


def _has_suggestions(document: Document) -> bool:
    """Whether the suggested questions have been made."""
    try:
        return library().viewer.suggestions(document.id) is not None
    except KildeError:
        return True


def _suggestions(document_id: int, page_unit: str) -> None:
    try:
        suggestions = library().viewer.suggestions(document_id)
    except KildeError:  # deleted in another tab: the next run of the page says so
        return
    if suggestions is None:
        st.session_state["kilde_suggesting"] = document_id
        st.caption(f":material/hourglass_empty: {t('suggesting')}")
        return
    if st.session_state.pop("kilde_suggesting", None) == document_id:
        st.rerun()  # to stop polling
    if not suggestions:
        return
    st.caption(t("suggested_questions"))
    with st.container(horizontal=True, key="suggested"):
        for number, suggestion in enumerate(suggestions):
            if st.button(
                escape_markdown(suggestion.question),
                key=f"suggested_{number}",
                help=t(of_unit("page", page_unit), page=suggestion.page),
            ):
                _ask(suggestion.question, Scope((document_id,)))
