"""The assistants page: the list, or the form of the one that the address names.

/assistants?assistant=3 opens one; ?example_of=17 begins a new one whose example is turn 17, and with both the example
is added to the one that is named.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import streamlit as st

from rag.conversations.assistants.examples import example_from
from rag.conversations.assistants.file_format import with_steps
from rag.conversations.assistants.validation import MAX_NAME
from rag.core.errors import KildeError
from rag.core.types import NO_ASSISTANT, Assistant, Example
from rag.ui.assistants import list, versions, votes
from rag.ui.assistants.draft_actions import discard, keep_new, save, undo
from rag.ui.assistants.drafts import (
    Message,
    attempt,
    close,
    editing,
    fill,
    new_draft,
    open_one,
    opened,
    refresh,
    said_of,
    show,
)
from rag.ui.assistants.form import form
from rag.ui.assistants.form_data import first_line
from rag.ui.assistants.tryout import try_it
from rag.ui.components.assistants import watch_unsaved
from rag.ui.i18n import t
from rag.ui.shell.formatting import plain, visible
from rag.ui.shell.session import library
from rag.ui.shell.untrusted import as_id

_STYLE = Path(__file__).with_suffix(".css")


def page() -> None:
    """Draws the page."""
    st.html(_STYLE)
    state = editing()
    _from_answer()
    key = opened()
    if key is None:
        state.shown = None
        st.title(t("assistants"))
        st.caption(t("assistants_text"))
        _message()
        list.listing(library().assistants.all())
        votes.table()
    else:
        if state.shown != key:
            state.shown, state.looking_at = key, None
            show(key)
        else:
            refresh(key)
            fill(key)
        _one(key)
    watch_unsaved("unsaved", any(draft.is_changed for draft in state.drafts.values()))


def _message() -> None:
    message = editing().message
    # kept over a run that the page makes by itself, so that what can be undone stays in reach
    if message is None or message.is_old:
        return
    draw = {"success": st.success, "info": st.info, "warning": st.warning, "error": st.error}[message.kind]
    icons = {"success": "check_circle", "info": "info", "warning": "warning", "error": "error"}
    draw(message.words, icon=f":material/{icons[message.kind]}:")
    if message.undo is not None:
        st.button(t("undo"), key="assistant_undo", icon=":material/undo:", on_click=undo, args=message.undo)


def _one(key: int) -> None:
    draft = editing().drafts[key]
    st.button(t("assistants_all"), key="assistants_all", type="tertiary", icon=":material/arrow_back:", on_click=close)
    title = visible(draft.now.name).strip()
    st.title(plain(title) if title else t("assistant_unnamed"))
    st.caption(versions.version_line(draft.kept) if key > 0 else t("assistant_not_kept"))
    left, right = st.columns([3, 2], gap="large")
    with left:
        form(key)
        _save_bar(key)
        if key > 0:
            versions.versions(key)
            _rest(draft.kept)
    with right:
        try_it(key)


def _save_bar(key: int) -> None:
    draft = editing().drafts[key]
    with st.container(key="assistant_save"):
        # what comes of saving is said where the eye is: at the button
        _message()
        with st.container(horizontal=True, vertical_alignment="center"):
            st.button(t("assistant_save"), key="save_assistant", type="primary", on_click=save, args=(key,))
            if draft.is_changed:
                label = t("assistant_discard") if key > 0 else t("assistant_discard_new")
                st.button(label, key="discard_assistant", on_click=discard, args=(key,))
                st.caption(f":material/edit_note: {t('assistant_unsaved')}", width="stretch")
            else:
                st.caption(t("assistant_is_saved"), width="stretch")


def _rest(kept: Assistant) -> None:
    with st.container(horizontal=True):
        st.button(
            t("assistant_copy"),
            key="assistant_copy",
            icon=":material/content_copy:",
            on_click=lambda: attempt(lambda: keep_new(kept)),
        )
        with st.popover(t("assistant_file"), icon=":material/download:"):
            assistants = library().assistants.all()
            list.exports(with_steps([kept], assistants), kept.name, "open")
        with st.popover(t("delete"), icon=":material/delete:"):
            list.delete(kept)


# an example of a liked answer --------------------------------------------------------------------------------


def _from_answer() -> None:
    """Heeds "example_of" in the address, once."""
    wanted = st.query_params.get("example_of", "")
    if not wanted:
        return
    target = st.query_params.get("assistant", "")
    st.query_params.from_dict({"assistant": target} if target else {})
    turn_id, assistant_id = as_id(wanted), as_id(target)
    if turn_id is None:
        return
    try:
        example = _example(turn_id)
        if assistant_id is not None:
            _add(assistant_id, example)
        else:
            name = first_line(visible(example.question), MAX_NAME - 15)
            open_one(new_draft(Assistant(t("example_name", question=name), examples=(example,))))
            editing().message = Message("info", t("example_begun"))
    except KildeError as error:
        editing().message = Message("error", said_of(error))


def _example(turn_id: int) -> Example:
    turn = library().conversations.live(turn_id).turn
    asked = turn.conditions.assistant
    by = library().assistants.get(asked, turn.conditions.assistant_version) if asked > NO_ASSISTANT else None
    return example_from(turn, by)


def _add(assistant_id: int, example: Example) -> None:
    """Keeps the example as a new version; what is being changed in the form has it, too, and stays unsaved."""
    kept = library().assistants.get(assistant_id)
    if example in kept.examples:
        editing().message = Message("info", t("example_there", name=plain(kept.name)))
        return
    newest = library().assistants.save(replace(kept, examples=(*kept.examples, example)))
    draft = editing().drafts.get(assistant_id)
    if draft is not None:
        draft.now = replace(draft.now, examples=(*draft.now.examples, example))
        draft.kept = newest
        if not draft.is_changed:
            draft.now = newest
        editing().shown = None
    words = t("example_added", name=plain(newest.name), version=newest.version)
    editing().message = Message("success", words, undo=(assistant_id, kept.version))
