"""The list of conversations in the sidebar: create, search, open, rename, archive, share, delete."""

import re
from datetime import datetime
from functools import partial

import streamlit as st

from rag.conversations.history import Mention
from rag.conversations.sharing import FORMS
from rag.core.errors import KildeError
from rag.core.types import Conversation, Scope
from rag.ui.i18n import language, t
from rag.ui.shell.formatting import escape_markdown
from rag.ui.shell.session import error_text, library, session, time_zone
from rag.ui.shell.untrusted import as_id

MAX_ROWS = 30
_FORM_NAMES = {"md": "Markdown", "html": "HTML", "pdf": "PDF", "json": "JSON"}
_FAILED = "kilde_conversations_failed"


def read_address() -> None:
    """Opens the conversation that the address names, once a session, so that a reload keeps the conversation."""
    state = session()
    if not state.address_read:
        state.address_read = True
        address_id = as_id(st.query_params.get("conversation", ""))
        if any(c.id == address_id for c in library().conversations.all()):
            state.conversation_id = address_id


def write_address() -> None:
    """Writes the id of the open conversation into the address."""
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
        archived = library().conversations.all(archived=True)
        current = library().conversations.all(archived=False)
        if not archived and not current:
            st.caption(t("no_conversations"))
            return
        search = st.text_input(
            t("search_conversations"),
            key="search_conversations",
            placeholder=t("search_conversations"),
            icon=":material/search:",
            label_visibility="collapsed",
            live=True,
        )
        with st.container(key="conversations", gap=None):
            if search.strip():
                _mentions(library().conversations.mentions(search))
            else:
                _conversations(current, archived)


def open_conversation(conversation_id: int | None, turn_id: int | None = None) -> None:
    """Opens a conversation, at a turn if given. With None, the next question begins a new conversation."""
    state = session()
    state.conversation_id = conversation_id
    state.source = None
    state.scope = Scope()
    state.scroll_turn_id = turn_id
    if turn_id is not None:
        try:
            library().conversations.show_variant(turn_id)
        except KildeError as error:
            st.session_state[_FAILED] = error_text(error)


def _mentions(mentions: list[Mention]) -> None:
    """Draws the results of a search, each with the text around the match."""
    if not mentions:
        st.caption(t("no_conversations_found"))
    for mention in mentions[:MAX_ROWS]:
        _row(mention.conversation, mention.turn_id)
        if mention.snippet:
            st.caption(escape_markdown(mention.snippet))
    if len(mentions) > MAX_ROWS:
        st.caption(t("more_found", count=len(mentions) - MAX_ROWS))


def _conversations(current: list[Conversation], archived: list[Conversation]) -> None:
    state = session()
    rows = current if state.show_all_conversations else current[:MAX_ROWS]
    heading = ""
    for conversation in rows:
        if (day := _day(conversation)) != heading:
            heading = day
            st.caption(t(heading))
        _row(conversation)
    if len(current) > len(rows):
        st.button(t("older_conversations", count=len(current) - len(rows)), type="tertiary", on_click=_show_all)
    if archived and st.toggle(t("archived", count=len(archived)), key="show_archived"):
        for conversation in archived:
            _row(conversation)


def _row(conversation: Conversation, turn_id: int | None = None) -> None:
    current = conversation.id == session().conversation_id
    with st.container(
        key=f"conversation_{conversation.id}{'_open' if current else ''}",
        horizontal=True,
        wrap=False,
        gap=None,
        vertical_alignment="center",
    ):
        st.button(
            escape_markdown(conversation.title),
            key=f"open_{conversation.id}",
            type="tertiary",
            width="stretch",
            on_click=open_conversation,
            args=(conversation.id, turn_id),
        )
        if current:
            with st.popover("⋯", type="tertiary", help=t("conversation_actions")):
                _actions(conversation)


def _actions(conversation: Conversation) -> None:
    with st.form(f"rename_{conversation.id}", border=False):
        st.text_input(t("rename_conversation"), conversation.title, max_chars=200, key=f"title_{conversation.id}")
        st.form_submit_button(t("rename"), on_click=_rename, args=(conversation.id,))
    _share(conversation)
    st.button(
        t("unarchive") if conversation.archived else t("archive"),
        key=f"archive_{conversation.id}",
        icon=":material/unarchive:" if conversation.archived else ":material/archive:",
        on_click=_archive,
        args=(conversation.id, not conversation.archived),
    )
    st.markdown(f"**{t('delete_conversation')}**")
    st.caption(t("delete_conversation_text"))
    st.button(
        t("delete"),
        key=f"delete_{conversation.id}",
        icon=":material/delete:",
        on_click=_delete,
        args=(conversation.id,),
    )


def _share(conversation: Conversation) -> None:
    st.markdown(f"**{t('share_conversation')}**")
    passages = st.checkbox(t("share_sources"), value=True, key=f"share_sources_{conversation.id}")
    with st.container(horizontal=True, gap="small"):
        for form, media_type in FORMS.items():
            st.download_button(
                _FORM_NAMES[form],
                # a callable, so that the file is made on a click: a long conversation takes a moment to typeset
                partial(library().conversations.share, conversation.id, form, language(), sources=passages),
                file_name=f"{file_name(conversation.title)}.{form}",
                mime=media_type,
                key=f"share_{form}_{conversation.id}",
                on_click="ignore",
            )


def file_name(title: str) -> str:
    """A title as a file name that is valid on any system."""
    return re.sub(r"[^\w\-]+", "-", title).strip("-")[:60] or "kilde"


def _rename(conversation_id: int) -> None:
    try:
        library().conversations.rename(conversation_id, str(st.session_state[f"title_{conversation_id}"]))
    except KildeError as error:  # such as one that was deleted in another tab
        st.session_state[_FAILED] = error_text(error)


def _archive(conversation_id: int, archived: bool) -> None:
    try:
        library().conversations.archive(conversation_id, archived)
    except KildeError as error:
        st.session_state[_FAILED] = error_text(error)
        return
    if archived:
        open_conversation(None)


def _delete(conversation_id: int) -> None:
    try:
        library().conversations.delete(conversation_id)
    except KildeError as error:
        st.session_state[_FAILED] = error_text(error)
    open_conversation(None)


def _show_all() -> None:
    session().show_all_conversations = True


def _day(conversation: Conversation) -> str:
    zone = time_zone()
    days = (datetime.now(zone).date() - datetime.fromisoformat(conversation.updated).astimezone(zone).date()).days
    return "today" if days <= 0 else "yesterday" if days == 1 else "earlier"
