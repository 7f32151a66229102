"""The list of assistants, the presets to start from, and import and export."""

from collections.abc import Sequence

import streamlit as st

from rag.conversations.assistants.file_format import MAX_BYTES, Format, from_file, to_file, with_steps
from rag.conversations.assistants.presets import Preset, presets
from rag.core.types import Assistant
from rag.ui.assistants.draft_actions import remove, save_new
from rag.ui.assistants.drafts import Message, attempt, edit_state, new_draft, open_form
from rag.ui.assistants.form_data import first_line, matches_search
from rag.ui.assistants.versions import version_line, visible_lines
from rag.ui.assistants.widgets import avatar, material_icon
from rag.ui.i18n import language, t
from rag.ui.shell.formatting import escape_markdown, visible
from rag.ui.shell.session import library, notice_text
from rag.ui.shell.uploader import uploader_style

SEARCH_THRESHOLD = 7
"""The number of assistants from which on the list has a search field."""
CARD = 285  # pixels
_MEDIA_TYPES: dict[Format, str] = {"json": "application/json", "toml": "application/toml"}


def listing(assistants: Sequence[Assistant]) -> None:
    """Draws the assistants as cards, the presets, and import and export."""
    unsaved = {key: draft for key, draft in edit_state().drafts.items() if draft.is_changed}
    if unsaved:
        _unsaved_drafts({key: draft.current for key, draft in unsaved.items()})
    if assistants:
        with st.container(horizontal=True, vertical_alignment="bottom"):
            st.button(t("assistant_new"), key="assistant_new", icon=":material/add:", type="primary", on_click=_new)
            search = ""
            if len(assistants) >= SEARCH_THRESHOLD:
                search = st.text_input(
                    t("assistant_search"),
                    key="assistants_search",
                    placeholder=t("assistant_search"),
                    label_visibility="collapsed",
                    icon=":material/search:",
                    live=True,
                    width=300,
                )
        matches = [assistant for assistant in assistants if matches_search(assistant, search or "")]
        with st.container(horizontal=True, key="assistant_cards"):
            for assistant in matches:
                _card(assistant, assistants)
        if not matches:
            st.caption(t("assistant_none_found"))
        with st.expander(t("ready_title"), icon=":material/auto_awesome:"):
            _presets()
    else:
        st.markdown(t("assistants_none"))
        st.subheader(t("ready_title"))
        _presets()
        st.button(t("assistant_from_nothing"), key="assistant_new", icon=":material/add:", on_click=_new)
    _files(assistants)


def _new() -> None:
    new_draft(Assistant(""))


def _unsaved_drafts(drafts: dict[int, Assistant]) -> None:
    with st.container(border=True, key="assistant_drafts"):
        st.markdown(f":material/edit_note: **{t('drafts_title')}**")
        st.caption(t("drafts_text"))
        for key, assistant in drafts.items():
            label = t("draft_go_on", name=escape_markdown(visible(assistant.name).strip() or t("assistant_unnamed")))
            st.button(label, key=f"draft_{key}", icon=":material/edit:", on_click=open_form, args=(key,))


# cards -------------------------------------------------------------------------------------------------------


def _card(assistant: Assistant, assistants: Sequence[Assistant]) -> None:
    with st.container(border=True, width=CARD, key=f"assistant_card_{assistant.id}"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small", wrap=False):
            avatar(assistant, str(assistant.id))
            with st.container(gap="xxsmall"):
                st.markdown(f"**{escape_markdown(assistant.name)}**")
                st.caption(version_line(assistant))
        st.markdown(escape_markdown(first_line(visible_lines(assistant.perspective))) or t("perspective_none"))
        with st.container(horizontal=True, gap="small"):
            name = escape_markdown(assistant.name)
            st.button(
                t("assistant_open"),
                key=f"assistant_open_{assistant.id}",
                icon=":material/edit:",
                help=t("assistant_open_name", name=name),
                on_click=open_form,
                args=(assistant.id,),
            )
            with st.popover(t("assistant_more"), type="tertiary", help=t("assistant_more_of", name=name)):
                st.button(
                    t("assistant_copy"),
                    key=f"assistant_copy_{assistant.id}",
                    icon=":material/content_copy:",
                    on_click=lambda: attempt(lambda: save_new(assistant)),
                )
                export_buttons(with_steps([assistant], assistants), assistant.name, str(assistant.id))
                with st.expander(t("delete"), icon=":material/delete:"):
                    delete_prompt(assistant)


def delete_prompt(assistant: Assistant) -> None:
    """Draws the confirmation of deleting an assistant."""
    st.markdown(f"**{t('assistant_delete', name=escape_markdown(assistant.name))}**")
    st.caption(t("assistant_delete_text"))
    label, key = t("assistant_delete_yes"), f"assistant_delete_{assistant.id}"
    st.button(label, key=key, icon=":material/delete:", on_click=remove, args=(assistant.id,))


def export_buttons(assistants: Sequence[Assistant], name: str, key: str) -> None:
    """Draws a download button for each file format."""
    st.caption(t("assistant_export_text"))
    file_stem = "".join(c if c.isalnum() or c in " -_" else "_" for c in name).strip() or t("assistants")
    for file_format, media_type in _MEDIA_TYPES.items():
        st.download_button(
            t(f"assistant_export_{file_format}"),
            data=_file(assistants, file_format),
            file_name=f"{file_stem}.{file_format}",
            mime=media_type,
            key=f"export_{file_format}_{key}",
            icon=":material/download:",
            on_click="ignore",
        )


def _file(assistants: Sequence[Assistant], file_format: Format) -> bytes:
    return to_file(assistants, file_format, library().documents.all())


# presets -----------------------------------------------------------------------------------------------------


def _presets() -> None:
    with st.container(horizontal=True, key="ready_cards"):
        for preset in presets(language()):
            _preset_card(preset)


def _preset_card(preset: Preset) -> None:
    with st.container(border=True, width=CARD, key=f"ready_{preset.key}"):
        st.markdown(f":primary[{material_icon(preset.assistant)}] **{preset.assistant.name}**")
        st.markdown(t(f"ready_{preset.key}_text"))
        st.button(
            t("ready_start"),
            key=f"ready_start_{preset.key}",
            icon=":material/add:",
            help=t("ready_start_name", name=preset.assistant.name),
            on_click=lambda: attempt(lambda: save_new(preset.assistant)),
        )


# files -------------------------------------------------------------------------------------------------------


def _files(assistants: Sequence[Assistant]) -> None:
    st.subheader(t("assistant_files"))
    if assistants:
        with st.popover(t("assistant_export_all", count=len(assistants)), icon=":material/download:"):
            export_buttons(assistants, t("assistants"), "all")
    # a new key for each file: with the old one every rerun of the page would import the file again
    key = f"assistant_import_{edit_state().uploads}"
    with st.container(width=640, key="import_field"):
        st.html(uploader_style("import_field", t("browse_file"), t("assistant_import_limits")))
        size = MAX_BYTES // (1024 * 1024)
        st.file_uploader(
            t("assistant_import"), type=["json", "toml"], key=key, max_upload_size=size, on_change=_import, args=(key,)
        )


def _import(key: str) -> None:
    uploaded = st.session_state.get(key)
    if uploaded is None:
        return
    edit_state().uploads += 1

    def store() -> None:
        names = [item.name for item in library().assistants.all()]
        parsed = from_file(uploaded.getvalue(), library().documents.all(), names)
        saved = library().assistants.add_all(parsed.assistants)
        saved_names = ", ".join(escape_markdown(item.name) for item in saved)
        lines = [t("assistant_imported", names=saved_names), *(f"- {notice_text(item)}" for item in parsed.left_out)]
        edit_state().message = Message("warning" if parsed.left_out else "success", "\n".join(lines))

    attempt(store)
