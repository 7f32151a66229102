"""The settings: one sentence on each, its default and its range; a change that re-indexes is foretold first."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import streamlit as st

from rag.core.errors import InvalidSetting, KildeError
from rag.core.i18n import language_name
from rag.core.model_ref import QUOTING
from rag.core.settings import DEFAULTS, FIELDS, Settings
from rag.documents.reindexing import Plan
from rag.models import DEFAULT_EMBEDDING, MINILM
from rag.ui.chat import model_options
from rag.ui.chat.attribution import model_name
from rag.ui.i18n import language, t
from rag.ui.shell.formatting import duration, plain, time_left
from rag.ui.shell.session import library, place_in, said, said_notice, session, value_in

POLL_SECONDS = 1.0
_MESSAGE = "kilde_settings_message"
_STALE = "kilde_settings_stale"
_GROUPS = (
    ("answers", ("k", "answer_model", "judge_model", "context", "threads")),
    ("indexing_settings", ("embedding_model", "chunk_size", "overlap")),
    ("page_settings", ("language",)),
)
_CHOICES = {
    "embedding_model": (DEFAULT_EMBEDDING, MINILM),
    "judge_model": ("",),
    "language": FIELDS["language"].choices,
}


def form() -> None:
    """Draws the settings, and what a change of them would take before it is begun."""
    current = library().settings.current()
    if st.session_state.pop(_STALE, False):
        _show(current)
    with st.form("settings", border=False, enter_to_submit=False):
        for group, names in _GROUPS:
            st.subheader(t(group))
            for name in names:
                _field(name, getattr(current, name))
        with st.container(horizontal=True):
            st.form_submit_button(t("save_settings"), type="primary", on_click=_submit)
            st.form_submit_button(t("reset_settings"), on_click=_reset)
    # what comes of saving is said where the eye is: below the button
    kind, message = st.session_state.pop(_MESSAGE, ("", ""))
    if kind == "error":
        st.error(message, icon=":material/error:")
    elif kind == "success":
        st.success(message, icon=":material/check_circle:")
    elif kind:
        st.info(message, icon=":material/info:")
    _announcement(current)


def change_under_way() -> None:
    """Draws how far the new space is, polled until it has taken the place of the old one."""
    change = library().settings.change()
    if change is not None:
        st.fragment(_change, run_every=POLL_SECONDS if change.failed is None else None)()


def _field(name: str, value: Any) -> None:
    field, key = FIELDS[name], f"setting_{name}"
    words = t(f"{name}_help")
    # the value comes in by the state, because "back to defaults" sets it there as well
    st.session_state.setdefault(key, value)
    with st.container(width=640):
        if field.minimum is not None:
            st.number_input(t(name), field.minimum, field.maximum, value=value_in(key), step=1, key=key)
        else:
            offered = tuple(model_options.known()) if name == "answer_model" else _CHOICES[name]
            offered = offered if value in offered else (value, *offered)
            st.selectbox(
                t(name),
                offered,
                index=place_in(key, offered),
                key=key,
                accept_new_options=not field.choices,
                format_func=partial(_shown, name),
            )
        allowed = ", ".join(map(_language_name, field.choices)) or (
            field.allowed if field.minimum is not None else t("allowed_model")
        )
        default = getattr(DEFAULTS, name)
        shown = plain(_shown(name, default))
        origin = library().settings.origins()[name]
        note = " " + t("setting_origin_environment", name=plain(name.upper())) if origin == "environment" else ""
        st.caption(f"{words} {t('setting_default', default=shown, allowed=allowed)}{note}")


def _shown(name: str, value: Any) -> str:
    """A setting's value in words."""
    if name == "language":
        return _language_name(value)
    if name == "answer_model":
        return t("quoting_choice") if value == QUOTING else model_name(str(value), language())
    return t("no_judge") if (name, value) == ("judge_model", "") else str(value)


def _language_name(value: str) -> str:
    return t("language_auto") if value == "auto" else language_name(value)


def _submit() -> None:
    state = session()
    state.planned_settings = None
    try:
        values = {name: _clean(st.session_state[f"setting_{name}"]) for name in FIELDS}
        wanted = library().settings.current().changed(**values)
        if wanted == library().settings.current():
            st.session_state[_MESSAGE] = ("info", t("settings_unchanged"))
        elif (plan := library().settings.plan(wanted)).reindexes and plan.documents:
            state.planned_settings = plan
        else:
            _apply(plan)
    except KildeError as error:
        st.session_state[_MESSAGE] = ("error", said(error))


def _clean(value: Any) -> Any:
    if value is None:
        raise InvalidSetting(setting="answer_model", allowed="1-500")
    return value.strip() if isinstance(value, str) else value


def _apply(plan: Plan) -> None:
    session().planned_settings = None
    try:
        library().settings.apply(plan)
        began = plan.reindexes and plan.documents > 0
        st.session_state[_MESSAGE] = ("info", t("change_begun")) if began else ("success", t("settings_saved"))
    except KildeError as error:
        st.session_state[_MESSAGE] = ("error", said(error))


def _announcement(current: Settings) -> None:
    """What the change will take, before it is begun."""
    plan = session().planned_settings
    if plan is None or plan.wanted == current:
        return
    with st.container(border=True, key="announcement"):
        st.markdown(f"**{t('needs_reindex')}**")
        st.markdown(
            t(
                "needs_reindex_text",
                documents=plan.documents,
                chunks=plan.chunks,
                time=duration(plan.seconds, language()),
            )
        )
        with st.container(horizontal=True):
            st.button(t("reindex_confirm"), key="confirm_change", type="primary", on_click=_apply, args=(plan,))
            st.button(t("cancel"), key="refuse_change", on_click=_forget)


def _forget() -> None:
    session().planned_settings = None
    _show(library().settings.current())


def _reset() -> None:
    _show(DEFAULTS)
    st.session_state[_MESSAGE] = ("info", t("defaults_shown"))


def _show(values: Settings) -> None:
    for name in FIELDS:
        st.session_state[f"setting_{name}"] = getattr(values, name)


def _change() -> None:
    change = library().settings.change()
    if change is None:
        # the fields stand above and are drawn already: they take the new values in the next run
        if not st.session_state.get(_STALE):  # else it was called off, which has been said
            st.session_state[_STALE] = True
            st.session_state[_MESSAGE] = ("success", t("change_done"))
        st.rerun()
    if change.failed is not None:
        st.error(f"{t('change_failed')} {said_notice(change.failed)}", icon=":material/error:")
        _button("close", _call_off)
        return
    with st.container(border=True, key="change"):
        if change.model is not None:
            st.progress(min(1.0, change.model.share), t("change_model", model=plain(change.model.model)))
        elif change.progress is not None:
            done = change.progress
            words = t("building", done=done.chunks_done, all=done.chunks)
            left = time_left(change.seconds_left, language())
            share = done.chunks_done / done.chunks if done.chunks else 0.0
            st.progress(min(1.0, share), f"{words} {left}".strip())
        _button("cancel", _call_off)


def _call_off() -> None:
    library().settings.cancel_change()
    st.session_state[_STALE] = True
    st.session_state[_MESSAGE] = ("info", t("change_called_off"))


def _button(label: str, action: Callable[[], None]) -> None:
    st.button(t(label), key="cancel_change", on_click=action)
