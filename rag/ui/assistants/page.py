"""The assistants page: the list, or the form of the assistant that the address names.

/assistants?assistant=3 opens an assistant; ?example_of=17 starts a new one with turn 17 as its example, and both
parameters together add the example to the named assistant.
"""

from dataclasses import replace
from pathlib import Path

import streamlit as st

from rag.conversations.assistants.examples import example_from
from rag.conversations.assistants.file_format import with_steps
from rag.conversations.assistants.validation import MAX_NAME
from rag.core.errors import KildeError
from rag.core.types import NO_ASSISTANT, Assistant, Example
from rag.ui.assistants import list, versions, votes
from rag.ui.assistants.draft_actions import discard, save, save_new, undo
from rag.ui.assistants.drafts import (
    Message,
    attempt,
    close_form,
    edit_state,
    form_error_text,
    key_from_address,
    new_draft,
    open_form,
    refresh,
    restore_fields,
    write_fields,
)
from rag.ui.assistants.form import form
from rag.ui.assistants.form_data import first_line
from rag.ui.assistants.tryout import tryout
from rag.ui.components.assistants import watch_unsaved
from rag.ui.i18n import t
from rag.ui.shell.formatting import escape_markdown, visible
from rag.ui.shell.session import library
from rag.ui.shell.untrusted import as_id

_STYLE = Path(__file__).with_suffix(".css")


def page() -> None:
    """Draws the page."""
    st.html(_STYLE)
    state = edit_state()
    _example_from_address()
    key = key_from_address()
    if key is None:
        state.form_key = None
        st.title(t("assistants"))
        st.caption(t("assistants_text"))
        _message()
        list.listing(library().assistants.all())
        votes.vote_table()
    else:
        if state.form_key != key:
            state.form_key, state.open_version = key, None
            write_fields(key)
        else:
            refresh(key)
            restore_fields(key)
        _assistant_form(key)
    watch_unsaved("unsaved", any(draft.is_changed for draft in state.drafts.values()))


def _message() -> None:
    message = edit_state().message
    # survives reruns that the page starts itself, so that the undo button stays in reach
    if message is None or message.is_old:
        return
    draw = {"success": st.success, "info": st.info, "warning": st.warning, "error": st.error}[message.kind]
    icons = {"success": "check_circle", "info": "info", "warning": "warning", "error": "error"}
    draw(message.text, icon=f":material/{icons[message.kind]}:")
    if message.undo is not None:
        st.button(t("undo"), key="assistant_undo", icon=":material/undo:", on_click=undo, args=message.undo)


def _assistant_form(key: int) -> None:
    draft = edit_state().drafts[key]
    st.button(
        t("assistants_all"), key="assistants_all", type="tertiary", icon=":material/arrow_back:", on_click=close_form
    )
    title = visible(draft.current.name).strip()
    st.title(escape_markdown(title) if title else t("assistant_unnamed"))
    st.caption(versions.version_line(draft.saved) if key > 0 else t("assistant_not_kept"))
    form_column, trial_column = st.columns([3, 2], gap="large")
    with form_column:
        form(key)
        _save_bar(key)
        if key > 0:
            versions.versions(key)
            _file_actions(draft.saved)
    with trial_column:
        tryout(key)


def _save_bar(key: int) -> None:
    draft = edit_state().drafts[key]
    with st.container(key="assistant_save"):
        # the result of saving is shown next to the button that was clicked
        _message()
        with st.container(horizontal=True, vertical_alignment="center"):
            st.button(t("assistant_save"), key="save_assistant", type="primary", on_click=save, args=(key,))
            if draft.is_changed:
                label = t("assistant_discard") if key > 0 else t("assistant_discard_new")
                st.button(label, key="discard_assistant", on_click=discard, args=(key,))
                st.caption(f":material/edit_note: {t('assistant_unsaved')}", width="stretch")
            else:
                st.caption(t("assistant_is_saved"), width="stretch")


def _file_actions(assistant: Assistant) -> None:
    with st.container(horizontal=True):
        st.button(
            t("assistant_copy"),
            key="assistant_copy",
            icon=":material/content_copy:",
            on_click=lambda: attempt(lambda: save_new(assistant)),
        )
        with st.popover(t("assistant_file"), icon=":material/download:"):
            assistants = library().assistants.all()
            list.export_buttons(with_steps([assistant], assistants), assistant.name, "open")
        with st.popover(t("delete"), icon=":material/delete:"):
            list.delete_prompt(assistant)


# an example of a liked answer --------------------------------------------------------------------------------


def _example_from_address() -> None:
    """Handles the query parameter "example_of" and removes it."""
    turn_value = st.query_params.get("example_of", "")
    if not turn_value:
        return
    assistant_value = st.query_params.get("assistant", "")
    st.query_params.from_dict({"assistant": assistant_value} if assistant_value else {})
    turn_id, assistant_id = as_id(turn_value), as_id(assistant_value)
    if turn_id is None:
        return
    try:
        example = _example_of_turn(turn_id)
        if assistant_id is not None:
            _add_example(assistant_id, example)
        else:
            name = first_line(visible(example.question), MAX_NAME - 15)
            open_form(new_draft(Assistant(t("example_name", question=name), examples=(example,))))
            edit_state().message = Message("info", t("example_begun"))
    except KildeError as error:
        edit_state().message = Message("error", form_error_text(error))


def _example_of_turn(turn_id: int) -> Example:
    turn = library().conversations.live(turn_id).turn
    assistant_id = turn.conditions.assistant
    assistant = (
        library().assistants.get(assistant_id, turn.conditions.assistant_version)
        if assistant_id > NO_ASSISTANT
        else None
    )
    return example_from(turn, assistant)


def _add_example(assistant_id: int, example: Example) -> None:
    """Saves the example in a new version and adds it to the draft, whose other changes stay unsaved."""
    assistant = library().assistants.get(assistant_id)
    if example in assistant.examples:
        edit_state().message = Message("info", t("example_there", name=escape_markdown(assistant.name)))
        return
    saved = library().assistants.save(replace(assistant, examples=(*assistant.examples, example)))
    draft = edit_state().drafts.get(assistant_id)
    if draft is not None:
        draft.current = replace(draft.current, examples=(*draft.current.examples, example))
        draft.saved = saved
        if not draft.is_changed:
            draft.current = saved
        edit_state().form_key = None
    text = t("example_added", name=escape_markdown(saved.name), version=saved.version)
    edit_state().message = Message("success", text, undo=(assistant_id, assistant.version))
