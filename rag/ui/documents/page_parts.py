"""A document on its own page: to read, in overview, and as the search sees it."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from rag.core.errors import KildeError
from rag.core.locations import unit
from rag.core.types import Document, Span, State
from rag.ui.components.document import draw_part
from rag.ui.documents.page_data import chunks_data, outline_data, overview_data, reader_data
from rag.ui.i18n import language, of_unit, t
from rag.ui.shell.session import library, said

CHUNKS_SHOWN = 20
READ, OVERVIEW, CHUNKS = "read", "overview", "chunks"
SHOWN, VIEW = "document_shown", "kilde_document"
SEARCH, OF_PAGE = "search_chunks", "chunks_of_page"


@dataclass
class View:
    """What this tab shows of a document. mark: a place to point out on the page. first: of the chunks listed.

    address: the page that the address names, as this tab last wrote it.
    """

    document_id: int
    page: int = 1
    offset: int = 0
    mark: Span | None = None
    first: int = 0
    asked_nothing: bool = False
    address: str = ""


def read(document: Document, view: View) -> None:
    """The outline beside the page."""
    if not document.pages or document.state in (State.WAITING, State.READING):
        st.info(t("document_not_read_yet"), icon=":material/hourglass_empty:")
        return
    tongue = language()
    try:
        entries = library().viewer.outline(document.id)
        # a heading says where on the page it is; to show a picture the page is enough
        reading = library().viewer.reading(document.id, view.page, view.offset, view.mark)
    except KildeError as error:
        st.error(said(error), icon=":material/error:")
        return
    if not entries and document.pages == 1:
        draw_part("reader", reader_data(reading, document.name, tongue), _go)
        return
    beside, shown = st.columns([1, 2.4], gap="medium")
    with beside:
        draw_part(
            "outline", outline_data(entries, document.pages, view.page, view.offset, tongue, unit(document.name)), _go
        )
    with shown:
        draw_part("reader", reader_data(reading, document.name, tongue), _go)


def overview(document: Document, view: View) -> None:
    """The key sentences of each section."""
    try:
        found = library().viewer.overview(document.id)
    except KildeError as error:
        st.error(said(error), icon=":material/error:")
        return
    if not found.sections:
        st.info(t("no_overview"), icon=":material/info:")
        return
    draw_part("overview", overview_data(found, document.pages, language(), unit(document.name)), _go)


def chunks(document: Document, view: View) -> None:
    """The chunks, to search and to turn over."""
    with st.container(horizontal=True, vertical_alignment="center"):
        search = st.text_input(
            t("search_chunks"),
            key=SEARCH,
            placeholder=t("search_chunks"),
            icon=":material/search:",
            label_visibility="collapsed",
            live=True,
            on_change=_first_chunks,
            width=360,
        )
        only = document.pages > 1 and st.checkbox(
            t(of_unit("only_page", unit(document.name)), page=view.page), key=OF_PAGE, on_change=_first_chunks
        )
    try:
        found = library().viewer.chunks(
            document.id,
            search=search or "",
            page=view.page if only else None,
            first=view.first,
            count=CHUNKS_SHOWN,
        )
    except KildeError as error:
        st.error(said(error), icon=":material/error:")
        return
    if not found.found:
        st.caption(t("no_chunks_found") if found.total else t("no_chunks"))
        return
    last = view.first + len(found.shown)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(t("chunks_shown", first=view.first + 1, last=last, found=found.found), width="content")
        if found.found > CHUNKS_SHOWN:
            _turn(view, -CHUNKS_SHOWN, "previous_chunks", ":material/chevron_left:", view.first == 0)
            _turn(view, CHUNKS_SHOWN, "next_chunks", ":material/chevron_right:", last >= found.found)
    draw_part("chunks", chunks_data(found, language(), unit(document.name)), _go)


def _turn(view: View, by: int, label: str, icon: str, disabled: bool) -> None:
    st.button(t(label), key=label, icon=icon, type="tertiary", disabled=disabled, on_click=_move, args=(view, by))


def _move(view: View, by: int) -> None:
    view.first = max(0, view.first + by)


def _first_chunks() -> None:
    st.session_state[VIEW].first = 0


def _go(place: dict[str, int]) -> None:
    """Shows a place in the document."""
    view: View = st.session_state[VIEW]
    view.page, view.offset = place.get("page", 1), place.get("offset", 0)
    view.mark = Span(place["start"], place["end"]) if {"start", "end"} <= set(place) else None
    st.session_state[SHOWN] = READ
