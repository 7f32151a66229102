"""The advanced part of an assistant's form: scope, model, preference, fixed texts, steps and scenario."""

from typing import Any

import streamlit as st

from rag.conversations.assistants.validation import MAX_NAME, MAX_TERMS, MAX_TEXT, TEMPERATURES
from rag.core.settings import FIELDS
from rag.core.types import Assistant, WithoutEvidence
from rag.ui.assistants.drafts import PREFIX, on_field_change, read_fields, write_fields
from rag.ui.assistants.form_data import STEP_FIELDS, chain_names
from rag.ui.chat import model_options
from rag.ui.chat.attribution import model_name
from rag.ui.i18n import language, t
from rag.ui.shell.formatting import escape_markdown, visible
from rag.ui.shell.session import library, option_index, state_value, state_values


def advanced_fields(key: int, assistant: Assistant) -> None:
    """Draws the advanced fields in an expander that is closed at first."""
    callback: Any = {"on_change": on_field_change, "args": (key,)}
    with st.expander(t("assistant_more"), icon=":material/tune:"):
        _scope_fields(assistant, callback)
        _model_fields(assistant, callback)
        _preference_fields(assistant, callback)
        _fixed_text_fields(callback)
        _step_fields(key, assistant)
        st.text_input(
            t("part_scenario"),
            state_value(f"{PREFIX}scenario"),
            key=f"{PREFIX}scenario",
            max_chars=MAX_NAME,
            help=t("assistant_scenario_help"),
            **callback,
        )


def _scope_fields(assistant: Assistant, callback: Any) -> None:
    names = {document.id: document.name for document in library().documents.all()}
    tags = sorted({*library().documents.tags(), *assistant.scope.tags}, key=str.casefold)
    st.markdown(f"**{t('part_scope')}**")
    st.caption(t("assistant_scope_text"))
    deleted = [document_id for document_id in assistant.scope.documents if document_id not in names]
    options = [*sorted(names, key=lambda document_id: names[document_id].casefold()), *deleted]
    st.multiselect(
        t("scope_choose_documents"),
        options,
        default=state_values(f"{PREFIX}scope_documents", options),
        format_func=lambda document_id: visible(names.get(document_id, t("no_name"))),
        key=f"{PREFIX}scope_documents",
        placeholder=t("scope_all"),
        **callback,
    )
    if tags:
        st.multiselect(
            t("scope_choose_tags"),
            tags,
            default=state_values(f"{PREFIX}scope_tags", tags),
            format_func=visible,
            key=f"{PREFIX}scope_tags",
            placeholder=t("scope_search_tags"),
            **callback,
        )
    st.number_input(
        t("k"),
        FIELDS["k"].minimum,
        FIELDS["k"].maximum,
        value=state_value(f"{PREFIX}k"),
        step=1,
        key=f"{PREFIX}k",
        placeholder=t("as_settings", value=library().settings.current().k),
        help=t("k_help"),
        width=240,
        **callback,
    )
    st.segmented_control(
        t("part_without_evidence"),
        list(WithoutEvidence),
        default=state_value(f"{PREFIX}without_evidence"),
        key=f"{PREFIX}without_evidence",
        required=True,
        format_func=lambda choice: t(f"without_evidence_{choice}"),
        help=t("without_evidence_help"),
        **callback,
    )


def _model_fields(assistant: Assistant, callback: Any) -> None:
    settings = library().settings.current()
    st.markdown(f"**{t('part_answer_model')}**")
    st.caption(t("assistant_model_text"))

    def label(model: str) -> str:
        if not model:
            return t("as_settings", value=model_name(settings.answer_model, language()))
        return model_name(model, language())

    with st.container(horizontal=True):
        options = ["", *model_options.answer_models([assistant.answer_model])]
        st.selectbox(
            t("answer_model"),
            options,
            index=option_index(f"{PREFIX}answer_model", options),
            format_func=label,
            key=f"{PREFIX}answer_model",
            accept_new_options=True,
            width=360,
            **callback,
        )
        low, high = TEMPERATURES
        st.slider(
            t("part_temperature"),
            low,
            high,
            value=state_value(f"{PREFIX}temperature"),
            step=0.1,
            key=f"{PREFIX}temperature",
            help=t("temperature_help"),
            width=280,
            **callback,
        )


def _preference_fields(assistant: Assistant, callback: Any) -> None:
    names = {document.sha256: document.name for document in library().documents.all()}
    st.markdown(f"**{t('part_preference')}**")
    st.caption(t("preference_text"))
    for side in ("favoured", "avoided"):
        terms = getattr(assistant.preference, f"{side}_terms")
        selected = getattr(assistant.preference, f"{side}_documents")
        st.multiselect(
            t(f"{side}_terms"),
            list(terms),
            default=state_values(f"{PREFIX}{side}_terms", terms),
            key=f"{PREFIX}{side}_terms",
            format_func=visible,
            accept_new_options=True,
            max_selections=MAX_TERMS,
            placeholder=t("terms_placeholder"),
            **callback,
        )
        options = [
            *sorted(names, key=lambda sha256: names[sha256].casefold()),
            *(sha256 for sha256 in selected if sha256 not in names),
        ]
        st.multiselect(
            t(f"{side}_documents"),
            options,
            default=state_values(f"{PREFIX}{side}_documents", options),
            format_func=lambda sha256: visible(names.get(sha256, t("no_name"))),
            key=f"{PREFIX}{side}_documents",
            placeholder=t("scope_search_documents"),
            **callback,
        )


def _fixed_text_fields(callback: Any) -> None:
    st.markdown(f"**{t('fixed_texts')}**")
    st.caption(t("fixed_texts_text"))
    for part in ("before", "after"):
        st.text_area(
            t(f"part_{part}"),
            state_value(f"{PREFIX}{part}"),
            key=f"{PREFIX}{part}",
            height=80,
            max_chars=MAX_TEXT,
            **callback,
        )


def _step_fields(key: int, assistant: Assistant) -> None:
    names = {assistant_id.id: assistant_id.name for assistant_id in library().assistants.all()}
    other_ids = [assistant_id for assistant_id in names if assistant_id != key]
    st.markdown(f"**{t('part_steps')}**")
    st.caption(t("steps_text"))
    if not other_ids and not assistant.steps:
        st.caption(t("steps_none"))
        return
    for place in range(min(len(assistant.steps) + 1, STEP_FIELDS)):
        earlier_steps = assistant.steps[:place]
        deleted = [step for step in assistant.steps[place : place + 1] if step not in names]
        options = [0, *(assistant_id for assistant_id in other_ids if assistant_id not in earlier_steps), *deleted]
        st.selectbox(
            t("step_first") if place == 0 else t("step_next"),
            options,
            index=option_index(f"{PREFIX}step_{place}", options),
            format_func=lambda assistant_id: (
                t("step_nobody") if assistant_id == 0 else visible(names.get(assistant_id, t("assistant_unknown")))
            ),
            key=f"{PREFIX}step_{place}",
            on_change=_on_step_change,
            args=(key,),
            width=360,
        )
    if assistant.steps:
        with st.container(horizontal=True, vertical_alignment="center", key="assistant_chain", gap="small"):
            chain = chain_names(assistant, names, t("assistant_unknown"))
            chain_text = " → ".join(escape_markdown(visible(name)) for name in chain)
            st.markdown(f":material/conversion_path: {chain_text}")


def _on_step_change(key: int) -> None:
    # written back so that a step removed from the middle leaves no gap
    read_fields(key)
    write_fields(key)
