"""The page of the saved questions: runs and their metrics, the table, a dialog, import and export."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from rag.core.errors import KildeError, NotFound
from rag.core.locations import position
from rag.core.types import Turn
from rag.evaluation.metrics import Outcome, Report, shared
from rag.evaluation.saved_questions import MAX_SCENARIO, Expected, SavedQuestion
from rag.ui.components.lab import draw_bars, draw_questions
from rag.ui.i18n import language, t
from rag.ui.shell.formatting import escape_markdown, format_number, moment, visible
from rag.ui.shell.session import OpenSource, error_text, library, notice_text, session, time_zone
from rag.ui.shell.uploader import uploader_style

POLL_SECONDS = 0.5
_PASSAGE_STYLE = Path(__file__).parents[1] / "components" / "lab" / "passages.css"
NOT_FOUND = 1_000_000
"""The sort key of a question whose passage was not found; questions without a passage sort after it."""
_MESSAGE = "kilde_lab_message"
_OPENED = "kilde_lab_opened"
_LEAVING = "kilde_lab_leaving"
_IMPORTS = "kilde_lab_imports"
_VOTES = {1: "vote_good", -1: "vote_bad", 0: "vote_none"}
_SETTINGS = ("k", "embedding_model", "chunk_size", "overlap")


def follow_redirect() -> None:
    """Switches to the chat page if the dialog asked for it."""
    if st.session_state.pop(_LEAVING, False):
        st.switch_page("pages/chat.py")


def message() -> None:
    """Draws the message about the last click, if any."""
    kind, text = st.session_state.pop(_MESSAGE, ("", ""))
    if kind == "error":
        st.error(text, icon=":material/error:")
    elif kind:
        st.success(text, icon=":material/check_circle:")


def empty_state() -> None:
    """Explains how to save a question."""
    st.markdown(t("no_saved_questions"))
    st.caption(t("no_saved_questions_text"))


# the run -----------------------------------------------------------------------------------------------------


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
    _report_errors(lambda: library().question_runs.start())


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


# the table ---------------------------------------------------------------------------------------------------


def listing(questions: Sequence[SavedQuestion]) -> None:
    """Draws the filters, the actions on selected questions, and the table."""
    matches = _filtered(questions)
    if not matches:
        st.caption(t("no_questions_found"))
        return
    # the buttons are above the table, where they stay visible, but the selection is known only after it was drawn
    actions = st.container()
    selected = _table(matches)
    with actions:
        _actions(selected)


def _filtered(questions: Sequence[SavedQuestion]) -> list[SavedQuestion]:
    with st.container(horizontal=True, vertical_alignment="bottom", key="question_filters"):
        search = st.text_input(
            t("search_questions"),
            key="search_questions",
            placeholder=t("search_questions"),
            icon=":material/search:",
            live=True,
            width=320,
        )
        scenarios = sorted({question.scenario for question in questions}, key=str.casefold)
        scenario = None
        if scenarios != [""]:
            scenario = st.selectbox(
                t("scenario"), [None, *scenarios], key="filter_scenario", format_func=_scenario_name, width=220
            )
        vote = st.selectbox(
            t("vote"),
            [None, 1, -1, 0],
            key="filter_vote",
            format_func=lambda value: t("all_votes") if value is None else t(_VOTES[value]),
            width=180,
        )
    if search:
        matching_ids = {question.id for question in library().saved_questions.all(search)}
        questions = [question for question in questions if question.id in matching_ids]
    return [
        question for question in questions if scenario in (None, question.scenario) and vote in (None, question.vote)
    ]


def _scenario_name(name: str | None) -> str:
    return t("all_scenarios") if name is None else visible(name) or t("no_scenario")


def _table(questions: Sequence[SavedQuestion]) -> list[SavedQuestion]:
    """Draws the table and returns the selected questions."""
    reports = library().question_runs.last()
    report, previous = [*reports, None, None][:2]
    labels = {name: t(name) for name in ("question", "vote", "scenario", "result")}
    more_labels = {
        "before": t("place_before"),
        "now": t("place_now"),
        "saved_questions": t("saved_questions"),
        "open_question": t("open_question"),
        "select_all": t("select_all"),
    }
    data = {
        "labels": {**labels, **more_labels, "select_one": t("select_one")},
        "language": language(),
        "ran": report is not None,
        "compared": previous is not None,
        "rows": [
            _row(
                question,
                report.of(question.id) if report is not None else None,
                previous.of(question.id) if previous is not None else None,
            )
            for question in questions
        ],
    }
    selected_ids = set(draw_questions("questions_table", data, _open))
    return [question for question in questions if question.id in selected_ids]


def _row(question: SavedQuestion, outcome: Outcome | None, previous: Outcome | None) -> dict[str, Any]:
    rank, rank_text = _rank(outcome)
    previous_rank, previous_rank_text = _rank(previous)
    change = ""
    if outcome is not None and previous is not None and max(rank, previous_rank) <= NOT_FOUND and rank != previous_rank:
        change = "better" if rank < previous_rank else "worse"
    return {
        "id": question.id,
        "question": visible(question.question),
        "vote": -question.vote,
        "vote_text": t(_VOTES[question.vote]),
        "scenario": visible(question.scenario),
        "now": rank,
        "now_text": rank_text,
        "before": previous_rank,
        "before_text": previous_rank_text,
        "change": change,
        "change_text": t(change) if change else "",
        "result": _result(outcome),
    }


def _rank(outcome: Outcome | None) -> tuple[int, str]:
    """The sort key of a question's rank, and its text."""
    if outcome is None or outcome.fault is not None or not outcome.expects:
        return NOT_FOUND + 1, "–"
    if outcome.rank is None:
        return NOT_FOUND, t("rank_none")
    return outcome.rank, str(outcome.rank)


def _result(outcome: Outcome | None) -> str:
    if outcome is None:
        return t("not_asked")
    if outcome.fault is not None:
        return notice_text(outcome.fault)
    text = t("was_answered") if outcome.answered else t("was_refused")
    return text if outcome.wrong is None else f"{text}, {t('wrong_at', rank=outcome.wrong)}"


def _actions(selected: Sequence[SavedQuestion]) -> None:
    if not selected:
        st.caption(t("select_questions_hint"))
        return
    ids = [question.id for question in selected]
    with st.container(horizontal=True, vertical_alignment="center", key="question_actions"):
        st.markdown(t("selected", count=len(selected)), width="content")
        with st.popover(t("scenario"), icon=":material/label:"), st.form("set_scenario", border=False):
            names = {question.scenario for question in selected}
            st.text_input(
                t("scenario_of_chosen"),
                names.pop() if len(names) == 1 else "",
                max_chars=MAX_SCENARIO,
                key="scenario_name",
                help=t("scenario_help"),
            )
            st.form_submit_button(t("save"), on_click=_set_scenario, args=(ids, "scenario_name"))
        with st.popover(t("delete"), icon=":material/delete:"):
            st.markdown(f"**{t('delete_questions', count=len(ids))}**")
            st.text("\n".join(visible(question.question) for question in selected[:10]))
            st.caption(t("delete_questions_text"))
            st.button(t("delete"), key="delete_questions", on_click=_delete, args=(ids,))


def _set_scenario(ids: list[int], key: str) -> None:
    name = str(st.session_state[key])
    _report_errors(lambda: library().saved_questions.set_scenario(ids, name))


def _delete(ids: list[int]) -> None:
    _report_errors(lambda: library().saved_questions.remove(ids))


# one question ------------------------------------------------------------------------------------------------


def _open(question_id: int) -> None:
    st.session_state[_OPENED] = question_id


def question_dialog() -> None:
    """Draws the question that was opened in the table, in a dialog, until it is closed."""
    question_id = st.session_state.get(_OPENED)
    question = next((q for q in library().saved_questions.all() if q.id == question_id), None)
    if question is not None:
        # opened again by every run of the page, so that a rerun for another reason does not close it
        dialog = st.dialog(t("saved_question"), width="medium", icon=":material/bookmark:", on_dismiss=_close)
        dialog(_dialog_content)(question)


def _close() -> None:
    st.session_state.pop(_OPENED, None)


def _dialog_content(question: SavedQuestion) -> None:
    follow_redirect()
    st.html(_PASSAGE_STYLE)
    turn = _turn(question)
    st.markdown(f"**{escape_markdown(question.question)}**")
    parts = [t(_VOTES[question.vote]), t("saved_when", when=moment(question.saved, language(), time_zone()))]
    parts += [escape_markdown(question.scenario)] if question.scenario else []
    st.caption(" · ".join(parts))
    if question.note:
        st.markdown(f"{t('note')}: {escape_markdown(' '.join(question.note.split()))}")
    if turn is None:
        st.caption(t("turn_gone"))
    else:
        st.button(t("open_answer"), key="open_answer", icon=":material/forum:", on_click=_open_turn, args=(turn, None))
    if not question.passages:
        st.caption(t("no_passages"))
    for index, passage in enumerate(question.passages):
        with st.container(border=True, key=f"expected_{index}"):
            _passage(index, passage, turn)


def _passage(index: int, passage: Expected, turn: Turn | None) -> None:
    verdict = t("passage_right") if passage.right else t("passage_wrong")
    because = t("passage_implied") if passage.implied else ""
    where = position(passage.document, passage.place.page, language())
    st.markdown(" · ".join(filter(None, (f"**{verdict}**", escape_markdown(passage.document), where, because))))
    with st.container(key=f"expected_text_{index}"):
        st.markdown(escape_markdown(" ".join(passage.text.split())))
    if library().documents.is_gone(passage.place.sha256):
        st.caption(t("gone"))
    source = _source(passage, turn) if turn is not None else None
    if turn is not None and source is not None:
        icon = ":material/description:"
        st.button(t("open_page"), key=f"open_passage_{index}", icon=icon, on_click=_open_turn, args=(turn, source))


def _turn(question: SavedQuestion) -> Turn | None:
    """The turn that a question was saved from; None if it was deleted."""
    try:
        return library().conversations.live(question.turn_id).turn if question.turn_id is not None else None
    except NotFound:
        return None


def _source(passage: Expected, turn: Turn) -> OpenSource | None:
    """The source that shows an expected passage: one that overlaps it, or one of the same document."""
    for hit in turn.hits:
        if hit.place.overlaps(passage.place):
            return OpenSource(turn.id, hit.number)
    for hit in turn.hits:
        if hit.sha256 == passage.place.sha256:
            return OpenSource(turn.id, hit.number, passage.place.page)
    return None


def _open_turn(turn: Turn, source: OpenSource | None) -> None:
    """Opens the conversation of a turn, with a source's evidence view, in the next run of the page."""

    def redirect() -> None:
        library().conversations.show_variant(turn.id)
        state = session()
        state.conversation_id = turn.conversation_id
        state.source = source
        st.session_state[_LEAVING] = True
        _close()

    _report_errors(redirect)


# files -------------------------------------------------------------------------------------------------------


def files(questions: Sequence[SavedQuestion]) -> None:
    """Draws the export buttons and the import field."""
    st.subheader(t("question_files"))
    if questions:
        st.caption(t("export_text"))
        lang = language()
        with st.container(horizontal=True):
            st.download_button(
                t("export_csv"),
                data=lambda: library().question_transfer.export("csv", lang),
                file_name=f"{t('export_name')}.csv",
                mime="text/csv",
                key="export_csv",
                icon=":material/table:",
                on_click="ignore",
            )
            st.download_button(
                t("export_json"),
                data=lambda: library().question_transfer.export("json"),
                file_name=f"{t('export_name')}.json",
                mime="application/json",
                key="export_json",
                icon=":material/data_object:",
                on_click="ignore",
            )
    # a new key for each file: with the old one every rerun of the page would import the file again
    key = f"import_questions_{st.session_state.get(_IMPORTS, 0)}"
    with st.container(width=640, key="import_field"):
        st.html(uploader_style("import_field", t("browse_file"), t("import_limits")))
        st.file_uploader(
            t("import_questions"), type="json", key=key, on_change=_import, args=(key,), max_upload_size=50
        )


def _import(key: str) -> None:
    uploaded = st.session_state.get(key)
    if uploaded is None:
        return
    st.session_state[_IMPORTS] = st.session_state.get(_IMPORTS, 0) + 1

    def import_file() -> None:
        count = library().question_transfer.import_(uploaded.getvalue())
        st.session_state[_MESSAGE] = ("success", t("questions_imported", count=count) if count else t("import_known"))

    _report_errors(import_file)


def _report_errors(action: Callable[[], Any]) -> None:
    try:
        action()
    except KildeError as error:
        st.session_state[_MESSAGE] = ("error", error_text(error))
