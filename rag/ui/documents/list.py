"""The list of documents: indexing progress, search, the table, and the actions on selected documents."""

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from rag.core.errors import KildeError
from rag.core.file_types import NAMES
from rag.core.i18n import say
from rag.core.locations import notice_values
from rag.core.names import INSIDE
from rag.core.types import Document, State
from rag.ui.components import draw_documents
from rag.ui.i18n import language, t, text
from rag.ui.shell.formatting import escape_markdown, file_size, moment, time_left, visible
from rag.ui.shell.session import error_text, library, notice_text, set_if_changed, state_values, time_zone

POLL_SECONDS = 0.7
IDLE_SECONDS = 5.0
FAILED = "kilde_documents_failed"
_OPENED = "kilde_documents_opened"
WORKING = (State.WAITING, State.READING, State.FINDABLE)


def listing() -> None:
    """Draws progress and table as a fragment that polls quickly while something is being indexed."""
    is_working = library().documents.progress().working
    # polls slowly otherwise, because another tab or the command line may add documents
    st.fragment(_listing, run_every=POLL_SECONDS if is_working else IDLE_SECONDS)(is_working)


def _listing(is_polled: bool) -> None:
    if (document_id := st.session_state.pop(_OPENED, None)) is not None:
        # `st.switch_page` does not work in the callback itself
        st.switch_page("pages/document.py", query_params={"id": str(document_id)})
    documents = library().documents.all()
    is_working = _progress(documents)
    if is_working and not is_polled:
        st.rerun()  # to poll more often
    if is_polled and not is_working:
        st.rerun()  # to poll less often
    for document in documents:
        partial_read_prompt(document)
    search = st.text_input(
        t("search_documents"),
        key="search_documents",
        placeholder=t("search_documents"),
        icon=":material/search:",
        label_visibility="collapsed",
        live=True,
        width=360,
    )
    matches = [d for d in documents if _matches_search(d, search.casefold().strip())] if search else documents
    if not matches:
        st.caption(t("no_documents_found"))
        return
    # the buttons are above the table, where they stay visible, but the selection is known only after it was drawn
    actions = st.container()
    selected = _table(matches)
    with actions:
        _actions(selected)


def partial_read_prompt(document: Document) -> None:
    """Asks whether to keep a document of which only the first pages could be read; draws nothing for others."""
    for notice in document.notices:
        if not notice.asks:
            continue
        with st.container(border=True, key=f"partly_read_{document.id}"):
            st.markdown(f":material/warning: **{escape_markdown(document.name)}**: {notice_text(notice)}")
            with st.container(horizontal=True):
                keep, drop = f"keep_as_it_is_{document.id}", f"delete_partly_read_{document.id}"
                st.button(
                    t("keep_as_it_is"), key=keep, icon=":material/check:", on_click=_accept_partial, args=(document.id,)
                )
                st.button(t("delete"), key=drop, icon=":material/delete:", on_click=delete, args=([document.id],))


def _accept_partial(document_id: int) -> None:
    report_errors(lambda: library().documents.accept_partial(document_id))


def _matches_search(document: Document, search: str) -> bool:
    """Whether the document's name or one of its tags contains the search text."""
    return any(search in name.casefold() for name in (document.name, *document.tags))


def _progress(documents: Sequence[Document]) -> bool:
    """Draws the progress bar of all documents. Returns whether any is being indexed."""
    progress = library().documents.progress()
    if progress.migration is not None:
        st.caption(notice_text(progress.migration))
    if not progress.working:
        return False
    space = progress.space
    finished = sum(document.state not in WORKING for document in documents)
    parts = [
        t("indexing", done=finished, all=len(documents)),
        t("chunks_done", done=space.chunks_done, all=space.chunks) if space.chunks else "",
        t("pages_recognised", count=space.pages_lacking) if space.pages_lacking else "",
        time_left(progress.seconds_left, language()),
    ]
    if progress.fault is not None:
        st.warning(notice_text(progress.fault), icon=":material/warning:")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        share = space.chunks_done / space.chunks if space.chunks else 0.0
        st.progress(min(1.0, share), " · ".join(part for part in parts if part))
        st.button(t("cancel_all"), key="cancel_all", icon=":material/stop_circle:", on_click=library().documents.cancel)
    return True


def _table(documents: Sequence[Document]) -> list[Document]:
    """Draws the table and returns the selected documents."""
    labels = {
        name: t(name) for name in ("documents", "name", "type", "state", "size", "added", "select_one", "select_all")
    }
    data = {
        "labels": {
            **labels,
            "pages": t("page_count"),
            "chunks": t("chunk_count"),
            "open_document": t("open_document"),
            "tags": t("tags"),
        },
        "language": language(),
        "rows": [_row(document, depth) for document, depth in under_parents(documents)],
    }
    selected_ids = set(draw_documents("documents_table", data, _open))
    return [document for document in documents if document.id in selected_ids]


def under_parents(documents: Sequence[Document]) -> list[tuple[Document, int]]:
    """Each document behind the one that it is inside, with how deep it is; the order is kept elsewhere."""
    shown = {document.id for document in documents}
    inside: dict[int | None, list[Document]] = {}
    for document in documents:
        inside.setdefault(document.parent if document.parent in shown else None, []).append(document)
    ordered: list[tuple[Document, int]] = []
    waiting = [(document, 0) for document in reversed(inside.get(None, ()))]
    while waiting:
        document, depth = waiting.pop()
        ordered.append((document, depth))
        # those inside one file in the order in which they were found in it
        waiting += [(one, depth + 1) for one in inside.get(document.id, ())]
    return ordered


def _open(document_id: int) -> None:
    st.session_state[_OPENED] = document_id


def _row(document: Document, depth: int) -> dict[str, Any]:
    lang = language()
    return {
        "id": document.id,
        "depth": depth,
        "name": visible(document.name),
        "type": NAMES.get(document.media_type, document.media_type),
        "state": state_text(document, lang),
        "share": _progress_share(document) if document.state in WORKING else None,
        "pages": document.pages,
        "chunks": document.chunks,
        "size": document.size,
        "size_text": file_size(document.size, lang),
        "added": document.added,
        "added_text": moment(document.added, lang, time_zone()),
        "tags": [visible(tag) for tag in document.tags],
        "remarks": [
            visible(say(notice.code, lang, **notice_values(notice, document.name))) for notice in document.notices
        ],
        "failed": document.state is State.FAILED,
    }


def state_text(document: Document, in_language: str) -> str:
    """The indexing state of a document as text."""
    match document.state:
        case State.READING if document.pages:
            return text("state_reading_pages", in_language, done=document.pages_done, all=document.pages)
        case State.FINDABLE if document.lacking and document.chunks_done == document.chunks:
            return text("state_recognised", in_language, count=document.pages - document.pages_done)
        case State.FINDABLE:
            percent = round(100 * document.chunks_done / document.chunks) if document.chunks else 0
            return text("state_findable", in_language, percent=percent)
        case state:
            return text(f"state_{state.value}", in_language)


def _progress_share(document: Document) -> float:
    """The progress of a document, 0..1: reading counts for a tenth, embedding for the rest."""
    read = document.pages_done / document.pages if document.pages else 0.0
    embedded = document.chunks_done / document.chunks if document.chunks else 0.0
    return 0.1 * read + 0.9 * embedded


def _actions(selected: Sequence[Document]) -> None:
    if (failed := st.session_state.pop(FAILED, None)) is not None:
        st.error(failed, icon=":material/error:")
    if not selected:
        st.caption(t("select_hint"))
        return
    ids = [document.id for document in selected]
    with st.container(horizontal=True, vertical_alignment="center", key="document_actions"):
        st.markdown(t("selected", count=len(selected)), width="content")
        if len(selected) == 1:
            single_actions(selected[0])
        _tag_editor(selected)
        st.button(t("reindex"), key="reindex", icon=":material/refresh:", on_click=reindex, args=(ids,))
        if any(document.state in WORKING for document in selected):
            st.button(
                t("stop"), key="cancel", icon=":material/stop_circle:", on_click=library().documents.cancel, args=(ids,)
            )
        with st.popover(t("delete"), icon=":material/delete:"):
            deleted = library().documents.with_inside(selected)
            st.markdown(f"**{t('delete_documents', count=len(deleted))}**")
            st.text("\n".join(visible(document.name) for document in deleted))
            st.caption(t("delete_documents_text"))
            st.button(t("delete"), key="delete_documents", on_click=delete, args=(ids,))


def _tag_editor(selected: Sequence[Document]) -> None:
    """Edits the tags that all selected documents share; adding a tag adds it to all of them."""
    ids = [document.id for document in selected]
    on_all = sorted(set.intersection(*(set(document.tags) for document in selected)))
    on_some = sorted({tag for document in selected for tag in document.tags} - set(on_all))
    key = "documents_tags_" + "_".join(map(str, sorted(ids)[:50]))
    with st.popover(t("tags"), icon=":material/sell:"):
        set_if_changed(key, on_all)
        options = sorted({*library().documents.tags(), *on_all})
        st.multiselect(
            t("tags"),
            options,
            default=state_values(key, options),
            key=key,
            accept_new_options=True,
            placeholder=t("add_tag"),
            on_change=_retag,
            args=(ids, on_all, key),
            help=t("tags_help"),
        )
        if on_some:
            st.caption(t("tags_on_some", tags=escape_markdown(", ".join(on_some))))


def _retag(ids: list[int], previous_tags: list[str], key: str) -> None:
    tags = [str(tag) for tag in st.session_state[key]]
    report_errors(lambda: library().documents.tag(ids, tags, [tag for tag in previous_tags if tag not in tags]))


def single_actions(document: Document) -> None:
    """Draws the buttons to download and rename a document."""
    st.download_button(
        t("download"),
        data=lambda: library().documents.original(document.id),
        file_name=document.name.rpartition(INSIDE)[2].rpartition("/")[2],
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
        report_errors(lambda: library().documents.rename(document_id, name))


def reindex(ids: list[int]) -> None:
    """Indexes documents again. Stores an error message in the session under FAILED."""
    report_errors(lambda: library().documents.reindex(ids))


def delete(ids: list[int]) -> None:
    """Deletes documents. Stores an error message in the session under FAILED."""
    report_errors(lambda: library().documents.remove(ids))


def report_errors(action: Callable[[], Any]) -> None:
    """Carries out an action of the user. Stores an error message in the session under FAILED."""
    try:
        action()
    except KildeError as error:
        st.session_state[FAILED] = error_text(error)
