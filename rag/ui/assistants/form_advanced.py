"""The part of an assistant's form that few need: where it looks, with which model, and what happens to its answers."""

from __future__ import annotations

from typing import Any

import streamlit as st

from rag.conversations.assistants.validation import MAX_NAME, MAX_TERMS, MAX_TEXT, TEMPERATURES
from rag.core.settings import FIELDS
from rag.core.types import Assistant, WithoutEvidence
from rag.ui.assistants.drafts import PREFIX, gather, show
from rag.ui.assistants.form_data import STEPS, chain
from rag.ui.chat import model_options
from rag.ui.chat.attribution import model_name
from rag.ui.i18n import language, t
from rag.ui.shell.formatting import plain, visible
from rag.ui.shell.session import library, place_in, value_in, values_in


def more(key: int, now: Assistant) -> None:
    """Draws what is closed at first."""
    changed: Any = {"on_change": _changed, "args": (key,)}
    with st.expander(t("assistant_more"), icon=":material/tune:"):
        _scope(now, changed)
        _model(now, changed)
        _order(now, changed)
        _texts(changed)
        _steps(key, now)
        st.text_input(
            t("part_scenario"),
            value_in(f"{PREFIX}scenario"),
            key=f"{PREFIX}scenario",
            max_chars=MAX_NAME,
            help=t("assistant_scenario_help"),
            **changed,
        )


def _changed(key: int) -> None:
    gather(key)


def _scope(now: Assistant, changed: Any) -> None:
    names = {document.id: document.name for document in library().documents.all()}
    tags = sorted({*library().documents.tags(), *now.scope.tags}, key=str.casefold)
    st.markdown(f"**{t('part_scope')}**")
    st.caption(t("assistant_scope_text"))
    gone = [one for one in now.scope.documents if one not in names]
    offered = [*sorted(names, key=lambda one: names[one].casefold()), *gone]
    st.multiselect(
        t("scope_choose_documents"),
        offered,
        default=values_in(f"{PREFIX}scope_documents", offered),
        format_func=lambda one: visible(names.get(one, t("no_name"))),
        key=f"{PREFIX}scope_documents",
        placeholder=t("scope_all"),
        **changed,
    )
    if tags:
        st.multiselect(
            t("scope_choose_tags"),
            tags,
            default=values_in(f"{PREFIX}scope_tags", tags),
            format_func=visible,
            key=f"{PREFIX}scope_tags",
            placeholder=t("scope_search_tags"),
            **changed,
        )
    st.number_input(
        t("k"),
        FIELDS["k"].minimum,
        FIELDS["k"].maximum,
        value=value_in(f"{PREFIX}k"),
        step=1,
        key=f"{PREFIX}k",
        placeholder=t("as_settings", value=library().settings.current().k),
        help=t("k_help"),
        width=240,
        **changed,
    )
    st.segmented_control(
        t("part_without_evidence"),
        list(WithoutEvidence),
        default=value_in(f"{PREFIX}without_evidence"),
        key=f"{PREFIX}without_evidence",
        required=True,
        format_func=lambda choice: t(f"without_evidence_{choice}"),
        help=t("without_evidence_help"),
        **changed,
    )


def _model(now: Assistant, changed: Any) -> None:
    settings = library().settings.current()
    st.markdown(f"**{t('part_answer_model')}**")
    st.caption(t("assistant_model_text"))

    def shown(model: str) -> str:
        if not model:
            return t("as_settings", value=model_name(settings.answer_model, language()))
        return model_name(model, language())

    with st.container(horizontal=True):
        offered = ["", *model_options.known([now.answer_model])]
        st.selectbox(
            t("answer_model"),
            offered,
            index=place_in(f"{PREFIX}answer_model", offered),
            format_func=shown,
            key=f"{PREFIX}answer_model",
            accept_new_options=True,
            width=360,
            **changed,
        )
        low, high = TEMPERATURES
        st.slider(
            t("part_temperature"),
            low,
            high,
            value=value_in(f"{PREFIX}temperature"),
            step=0.1,
            key=f"{PREFIX}temperature",
            help=t("temperature_help"),
            width=280,
            **changed,
        )


def _order(now: Assistant, changed: Any) -> None:
    names = {document.sha256: document.name for document in library().documents.all()}
    st.markdown(f"**{t('part_preference')}**")
    st.caption(t("preference_text"))
    for side in ("favoured", "avoided"):
        terms = getattr(now.preference, f"{side}_terms")
        chosen = getattr(now.preference, f"{side}_documents")
        st.multiselect(
            t(f"{side}_terms"),
            list(terms),
            default=values_in(f"{PREFIX}{side}_terms", terms),
            key=f"{PREFIX}{side}_terms",
            format_func=visible,
            accept_new_options=True,
            max_selections=MAX_TERMS,
            placeholder=t("terms_placeholder"),
            **changed,
        )
        offered = [*sorted(names, key=lambda one: names[one].casefold()), *(one for one in chosen if one not in names)]
        st.multiselect(
            t(f"{side}_documents"),
            offered,
            default=values_in(f"{PREFIX}{side}_documents", offered),
            format_func=lambda one: visible(names.get(one, t("no_name"))),
            key=f"{PREFIX}{side}_documents",
            placeholder=t("scope_search_documents"),
            **changed,
        )


def _texts(changed: Any) -> None:
    st.markdown(f"**{t('fixed_texts')}**")
    st.caption(t("fixed_texts_text"))
    for part in ("before", "after"):
        st.text_area(
            t(f"part_{part}"),
            value_in(f"{PREFIX}{part}"),
            key=f"{PREFIX}{part}",
            height=80,
            max_chars=MAX_TEXT,
            **changed,
        )


def _steps(key: int, now: Assistant) -> None:
    names = {one.id: one.name for one in library().assistants.all()}
    others = [one for one in names if one != key]
    st.markdown(f"**{t('part_steps')}**")
    st.caption(t("steps_text"))
    if not others and not now.steps:
        st.caption(t("steps_none"))
        return
    for place in range(min(len(now.steps) + 1, STEPS)):
        before = now.steps[:place]
        gone = [step for step in now.steps[place : place + 1] if step not in names]
        offered = [0, *(one for one in others if one not in before), *gone]
        st.selectbox(
            t("step_first") if place == 0 else t("step_next"),
            offered,
            index=place_in(f"{PREFIX}step_{place}", offered),
            format_func=lambda one: t("step_nobody") if one == 0 else visible(names.get(one, t("assistant_unknown"))),
            key=f"{PREFIX}step_{place}",
            on_change=_stepped,
            args=(key,),
            width=360,
        )
    if now.steps:
        with st.container(horizontal=True, vertical_alignment="center", key="assistant_chain", gap="small"):
            drawn = " → ".join(plain(visible(one)) for one in _chain(now, names))
            st.markdown(f":material/conversion_path: {drawn}")


def _chain(now: Assistant, names: dict[int, str]) -> list[str]:
    return chain(now, names, t("assistant_unknown"))


def _stepped(key: int) -> None:
    # one that was taken out of the middle leaves no gap
    gather(key)
    show(key)
