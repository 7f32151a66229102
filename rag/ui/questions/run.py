"""The run of the saved questions: begun, watched, and held against the one before."""

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from rag.core.errors import KildeError
from rag.core.types.questions import SavedQuestion
from rag.evaluation.metrics import Report, shared
from rag.ui.components.lab import draw_bars
from rag.ui.i18n import language, t
from rag.ui.shell.formatting import escape_markdown, format_number, moment
from rag.ui.shell.session import error_text, library, notice_text, time_zone

POLL_SECONDS = 0.5


MESSAGE = "kilde_lab_message"


_SETTINGS = ("k", "embedding_model", "chunk_size", "overlap")


def run_section(questions: Sequence[SavedQuestion]) -> None:
    """Draws the button that asks all questions again, the progress of a run, and the metrics of the last one."""
    st.caption(t("run_questions_text"))
    running = library().question_runs.progress() is not None
    # always the same fragment, so that a click at the moment when the run is done still finds it
    st.fragment(_run, run_every=POLL_SECONDS if running else None)(len(questions), running)
    reports = library().question_runs.last()
    if reports:
        _totals(reports[0], reports[1] if len(reports) > 1 else None)


def _run(count: int, is_polled: bool) -> None:
    kilde = library()
    progress = kilde.question_runs.progress()
    if (progress is not None) != is_polled:
        st.rerun()  # to change the polling and to draw what depends on the run
    if progress is None:
        label = t("run_questions", count=count)
        st.button(label, key="run", type="primary", icon=":material/play_arrow:", on_click=_start)
        if (fault := kilde.question_runs.fault) is not None:
            st.error(f"{t('run_failed')} {notice_text(fault)}", icon=":material/error:")
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        label = t("questions_done", done=progress.done, all=progress.questions)
        st.progress(progress.done / progress.questions, label)
        st.button(t("cancel"), key="cancel_run", icon=":material/stop_circle:", on_click=kilde.question_runs.cancel)


def _start() -> None:
    report_errors(lambda: library().question_runs.start())


def _totals(report: Report, previous: Report | None) -> None:
    shared_reports = shared(report, previous) if previous is not None else None
    if shared_reports is not None and not shared_reports[0].scored:
        shared_reports = None
    compared, compared_previous = shared_reports if shared_reports is not None else (report, None)
    if compared.scored:
        figures = [
            _figure(
                t("right_first"),
                compared.recall(1),
                compared_previous.recall(1) if compared_previous else None,
                percent=True,
            ),
            _figure(
                t("right_among", k=report.k),
                compared.recall(report.k),
                compared_previous.recall(report.k) if compared_previous else None,
                percent=True,
            ),
            _figure(t("mrr"), compared.mrr, compared_previous.mrr if compared_previous else None, percent=False),
        ]
        draw_bars(
            "question_bars",
            {
                "title": t("run_title", count=len(compared.scored)),
                "now": t("now"),
                "before": t("before") if compared_previous else "",
                "figures": figures,
            },
        )
    else:
        st.caption(t("nothing_scored"))
    parts = [
        t("ran", when=moment(report.ran, language(), time_zone())),
        t("answered_of", answered=report.answered, all=len(report.outcomes)),
        t("with_wrong", count=report.with_wrong) if report.with_wrong else "",
    ]
    if compared_previous is not None and len(compared_previous.scored) != len(report.scored):
        parts.append(t("compared_over", count=len(compared_previous.scored)))
    st.caption(" · ".join(filter(None, parts)))
    if previous is not None and (changes := _changed_settings(report, previous)):
        st.caption(t("settings_changed", changes=changes))
    if report.notice is not None:
        st.warning(notice_text(report.notice), icon=":material/warning:")


def _figure(name: str, value: float, previous: float | None, *, percent: bool) -> dict[str, Any]:
    def score_text(score: float | None) -> str:
        if score is None:
            return ""
        return f"{round(100 * score)} %" if percent else format_number(score, 2, language())

    return {
        "name": name,
        "now": value,
        "before": previous,
        "now_text": score_text(value),
        "before_text": score_text(previous),
    }


def _changed_settings(report: Report, previous: Report) -> str:
    """The settings that differ from those of the previous run, as Markdown."""
    return ", ".join(
        f"{t(name)} {escape_markdown(str(previous_value))} → {escape_markdown(str(value))}"
        for name in _SETTINGS
        if (previous_value := previous.settings.get(name)) != (value := report.settings.get(name))
    )


def report_errors(action: Callable[[], Any]) -> None:
    """Runs an action; what goes wrong is said on the page."""
    try:
        action()
    except KildeError as error:
        st.session_state[MESSAGE] = ("error", error_text(error))
