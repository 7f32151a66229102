"""The pages as a user meets them, without a browser: entered through `app.py`, over a library with a fake model."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

import rag.documents.loaders
from rag.core.errors import StoreReadOnly, TooManyQuestions
from rag.core.types import Scope, Span, TurnState
from rag.documents.library_settings import LibrarySettings
from rag.documents.reindexing import Change
from rag.documents.samples import samples
from rag.library import Library
from rag.store.backup import check
from rag.store.values import SpaceProgress
from rag.ui.documents.page_parts import VIEW
from rag.ui.i18n import text
from rag.ui.server.fragment_patch import OPENED
from rag.ui.shell import session
from rag.ui.shell.frame import PAGES
from tests.conftest import FAKE_MODEL, FakeModels
from tests.files import mail
from tests.helpers import APP, TESTS, components_of
from tests.tiny_models import make_judge

HOSTILE = "![x](https://evil.example/x.png) $a$.txt"

Page = Callable[..., AppTest]


@pytest.fixture
def page(library: Library, monkeypatch: pytest.MonkeyPatch) -> Page:
    """Opens a page over `library`. None stands for the page that comes first."""
    monkeypatch.setattr(session, "_open_library", lambda folder: library)

    def open_page(path: str | None = None) -> AppTest:
        at = AppTest.from_file(str(APP), default_timeout=20).run()
        return at.switch_page(path).run() if path else at

    return open_page


def turns_on(at: AppTest) -> list[dict[str, Any]]:
    """The data of the turn components on the page."""
    found = components_of(at)
    return [data for data in found if "turn" in data]


def rows_on(at: AppTest) -> list[dict[str, Any]]:
    """The rows of the table of documents."""
    found = components_of(at)
    return next((data["rows"] for data in found if "rows" in data), [])


def words_on(at: AppTest) -> str:
    """All that is written on the page."""
    kinds = ("title", "markdown", "caption", "text", "error", "success", "warning", "info", "subheader")
    return "\n".join(str(element.value) for kind in kinds for element in at.get(kind))


def answered(library: Library, at: AppTest) -> AppTest:
    """The page when the turn under way has ended."""
    for conversation in library.conversations.all():
        for live in library.conversations.turns(conversation.id):
            library.conversations.wait(live.turn.id, 20)
    return at.run()


def upload(at: AppTest, *files: tuple[str, bytes]) -> AppTest:
    at.file_uploader[0].set_value([(name, data, "application/octet-stream") for name, data in files])
    return at.run()


@pytest.mark.parametrize("path", [None, *(path for path, _, _ in PAGES)])
def test_every_page_is_drawn(page: Page, path: str | None) -> None:
    at = page(path)
    assert not at.exception
    assert at.title or at.subheader


def test_an_empty_store_greets_and_offers_samples(page: Page, library: Library) -> None:
    at = page()
    assert at.title[0].value == "Welcome to Kilde"
    at = at.button(key="welcome_samples").click().run()
    assert {document.name for document in library.documents.all()} == {name for name, _ in samples()}
    assert at.title[0].value == "What would you like to know?"
    assert library.wait(60)
    at = answered(library, at.button(key="suggestion_0").click().run())
    assert turns_on(at)[0]["turn"]["question"] and library.conversations.all()


def test_the_language_is_that_of_the_setting(page: Page, library: Library) -> None:
    library.settings.save(replace(library.settings.current(), language="da"))
    assert page().title[0].value == "Velkommen til Kilde"
    assert page("pages/settings.py").title[0].value == "Indstillinger"


def test_a_store_that_cannot_be_opened_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(folder: str) -> Library:
        raise StoreReadOnly(folder="/srv/*kilde*")

    monkeypatch.setattr(session, "_open_library", refuse)
    at = AppTest.from_file(str(APP), default_timeout=20).run()
    assert not at.exception
    assert "cannot be written to" in at.error[0].value and r"\*kilde\*" in at.error[0].value


# documents ---------------------------------------------------------------------------------------------------


def test_each_file_is_answered_for_and_the_others_go_on(page: Page, library: Library) -> None:
    at = upload(
        page("pages/upload.py"),
        ("note.txt", b"The bicycle has two wheels."),
        ("empty.txt", b""),
        ("picture.pdf", b"\x89PNG\r\n\x1a\n123"),
        ("copy.txt", b"The bicycle has two wheels."),
        (HOSTILE, b"The price is 5 kr."),
    )
    words = words_on(at)
    assert "2 accepted" in words and "2 not accepted" in words and "1 here already" in words
    assert "The file is empty" in words and "its content is PNG" in words and r"under the name note\.txt" in words
    assert "![x](https" not in words and "$a$" not in words
    assert library.wait(20)
    rows = rows_on(at.run())
    assert len(rows) == 2 and {row["state"] for row in rows} == {"ready"}
    assert at.button(key="dismiss").click().run() and "accepted" not in words_on(at)


def test_files_inside_a_file_stand_under_it_and_go_with_it(page: Page, library: Library) -> None:
    made = mail("Tilbud")
    made.set_content("Se vedhæftede.")
    for name in ("b.txt", "a.txt"):
        made.add_attachment(f"Stilladset er lejet, se {name}.".encode(), "text", "plain", filename=name)
    at = upload(page("pages/upload.py"), ("m.eml", bytes(made)), ("~$m.docx", b"Mette"), ("note.txt", b"Other things."))
    assert library.wait(20)
    rows = rows_on(at.run())
    assert [(row["name"], row["depth"]) for row in rows] == [
        ("note.txt", 0),
        ("m.eml", 0),
        ("m.eml › b.txt", 1),
        ("m.eml › a.txt", 1),
    ]
    assert "2 accepted" in words_on(at) and "~$m" not in words_on(at)
    outer = library.store.documents.named("m.eml")
    assert outer is not None
    at.query_params["id"] = str(outer.id)
    at = at.switch_page("pages/document.py").run()
    assert not at.exception
    assert "2 files attached to it or inside it were added" in words_on(at)
    assert [link.proto.label for link in at.get("page_link")][1:] == ["m\\.eml › b\\.txt", "m\\.eml › a\\.txt"]
    at.button(key="delete_documents").click().run()
    assert [document.name for document in library.documents.all()] == ["note.txt"]


@pytest.mark.parametrize(
    ("choice", "names"), [("replace", ["a.txt"]), ("keep_both", ["a (2).txt", "a.txt"]), ("skip", ["a.txt"])]
)
def test_a_taken_name_offers_a_choice(page: Page, library: Library, choice: str, names: list[str]) -> None:
    library.documents.add("a.txt", b"The old price is 5 kr.")
    assert library.wait(20)
    at = upload(page("pages/upload.py"), ("a.txt", b"The new price is 7 kr."))
    assert "another document named" in words_on(at)
    at = at.button(key=f"{choice}_0").click().run()
    assert not at.exception
    assert library.wait(20)
    assert sorted(document.name for document in library.documents.all()) == names
    found = library.search("new price").hits
    assert ("new" in found[0].chunk.text) == (choice != "skip")


def test_names_are_searched(page: Page, filled: Library) -> None:
    at = page("pages/upload.py")
    assert {row["name"] for row in rows_on(at)} == {"garanti.txt", "holiday.md"}
    at = at.text_input(key="search_documents").set_value("GARANTI").run()
    assert [row["name"] for row in rows_on(at)] == ["garanti.txt"]
    at = at.text_input(key="search_documents").set_value("nothing").run()
    assert "No document has such a name" in words_on(at)


def test_tags_are_shown_and_searched(page: Page, filled: Library) -> None:
    garanti = next(d.id for d in filled.documents.all() if d.name == "garanti.txt")
    filled.documents.tag([garanti], ["*Salg* 2026"])
    at = page("pages/upload.py")
    assert {row["name"]: row["tags"] for row in rows_on(at)} == {"garanti.txt": ["*Salg* 2026"], "holiday.md": []}
    at = at.text_input(key="search_documents").set_value("salg").run()
    assert [row["name"] for row in rows_on(at)] == ["garanti.txt"]


def test_a_document_read_in_part_can_be_kept_or_deleted(
    page: Page, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(TESTS))
    monkeypatch.setitem(rag.documents.loaders._TASKS, "text/markdown", "hostile:after_two_pages")
    kept, other = library.documents.add("kept.md", b"crash"), library.documents.add("other.md", b"fail")
    assert library.wait(20)
    at = page("pages/upload.py")
    assert "damaged after page 2 of 9" in words_on(at)
    at = at.button(key=f"keep_as_it_is_{kept.id}").click().run()
    at = at.button(key=f"delete_partly_read_{other.id}").click().run()
    assert not at.exception and "after page 2" not in words_on(at)
    (row,) = rows_on(at)
    assert row["name"] == "kept.md" and "damaged after page 2 of 9" in row["remarks"][0]
    words = words_on(document_page(library, "kept.md"))
    assert "damaged after page 2 of 9" in words


# a document's own page ----------------------------------------------------------------------------------------


def document_page(library: Library, name: str, **address: str) -> AppTest:
    """Opened by its address, over the library that `page` has put in place."""
    document_id = next((d.id for d in library.documents.all() if d.name == name), 0)
    at = AppTest.from_file(str(APP), default_timeout=20).run()
    at.switch_page("pages/document.py")
    for key, value in {"id": str(document_id), **address}.items():
        at.query_params[key] = value
    return at.run()


def test_a_document_has_a_page_to_read_it_on(page: Page, filled: Library) -> None:
    at = document_page(filled, "holiday.md")
    assert not at.exception and at.title[0].value == r"holiday\.md"
    assert "ready" in words_on(at) and "2 chunks" in words_on(at)
    outline, reader = components_of(at)
    assert [entry["title"] for entry in outline["entries"]] == ["Holiday rules", "Sick leave"]
    assert "25 days" in "".join(piece["text"] for piece in reader["segments"])
    at = at.segmented_control(key="document_shown").set_value("overview").run()
    (overview,) = components_of(at)
    assert "25 days" in str(overview["sections"])
    # as a browser does that was led here while the page was being drawn
    at = at.segmented_control(key="document_shown").set_value(None).run()
    assert not at.exception and len(components_of(at)) == 2
    assert at.segmented_control(key="document_shown").value == "read"
    at = at.segmented_control(key="document_shown").set_value("chunks").run()
    assert "report" in str(components_of(at)[0]["chunks"])
    at = at.text_input(key="search_chunks").set_value("nowhere").run()
    assert "No chunk has all those words" in words_on(at) and components_of(at) == []


def test_an_address_leads_to_a_page_of_the_document_shown_before(page: Page, library: Library) -> None:
    library.documents.add("Garanti 2026.pdf", dict(samples())["Garanti 2026.pdf"])
    assert library.wait(60)
    at = document_page(library, "Garanti 2026.pdf", page="2")
    assert components_of(at)[1]["page"] == 2
    at.query_params["page"] = "4"
    at.session_state[OPENED] = True  # what `app.py` says, which is not run after the page was switched here
    at = at.run()
    assert components_of(at)[1]["page"] == 4
    assert components_of(at.run())[1]["page"] == 4 and at.query_params["page"] == "4"


def test_a_request_from_before_the_browser_heard_of_the_address_leads_nowhere(page: Page, library: Library) -> None:
    library.documents.add("Garanti 2026.pdf", dict(samples())["Garanti 2026.pdf"])
    assert library.wait(60)
    at = document_page(library, "Garanti 2026.pdf", page="2")
    at.session_state[VIEW].page, at.session_state[VIEW].mark = 3, Span(0, 9)  # as a click on a sentence does
    at = at.run()
    assert at.query_params["page"] == "3"
    at.query_params["page"] = "2"
    at = at.run()
    reader = components_of(at)[1]
    assert reader["page"] == 3 and at.session_state[VIEW].mark == Span(0, 9)
    assert at.query_params["page"] == "3"


def test_a_document_that_is_not_here_is_said_to_be_gone(page: Page, filled: Library) -> None:
    at = document_page(filled, "no such document")
    assert not at.exception and "This document is not here" in words_on(at)


def test_tags_are_added_and_taken_off_on_the_documents_page(page: Page, filled: Library) -> None:
    holiday = next(d.id for d in filled.documents.all() if d.name == "holiday.md")
    filled.documents.tag([holiday], ["old"])
    at = document_page(filled, "holiday.md")
    tags = at.multiselect(key=f"document_tags_{holiday}")
    assert tags.value == ["old"]
    at = tags.set_value(["personnel", "2026"]).run()
    assert not at.exception
    assert filled.documents.get(holiday).tags == ("2026", "personnel")
    tags = at.multiselect(key=f"document_tags_{holiday}")
    assert sorted(tags.value) == ["2026", "personnel"]
    assert not tags.proto.set_value  # what is chosen meanwhile would be lost


def test_a_question_to_a_document_is_asked_of_it_alone(page: Page, filled: Library) -> None:
    holiday = next(d.id for d in filled.documents.all() if d.name == "holiday.md")
    at = document_page(filled, "holiday.md")
    at.text_input(key="document_question").set_value("How many days of holiday?")
    at.button(key="ask_document").click().run()
    at = answered(filled, at.switch_page("pages/chat.py"))
    (conversation,) = filled.conversations.all()
    assert conversation.scope == Scope((holiday,))
    (turn,) = turns_on(at)
    assert {source["document"] for source in turn["sources"]} == {"holiday.md"}


def test_an_empty_question_to_a_document_begins_nothing(page: Page, filled: Library) -> None:
    at = document_page(filled, "holiday.md").button(key="ask_document").click().run()
    assert "Write a question first" in words_on(at) and filled.conversations.all() == []


def test_suggested_questions_are_asked_of_the_document(page: Page, filled: Library) -> None:
    garanti = next(d.id for d in filled.documents.all() if d.name == "garanti.txt")
    end = time.monotonic() + 20
    while filled.viewer.suggestions(garanti) is None:
        assert time.monotonic() < end
        time.sleep(0.02)
    at = document_page(filled, "garanti.txt")
    at.button(key="suggested_0").click().run()
    at = answered(filled, at.switch_page("pages/chat.py"))
    (conversation,) = filled.conversations.all()
    assert conversation.scope == Scope((garanti,))
    assert turns_on(at)[0]["turn"]["answered"]


# chat --------------------------------------------------------------------------------------------------------


def test_an_answer_shows_its_sources_with_the_same_numbers(page: Page, filled: Library) -> None:
    at = page()
    at.chat_input[0].set_value("How many days of holiday a year?").run()
    data = turns_on(answered(filled, at))[0]
    assert data["turn"]["state"] == "done" and data["turn"]["answered"]
    cited = {number for sentence in data["turn"]["sentences"] for number in sentence["citations"]}
    assert cited == {source["number"] for source in data["sources"] if source["cited"]} != set()
    first = data["sources"][0]
    assert first["document"] == "holiday.md" and any("25 days" in s["text"] for s in first["segments"] if s["marked"])


def test_a_question_that_is_not_taken_is_given_back(
    page: Page, filled: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise TooManyQuestions(most=100)

    at = page()
    monkeypatch.setattr(filled.conversations, "start", refuse)
    given = []
    for _ in range(2):
        at.chat_input[0].set_value("How many days?").run()
        assert [error.value for error in at.error] == [TooManyQuestions(most=100).in_language("en")]
        given.append(at.chat_input[0].proto.value)
    assert [value.strip() for value in given] == ["How many days?"] * 2
    assert given[0] != given[1], "the browser passes over a value that it was given before"


def test_conversations_are_kept_searched_renamed_and_deleted(page: Page, filled: Library) -> None:
    for question in ("How many days of holiday a year?", "Hvor længe er batterier dækket?"):
        turn = filled.conversations.start(question)
        filled.conversations.wait(turn.id, 20)
    holiday = next(c.id for c in filled.conversations.all() if "holiday" in c.title)
    at = page()
    at = at.text_input(key="search_conversations").set_value("holiday").run()
    assert [b.key for b in at.button if str(b.key).startswith("open_")] == [f"open_{holiday}"]
    at = at.button(key=f"open_{holiday}").click().run()
    assert turns_on(at)[0]["turn"]["question"].startswith("How many")
    assert at.query_params["conversation"] == str(holiday)
    at.text_input(key=f"title_{holiday}").set_value("Days off *holiday*")
    at = next(b for b in at.button if b.label == "Rename").click().run()
    assert filled.conversations.get(holiday).title == "Days off *holiday*"
    assert r"Days off \*holiday\*" in [b.label for b in at.button]
    at = at.button(key=f"delete_{holiday}").click().run()
    assert not at.exception
    assert [c.id for c in filled.conversations.all()] != [] and holiday not in [
        c.id for c in filled.conversations.all()
    ]


def test_a_reload_finds_the_conversation_by_its_address(page: Page, filled: Library) -> None:
    turn = filled.conversations.start("How many days of holiday a year?")
    filled.conversations.wait(turn.id, 20)
    at = AppTest.from_file(str(APP), default_timeout=20)
    at.query_params["conversation"] = str(turn.conversation_id)
    assert turns_on(at.run())[0]["turn"]["id"] == turn.id


def test_a_conversation_deleted_elsewhere_leaves_an_empty_page(page: Page, filled: Library) -> None:
    turn = filled.conversations.start("How many days of holiday a year?")
    filled.conversations.wait(turn.id, 20)
    at = page().button(key=f"open_{turn.conversation_id}").click().run()
    filled.conversations.delete(turn.conversation_id)
    at = at.run()
    assert not at.exception and turns_on(at) == []


def test_a_deleted_document_is_said_to_be_gone_and_its_passage_stays(page: Page, filled: Library) -> None:
    turn = filled.conversations.start("How many days of holiday a year?")
    filled.conversations.wait(turn.id, 20)
    filled.documents.remove([d.id for d in filled.documents.all() if d.name == "holiday.md"])
    at = page().button(key=f"open_{turn.conversation_id}").click().run()
    source = turns_on(at)[0]["sources"][0]
    assert source["gone"] and "25 days" in "".join(segment["text"] for segment in source["segments"])


def test_versions_of_an_answer_are_drawn_one_at_a_time_in_one_place(page: Page, filled: Library) -> None:
    turn = filled.conversations.start("How many days of holiday a year?")
    filled.conversations.wait(turn.id, 20)
    again = filled.conversations.ask_again(turn.id, question="How many days of sick leave?")
    filled.conversations.wait(again.id, 20)
    filled.saved_questions.vote(turn.id, 1)
    at = page().button(key=f"open_{turn.conversation_id}").click().run()
    [data] = turns_on(at)
    assert data["turn"]["id"] == again.id and data["questions"]["vote"] == 0
    assert data["questions"]["variants"]["previous"] == turn.id
    drawn = [element.proto.id for element in at.get("bidi_component") if "turn" in json.loads(element.proto.json)]
    filled.conversations.show_variant(turn.id)
    at = at.run()
    [data] = turns_on(at)
    assert data["turn"]["id"] == turn.id and data["questions"]["vote"] == 1
    shown = [element.proto.id for element in at.get("bidi_component") if "turn" in json.loads(element.proto.json)]
    assert shown == drawn


def test_a_document_with_other_content_is_said_to_have_changed(page: Page, filled: Library) -> None:
    turn = filled.conversations.start("How many days of holiday a year?")
    filled.conversations.wait(turn.id, 20)
    filled.documents.add("holiday.md", b"Every employee has 30 days of holiday a year.", replace=True)
    assert filled.wait(20)
    at = page().button(key=f"open_{turn.conversation_id}").click().run()
    states = {source["document"]: source["state"] for source in turns_on(at)[0]["sources"]}
    assert states == {"holiday.md": "changed", "garanti.txt": "there"}


def test_a_running_turn_can_be_stopped(page: Page, filled: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    stopped: list[int] = []
    turn = filled.conversations.history.begin("How many days of holiday a year?", None)  # as if it were being answered
    monkeypatch.setattr(filled.conversations, "stop", stopped.append)
    at = page().button(key=f"open_{turn.conversation_id}").click().run()
    assert turns_on(at)[0]["turn"]["state"] == TurnState.RUNNING
    assert at.chat_input[0].disabled
    at.button(key="stop").click().run()
    assert stopped == [turn.id]


# settings ----------------------------------------------------------------------------------------------------


def save(at: AppTest) -> AppTest:
    return next(b for b in at.button if b.label == "Save settings").click().run()


def test_settings_are_kept(page: Page, library: Library) -> None:
    at = page("pages/settings.py")
    at.number_input(key="setting_k").set_value(6)
    at = save(at)
    assert "have been saved" in words_on(at) and library.settings.current().k == 6
    assert "nothing to save" in words_on(save(at))


def test_what_is_not_allowed_is_said_and_not_kept(page: Page, library: Library) -> None:
    at = page("pages/settings.py")
    at.number_input(key="setting_chunk_size").set_value(100)
    at.number_input(key="setting_overlap").set_value(90)
    at = save(at)
    assert "Overlap is not allowed" in at.error[0].value.replace("value for ", "")
    assert library.settings.current().chunk_size == 180


def test_a_change_that_indexes_again_is_foretold_then_built(page: Page, filled: Library) -> None:
    at = page("pages/settings.py")
    at.number_input(key="setting_chunk_size").set_value(90)
    at = save(at)
    assert "2 documents" in words_on(at) and filled.settings.current().chunk_size == 180
    at = at.button(key="refuse_change").click().run()
    assert at.number_input(key="setting_chunk_size").value == 180
    at.number_input(key="setting_chunk_size").set_value(90)
    at = save(at).button(key="confirm_change").click().run()
    assert not at.exception
    assert filled.wait(20) and filled.settings.current().chunk_size == 90


def typed(at: AppTest, key: str, value: str) -> None:
    """Types what is not among the options, which AppTest has no way to."""
    box = at.selectbox(key=key)
    box.options.append(value)
    box.set_value(value)


def test_a_reranker_is_chosen_loaded_and_shown(page: Page, filled: Library, tmp_path: Path) -> None:
    folder = str(make_judge(tmp_path / "reranker", ()))
    at = page("pages/settings.py")
    typed(at, "setting_reranker_model", folder)
    at = save(at)
    assert not at.exception and "have been saved" in words_on(at)
    filled.chosen_models.wait(60)
    words = words_on(page("pages/settings.py"))
    assert "is in use; a question takes about 0.1 s longer" in words and f"{folder} (ready)" in words


def test_a_model_of_another_kind_is_refused_before_it_is_saved(page: Page, filled: Library, tmp_path: Path) -> None:
    at = page("pages/settings.py")
    typed(at, "setting_reader_model", str(make_judge(tmp_path, ())))
    at = save(at)
    assert "cannot mark an answer in a passage" in at.error[0].value
    assert filled.settings.current().reader_model == ""


def test_why_a_chosen_model_is_not_in_use_is_said(page: Page, filled: Library, tmp_path: Path) -> None:
    judge = str(make_judge(tmp_path, ("neutral", "entailment")))  # told only when its weights have been read
    filled.settings.save(filled.settings.current().changed(reranker_model=judge))
    filled.chosen_models.wait(60)
    at = page("pages/settings.py")
    assert "cannot rank passages" in at.error[0].value
    assert f"{judge} (not working)" in words_on(at)


def test_health_names_versions_and_verifies(page: Page, filled: Library) -> None:
    at = page("pages/settings.py")
    words = words_on(at)
    assert "SQLite" in words and "FAISS" in words and "Documents\n" in words and "Not verified yet" in words
    at = at.button(key="verify").click().run()
    assert "All is as it should be" in words_on(at) and "Last verified today" in words_on(at)


def test_health_says_whether_there_is_a_reader(page: Page, models: FakeModels, filled: Library) -> None:
    assert "goes with the recommended embedding model alone" in words_on(page("pages/settings.py"))
    models.embedding(FAKE_MODEL).reads = True
    assert "it reads the question with each passage" in words_on(page("pages/settings.py"))


def test_what_a_verification_finds_is_said_and_mended(page: Page, filled: Library) -> None:
    (filled.store.files.folder / ("a" * 64)).write_bytes(b"Whose is this?")
    at = page("pages/settings.py").button(key="verify").click().run()
    assert "1 files belong to no document" in words_on(at)
    at = at.button(key="repair").click().run()
    assert not at.exception
    assert "1 files were put into" in words_on(at) and "All is as it should be" in words_on(at)


def test_a_backup_is_made_in_the_settings(page: Page, filled: Library, tmp_path: Path) -> None:
    at = page("pages/settings.py").button(key="backup").click().run()
    assert not at.exception
    assert "The backup was made and checked" in words_on(at)
    (made,) = (tmp_path / "default-store" / "backups").glob("*.zip")
    assert check(made) > 0


def test_the_frame_says_that_the_store_is_damaged(page: Page, filled: Library) -> None:
    filled.store.database.distrust("checksum")
    at = page()  # the frame: AppTest runs the pages that are switched to without it
    assert not at.exception
    assert "The store is damaged (a checksum does not match)" in words_on(at)
    for path in ("pages/upload.py", "pages/settings.py"):
        assert not page(path).exception
    assert len(rows_on(page("pages/upload.py"))) == 2
    filled.store.database.trust_again()


def test_a_change_that_ends_while_the_page_is_drawn_is_taken_in(
    page: Page, filled: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = iter([Change(progress=SpaceProgress(documents=1))])
    monkeypatch.setattr(LibrarySettings, "change", lambda self: next(first, None))
    at = page("pages/settings.py")
    assert not at.exception
    assert text("change_done", "en") in words_on(at)
