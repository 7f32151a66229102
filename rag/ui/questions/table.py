"""The table of the saved questions, and what can be done with those selected."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from rag.core.types.questions import SavedQuestion
from rag.evaluation.metrics import Outcome
from rag.evaluation.saved_questions import MAX_SCENARIO
from rag.ui.components.lab import draw_questions
from rag.ui.i18n import language, t
from rag.ui.questions.dialog import VOTES, open_question
from rag.ui.questions.run import report_errors
from rag.ui.shell.formatting import visible
from rag.ui.shell.session import library, notice_text

NOT_FOUND = 1_000_000
"""The sort key of a question whose passage was not found; questions without a passage sort after it."""


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
            format_func=lambda value: t("all_votes") if value is None else t(VOTES[value]),
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
    selected_ids = set(draw_questions("questions_table", data, open_question))
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
        "vote_text": t(VOTES[question.vote]),
        "scenario": visible(question.scenario),
        "now": rank,
        "now_text": rank_text,
        "before": previous_rank,
        "before_text": previous_rank_text,
        "change": change,
        "change_text": t(change) if change else "",
        "result": result_text(outcome),
    }


def _rank(outcome: Outcome | None) -> tuple[int, str]:
    """The sort key of a question's rank, and its text."""
    if outcome is None or outcome.fault is not None or not outcome.expects:
        return NOT_FOUND + 1, "–"
    if outcome.rank is None:
        return NOT_FOUND, t("rank_none")
    return outcome.rank, str(outcome.rank)


def result_text(outcome: Outcome | None) -> str:
    """What the last run came to for a question, in words."""
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
    report_errors(lambda: library().saved_questions.set_scenario(ids, name))


def _delete(ids: list[int]) -> None:
    report_errors(lambda: library().saved_questions.remove(ids))
