"""The saved questions on their page: the run over them and what it came to, the table, one question, and files."""

from __future__ import annotations

import json
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
from rag.ui.shell.formatting import moment, number, plain, visible
from rag.ui.shell.session import OpenSource, library, said, said_notice, session, zone

POLL_SECONDS = 0.5
_PASSAGES = Path(__file__).parents[1] / "components" / "lab" / "passages.css"
NOT_FOUND = 1_000_000
"""Sorts after every rank; what was not to be found sorts after that."""
_WORDS = """<style>
.st-key-import_field [data-testid="stFileUploaderDropzone"] button [data-testid="stMarkdownContainer"] p,
.st-key-import_field [data-testid="stFileUploaderDropzoneInstructions"] span {{ display: none; }}
.st-key-import_field [data-testid="stFileUploaderDropzone"] button [data-testid="stMarkdownContainer"]::after {{
  content: {browse};
}}
.st-key-import_field [data-testid="stFileUploaderDropzoneInstructions"] > div::after {{ content: {limits}; }}
</style>"""
_MESSAGE = "kilde_lab_message"
_OPENED = "kilde_lab_opened"
_LEAVING = "kilde_lab_leaving"
_IMPORTS = "kilde_lab_imports"
_VOTES = {1: "vote_good", -1: "vote_bad", 0: "vote_none"}
_SETTINGS = ("k", "embedding_model", "chunk_size", "overlap")


def leave() -> None:
    """Goes on to the conversation that was chosen in the dialog, where one was."""
    if st.session_state.pop(_LEAVING, False):
        st.switch_page("pages/chat.py")


def message() -> None:
    """Draws what came of the last click, where there is something to say."""
    kind, words = st.session_state.pop(_MESSAGE, ("", ""))
    if kind == "error":
        st.error(words, icon=":material/error:")
    elif kind:
        st.success(words, icon=":material/check_circle:")


def nothing_yet() -> None:
    """Draws how a question is saved."""
    st.markdown(t("no_saved_questions"))
    st.caption(t("no_saved_questions_text"))


# the run -----------------------------------------------------------------------------------------------------


def runs(questions: Sequence[SavedQuestion]) -> None:
    """Draws the button that asks all again, how far that is, and what the last run came to."""
    st.caption(t("run_questions_text"))
    running = library().question_runs.progress() is not None
    # always a fragment, and always this one: a click that comes just when the run is done finds it there
    st.fragment(_run, run_every=POLL_SECONDS if running else None)(len(questions), running)
    reports = library().question_runs.last()
    if reports:
        _totals(reports[0], reports[1] if len(reports) > 1 else None)


def _run(count: int, polled: bool) -> None:
    kilde = library()
    progress = kilde.question_runs.progress()
    if (progress is not None) != polled:
        st.rerun()  # with more or less polling, and what depends on the run
    if progress is None:
        words = t("run_questions", count=count)
        st.button(words, key="run", type="primary", icon=":material/play_arrow:", on_click=_start)
        if (fault := kilde.question_runs.fault) is not None:
            st.error(f"{t('run_failed')} {said_notice(fault)}", icon=":material/error:")
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        words = t("questions_done", done=progress.done, all=progress.questions)
        st.progress(progress.done / progress.questions, words)
        st.button(t("cancel"), key="cancel_run", icon=":material/stop_circle:", on_click=kilde.question_runs.cancel)


def _start() -> None:
    _try(lambda: library().question_runs.start())


def _totals(now: Report, before: Report | None) -> None:
    both = shared(now, before) if before is not None else None
    if both is not None and not both[0].scored:
        both = None
    shown, then = both if both is not None else (now, None)
    if shown.scored:
        figures = [
            _figure(t("right_first"), shown.recall(1), then.recall(1) if then else None, percent=True),
            _figure(t("right_among", k=now.k), shown.recall(now.k), then.recall(now.k) if then else None, percent=True),
            _figure(t("mrr"), shown.mrr, then.mrr if then else None, percent=False),
        ]
        draw_bars(
            "question_bars",
            {
                "title": t("run_title", count=len(shown.scored)),
                "now": t("now"),
                "before": t("before") if then else "",
                "figures": figures,
            },
        )
    else:
        st.caption(t("nothing_scored"))
    parts = [
        t("ran", when=moment(now.ran, language(), zone())),
        t("answered_of", answered=now.answered, all=len(now.outcomes)),
        t("with_wrong", count=now.with_wrong) if now.with_wrong else "",
    ]
    if then is not None and len(then.scored) != len(now.scored):
        parts.append(t("compared_over", count=len(then.scored)))
    st.caption(" · ".join(filter(None, parts)))
    if before is not None and (changes := _changes(now, before)):
        st.caption(t("settings_changed", changes=changes))
    if now.notice is not None:
        st.warning(said_notice(now.notice), icon=":material/warning:")


def _figure(name: str, now: float, before: float | None, *, percent: bool) -> dict[str, Any]:
    def words(value: float | None) -> str:
        if value is None:
            return ""
        return f"{round(100 * value)} %" if percent else number(value, 2, language())

    return {"name": name, "now": now, "before": before, "now_text": words(now), "before_text": words(before)}


def _changes(now: Report, before: Report) -> str:
    """The settings that were others in the run before, as Markdown."""
    return ", ".join(
        f"{t(name)} {plain(str(before.settings.get(name)))} → {plain(str(now.settings.get(name)))}"
        for name in _SETTINGS
        if now.settings.get(name) != before.settings.get(name)
    )


# the table ---------------------------------------------------------------------------------------------------


def listing(questions: Sequence[SavedQuestion]) -> None:
    """Draws the filters and the table, and above it what can be done with the questions that are ticked."""
    shown = _filtered(questions)
    if not shown:
        st.caption(t("no_questions_found"))
        return
    # the buttons stand above the table, where they stay in sight; what is ticked is known only below
    actions = st.container()
    chosen = _table(shown)
    with actions:
        _actions(chosen)


def _filtered(questions: Sequence[SavedQuestion]) -> list[SavedQuestion]:
    with st.container(horizontal=True, vertical_alignment="bottom", key="question_filters"):
        wanted = st.text_input(
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
    if wanted:
        found = {question.id for question in library().saved_questions.all(wanted)}
        questions = [question for question in questions if question.id in found]
    return [
        question for question in questions if scenario in (None, question.scenario) and vote in (None, question.vote)
    ]


def _scenario_name(name: str | None) -> str:
    return t("all_scenarios") if name is None else visible(name) or t("no_scenario")


def _table(shown: Sequence[SavedQuestion]) -> list[SavedQuestion]:
    """Returns the questions that are ticked."""
    reports = library().question_runs.last()
    now, before = [*reports, None, None][:2]
    labels = {name: t(name) for name in ("question", "vote", "scenario", "result")}
    words = {
        "before": t("place_before"),
        "now": t("place_now"),
        "saved_questions": t("saved_questions"),
        "open_question": t("open_question"),
        "select_all": t("select_all"),
    }
    data = {
        "labels": {**labels, **words, "select_one": t("select_one")},
        "language": language(),
        "ran": now is not None,
        "compared": before is not None,
        "rows": [
            _row(
                question,
                now.of(question.id) if now is not None else None,
                before.of(question.id) if before is not None else None,
            )
            for question in shown
        ],
    }
    ticked = set(draw_questions("questions_table", data, _open))
    return [question for question in shown if question.id in ticked]


def _row(question: SavedQuestion, now: Outcome | None, before: Outcome | None) -> dict[str, Any]:
    place, place_text = _rank(now)
    earlier, earlier_text = _rank(before)
    change = ""
    if now is not None and before is not None and max(place, earlier) <= NOT_FOUND and place != earlier:
        change = "better" if place < earlier else "worse"
    return {
        "id": question.id,
        "question": visible(question.question),
        "vote": -question.vote,
        "vote_text": t(_VOTES[question.vote]),
        "scenario": visible(question.scenario),
        "now": place,
        "now_text": place_text,
        "before": earlier,
        "before_text": earlier_text,
        "change": change,
        "change_text": t(change) if change else "",
        "result": _result(now),
    }


def _rank(outcome: Outcome | None) -> tuple[int, str]:
    """A number to sort by, and the words."""
    if outcome is None or outcome.fault is not None or not outcome.expects:
        return NOT_FOUND + 1, "–"
    if outcome.rank is None:
        return NOT_FOUND, t("rank_none")
    return outcome.rank, str(outcome.rank)


def _result(outcome: Outcome | None) -> str:
    if outcome is None:
        return t("not_asked")
    if outcome.fault is not None:
        return said_notice(outcome.fault)
    words = t("was_answered") if outcome.answered else t("was_refused")
    return words if outcome.wrong is None else f"{words}, {t('wrong_at', rank=outcome.wrong)}"


def _actions(chosen: Sequence[SavedQuestion]) -> None:
    if not chosen:
        st.caption(t("select_questions_hint"))
        return
    ids = [question.id for question in chosen]
    with st.container(horizontal=True, vertical_alignment="center", key="question_actions"):
        st.markdown(t("selected", count=len(chosen)), width="content")
        with st.popover(t("scenario"), icon=":material/label:"), st.form("set_scenario", border=False):
            names = {question.scenario for question in chosen}
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
            st.text("\n".join(visible(question.question) for question in chosen[:10]))
            st.caption(t("delete_questions_text"))
            st.button(t("delete"), key="delete_questions", on_click=_delete, args=(ids,))


def _set_scenario(ids: list[int], key: str) -> None:
    name = str(st.session_state[key])
    _try(lambda: library().saved_questions.set_scenario(ids, name))


def _delete(ids: list[int]) -> None:
    _try(lambda: library().saved_questions.remove(ids))


# one question ------------------------------------------------------------------------------------------------


def _open(question_id: int) -> None:
    st.session_state[_OPENED] = question_id


def opened() -> None:
    """Draws the question that was opened in the table, in a dialog, until that is closed."""
    question_id = st.session_state.get(_OPENED)
    question = next((q for q in library().saved_questions.all() if q.id == question_id), None)
    if question is not None:
        # opened anew by every run of the page: one that comes of something else must not close it
        dialog = st.dialog(t("saved_question"), width="medium", icon=":material/bookmark:", on_dismiss=_close)
        dialog(_one)(question)


def _close() -> None:
    st.session_state.pop(_OPENED, None)


def _one(question: SavedQuestion) -> None:
    leave()
    st.html(_PASSAGES)
    turn = _turn(question)
    st.markdown(f"**{plain(question.question)}**")
    parts = [t(_VOTES[question.vote]), t("saved_when", when=moment(question.saved, language(), zone()))]
    parts += [plain(question.scenario)] if question.scenario else []
    st.caption(" · ".join(parts))
    if question.note:
        st.markdown(f"{t('note')}: {plain(' '.join(question.note.split()))}")
    if turn is None:
        st.caption(t("turn_gone"))
    else:
        st.button(t("open_answer"), key="open_answer", icon=":material/forum:", on_click=_show, args=(turn, None))
    if not question.passages:
        st.caption(t("no_passages"))
    for index, passage in enumerate(question.passages):
        with st.container(border=True, key=f"expected_{index}"):
            _passage(index, passage, turn)


def _passage(index: int, passage: Expected, turn: Turn | None) -> None:
    verdict = t("passage_right") if passage.right else t("passage_wrong")
    because = t("passage_implied") if passage.implied else ""
    where = position(passage.document, passage.place.page, language())
    st.markdown(" · ".join(filter(None, (f"**{verdict}**", plain(passage.document), where, because))))
    with st.container(key=f"expected_text_{index}"):
        st.markdown(plain(" ".join(passage.text.split())))
    if library().documents.is_gone(passage.place.sha256):
        st.caption(t("gone"))
    source = _source(passage, turn) if turn is not None else None
    if turn is not None and source is not None:
        icon = ":material/description:"
        st.button(t("open_page"), key=f"open_passage_{index}", icon=icon, on_click=_show, args=(turn, source))


def _turn(question: SavedQuestion) -> Turn | None:
    """None where it has gone."""
    try:
        return library().conversations.live(question.turn_id).turn if question.turn_id is not None else None
    except NotFound:
        return None


def _source(passage: Expected, turn: Turn) -> OpenSource | None:
    """The source of the turn to open to see a passage: its own, or one of the same document."""
    for hit in turn.hits:
        if hit.place.overlaps(passage.place):
            return OpenSource(turn.id, hit.number)
    for hit in turn.hits:
        if hit.sha256 == passage.place.sha256:
            return OpenSource(turn.id, hit.number, passage.place.page)
    return None


def _show(turn: Turn, source: OpenSource | None) -> None:
    """Chooses the conversation of a turn to go on to, and the source to open there."""

    def choose() -> None:
        library().conversations.show_variant(turn.id)
        state = session()
        state.conversation_id = turn.conversation_id
        state.source = source
        st.session_state[_LEAVING] = True
        _close()

    _try(choose)


# files -------------------------------------------------------------------------------------------------------


def files(questions: Sequence[SavedQuestion]) -> None:
    """Draws the buttons that take the questions out, and the field that takes them in."""
    st.subheader(t("question_files"))
    if questions:
        st.caption(t("export_text"))
        tongue = language()
        with st.container(horizontal=True):
            st.download_button(
                t("export_csv"),
                data=lambda: library().question_transfer.export("csv", tongue),
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
    # a field of its own for each file: with the old one it would be taken in again at every run of the page
    key = f"import_questions_{st.session_state.get(_IMPORTS, 0)}"
    with st.container(width=640, key="import_field"):
        # Streamlit says these in English only
        browse, limits = (
            json.dumps(t("browse_file"), ensure_ascii=False),
            json.dumps(t("import_limits"), ensure_ascii=False),
        )
        st.html(_WORDS.format(browse=browse, limits=limits))
        st.file_uploader(
            t("import_questions"), type="json", key=key, on_change=_import, args=(key,), max_upload_size=50
        )


def _import(key: str) -> None:
    uploaded = st.session_state.get(key)
    if uploaded is None:
        return
    st.session_state[_IMPORTS] = st.session_state.get(_IMPORTS, 0) + 1

    def take() -> None:
        count = library().question_transfer.import_(uploaded.getvalue())
        st.session_state[_MESSAGE] = ("success", t("questions_imported", count=count) if count else t("import_known"))

    _try(take)


def _try(change: Callable[[], Any]) -> None:
    try:
        change()
    except KildeError as error:
        st.session_state[_MESSAGE] = ("error", said(error))
