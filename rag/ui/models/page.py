"""The models page: the answer models that are here, how good and fast they are, and how to get better ones."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import streamlit as st

from rag.core.errors import KildeError
from rag.generation.model_catalog import AnswerModel
from rag.generation.model_trials import SAMPLES, TrialReport
from rag.models.hardware import as_fast_as_reading, largest
from rag.ui.components.lab import draw_bars
from rag.ui.i18n import language, t
from rag.ui.models import download, servers
from rag.ui.models.data import (
    bars,
    distinct_title,
    facts,
    has_language_model,
    key_of,
    label_for,
    matching,
    origin_of,
    size_text,
    speed_text,
    title_of,
    verdicts,
)
from rag.ui.shell.formatting import escape_markdown, format_number, moment
from rag.ui.shell.session import error_text, library, notice_text, time_zone

POLL_SECONDS = 0.5
_STYLE = Path(__file__).with_suffix(".css")
AT_FIRST = 12
"""Models shown until the user asks for all: a server can have hundreds."""
_MESSAGE = "kilde_models_message"
_ALL = "kilde_models_all"


def page() -> None:
    """Draws the whole page."""
    answer_models = library().answer_models
    models = answer_models.models()
    reports = answer_models.trials.all()
    st.html(_STYLE)
    st.title(t("models"))
    st.caption(t("models_intro"))
    _message()
    if not has_language_model(models):
        _without_one()
    _listing(models, reports)
    if (data := bars(models, reports, language())) is not None:
        draw_bars("model_speeds", data)
        st.caption(t("models_tokens_text"))
    download.section(models)
    servers.section()


def _message() -> None:
    kind, words = st.session_state.pop(_MESSAGE, ("", ""))
    if kind == "error":
        st.error(words, icon=":material/error:")
    elif kind:
        st.success(words, icon=":material/check_circle:")


def _without_one() -> None:
    answer_models, locale = library().answer_models, language()
    machine, measured = answer_models.machine(), answer_models.measured()
    memory = format_number(machine.memory_bytes / 1e9, 0, locale)
    most = largest(machine)
    with st.container(border=True, key="models_none", width=760):
        st.subheader(t("models_none"), anchor=False)
        st.markdown(t("models_none_text"))
        if most < 500_000_000:
            st.markdown(t("models_none_small", memory=memory))
        else:
            quick = format_number(as_fast_as_reading(machine, measured) / 1e9, 1, locale)
            st.markdown(
                t("models_none_sizes", memory=memory, largest=format_number(most / 1e9, 0, locale), quick=quick)
            )
        st.markdown(t("models_none_ways", folder=escape_markdown(str(answer_models.folder))))


# what is here ------------------------------------------------------------------------------------------------


def _listing(models: Sequence[AnswerModel], reports: Mapping[str, TrialReport]) -> None:
    st.subheader(t("models_here"), anchor=False)
    if len(models) > 2:
        query = st.text_input(
            t("models_search"),
            key="models_search",
            placeholder=t("models_search"),
            icon=":material/search:",
            label_visibility="collapsed",
            live=True,
            width=360,
        )
        models = matching(models, query or "", language())
    if not models:
        st.caption(t("models_not_found"))
    all_models, visible_models = models, models if st.session_state.get(_ALL) else models[:AT_FIRST]
    current = library().settings.current().answer_model
    for model in visible_models:
        with st.container(border=True, key=f"model_{key_of(model.name)}", gap="xsmall"):
            _card(model, distinct_title(model, all_models, language()), reports.get(model.name), current)
    if len(visible_models) < len(models):
        words = t("models_show_all", count=len(models))
        st.button(words, key="models_all", on_click=lambda: st.session_state.update({_ALL: True}))


def _card(model: AnswerModel, name: str, report: TrialReport | None, current: str) -> None:
    """name: as it is said of its buttons."""
    locale, key = language(), key_of(model.name)
    trial = library().answer_models.trials.progress()
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{escape_markdown(title_of(model, locale))}**", width="stretch")
        if model.name == current:
            st.badge(t("models_in_use"), icon=":material/check:", color="green")
    st.caption(escape_markdown(" · ".join((origin_of(model, locale), *facts(model, locale)))))
    if model.good_for:
        st.markdown(t(model.good_for))
    if model.problem is not None:
        st.warning(notice_text(model.problem), icon=":material/warning:")
    if trial is not None and trial.model == model.name:
        st.fragment(_trial, run_every=POLL_SECONDS)(model.name)
    elif report is not None:
        _report(model, report)
    elif model.usable:
        st.caption(t("models_not_tried"))
    with st.container(horizontal=True, vertical_alignment="center"):
        if model.usable:
            st.button(
                label_for(t("models_try"), name),
                key=f"named_try_{key}",
                icon=":material/speed:",
                help=t("models_try_text"),
                disabled=trial is not None,
                on_click=_start,
                args=(model.name,),
            )
            if model.name != current:
                st.button(
                    label_for(t("models_use"), name),
                    key=f"named_use_{key}",
                    icon=":material/edit_note:",
                    on_click=_use,
                    args=(model,),
                )
        if model.removable:
            _deletion(model, name, key)


def _deletion(model: AnswerModel, name: str, key: str) -> None:
    with (
        st.container(key=f"named_delete_{key}", width="content"),
        st.popover(label_for(t("delete"), name), icon=":material/delete:"),
    ):
        st.markdown(f"**{t('models_delete_named', name=escape_markdown(name))}**")
        st.caption(t("models_delete_text", size=size_text(model.bytes, language()) or "0 kB"))
        st.button(t("delete"), key=f"delete_{key}", on_click=_delete, args=(model,))


def _use(model: AnswerModel) -> None:
    kilde = library()
    words = t("models_now_used", name=escape_markdown(title_of(model, language())))
    _try(lambda: kilde.settings.save(kilde.settings.current().changed(answer_model=model.name)), words)


def _delete(model: AnswerModel) -> None:
    words = t("models_deleted", name=escape_markdown(title_of(model, language())))
    _try(lambda: library().answer_models.delete(model.name), words)


def _try(change: Callable[[], None], words: str) -> None:
    try:
        change()
    except KildeError as error:
        st.session_state[_MESSAGE] = ("error", error_text(error))
    else:
        st.session_state[_MESSAGE] = ("success", words)


# trials ------------------------------------------------------------------------------------------------------


def _start(name: str) -> None:
    library().answer_models.trials.start(name, language())


def _trial(name: str) -> None:
    """The trial under way, with the text as it comes."""
    trials = library().answer_models.trials
    progress = trials.progress()
    if progress is None or progress.model != name:
        st.rerun()
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(t(f"models_{progress.stage}", seconds=round(progress.seconds)), width="content")
        st.button(t("stop"), key="stop_trial", icon=":material/stop_circle:", on_click=trials.cancel)
    if progress.text:
        _answer(progress.text)


def _report(model: AnswerModel, report: TrialReport) -> None:
    locale = language()
    when = moment(report.tried, locale, time_zone())
    figures = speed_text(report, locale, quoting=model.kind == "quoting")
    st.markdown(escape_markdown(" · ".join((t("models_measured", when=when), *figures))))
    if report.notice is not None:
        st.warning(notice_text(report.notice), icon=":material/warning:")
    if not report.text:
        st.caption(t("models_no_answer"))
        return
    marks = ((":material/check:" if good else ":material/close:", words) for good, words in verdicts(report, locale))
    st.markdown("  ·  ".join(f"{icon} {words}" for icon, words in marks))
    with st.expander(t("models_see_answer")):
        st.caption(SAMPLES[report.language].question)
        _answer(report.text)


def _answer(text: str) -> None:
    """Draws what a model wrote, as data, line by line."""
    st.markdown("  \n".join(escape_markdown(line) for line in text.splitlines()))
