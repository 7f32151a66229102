"""The three views of a document's page: reader, overview and chunks."""

from dataclasses import dataclass

import streamlit as st

from rag.core.errors import KildeError, NotFound
from rag.core.locations import unit
from rag.core.types import Document, Span, State
from rag.ui.components.document import draw_part
from rag.ui.documents.page_data import chunks_data, outline_data, overview_data, reader_data
from rag.ui.i18n import language, of_unit, t
from rag.ui.shell.session import error_text, library

CHUNKS_SHOWN = 20
READ, OVERVIEW, CHUNKS = "read", "overview", "chunks"
SHOWN, VIEW = "document_shown", "kilde_document"
SEARCH, OF_PAGE = "search_chunks", "chunks_of_page"


@dataclass
class View:
    """The state of a document's page in this tab.

    mark: a span to mark on the page. first: the index of the first chunk listed.
    """

    document_id: int
    page: int = 1
    offset: int = 0
    mark: Span | None = None
    first: int = 0
    asked_nothing: bool = False


def reader(document: Document, view: View) -> None:
    """Draws a page of the document with the outline beside it."""
    if not document.pages or document.state in (State.WAITING, State.READING):
        st.info(t("document_not_read_yet"), icon=":material/hourglass_empty:")
        return
    lang = language()
    try:
        entries = library().viewer.outline(document.id)
        # the offset of a heading matters for pages shown as text; a page image is shown as a whole
        reading = library().viewer.reading(document.id, view.page, view.offset, view.mark)
    except NotFound:
        if document.state is not State.FAILED:  # else a notice above says why nothing of it was read
            st.error(t("document_not_here"), icon=":material/error:")
        return
    except KildeError as error:
        st.error(error_text(error), icon=":material/error:")
        return
    if not entries and document.pages == 1:
        draw_part("reader", reader_data(reading, document.name, lang), _go_to)
        return
    outline_column, page_column = st.columns([1, 2.4], gap="medium")
    with outline_column:
        draw_part(
            "outline",
            outline_data(entries, document.pages, view.page, view.offset, lang, unit(document.name)),
            _go_to,
        )
    with page_column:
        draw_part("reader", reader_data(reading, document.name, lang), _go_to)


def overview(document: Document, view: View) -> None:
    """Draws the key sentences of each section."""
    try:
        summary = library().viewer.overview(document.id)
    except KildeError as error:
        st.error(error_text(error), icon=":material/error:")
        return
    if not summary.sections:
        st.info(t("no_overview"), icon=":material/info:")
        return
    draw_part("overview", overview_data(summary, document.pages, language(), unit(document.name)), _go_to)


def chunks(document: Document, view: View) -> None:
    """Draws the chunks with search and paging."""
    with st.container(horizontal=True, vertical_alignment="center"):
        search = st.text_input(
            t("search_chunks"),
            key=SEARCH,
            placeholder=t("search_chunks"),
            icon=":material/search:",
            label_visibility="collapsed",
            live=True,
            on_change=_reset_chunks,
            width=360,
        )
        only_page = document.pages > 1 and st.checkbox(
            t(of_unit("only_page", unit(document.name)), page=view.page), key=OF_PAGE, on_change=_reset_chunks
        )
    try:
        result = library().viewer.chunks(
            document.id,
            search=search or "",
            page=view.page if only_page else None,
            first=view.first,
            count=CHUNKS_SHOWN,
        )
    except KildeError as error:
        st.error(error_text(error), icon=":material/error:")
        return
    if not result.found:
        st.caption(t("no_chunks_found") if result.total else t("no_chunks"))
        return
    last = view.first + len(result.shown)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(t("chunks_shown", first=view.first + 1, last=last, found=result.found), width="content")
        if result.found > CHUNKS_SHOWN:
            _paging_button(view, -CHUNKS_SHOWN, "previous_chunks", ":material/chevron_left:", view.first == 0)
            _paging_button(view, CHUNKS_SHOWN, "next_chunks", ":material/chevron_right:", last >= result.found)
    draw_part("chunks", chunks_data(result, language(), unit(document.name)), _go_to)


def _paging_button(view: View, step: int, label: str, icon: str, disabled: bool) -> None:
    st.button(
        t(label), key=label, icon=icon, type="tertiary", disabled=disabled, on_click=_scroll_chunks, args=(view, step)
    )


def _scroll_chunks(view: View, step: int) -> None:
    view.first = max(0, view.first + step)


def _reset_chunks() -> None:
    st.session_state[VIEW].first = 0


def _go_to(place: dict[str, int]) -> None:
    """Opens a place of the document in the reader."""
    view: View = st.session_state[VIEW]
    view.page, view.offset = place.get("page", 1), place.get("offset", 0)
    view.mark = Span(place["start"], place["end"]) if {"start", "end"} <= set(place) else None
    st.session_state[SHOWN] = READ
