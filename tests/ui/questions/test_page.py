"""Saved questions asked again, told in figures, and taken out and in as files."""

from __future__ import annotations

import csv
import io
import json
import re
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from benchmarks import question_sets
from rag.core.errors import Cancelled, KildeError, StoreError
from rag.core.types import Notice, Place
from rag.core.types.questions import Expected, SavedQuestion
from rag.evaluation.file_format import MAX_QUESTION, InvalidQuestions, from_json, to_csv, to_json
from rag.evaluation.metrics import Attempt, Outcome, Report, outcome, run, shared, shares_text
from rag.evaluation.runs import MAX_REPORTS
from rag.library import Library
from rag.ui.components import lab as lab_components
from rag.ui.questions.table import result_text
from rag.ui.shell import session
from tests.factories import hit_at
from tests.helpers import APP, components_of

HOSTILE = "![x](https://evil.example/x.png) $a$"
NOW = "2026-03-01T10:00:00.000+00:00"
BATTERY = "Hvor længe er batterier dækket?"
PERU = "What is the capital of Peru?"
HOLIDAY = "How many days of holiday does every employee have?"


def expected(place: Place, text: str = "text", right: bool = True) -> Expected:
    return Expected("a.pdf", place, text, right)


def saved(*passages: Expected, question_id: int = 1) -> SavedQuestion:
    return SavedQuestion(question_id, None, "Q?", NOW, passages=passages)


# scoring -----------------------------------------------------------------------------------------------------


def test_the_rank_is_that_of_the_first_right_passage() -> None:
    hits = [hit_at(i, Place("a", 1, 100 * i, 100 * i + 100)) for i in range(1, 6)]
    quote, elsewhere = expected(Place("a", 1, 320, 340)), expected(Place("a", 2, 320, 340))
    assert outcome(saved(elsewhere, quote), Attempt(hits, True), 4, ()).rank == 3
    assert outcome(saved(elsewhere), Attempt(hits, True), 4, ()).rank is None
    assert outcome(saved(), Attempt(hits, False), 4, ()) == Outcome(1, "Q?", expects=False)


def test_a_wrong_passage_counts_only_among_those_used() -> None:
    hits = [hit_at(i, Place("a", 1, 100 * i, 100 * i + 100)) for i in range(1, 6)]
    wrong = expected(Place("a", 1, 300, 400), right=False)
    assert outcome(saved(wrong), Attempt(hits, True), 4, ()).wrong == 3
    assert outcome(saved(wrong), Attempt(hits, True), 2, ()).wrong is None


def test_where_the_content_has_changed_the_text_decides() -> None:
    old, new = Place("old", 1, 0, 30), Place("new", 9, 700, 900)
    hits = [hit_at(1, old, "something else"), hit_at(2, new, "§2  Batterier er dækket\ni 6 MÅNEDER, dog ikke …")]
    question = saved(expected(old, "Batterier er dækket i 6 måneder."))
    assert outcome(question, Attempt(hits, True), 4, {"old"}).rank == 2
    assert outcome(question, Attempt(hits, True), 4, ()).rank == 1


def test_texts_share_a_long_run_or_one_stands_in_the_other() -> None:
    words = [f"word{i}" for i in range(100)]
    whole, first, last = " ".join(words), " ".join(words[:60]), " ".join(words[40:])
    assert shares_text(first, whole) and shares_text(whole, last)
    assert not shares_text(first, last)  # 20 of 60 words
    assert shares_text(" ".join(words[:75]), last)  # 35 of 60
    assert not shares_text("six months from today", "twelve months from today")  # half of a short text is chance
    assert not shares_text("", "anything") and not shares_text("?!", "anything")


def test_totals() -> None:
    outcomes = (
        Outcome(1, "a", True, 1, None, True),
        Outcome(2, "b", True, 4, 2, True),
        Outcome(3, "c", True, None, None, False),
        Outcome(4, "d", False, None, 1, True),
        Outcome(5, "e", True, fault=Notice("store_error")),
    )
    report = Report(NOW, 4, outcomes)
    assert [o.question_id for o in report.scored] == [1, 2, 3]
    assert (report.recall(1), report.recall(4)) == (1 / 3, 2 / 3)
    assert report.mrr == pytest.approx((1 + 1 / 4) / 3)
    assert (report.answered, report.with_wrong) == (3, 2)
    assert report.of(2) == outcomes[1] and report.of(9) is None
    nothing = Report(NOW, 4, outcomes[3:])
    assert (nothing.scored, nothing.recall(4), nothing.mrr) == ((), 0.0, 0.0)


def test_two_runs_are_compared_over_what_both_asked() -> None:
    before = Report(NOW, 4, (Outcome(1, "a", True, 3), Outcome(2, "b", True, 1)))
    now = Report(NOW, 4, (Outcome(1, "a", True, 1), Outcome(3, "c", True, None)))
    left, right = shared(now, before)
    assert [o.question_id for o in left.outcomes] == [o.question_id for o in right.outcomes] == [1]
    assert (left.mrr, right.mrr) == (1.0, 1 / 3)


def test_what_is_wrong_with_one_question_does_not_end_the_run() -> None:
    def ask(question: str) -> Attempt:
        raise StoreError

    report = run([saved(expected(Place("a", 1, 0, 9)))], ask, 4, lambda sha256: False, NOW, {})
    assert report.outcomes == (Outcome(1, "Q?", True, fault=Notice("store_error")),)
    with pytest.raises(Cancelled):
        run([saved()], ask, 4, lambda sha256: False, NOW, {}, cancelled=lambda: True)


# runs --------------------------------------------------------------------------------------------------------


@pytest.fixture
def with_questions(filled: Library) -> Library:
    """Two answered questions voted up, and one added by hand that expects no passage."""
    for question in (BATTERY, HOLIDAY):
        turn = filled.conversations.start(question)
        filled.conversations.wait(turn.id, 20)
        filled.saved_questions.vote(turn.id, 1)
    filled.saved_questions.add(PERU)
    return filled


def is_answered(library: Library, question: str) -> bool:
    answer = library.ask(question).answer
    return answer is not None and answer.answered


def ran(library: Library) -> Report:
    assert library.question_runs.start()
    library.question_runs.wait(30)
    assert library.question_runs.progress() is None and library.question_runs.fault is None
    return library.question_runs.last(1)[0]


def test_a_run_finds_what_was_cited(with_questions: Library) -> None:
    report = ran(with_questions)
    assert [o.expects for o in report.outcomes] == [False, True, True]  # newest first
    assert (report.recall(1), report.recall(4), report.mrr) == (1.0, 1.0, 1.0)
    assert [o.answered for o in report.outcomes] == [is_answered(with_questions, PERU), True, True]
    assert report.k == 4 and report.settings["embedding_model"] == with_questions.settings.current().embedding_model


def test_runs_are_kept_and_a_worse_one_shows(with_questions: Library, tmp_path: Path) -> None:
    best = ran(with_questions)
    right = with_questions.saved_questions.all(BATTERY)[0].right[0]
    with_questions.documents.remove([d.id for d in with_questions.documents.all() if d.name == right.document])
    worse = ran(with_questions)
    assert with_questions.question_runs.last() == [worse, best]
    assert best.recall(4) == 1.0 and worse.recall(4) == 0.5
    # the same text in another file is the same passage
    with_questions.documents.add("ny.txt", f"Ny udgave.\n\n{right.text} Det gælder fortsat.\n".encode())
    assert with_questions.wait(20)
    assert ran(with_questions).recall(4) == 1.0
    for _ in range(MAX_REPORTS):
        ran(with_questions)
    assert len(with_questions.question_runs.last(100)) == MAX_REPORTS


def test_only_some_questions_are_asked(with_questions: Library) -> None:
    question = with_questions.saved_questions.all(HOLIDAY)[0]
    assert with_questions.question_runs.start([question.id])
    with_questions.question_runs.wait(30)
    assert [o.question_id for o in with_questions.question_runs.last(1)[0].outcomes] == [question.id]
    assert not with_questions.question_runs.start([])


def test_a_run_is_cancelled_between_questions(with_questions: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    runs = with_questions.question_runs
    reached, go = threading.Event(), threading.Event()
    asked: list[str] = []

    def slow(question: str) -> Attempt:
        asked.append(question)
        reached.set()
        assert go.wait(20)
        return with_questions.try_question(question)

    monkeypatch.setattr(runs, "_ask", slow)
    assert runs.start()
    assert reached.wait(20)
    progress = runs.progress()
    assert progress is not None and (progress.done, progress.questions) == (0, 3)
    assert not runs.start()  # one at a time
    runs.cancel()
    go.set()
    runs.wait(20)
    assert runs.progress() is None and runs.last() == [] and runs.fault is None and len(asked) == 1


def test_a_run_that_cannot_be_kept_says_why(with_questions: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(ran: str, report: str, keep: int) -> None:
        raise StoreError

    monkeypatch.setattr(with_questions.question_runs._store, "add", full)
    assert with_questions.question_runs.start()
    with_questions.question_runs.wait(30)
    assert with_questions.question_runs.fault == Notice("store_error")


# files -------------------------------------------------------------------------------------------------------


def kept(question: SavedQuestion) -> SavedQuestion:
    """What comes back from a file."""
    return replace(question, id=0, turn_id=None)


def test_json_there_and_back_loses_nothing(with_questions: Library) -> None:
    saved = with_questions.saved_questions
    battery = saved.all(BATTERY)[0]
    assert battery.turn_id is not None
    saved.note(battery.turn_id, 'Say "6 months" — =1+1')
    saved.mark(battery.turn_id, Place("f" * 64, 2, 5, 9), "gone.pdf", "was here", False)
    saved.mark(battery.turn_id, Place("f" * 64, 2, 50, 90), "gone.pdf", "was here too", True)
    saved.set_scenario([battery.id], "Før udgivelse")
    before = saved.all()
    exported = with_questions.question_transfer.export("json")
    assert {kept(q) for q in from_json(exported)} == {kept(q) for q in before}
    assert with_questions.question_transfer.import_(exported) == 0
    saved.remove([q.id for q in before])
    assert with_questions.question_transfer.import_(exported) == 3
    assert {kept(q) for q in saved.all()} == {kept(q) for q in before}
    assert ran(with_questions).recall(4) == 0.5  # places still hold: the one whose content is not here is not found


def test_the_json_is_a_question_set(with_questions: Library, tmp_path: Path) -> None:
    saved = with_questions.saved_questions
    turn_id = saved.all(HOLIDAY)[0].turn_id
    assert turn_id is not None
    saved.mark(turn_id, Place("f" * 64, 2, 50, 90), "holiday.md", "of a file of the same name", True)
    path = tmp_path / "set.json"
    path.write_bytes(with_questions.question_transfer.export("json"))
    loaded = question_sets.load(path)
    assert {q.text for q in loaded.questions} == {BATTERY, HOLIDAY}
    for question in loaded.questions:
        text = loaded.documents[question.document]
        right = saved.all(question.text)[0].right
        assert text[question.start : question.end] == right[0].text
    raw = json.loads(path.read_text(encoding="utf-8"))
    assert [q["question"] for q in raw["without_passage"]] == [PERU]


def test_a_passage_after_the_first_page_stands_where_the_export_says(library: Library) -> None:
    from rag.documents.samples import samples

    library.documents.add("garanti.pdf", dict(samples())["Garanti 2026.pdf"])
    assert library.wait(60)
    found = next(h for h in library.search("batteri 6 måneder").hits if h.chunk.page > 1)
    library.saved_questions.add("?", [Expected(found.document, found.place, found.chunk.text, True)])
    (question,) = json.loads(library.question_transfer.export("json"))["questions"]
    (document,) = json.loads(library.question_transfer.export("json"))["documents"]
    assert document["text"][question["start"] :].startswith(found.chunk.text)
    assert question["start"] > found.place.start


def test_a_question_set_of_the_benchmarks_can_be_imported(library: Library) -> None:
    text = "The bicycle has two wheels.\n\nA car has four wheels and an engine.\n"
    start = text.index("four")
    whole = {
        "documents": [{"id": "d1", "text": text}],
        "questions": [{"id": "q1", "question": "How many wheels?", "doc": "d1", "answers": ["four"], "start": start}],
    }
    library.documents.add("d1.txt", text.encode())
    assert library.wait(20)
    assert library.question_transfer.import_(json.dumps(whole).encode()) == 1
    assert not library.documents.is_gone(library.saved_questions.all()[0].right[0].place.sha256)
    assert ran(library).recall(1) == 1.0


GOOD = {
    "id": "1",
    "question": "Q?",
    "passages": [{"document": "a", "sha256": "b", "page": 1, "start": 0, "end": 4, "text": "text", "right": True}],
}


def test_a_question_of_a_file_has_an_end() -> None:
    def read(length: int) -> list[SavedQuestion]:
        return from_json(json.dumps({"questions": [{"question": "x" * length}]}).encode())

    assert len(read(MAX_QUESTION)[0].question) == MAX_QUESTION
    with pytest.raises(InvalidQuestions, match="questions 1: question"):
        read(MAX_QUESTION + 1)


@pytest.mark.parametrize(
    ("data", "where"),
    [
        (b"", "JSON"),
        (b"\xff\xfe", "JSON"),
        (b"[" * 100_000, "JSON"),
        (b"[]", "questions"),
        (b'{"questions": 3}', "questions"),
        (b'{"questions": [3]}', "questions 1"),
        ({"question": " "}, "question"),
        ({"question": 5}, "question"),
        ({"vote": 2}, "vote"),
        ({"vote": True}, "vote"),
        ({"note": None}, "note"),
        ({"saved": "yesterday"}, "saved"),
        ({"saved": "0001-01-01T00:00:00+14:00"}, "saved"),
        ({"passages": {}}, "passages"),
        ({"passages": [{**GOOD["passages"][0], "right": 1}]}, "right"),  # type: ignore[dict-item]
        ({"passages": [{**GOOD["passages"][0], "page": -1}]}, "page"),  # type: ignore[dict-item]
        ({"passages": [{**GOOD["passages"][0], "start": 2**80}]}, "start"),  # type: ignore[dict-item]
        ({"passages": [{**GOOD["passages"][0], "end": 1.5}]}, "end"),  # type: ignore[dict-item]
    ],
)
def test_a_file_that_is_no_set_of_questions_changes_nothing(library: Library, data: Any, where: str) -> None:
    if isinstance(data, dict):
        data = json.dumps({"questions": [GOOD, {**GOOD, **data}]}).encode()
    with pytest.raises(InvalidQuestions) as caught:
        library.question_transfer.import_(data)
    assert str(caught.value.values["detail"]).endswith(where)
    assert isinstance(caught.value, KildeError) and where in caught.value.in_language("da")
    assert library.saved_questions.all() == []


def test_odd_but_good_files_are_taken(library: Library) -> None:
    odd = {**GOOD, "question": "Lone \ud800 surrogate", "note": "\x00", "saved": "2026-03-01T10:00:00"}
    twice = {**GOOD, "passages": GOOD["passages"] * 2}  # type: ignore[operator]
    data = b"\xef\xbb\xbf" + json.dumps({"questions": [odd, twice]}).encode()
    assert library.question_transfer.import_(data) == 2
    assert {q.question for q in library.saved_questions.all()} == {"Lone ? surrogate", "Q?"}
    assert len(library.question_transfer.export("csv")) > 10 and library.question_transfer.import_(data) == 0


def test_csv_cells_are_never_formulas() -> None:
    evil = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1+1", " =1+1", "\r=1"]
    questions = [
        SavedQuestion(i, None, text, NOW, -1, text, text, (Expected(text, Place("a", 1, 0, 1), text, True),))
        for i, text in enumerate(evil)
    ]
    for language, delimiter in (("da", ";"), ("en", ",")):
        data = to_csv(questions, language)
        assert data.startswith(b"\xef\xbb\xbf")
        header, *rows = csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), delimiter=delimiter)
        assert len(rows) == len(evil) and len(header) == len(rows[0])
        for text, row in zip(evil, rows, strict=True):
            assert row[0] == f"'{text}"
            assert not any(cell.lstrip().startswith(("=", "+", "-", "@")) for cell in row)


def test_csv_tells_the_last_run(with_questions: Library) -> None:
    ran(with_questions)
    data = with_questions.question_transfer.export("csv", "en").decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(data, newline="")))
    assert [(row["Question"], row["Vote"], row["Rank in the last run"], row["Answered"]) for row in rows] == [
        (PERU, "", "", "yes" if is_answered(with_questions, PERU) else "no"),
        (HOLIDAY, "good", "1", "yes"),
        (BATTERY, "good", "1", "yes"),
    ]
    assert rows[2]["Right passages"].startswith("garanti.txt, p. 1: ")


def test_an_export_of_nothing_can_be_imported(library: Library) -> None:
    assert from_json(to_json([], lambda sha256: ())) == []
    assert library.question_transfer.import_(library.question_transfer.export("json")) == 0


# the page ----------------------------------------------------------------------------------------------------

Page = Callable[..., AppTest]


@pytest.fixture
def page(library: Library, monkeypatch: pytest.MonkeyPatch) -> Page:
    """Opens the page of saved questions over `library`."""
    monkeypatch.setattr(session, "_open_library", lambda folder: library)
    return lambda: AppTest.from_file(str(APP), default_timeout=20).run().switch_page("pages/lab.py").run()


def words_on(at: AppTest) -> str:
    kinds = ("title", "subheader", "markdown", "caption", "text", "error", "success", "warning")
    return "\n".join(str(element.value) for kind in kinds for element in at.get(kind))


def data_on(at: AppTest, name: str) -> Any:
    """What the component that has data of this name was given."""
    found = components_of(at)
    return next((data[name] for data in found if name in data), None)


def test_the_empty_page_says_how_a_question_is_saved(page: Page) -> None:
    at = page()
    assert not at.exception and at.title[0].value == "Saved questions"
    assert "thumb up or down" in words_on(at) and data_on(at, "rows") is None


def test_the_page_runs_and_tells_better_from_worse(page: Page, with_questions: Library) -> None:
    at = page()
    assert [row["result"] for row in data_on(at, "rows")] == ["not asked yet"] * 3
    assert data_on(at, "figures") is None
    at = at.button(key="run").click().run()
    with_questions.question_runs.wait(30)
    at = at.run()
    assert not at.exception
    assert [figure["now_text"] for figure in data_on(at, "figures")] == ["100 %", "100 %", "1.00"]
    assert [(row["now_text"], row["result"]) for row in data_on(at, "rows")] == [
        ("–", "answered" if is_answered(with_questions, PERU) else "refused: not said there"),
        ("1", "answered"),
        ("1", "answered"),
    ]
    assert f"{2 + is_answered(with_questions, PERU)} of 3 answered" in words_on(at)
    with_questions.settings.save(replace(with_questions.settings.current(), k=2))
    with_questions.documents.remove([d.id for d in with_questions.documents.all() if d.name == "garanti.txt"])
    ran(with_questions)
    at = at.run()
    battery = data_on(at, "rows")[2]
    assert (battery["before_text"], battery["now_text"], battery["change_text"]) == ("1", "not found", "▼ worse")
    assert [figure["before_text"] for figure in data_on(at, "figures")] == ["100 %", "100 %", "1.00"]
    assert "Passages per answer 4 → 2" in words_on(at)


def test_each_outcome_has_its_words() -> None:
    outcome = Outcome(1, "Q?", True, 2, None, False)
    assert result_text(None) == "not asked yet"
    assert result_text(outcome) == "refused: not said there"
    assert result_text(replace(outcome, answered=True, wrong=3)) == "answered, wrong passage as no. 3"
    assert "The disk is full" in result_text(replace(outcome, fault=Notice("disk_full")))


def test_a_run_under_way_can_be_cancelled_on_the_page(
    page: Page, with_questions: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    go = threading.Event()

    def slow(question: str) -> Attempt:
        assert go.wait(30)
        return with_questions.try_question(question)

    monkeypatch.setattr(with_questions.question_runs, "_ask", slow)
    at = page().button(key="run").click().run()
    assert not at.exception
    at = at.button(key="cancel_run").click().run()
    go.set()
    with_questions.question_runs.wait(30)
    assert with_questions.question_runs.last() == [] and at.run().button(key="run")


def test_questions_are_searched_and_filtered(page: Page, with_questions: Library) -> None:
    saved = with_questions.saved_questions
    saved.set_scenario([saved.all(BATTERY)[0].id], "Garanti")
    at = page()

    def shown() -> list[str]:
        return [row["question"] for row in data_on(at, "rows") or []]

    at = at.text_input(key="search_questions").set_value("HOLIDAY every").run()
    assert shown() == [HOLIDAY]
    at = at.text_input(key="search_questions").set_value("").run()
    at = at.selectbox(key="filter_scenario").set_value("Garanti").run()
    assert shown() == [BATTERY]
    at = at.selectbox(key="filter_vote").set_value(-1).run()
    assert shown() == [] and "No saved question fits" in words_on(at)


def test_an_opened_question_shows_its_passages_and_leads_to_its_answer(page: Page, with_questions: Library) -> None:
    saved = with_questions.saved_questions
    battery = saved.all(BATTERY)[0]
    assert battery.turn_id is not None
    saved.note(battery.turn_id, HOSTILE)
    at = page()
    at.session_state["kilde_lab_opened"] = battery.id
    at = at.run()
    words = words_on(at)
    assert not at.exception
    assert "**Right passage**" in words and "cited in an answer with a thumb up" in words
    assert r"garanti\.txt" in words and HOSTILE not in words and "evil" in words
    with_questions.conversations.delete(with_questions.conversations.live(battery.turn_id).turn.conversation_id)
    with_questions.documents.remove([document.id for document in with_questions.documents.all()])
    at.session_state["kilde_lab_opened"] = battery.id
    at = at.run()
    assert not at.exception
    assert "came from is not here" in words_on(at) and "This document is no longer here" in words_on(at)


def test_a_passage_leads_to_its_source(page: Page, with_questions: Library) -> None:
    battery = with_questions.saved_questions.all(BATTERY)[0]
    at = page()
    at.session_state["kilde_lab_opened"] = battery.id
    at = at.run().button(key="open_passage_0").click().run()
    assert not at.exception
    kept = at.session_state["kilde_session"]
    assert kept.source is not None and kept.source.turn_id == battery.turn_id
    assert data_on(at, "turn")["question"] == BATTERY


def test_files_are_imported_on_the_page(page: Page, with_questions: Library) -> None:
    exported = with_questions.question_transfer.export("json")
    with_questions.saved_questions.remove([q.id for q in with_questions.saved_questions.all()])
    at = page()
    at.file_uploader[0].set_value([("a.json", exported, "application/json")])
    at = at.run()
    assert not at.exception
    assert "Questions imported: 3" in words_on(at) and len(data_on(at, "rows")) == 3
    at.file_uploader[0].set_value([("a.json", b'{"questions": [{}]}', "application/json")])
    assert r"wrong at: questions 1\: question" in at.run().error[0].value
    at.file_uploader[0].set_value([("a.json", exported, "application/json")])
    assert "are here already" in words_on(at.run())


def test_the_table_is_given_every_word_that_it_says() -> None:
    folder = Path(lab_components.__file__).parent
    script = "\n".join(
        path.read_text(encoding="utf-8") for path in (folder / "questions.js", folder.parent / "table.js")
    )
    said = set(re.findall(r"\blabels\.(\w+)", script)) | set(re.findall(r'\blabel: "(\w+)"', script))
    assert said == {"saved_questions", "select_all", "select_one", "open_question"}
