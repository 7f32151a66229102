"""The settings form. A change that rebuilds the index is announced with its cost before it is applied."""

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
from rag.models.chosen.registry import check
from rag.ui.chat import model_options
from rag.ui.chat.attribution import model_name
from rag.ui.i18n import language, t
from rag.ui.shell.formatting import duration, escape_markdown, time_left
from rag.ui.shell.session import error_text, library, notice_text, option_index, session, state_value

POLL_SECONDS = 1.0
_MESSAGE = "kilde_settings_message"
_STALE = "kilde_settings_stale"
_GROUPS = (
    ("answers", ("k", "answer_model", "judge_model", "context", "threads")),
    ("indexing_settings", ("embedding_model", "chunk_size", "overlap")),
    ("advanced_settings", ("reranker_model", "reader_model")),
    ("page_settings", ("language",)),
)
_CHOICES = {
    "embedding_model": (DEFAULT_EMBEDDING, MINILM),
    "judge_model": ("",),
    "reranker_model": ("",),
    "reader_model": ("",),
    "language": FIELDS["language"].choices,
}


def form() -> None:
    """Draws the settings, and the cost of a change that has to be confirmed."""
    current = library().settings.current()
    if st.session_state.pop(_STALE, False):
        _fill_fields(current)
    with st.form("settings", border=False, enter_to_submit=False):
        for group, names in _GROUPS:
            st.subheader(t(group))
            for name in names:
                _field(name, getattr(current, name))
        with st.container(horizontal=True):
            st.form_submit_button(t("save_settings"), type="primary", on_click=_on_submit)
            st.form_submit_button(t("reset_settings"), on_click=_on_reset)
    # the result of saving is shown below the button that was clicked
    kind, message = st.session_state.pop(_MESSAGE, ("", ""))
    if kind == "error":
        st.error(message, icon=":material/error:")
    elif kind == "success":
        st.success(message, icon=":material/check_circle:")
    elif kind:
        st.info(message, icon=":material/info:")
    _plan_summary(current)


def running_change() -> None:
    """Draws the progress of a new space, polled until it replaces the active one."""
    progress = library().settings.change()
    if progress is not None:
        st.fragment(_change_progress, run_every=POLL_SECONDS if progress.failed is None else None)()


def _field(name: str, value: Any) -> None:
    field, key = FIELDS[name], f"setting_{name}"
    description = t(f"{name}_help")
    # the value comes from the session state, because "back to defaults" sets it there too
    st.session_state.setdefault(key, value)
    with st.container(width=640):
        if field.minimum is not None:
            st.number_input(t(name), field.minimum, field.maximum, value=state_value(key), step=1, key=key)
        else:
            options = tuple(model_options.answer_models()) if name == "answer_model" else _CHOICES[name]
            options = options if value in options else (value, *options)
            st.selectbox(
                t(name),
                options,
                index=option_index(key, options),
                key=key,
                accept_new_options=not field.choices,
                format_func=partial(_value_text, name),
            )
        allowed = ", ".join(map(_language_name, field.choices)) or (
            field.allowed if field.minimum is not None else t("allowed_model")
        )
        default = getattr(DEFAULTS, name)
        default_text = escape_markdown(_value_text(name, default))
        origin = library().settings.origins()[name]
        note = (
            " " + t("setting_origin_environment", name=escape_markdown(name.upper())) if origin == "environment" else ""
        )
        st.caption(f"{description} {t('setting_default', default=default_text, allowed=allowed)}{note}")


def _value_text(name: str, value: Any) -> str:
    """The text that stands for a setting's value."""
    if name == "language":
        return _language_name(value)
    if name == "answer_model":
        return t("quoting_choice") if value == QUOTING else model_name(str(value), language())
    return str(value) or t("no_model")


def _language_name(value: str) -> str:
    return t("language_auto") if value == "auto" else language_name(value)


def _on_submit() -> None:
    state = session()
    state.planned_settings = None
    try:
        values = {name: _validated(st.session_state[f"setting_{name}"]) for name in FIELDS}
        settings = library().settings.current().changed(**values)
        check(settings, library().settings.current())
        if settings == library().settings.current():
            st.session_state[_MESSAGE] = ("info", t("settings_unchanged"))
        elif (plan := library().settings.plan(settings)).reindexes and plan.documents:
            state.planned_settings = plan
        else:
            _apply(plan)
    except KildeError as error:
        st.session_state[_MESSAGE] = ("error", error_text(error))


def _validated(value: Any) -> Any:
    if value is None:
        raise InvalidSetting(setting="answer_model", allowed="1-500")
    return value.strip() if isinstance(value, str) else value


def _apply(plan: Plan) -> None:
    session().planned_settings = None
    try:
        library().settings.apply(plan)
        reindexes = plan.reindexes and plan.documents > 0
        st.session_state[_MESSAGE] = ("info", t("change_begun")) if reindexes else ("success", t("settings_saved"))
    except KildeError as error:
        st.session_state[_MESSAGE] = ("error", error_text(error))


def _plan_summary(current: Settings) -> None:
    """Draws the cost of a planned change, with buttons to confirm and to cancel it."""
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
            st.button(t("cancel"), key="refuse_change", on_click=_discard_plan)


def _discard_plan() -> None:
    session().planned_settings = None
    _fill_fields(library().settings.current())


def _on_reset() -> None:
    _fill_fields(DEFAULTS)
    st.session_state[_MESSAGE] = ("info", t("defaults_shown"))


def _fill_fields(values: Settings) -> None:
    for name in FIELDS:
        st.session_state[f"setting_{name}"] = getattr(values, name)


def _change_progress() -> None:
    change = library().settings.change()
    if change is None:
        # the fields above have been drawn already, so they show the new values in the next run
        if not st.session_state.get(_STALE):  # otherwise it was cancelled, with a message of its own
            st.session_state[_STALE] = True
            st.session_state[_MESSAGE] = ("success", t("change_done"))
        st.rerun()
    if change.failed is not None:
        st.error(f"{t('change_failed')} {notice_text(change.failed)}", icon=":material/error:")
        _button("close", _cancel_change)
        return
    with st.container(border=True, key="change"):
        if change.model is not None:
            st.progress(min(1.0, change.model.share), t("change_model", model=escape_markdown(change.model.model)))
        elif change.progress is not None:
            space_progress = change.progress
            text = t("building", done=space_progress.chunks_done, all=space_progress.chunks)
            remaining = time_left(change.seconds_left, language())
            share = space_progress.chunks_done / space_progress.chunks if space_progress.chunks else 0.0
            st.progress(min(1.0, share), f"{text} {remaining}".strip())
        _button("cancel", _cancel_change)


def _cancel_change() -> None:
    library().settings.cancel_change()
    st.session_state[_STALE] = True
    st.session_state[_MESSAGE] = ("info", t("change_called_off"))


def _button(label: str, action: Callable[[], None]) -> None:
    st.button(t(label), key="cancel_change", on_click=action)
