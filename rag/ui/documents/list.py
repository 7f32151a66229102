"""The list of documents: how far each is, search, sort, and what can be done with those that are chosen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from rag.core.errors import KildeError
from rag.core.file_types import NAMES
from rag.core.i18n import say
from rag.core.types import Document, State
from rag.ui.components import draw_documents
from rag.ui.i18n import language, t, text
from rag.ui.shell.formatting import file_size, moment, plain, time_left, visible
from rag.ui.shell.session import library, said, said_notice, show_in, values_in, zone

POLL_SECONDS = 0.7
IDLE_SECONDS = 5.0
FAILED = "kilde_documents_failed"
_OPENED = "kilde_documents_opened"
_WORKING = (State.WAITING, State.READING, State.FINDABLE)


def listing() -> None:
    """Draws progress and table, polled only while something is being indexed."""
    working = library().documents.progress().working
    # also while nothing is under way: another tab or the command line may begin something
    st.fragment(_listing, run_every=POLL_SECONDS if working else IDLE_SECONDS)(working)


def _listing(polled: bool) -> None:
    if (opened := st.session_state.pop(_OPENED, None)) is not None:
        # not in the callback, where a page cannot be left
        st.switch_page("pages/document.py", query_params={"id": str(opened)})
    documents = library().documents.all()
    working = _progress(documents)
    if working and not polled:
        st.rerun()  # new work has begun: from now on with more polling
    if polled and not working:
        st.rerun()  # with less polling
    for document in documents:
        partly_read(document)
    wanted = st.text_input(
        t("search_documents"),
        key="search_documents",
        placeholder=t("search_documents"),
        icon=":material/search:",
        label_visibility="collapsed",
        live=True,
        width=360,
    )
    shown = [d for d in documents if _fits(d, wanted.casefold().strip())] if wanted else documents
    if not shown:
        st.caption(t("no_documents_found"))
        return
    # the buttons stand above the table, where they stay in sight; what is ticked is known only below
    actions = st.container()
    chosen = _table(shown)
    with actions:
        _actions(chosen)


def partly_read(document: Document) -> None:
    """Asks what becomes of a document of which only the first pages could be read; draws nothing for the others."""
    for notice in document.notices:
        if not notice.asks:
            continue
        with st.container(border=True, key=f"partly_read_{document.id}"):
            st.markdown(f":material/warning: **{plain(document.name)}**: {said_notice(notice)}")
            with st.container(horizontal=True):
                keep, drop = f"keep_as_it_is_{document.id}", f"delete_partly_read_{document.id}"
                st.button(t("keep_as_it_is"), key=keep, icon=":material/check:", on_click=_keep, args=(document.id,))
                st.button(t("delete"), key=drop, icon=":material/delete:", on_click=delete, args=([document.id],))


def _keep(document_id: int) -> None:
    _try(lambda: library().documents.accept_partial(document_id))


def _fits(document: Document, wanted: str) -> bool:
    """Whether the name or a tag holds what is looked for."""
    return any(wanted in name.casefold() for name in (document.name, *document.tags))


def _progress(documents: Sequence[Document]) -> bool:
    """The bar for all documents. Returns whether there is work under way."""
    progress = library().documents.progress()
    if progress.migration is not None:
        st.caption(said_notice(progress.migration))
    if not progress.working:
        return False
    space = progress.space
    ended = sum(document.state not in _WORKING for document in documents)
    parts = [
        t("indexing", done=ended, all=len(documents)),
        t("chunks_done", done=space.chunks_done, all=space.chunks) if space.chunks else "",
        time_left(progress.seconds_left, language()),
    ]
    if progress.fault is not None:
        st.warning(said_notice(progress.fault), icon=":material/warning:")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        share = space.chunks_done / space.chunks if space.chunks else 0.0
        st.progress(min(1.0, share), " · ".join(part for part in parts if part))
        st.button(t("cancel_all"), key="cancel_all", icon=":material/stop_circle:", on_click=library().documents.cancel)
    return True


def _table(shown: Sequence[Document]) -> list[Document]:
    """Returns the documents that are ticked."""
    words = {
        name: t(name) for name in ("documents", "name", "type", "state", "size", "added", "select_one", "select_all")
    }
    data = {
        "labels": {
            **words,
            "pages": t("page_count"),
            "chunks": t("chunk_count"),
            "open_document": t("open_document"),
            "tags": t("tags"),
        },
        "language": language(),
        "rows": [_row(document) for document in shown],
    }
    ticked = set(draw_documents("documents_table", data, _open))
    return [document for document in shown if document.id in ticked]


def _open(document_id: int) -> None:
    st.session_state[_OPENED] = document_id


def _row(document: Document) -> dict[str, Any]:
    tongue = language()
    return {
        "id": document.id,
        "name": visible(document.name),
        "type": NAMES.get(document.media_type, document.media_type),
        "state": state_text(document, tongue),
        "share": _share(document) if document.state in _WORKING else None,
        "pages": document.pages,
        "chunks": document.chunks,
        "size": document.size,
        "size_text": file_size(document.size, tongue),
        "added": document.added,
        "added_text": moment(document.added, tongue, zone()),
        "tags": [visible(tag) for tag in document.tags],
        "remarks": [visible(say(notice.code, tongue, **notice.values)) for notice in document.notices],
        "failed": document.state is State.FAILED,
    }


def state_text(document: Document, in_language: str) -> str:
    """How far a document is, in words."""
    match document.state:
        case State.READING if document.pages:
            return text("state_reading_pages", in_language, done=document.pages_done, all=document.pages)
        case State.FINDABLE:
            percent = round(100 * document.chunks_done / document.chunks) if document.chunks else 0
            return text("state_findable", in_language, percent=percent)
        case state:
            return text(f"state_{state.value}", in_language)


def _share(document: Document) -> float:
    """Reading is a tenth of the way, the vectors are the rest."""
    read = document.pages_done / document.pages if document.pages else 0.0
    embedded = document.chunks_done / document.chunks if document.chunks else 0.0
    return 0.1 * read + 0.9 * embedded


def _actions(chosen: Sequence[Document]) -> None:
    if (failed := st.session_state.pop(FAILED, None)) is not None:
        st.error(failed, icon=":material/error:")
    if not chosen:
        st.caption(t("select_hint"))
        return
    ids = [document.id for document in chosen]
    with st.container(horizontal=True, vertical_alignment="center", key="document_actions"):
        st.markdown(t("selected", count=len(chosen)), width="content")
        if len(chosen) == 1:
            single_actions(chosen[0])
        _tags(chosen)
        st.button(t("reindex"), key="reindex", icon=":material/refresh:", on_click=reindex, args=(ids,))
        if any(document.state in _WORKING for document in chosen):
            st.button(
                t("stop"), key="cancel", icon=":material/stop_circle:", on_click=library().documents.cancel, args=(ids,)
            )
        with st.popover(t("delete"), icon=":material/delete:"):
            st.markdown(f"**{t('delete_documents', count=len(ids))}**")
            st.text("\n".join(visible(document.name) for document in chosen))
            st.caption(t("delete_documents_text"))
            st.button(t("delete"), key="delete_documents", on_click=delete, args=(ids,))


def _tags(chosen: Sequence[Document]) -> None:
    """Tags for all that are chosen: those on all of them are given, and one that only some bear can be put on all."""
    ids = [document.id for document in chosen]
    on_all = sorted(set.intersection(*(set(document.tags) for document in chosen)))
    on_some = sorted({tag for document in chosen for tag in document.tags} - set(on_all))
    key = "documents_tags_" + "_".join(map(str, sorted(ids)[:50]))
    with st.popover(t("tags"), icon=":material/sell:"):
        show_in(key, on_all)
        offered = sorted({*library().documents.tags(), *on_all})
        st.multiselect(
            t("tags"),
            offered,
            default=values_in(key, offered),
            key=key,
            accept_new_options=True,
            placeholder=t("add_tag"),
            on_change=_retag,
            args=(ids, on_all, key),
            help=t("tags_help"),
        )
        if on_some:
            st.caption(t("tags_on_some", tags=plain(", ".join(on_some))))


def _retag(ids: list[int], before: list[str], key: str) -> None:
    wanted = [str(tag) for tag in st.session_state[key]]
    _try(lambda: library().documents.tag(ids, wanted, [tag for tag in before if tag not in wanted]))


def single_actions(document: Document) -> None:
    """Download and rename."""
    st.download_button(
        t("download"),
        data=lambda: library().documents.original(document.id),
        file_name=document.name.rpartition("/")[2],
        mime=document.media_type,
        key=f"download_{document.id}",
        icon=":material/download:",
        on_click="ignore",
    )
    with st.popover(t("rename"), icon=":material/edit:"), st.form(f"rename_document_{document.id}", border=False):
        key = f"document_name_{document.id}"
        st.text_input(t("rename_document"), document.name, max_chars=240, key=key)
        st.form_submit_button(t("rename"), on_click=_rename, args=(document.id, key))


def _rename(document_id: int, key: str) -> None:
    name = str(st.session_state[key]).strip()
    if name:
        _try(lambda: library().documents.rename(document_id, name))


def reindex(ids: list[int]) -> None:
    """What was wrong is kept in the session under FAILED."""
    _try(lambda: library().documents.reindex(ids))


def delete(ids: list[int]) -> None:
    """What was wrong is kept in the session under FAILED."""
    _try(lambda: library().documents.remove(ids))


def _try(change: Any) -> None:
    try:
        change()
    except KildeError as error:
        st.session_state[FAILED] = said(error)
