"""The library as a page uses it, with a fake model: real files, real store, real worker."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

import pytest

from rag.core.errors import AlreadyThere, EmptyFile, FileTooLarge, InvalidSetting, NameTaken, NotFound, UnknownType
from rag.core.events import Done, Working
from rag.core.names import clean_name
from rag.core.types import Conditions, Place, Scope, State, Turn, TurnState, Verdict
from rag.documents.collection import MAX_BYTES
from rag.library import Library
from tests.conftest import FAKE_MODEL, HOLIDAY, WARRANTY, FakeModels
from tests.helpers import SlowEncoder, until
from tests.scripted import Scripted, install
from tests.tiny_models import make_judge


def test_a_document_is_accepted_then_ready(library: Library) -> None:
    document = library.documents.add("garanti.txt", WARRANTY.encode())
    assert document.state is State.WAITING
    assert library.wait(10)
    (ready,) = library.documents.all()
    assert (ready.state, ready.pages, ready.chunks, ready.chunks_done) == (State.READY, 1, ready.chunks, ready.chunks)
    assert ready.chunks > 0
    assert library.documents.original(ready.id) == WARRANTY.encode()


def test_an_answer_quotes_its_sources_exactly(filled: Library) -> None:
    turn = filled.ask("Hvor længe er batterier dækket?")
    assert turn.answer is not None
    assert turn.answer.answered
    first = turn.answer.sentences[0]
    assert first.text == "Batterier er dækket i 6 måneder."
    (citation,) = first.citations
    assert WARRANTY[citation.start : citation.end] == citation.quote
    assert citation.number in {hit.number for hit in turn.hits}
    assert citation.document == "garanti.txt"


def test_what_no_document_says_is_refused(filled: Library) -> None:
    turn = filled.ask("Hvem vandt verdensmesterskabet i svømning?")
    assert turn.answer is not None
    assert not turn.answer.answered
    assert turn.answer.sentences == ()
    assert turn.answer.text.startswith("Det står ikke i dine dokumenter.")
    assert turn.hits  # the nearest passages are shown as such


def test_an_empty_library_says_what_to_do(library: Library) -> None:
    turn = library.ask("Is anything here?")
    assert turn.answer is not None
    assert "no documents" in turn.answer.text


def test_the_same_content_is_there_already_under_its_name(filled: Library) -> None:
    with pytest.raises(AlreadyThere) as caught:
        filled.documents.add("copy.txt", WARRANTY.encode())
    assert "garanti.txt" in str(caught.value)


def test_a_taken_name_can_be_kept_beside_or_replaced(filled: Library) -> None:
    changed = WARRANTY.replace("6 måneder", "9 måneder").encode()
    with pytest.raises(NameTaken):
        filled.documents.add("garanti.txt", changed)
    assert filled.documents.add("garanti.txt", changed, keep_both=True).name == "garanti (2).txt"
    replaced = filled.documents.add("garanti.txt", WARRANTY.replace("6", "12").encode(), replace=True)
    assert filled.wait(10)
    assert {d.name for d in filled.documents.all()} == {"garanti.txt", "garanti (2).txt", "holiday.md"}
    assert b"12 m" in filled.documents.original(replaced.id)


@pytest.mark.parametrize(
    ("name", "data", "error"),
    [
        ("a.txt", b"", EmptyFile),
        ("a.xyz", b"text", UnknownType),
        ("a.txt", b"x" * (MAX_BYTES + 1), FileTooLarge),
    ],
)
def test_what_cannot_be_used_is_refused_at_once(library: Library, name: str, data: bytes, error: type) -> None:
    with pytest.raises(error):
        library.documents.add(name, data)
    assert library.documents.all() == []


def test_a_damaged_pdf_fails_with_its_reason_and_the_others_go_on(library: Library) -> None:
    library.documents.add("bad.pdf", b"%PDF-1.7\nnothing of a PDF follows")
    library.documents.add("good.txt", WARRANTY.encode())
    assert library.wait(20)
    by_name = {d.name: d for d in library.documents.all()}
    assert by_name["bad.pdf"].state is State.FAILED
    assert [n.code for n in by_name["bad.pdf"].notices] == ["damaged_file"]
    assert by_name["good.txt"].state is State.READY


def test_words_find_a_document_while_its_vectors_are_still_being_made(tmp_path: Path, models: FakeModels) -> None:
    slow = SlowEncoder()
    models.embedding(FAKE_MODEL).encoder_fake = slow
    with Library.open(tmp_path / "s", models=models) as library:
        began = time.monotonic()
        library.documents.add("garanti.txt", WARRANTY.encode())
        until(lambda: library.search("batterier", meaning=False).hits, 5)
        assert time.monotonic() - began < 5
        assert library.documents.all()[0].state is State.FINDABLE
        slow.go.set()
        assert library.wait(10)


def test_deleted_means_not_found(filled: Library) -> None:
    (document,) = [d for d in filled.documents.all() if d.name == "garanti.txt"]
    filled.documents.remove([document.id])
    assert all(h.document != "garanti.txt" for h in filled.search("batterier").hits)
    with pytest.raises(NotFound):
        filled.documents.get(document.id)


def test_cancelled_stays_findable_and_goes_on_from_there(tmp_path: Path, models: FakeModels) -> None:
    slow = SlowEncoder()
    models.embedding(FAKE_MODEL).encoder_fake = slow
    with Library.open(tmp_path / "s", models=models) as library:
        library.documents.add("garanti.txt", WARRANTY.encode())
        until(lambda: library.documents.all()[0].state is State.FINDABLE)
        library.documents.cancel()
        (stopped,) = library.documents.all()
        assert stopped.state is State.STOPPED
        assert library.search("batterier", meaning=False).hits
        assert not library.documents.progress().working
        slow.go.set()
        library.documents.reindex([stopped.id])
        assert library.wait(10)
        assert library.documents.all()[0].state is State.READY
        assert library.maintenance.verify().problems == ()


def test_what_was_under_way_goes_on_after_a_restart(tmp_path: Path, models: FakeModels) -> None:
    slow = SlowEncoder()
    models.embedding(FAKE_MODEL).encoder_fake = slow
    with Library.open(tmp_path / "s", models=models) as library:
        library.documents.add("garanti.txt", WARRANTY.encode())
        until(lambda: library.documents.all()[0].state is State.FINDABLE)
    with Library.open(tmp_path / "s", models=FakeModels()) as library:
        assert library.wait(10)
        assert library.documents.all()[0].state is State.READY
        assert library.maintenance.verify().problems == ()


def test_renaming_keeps_the_type(filled: Library) -> None:
    (document,) = [d for d in filled.documents.all() if d.name == "holiday.md"]
    filled.documents.rename(document.id, "Ferie")
    assert filled.documents.get(document.id).name == "Ferie.md"
    with pytest.raises(NameTaken):
        filled.documents.rename(document.id, "Ferie.md") if filled.documents.add(
            "x.md", b"# x\n\nother text"
        ) is None else filled.documents.rename(document.id, "x.md")


@pytest.mark.parametrize(
    ("name", "clean"),
    [
        ("../../etc/passwd", "etc/passwd"),
        ("C:\\docs\\a.txt", "C:/docs/a.txt"),
        ("a\u202etxt.exe\n.md", "atxt.exe.md"),
        ("", "document"),
        ("mappe/Håndbog æøå.pdf", "mappe/Håndbog æøå.pdf"),
    ],
)
def test_names_are_data(name: str, clean: str) -> None:
    assert clean_name(name) == clean


# conversations and turns --------------------------------------------------------------------------------


def test_a_turn_is_answered_in_the_background_and_kept(filled: Library) -> None:
    turn = filled.conversations.start("Hvor længe er batterier dækket?")
    live = until(lambda: (now := filled.conversations.live(turn.id)).turn.state is TurnState.DONE and now)
    assert live.turn.answer.answered
    (conversation,) = filled.conversations.all()
    assert conversation.title == "Hvor længe er batterier dækket?"
    assert [t.turn.id for t in filled.conversations.turns(conversation.id)] == [turn.id]
    assert filled.conversations.all("batterier")
    assert not filled.conversations.all("nothing like it")


def test_a_follow_up_is_searched_with_what_it_refers_to(filled: Library) -> None:
    first = filled.conversations.start("Hvor længe er batterier dækket?")
    until(lambda: filled.conversations.live(first.id).turn.state is TurnState.DONE)
    second = filled.conversations.start("og hvad med øvrige dele?", first.conversation_id)
    live = until(lambda: (now := filled.conversations.live(second.id)).turn.state is TurnState.DONE and now)
    assert "batterier" in live.turn.searched
    assert "øvrige dele" in live.turn.searched
    assert any("24 måneder" in s.text for s in live.turn.answer.sentences)


def test_everything_is_there_after_a_restart(tmp_path: Path, models: FakeModels) -> None:
    with Library.open(tmp_path / "s", models=models) as library:
        library.documents.add("garanti.txt", WARRANTY.encode())
        assert library.wait(10)
        turn = library.conversations.start("Hvor længe er batterier dækket?")
        before = until(lambda: (now := library.conversations.live(turn.id)).turn.state is TurnState.DONE and now).turn
    with Library.open(tmp_path / "s", models=models) as library:
        (conversation,) = library.conversations.all()
        (after,) = library.conversations.turns(conversation.id)
        assert after.turn == before
        assert library.search("batterier").hits


def test_a_written_answer_stands_above_the_quotes_and_is_grounded(filled: Library) -> None:
    writer = Scripted("Batterier er dækket ", "i 6 måneder [1]. ", "Skærmen er dækket i 99 år.")
    install(filled, writer)
    filled.settings.save(filled.settings.current().changed(answer_model="scripted"))
    turn = filled.ask("Hvor længe er batterier dækket?")
    assert turn.answer is not None
    true, invented = turn.answer.sentences
    assert true.text == "Batterier er dækket i 6 måneder."
    assert true.citations[0].quote == "Batterier er dækket i 6 måneder."
    assert invented.citations == ()
    assert turn.answer.quotes
    prompt = turn.trace.writing.generation.prompt
    assert prompt is not None and prompt.tokens is not None and prompt.tokens > 20


def test_a_judge_is_asked_where_one_is_chosen(filled: Library, tmp_path: Path) -> None:
    install(filled, Scripted("Batterier er dækket i 6 måneder."))
    folder = make_judge(tmp_path / "judge", ("contradiction", "entailment", "neutral"))
    filled.settings.save(filled.settings.current().changed(answer_model="scripted", judge_model=str(folder)))
    stages = []
    for event in filled.ask_events("Hvor længe er batterier dækket?"):
        stages.append(event.stage if isinstance(event, Working) else "")
        if isinstance(event, Done):
            assert event.turn.trace.writing.judge == str(folder)
            assert event.turn.answer is not None and event.turn.answer.sentences[0].citations
    assert stages.index("checking") > stages.index("writing")


def test_a_judge_that_is_not_there_is_said_and_the_rest_decides(filled: Library, tmp_path: Path) -> None:
    install(filled, Scripted("Batterier er dækket i 6 måneder."))
    filled.settings.save(filled.settings.current().changed(answer_model="scripted", judge_model=str(tmp_path)))
    turn = filled.ask("Hvor længe er batterier dækket?")
    assert turn.notice is not None and turn.notice.code == "model_unavailable"
    assert turn.answer is not None and turn.answer.sentences[0].verdict is Verdict.SUPPORTED
    assert turn.trace.writing.judge == ""


def test_a_passage_that_the_model_had_no_room_for_is_said_and_never_cited(filled: Library) -> None:
    writer = Scripted("Every employee has 25 days of holiday a year. Batterier er dækket i 6 måneder.")
    writer.room = 1
    install(filled, writer)
    filled.settings.save(filled.settings.current().changed(answer_model="scripted"))
    turn = filled.ask("Hvor længe er batterier dækket?")
    assert turn.answer is not None
    assert [(hit.used, hit.reason) for hit in turn.hits] == [(True, ""), *[(False, "no_room")] * (len(turn.hits) - 1)]
    assert len(turn.hits) > 1
    assert {citation.number for s in turn.answer.sentences for citation in s.citations} == {1}


def test_stop_keeps_what_there_is(filled: Library) -> None:
    writer = Scripted("Batterier er dækket i 6 måneder. ", "Mere. ", wait=threading.Event())
    install(filled, writer)
    filled.settings.save(filled.settings.current().changed(answer_model="scripted"))
    turn = filled.conversations.start("Hvor længe er batterier dækket?")
    until(lambda: filled.conversations.live(turn.id).partial)
    filled.conversations.stop(turn.id)
    kept = until(lambda: (now := filled.conversations.live(turn.id)).turn.state is TurnState.STOPPED and now).turn
    assert [s.text for s in kept.answer.sentences] == ["Batterier er dækket i 6 måneder."]
    assert kept.answer.quotes


def test_a_turn_cut_off_by_a_crash_says_so_and_keeps_what_had_come(tmp_path: Path, models: FakeModels) -> None:
    with Library.open(tmp_path / "s", models=models) as library:
        library.documents.add("garanti.txt", WARRANTY.encode())
        assert library.wait(10)
        turn = library.conversations.history.begin("Hvor længe er batterier dækket?", None)  # as if killed right after
    with Library.open(tmp_path / "s", models=models) as library:
        kept = library.conversations.live(turn.id).turn
        assert kept.state is TurnState.STOPPED
        assert kept.notice is not None
        assert kept.notice.code == "interrupted"


def asked(library: Library, *values: Any, **named: Any) -> Turn:
    """A turn that has been answered."""
    turn = library.conversations.start(*values, **named)
    return finished(library, turn)


def finished(library: Library, turn: Turn) -> Turn:
    ended = until(lambda: (now := library.conversations.live(turn.id)).turn.state is not TurnState.RUNNING and now).turn
    assert ended.state is TurnState.DONE
    return ended


def test_asking_again_keeps_the_old_answer_within_reach(filled: Library) -> None:
    turn = asked(filled, "Hvor længe er batterier dækket?")
    after = asked(filled, "Og øvrige dele?", turn.conversation_id)
    again = finished(filled, filled.conversations.ask_again(turn.id, question="Hvor skal man skrive hen?"))
    shown = lambda: [live.turn.id for live in filled.conversations.turns(turn.conversation_id)]  # noqa: E731
    assert shown() == [again.id]
    assert filled.conversations.variants(turn.id) == filled.conversations.variants(again.id) == [turn.id, again.id]
    filled.conversations.show_variant(turn.id)
    assert shown() == [turn.id, after.id]
    assert filled.conversations.live(turn.id).turn == turn


def test_a_pinned_passage_is_used_and_an_excluded_one_is_not(filled: Library) -> None:
    filled.settings.save(filled.settings.current().changed(k=1))
    question = "Hvor længe er batterier dækket?"
    first = asked(filled, question)
    other = next(hit for hit in filled.search("holiday", meaning=False).hits if hit.document == "holiday.md")
    pinned = finished(filled, filled.conversations.ask_again(first.id, conditions=Conditions(pinned=(other.place,))))
    assert [hit.place for hit in pinned.hits] == [other.place]
    assert [hit.reason for hit in pinned.hits] == ["pinned"]
    assert [c.why for c in pinned.trace.retrieval.candidates or () if c.number] == ["pinned"]
    excluded = finished(
        filled, filled.conversations.ask_again(first.id, conditions=Conditions(excluded=(first.hits[0].place,)))
    )
    assert first.hits[0].place not in [hit.place for hit in excluded.hits]
    assert (excluded.trace.retrieval.candidates or ())[0].why == "excluded"
    without = Conditions(excluded_documents=(first.hits[0].sha256,))
    gone = finished(filled, filled.conversations.ask_again(first.id, conditions=without))
    assert {hit.document for hit in gone.hits} == {"holiday.md"}
    searched_in = gone.trace.retrieval.searched_in
    assert searched_in is not None and searched_in.excluded == ("garanti.txt",)


def test_a_refused_question_can_be_answered_all_the_same_and_is_marked(filled: Library) -> None:
    refused = asked(filled, "Hvem vandt verdensmesterskabet i svømning?")
    assert refused.answer is not None and not refused.answer.answered
    told = finished(filled, filled.conversations.ask_again(refused.id, conditions=Conditions(regardless=True)))
    assert told.answer is not None and told.answer.answered and told.answer.doubted
    assert told.answer.sentences
    sure = asked(filled, "Hvor længe er batterier dækket?", conditions=Conditions(regardless=True))
    assert sure.answer is not None and not sure.answer.doubted


def test_a_conversation_asks_only_its_scope(filled: Library) -> None:
    holiday = next(d for d in filled.documents.all() if d.name == "holiday.md")
    turn = asked(filled, "Batterier dækket", conditions=Conditions(Scope((holiday.id,))))
    assert {hit.document for hit in turn.hits} <= {"holiday.md"}
    searched_in = turn.trace.retrieval.searched_in
    assert searched_in is not None and searched_in.names == ("holiday.md",)
    # and so do its next questions, until the scope is changed
    assert filled.conversations.get(turn.conversation_id).scope == Scope((holiday.id,))
    following = asked(filled, "Hvor længe er batterier dækket af garantien?", turn.conversation_id)
    assert {hit.document for hit in following.hits} <= {"holiday.md"}
    filled.conversations.set_scope(turn.conversation_id, Scope())
    assert "garanti.txt" in {
        hit.document for hit in asked(filled, "Hvor længe er batterier dækket?", turn.conversation_id).hits
    }


def test_a_scope_can_be_a_tag_or_a_page(filled: Library) -> None:
    document = next(d for d in filled.documents.all() if d.name == "garanti.txt")
    filled.documents.tag([document.id], add=["  produkt  ", "", "2026"])
    assert filled.documents.tags() == {"2026": 1, "produkt": 1}
    assert filled.documents.get(document.id).tags == ("2026", "produkt")
    within = filled.search("holiday", conditions=Conditions(Scope(tags=("produkt",)))).hits
    assert {hit.document for hit in within} == {"garanti.txt"}
    assert filled.search("batterier", conditions=Conditions(Scope((document.id,), page=1))).hits
    assert not filled.search("batterier", conditions=Conditions(Scope((document.id,), page=2))).hits
    filled.documents.tag([document.id], remove=["produkt"])
    nothing = asked(filled, "Hvor længe er batterier dækket?", conditions=Conditions(Scope(tags=("produkt",))))
    assert nothing.answer is not None and not nothing.answer.answered
    assert "valgt" in nothing.answer.text


def test_tags_and_scopes_go_over_to_a_new_version_of_a_document(filled: Library) -> None:
    old = next(d for d in filled.documents.all() if d.name == "garanti.txt")
    filled.documents.tag([old.id], add=["produkt"])
    turn = asked(filled, "Hvor længe?", conditions=Conditions(Scope((old.id,))))
    filled.documents.add("garanti.txt", WARRANTY.replace("6", "12").encode(), replace=True)
    assert filled.wait(10)
    new = next(d for d in filled.documents.all() if d.name == "garanti.txt")
    assert new.id != old.id
    assert new.tags == ("produkt",)
    assert filled.conversations.get(turn.conversation_id).scope == Scope((new.id,))
    assert filled.conversations.get(turn.conversation_id).archived is False


def test_a_near_miss_says_what_it_lacks(filled: Library) -> None:
    filled.settings.save(filled.settings.current().changed(k=1))
    turn = asked(filled, "Hvor længe er batterier dækket?")
    used, near = (turn.trace.retrieval.candidates or ())[:2]
    assert (used.why, used.lacks, used.text) == ("used", ("længe",), None)
    assert (near.why, near.number) == ("beyond_k", None)
    assert near.lacks == turn.trace.query.words
    assert near.text


def test_sources_of_the_turn_before_are_marked_as_carried_over(filled: Library) -> None:
    first = asked(filled, "Hvor længe er batterier dækket?")
    assert not any(c.carried for c in first.trace.retrieval.candidates or ())
    second = asked(filled, "Og øvrige dele?", first.conversation_id)
    assert second.trace.query.earlier == first.id
    assert any(c.carried for c in second.trace.retrieval.candidates or ())


def test_archived_conversations_and_what_was_answered_can_be_found(filled: Library) -> None:
    turn = asked(filled, "Hvor længe er batterier dækket?")
    other = asked(filled, "How many days of holiday?")
    filled.conversations.archive(turn.conversation_id)
    assert [c.id for c in filled.conversations.all(archived=False)] == [other.conversation_id]
    assert [c.id for c in filled.conversations.all(archived=True)] == [turn.conversation_id]
    assert [c.id for c in filled.conversations.all("6 måneder")] == [turn.conversation_id]
    filled.conversations.archive(turn.conversation_id, False)
    assert len(filled.conversations.all(archived=False)) == 2


def test_a_turn_outlives_its_document(filled: Library) -> None:
    turn = filled.conversations.start("Hvor længe er batterier dækket?")
    done = until(lambda: (now := filled.conversations.live(turn.id)).turn.state is TurnState.DONE and now).turn
    number = done.answer.sentences[0].citations[0].number
    assert not filled.conversations.source_view(turn.id, number).gone
    filled.documents.remove([d.id for d in filled.documents.all()])
    view = filled.conversations.source_view(turn.id, number)
    assert view.gone
    assert "6 måneder" in view.text
    assert filled.documents.is_gone(done.hits[0].sha256)


# settings and spaces ------------------------------------------------------------------------------------


def test_a_change_of_chunk_size_is_foretold_then_built_beside_the_old(tmp_path: Path, models: FakeModels) -> None:
    slow = SlowEncoder()
    slow.go.set()
    models.embedding(FAKE_MODEL).encoder_fake = slow
    with Library.open(tmp_path / "s", models=models) as library:
        library.documents.add("garanti.txt", (WARRANTY * 40).encode())
        library.documents.add("holiday.md", HOLIDAY.encode())
        assert library.wait(20)
        before = library.documents.progress().space.chunks
        wanted = library.settings.current().changed(chunk_size=64, overlap=0)
        plan = library.settings.plan(wanted)
        assert plan.reindexes
        assert plan.documents == 2
        assert plan.chunks > 0
        slow.go.clear()
        library.settings.save(wanted)
        until(lambda: (now := library.settings.change()) and now.progress and now.progress.chunks)
        assert library.documents.progress().space.chunks == before  # the old space still answers
        assert library.ask("Hvor længe er batterier dækket?").answer.answered  # type: ignore[union-attr]
        slow.go.set()
        assert library.wait(20)
        assert library.settings.change() is None
        assert library.documents.progress().space.chunks > before
        assert library.settings.current().chunk_size == 64
        assert library.ask("Hvor længe er batterier dækket?").answer.answered  # type: ignore[union-attr]
        assert library.maintenance.verify().problems == ()


def test_a_change_can_be_called_off(tmp_path: Path, models: FakeModels) -> None:
    slow = SlowEncoder()
    slow.go.set()
    models.embedding(FAKE_MODEL).encoder_fake = slow
    with Library.open(tmp_path / "s", models=models) as library:
        library.documents.add("garanti.txt", (WARRANTY * 40).encode())
        assert library.wait(20)
        slow.go.clear()
        library.settings.save(library.settings.current().changed(chunk_size=64, overlap=0))
        until(lambda: (now := library.settings.change()) and now.progress and now.progress.chunks)
        library.settings.cancel_change()
        slow.go.set()
        assert library.settings.change() is None
        assert library.settings.current().chunk_size == 180
        assert library.maintenance.verify().problems == ()


def test_a_model_that_is_not_there_changes_nothing(tmp_path: Path) -> None:
    from rag.core.errors import ModelUnavailable
    from tests.conftest import FakeModel

    class Missing(FakeModel):
        def describe(self, space: Any) -> Any:
            raise ModelUnavailable(model=self.name, detail="offline")

    models = FakeModels()
    models.made["nobody/nothing"] = Missing("nobody/nothing")
    with Library.open(tmp_path / "s", models=models) as library:
        library.documents.add("garanti.txt", WARRANTY.encode())
        assert library.wait(10)
        library.settings.save(library.settings.current().changed(embedding_model="nobody/nothing"))
        change = until(lambda: (now := library.settings.change()) and now.failed and now)
        assert change.failed.code == "model_unavailable"
        assert library.settings.current().embedding_model != "nobody/nothing"
        assert library.ask("Hvor længe er batterier dækket?").answer.answered  # type: ignore[union-attr]


def test_an_exchanged_model_is_said_and_never_mixed(tmp_path: Path) -> None:
    with Library.open(tmp_path / "s", models=FakeModels()) as library:
        library.documents.add("garanti.txt", WARRANTY.encode())
        assert library.wait(10)
    other = FakeModels()
    other.embedding(FAKE_MODEL).revision = "2"
    with Library.open(tmp_path / "s", models=other) as library:
        turn = library.ask("Hvor længe er batterier dækket?")
        assert turn.notice is not None
        assert turn.notice.code == "model_changed"
        assert all(hit.dense_rank is None for hit in turn.hits)
        library.documents.add("holiday.md", HOLIDAY.encode())
        until(lambda: library.indexer.model_notice)
        assert {d.name: d.state for d in library.documents.all()}["holiday.md"] is State.FINDABLE


def test_a_setting_out_of_range_is_refused(library: Library) -> None:
    with pytest.raises(InvalidSetting):
        library.settings.current().changed(k=0)


def test_an_in_memory_library_leaves_nothing(models: FakeModels) -> None:
    with Library.in_memory(models=models) as library:
        library.documents.add("garanti.txt", WARRANTY.encode())
        assert library.wait(10)
        assert library.ask("Hvor længe er batterier dækket?").answer.answered  # type: ignore[union-attr]
        folder = library.store.files.folder
    assert not folder.exists()


def test_a_selection_is_found_on_its_page_whatever_its_white_space(filled: Library) -> None:
    document = next(d for d in filled.documents.all() if d.name == "garanti.txt")
    place, exact = filled.documents.find_on_page(
        document.sha256, 1, "  Garanti Batterier er\ndækket i  6 måneder. "
    ) or (
        None,
        "",
    )
    assert exact == "Garanti\n\nBatterier er dækket i 6 måneder."
    assert place == Place(document.sha256, 1, 0, len(exact))
    assert filled.documents.find_on_page(document.sha256, 1, "står der ikke") is None
    assert filled.documents.find_on_page(document.sha256, 1, " ") is None
    assert filled.documents.find_on_page(document.sha256, 9, "Garanti") is None
    assert filled.documents.find_on_page("0" * 64, 1, "Garanti") is None
