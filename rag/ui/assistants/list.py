"""The assistants there are, those to start from, and files."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from rag.conversations.assistants.file_format import MAX_BYTES, Format, from_file, to_file, with_steps
from rag.conversations.assistants.presets import Preset, presets
from rag.core.types import Assistant
from rag.ui.assistants.draft_actions import keep_new, remove
from rag.ui.assistants.drafts import Message, attempt, editing, new_draft, open_one
from rag.ui.assistants.form_data import first_line, suits
from rag.ui.assistants.versions import version_line
from rag.ui.assistants.widgets import icon_of, mark, uploader_words
from rag.ui.i18n import language, t
from rag.ui.shell.formatting import plain, visible
from rag.ui.shell.session import library, said_notice

SEARCHED_FROM = 7
"""So many assistants are hard to look through."""
CARD = 285  # pixels
_SUFFIXES: dict[Format, str] = {"json": "application/json", "toml": "application/toml"}


def listing(assistants: Sequence[Assistant]) -> None:
    """Draws the assistants as cards, what to start from, and files."""
    unsaved = {key: draft for key, draft in editing().drafts.items() if draft.is_changed}
    if unsaved:
        _unsaved({key: draft.now for key, draft in unsaved.items()})
    if assistants:
        with st.container(horizontal=True, vertical_alignment="bottom"):
            st.button(t("assistant_new"), key="assistant_new", icon=":material/add:", type="primary", on_click=_new)
            wanted = ""
            if len(assistants) >= SEARCHED_FROM:
                wanted = st.text_input(
                    t("assistant_search"),
                    key="assistants_search",
                    placeholder=t("assistant_search"),
                    label_visibility="collapsed",
                    icon=":material/search:",
                    live=True,
                    width=300,
                )
        shown = [one for one in assistants if suits(one, wanted or "")]
        with st.container(horizontal=True, key="assistant_cards"):
            for assistant in shown:
                _card(assistant, assistants)
        if not shown:
            st.caption(t("assistant_none_found"))
        with st.expander(t("ready_title"), icon=":material/auto_awesome:"):
            _ready_made()
    else:
        st.markdown(t("assistants_none"))
        st.subheader(t("ready_title"))
        _ready_made()
        st.button(t("assistant_from_nothing"), key="assistant_new", icon=":material/add:", on_click=_new)
    _files(assistants)


def _new() -> None:
    new_draft(Assistant(""))


def _unsaved(drafts: dict[int, Assistant]) -> None:
    with st.container(border=True, key="assistant_drafts"):
        st.markdown(f":material/edit_note: **{t('drafts_title')}**")
        st.caption(t("drafts_text"))
        for key, now in drafts.items():
            label = t("draft_go_on", name=plain(visible(now.name).strip() or t("assistant_unnamed")))
            st.button(label, key=f"draft_{key}", icon=":material/edit:", on_click=open_one, args=(key,))


# cards -------------------------------------------------------------------------------------------------------


def _card(assistant: Assistant, assistants: Sequence[Assistant]) -> None:
    with st.container(border=True, width=CARD, key=f"assistant_card_{assistant.id}"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small", wrap=False):
            mark(assistant, str(assistant.id))
            with st.container(gap="xxsmall"):
                st.markdown(f"**{plain(assistant.name)}**")
                st.caption(version_line(assistant))
        st.markdown(plain(first_line(visible_start(assistant))) or t("perspective_none"))
        with st.container(horizontal=True, gap="small"):
            name = plain(assistant.name)
            st.button(
                t("assistant_open"),
                key=f"assistant_open_{assistant.id}",
                icon=":material/edit:",
                help=t("assistant_open_name", name=name),
                on_click=open_one,
                args=(assistant.id,),
            )
            with st.popover(t("assistant_more"), type="tertiary", help=t("assistant_more_of", name=name)):
                st.button(
                    t("assistant_copy"),
                    key=f"assistant_copy_{assistant.id}",
                    icon=":material/content_copy:",
                    on_click=lambda: attempt(lambda: keep_new(assistant)),
                )
                exports(with_steps([assistant], assistants), assistant.name, str(assistant.id))
                with st.expander(t("delete"), icon=":material/delete:"):
                    delete(assistant)


def visible_start(assistant: Assistant) -> str:
    """Its perspective without characters that cannot be seen, line by line."""
    return "\n".join(visible(line) for line in assistant.perspective.splitlines())


def delete(assistant: Assistant) -> None:
    """Draws the question whether to delete it."""
    st.markdown(f"**{t('assistant_delete', name=plain(assistant.name))}**")
    st.caption(t("assistant_delete_text"))
    label, key = t("assistant_delete_yes"), f"assistant_delete_{assistant.id}"
    st.button(label, key=key, icon=":material/delete:", on_click=remove, args=(assistant.id,))


def exports(assistants: Sequence[Assistant], name: str, key: str) -> None:
    """Draws a button for each form of file."""
    st.caption(t("assistant_export_text"))
    safe = "".join(c if c.isalnum() or c in " -_" else "_" for c in name).strip() or t("assistants")
    for form, kind in _SUFFIXES.items():
        st.download_button(
            t(f"assistant_export_{form}"),
            data=_file(assistants, form),
            file_name=f"{safe}.{form}",
            mime=kind,
            key=f"export_{form}_{key}",
            icon=":material/download:",
            on_click="ignore",
        )


def _file(assistants: Sequence[Assistant], form: Format) -> bytes:
    return to_file(assistants, form, library().documents.all())


# to start from -----------------------------------------------------------------------------------------------


def _ready_made() -> None:
    with st.container(horizontal=True, key="ready_cards"):
        for one in presets(language()):
            _ready_card(one)


def _ready_card(one: Preset) -> None:
    with st.container(border=True, width=CARD, key=f"ready_{one.key}"):
        st.markdown(f":primary[{icon_of(one.assistant)}] **{one.assistant.name}**")
        st.markdown(t(f"ready_{one.key}_text"))
        st.button(
            t("ready_start"),
            key=f"ready_start_{one.key}",
            icon=":material/add:",
            help=t("ready_start_name", name=one.assistant.name),
            on_click=lambda: attempt(lambda: keep_new(one.assistant)),
        )


# files -------------------------------------------------------------------------------------------------------


def _files(assistants: Sequence[Assistant]) -> None:
    st.subheader(t("assistant_files"))
    if assistants:
        with st.popover(t("assistant_export_all", count=len(assistants)), icon=":material/download:"):
            exports(assistants, t("assistants"), "all")
    # a field of its own for each file: with the old one it would be taken in again at every run of the page
    key = f"assistant_import_{editing().uploads}"
    with st.container(width=640, key="import_field"):
        st.html(uploader_words("import_field", t("browse_file"), t("assistant_import_limits")))
        size = MAX_BYTES // (1024 * 1024)
        st.file_uploader(
            t("assistant_import"), type=["json", "toml"], key=key, max_upload_size=size, on_change=_import, args=(key,)
        )


def _import(key: str) -> None:
    uploaded = st.session_state.get(key)
    if uploaded is None:
        return
    editing().uploads += 1

    def take() -> None:
        taken = [one.name for one in library().assistants.all()]
        found = from_file(uploaded.getvalue(), library().documents.all(), taken)
        kept = library().assistants.add_all(found.assistants)
        names = ", ".join(plain(one.name) for one in kept)
        words = [t("assistant_imported", names=names), *(f"- {said_notice(one)}" for one in found.left_out)]
        editing().message = Message("warning" if found.left_out else "success", "\n".join(words))

    attempt(take)
