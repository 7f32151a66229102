"""The conversations in the sidebar of the chat: new, search, open, rename, delete."""

from __future__ import annotations

from datetime import datetime

import streamlit as st

from rag.errors import KildeError
from rag.types import Conversation
from rag.ui.session import library, said, session, zone
from rag.ui.text import plain
from rag.ui.translations import t

SHOWN = 30
_FAILED = "kilde_conversations_failed"


def read_address() -> None:
    """Opens the conversation that the address names, once: after a reload the page is where it was."""
    state = session()
    if not state.address_read:
        state.address_read = True
        asked_for = st.query_params.get("conversation", "")
        if asked_for.isdecimal() and any(c.id == int(asked_for) for c in library().conversations()):
            state.conversation_id = int(asked_for)


def write_address() -> None:
    """Names the open conversation in the address."""
    current = session().conversation_id
    if current is None:
        st.query_params.pop("conversation", None)
    elif st.query_params.get("conversation") != str(current):
        st.query_params["conversation"] = str(current)


def sidebar() -> None:
    """Draws the list."""
    with st.sidebar:
        st.button(
            t("new_chat"),
            key="new_chat",
            icon=":material/add:",
            on_click=open_conversation,
            args=(None,),
            width="stretch",
        )
        if (failed := st.session_state.pop(_FAILED, None)) is not None:
            st.error(failed, icon=":material/error:")
        everything = library().conversations()
        if not everything:
            st.caption(t("no_conversations"))
            return
        wanted = st.text_input(
            t("search_conversations"),
            key="search_conversations",
            placeholder=t("search_conversations"),
            icon=":material/search:",
            label_visibility="collapsed",
            live=True,
        )
        found = library().conversations(wanted) if wanted else everything
        if not found:
            st.caption(t("no_conversations_found"))
        shown = found if session().all_conversations else found[:SHOWN]
        with st.container(key="conversations", gap=None):
            heading = ""
            for conversation in shown:
                if (day := _day(conversation)) != heading:
                    heading = day
                    st.caption(t(heading))
                _row(conversation)
            if len(found) > len(shown):
                st.button(t("older_conversations", count=len(found) - len(shown)), type="tertiary", on_click=_show_all)


def open_conversation(conversation_id: int | None) -> None:
    """Opens a conversation; None for a new one, which is made with its first question."""
    state = session()
    state.conversation_id = conversation_id
    state.source = None


def _row(conversation: Conversation) -> None:
    current = conversation.id == session().conversation_id
    with st.container(
        key=f"conversation_{conversation.id}{'_open' if current else ''}",
        horizontal=True,
        wrap=False,
        gap=None,
        vertical_alignment="center",
    ):
        st.button(
            plain(conversation.title),
            key=f"open_{conversation.id}",
            type="tertiary",
            width="stretch",
            on_click=open_conversation,
            args=(conversation.id,),
        )
        if current:
            with st.popover("⋯", type="tertiary", help=t("conversation_actions")):
                _actions(conversation)


def _actions(conversation: Conversation) -> None:
    with st.form(f"rename_{conversation.id}", border=False):
        st.text_input(t("rename_conversation"), conversation.title, max_chars=200, key=f"title_{conversation.id}")
        st.form_submit_button(t("rename"), on_click=_rename, args=(conversation.id,))
    st.markdown(f"**{t('delete_conversation')}**")
    st.caption(t("delete_conversation_text"))
    st.button(
        t("delete"),
        key=f"delete_{conversation.id}",
        icon=":material/delete:",
        on_click=_delete,
        args=(conversation.id,),
    )


def _rename(conversation_id: int) -> None:
    try:
        library().rename_conversation(conversation_id, str(st.session_state[f"title_{conversation_id}"]))
    except KildeError as error:  # such as one that was deleted in another tab
        st.session_state[_FAILED] = said(error)


def _delete(conversation_id: int) -> None:
    try:
        library().delete_conversation(conversation_id)
    except KildeError as error:
        st.session_state[_FAILED] = said(error)
    open_conversation(None)


def _show_all() -> None:
    session().all_conversations = True


def _day(conversation: Conversation) -> str:
    here = zone()
    days = (datetime.now(here).date() - datetime.fromisoformat(conversation.updated).astimezone(here).date()).days
    return "today" if days <= 0 else "yesterday" if days == 1 else "earlier"
