"""Two things at once: each test brings about one order of events, by a hook where the first one gives way."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rag.core.errors import KildeError
from rag.core.types import Document, Space, State, TurnState
from rag.documents import indexer
from rag.library import Library
from rag.models.embedding.batching import priority_gate
from rag.store.sqlite import SqliteStore
from tests.conftest import FAKE_MODEL, HOLIDAY, WARRANTY, FakeModels, HashingEncoder
from tests.helpers import break_counters, until

OTHER_MODEL = "other/mirrored"
TEXT = b"Precious content that must not be lost."


@pytest.fixture
def quiet(tmp_path: Path, models: FakeModels) -> Iterator[Library]:
    """A library without threads."""
    with Library.open(tmp_path / "quiet", work=False, models=models) as opened:
        yield opened


def work(library: Library) -> None:
    library.work_until_done(lambda _: None)


# a change of space between the embedding of a question and the search -----------------------------------


class Mirrored(HashingEncoder):
    """Another model of the same dimension: what is near in its space is far from there in the other one."""

    @staticmethod
    def _vector(text: str) -> np.ndarray:
        return -HashingEncoder._vector(text)


class Narrow(HashingEncoder):
    """Another model of another dimension."""

    dimension = 32

    @staticmethod
    def _vector(text: str) -> np.ndarray:
        cut = HashingEncoder._vector(text)[:32]
        return cut / np.linalg.norm(cut)


@pytest.mark.parametrize("other", [Mirrored, Narrow])
def test_the_vector_of_a_question_is_never_used_in_another_space(
    quiet: Library, models: FakeModels, other: type[HashingEncoder]
) -> None:
    models.embedding(OTHER_MODEL).encoder_fake = encoder = other()
    quiet.documents.add("garanti.txt", WARRANTY.encode())
    quiet.documents.add("holiday.md", HOLIDAY.encode())
    work(quiet)
    question = "How many days of holiday has an employee?"
    switched = []

    class Switching(HashingEncoder):
        def encode_queries(self, texts: Any) -> np.ndarray:
            vectors = super().encode_queries(texts)
            if texts == [question] and not switched:
                wanted = Space(OTHER_MODEL, "", 0, "", "", 180, 40)
                switched.append(quiet.store.spaces.begin(models.embedding(OTHER_MODEL).describe(wanted)))
                work(quiet)
            return vectors

    models.embedding(FAKE_MODEL).encoder_fake = Switching()
    found = quiet.search(question)
    assert quiet.store.spaces.active() == switched[0]
    assert found.vector is not None
    np.testing.assert_array_equal(found.vector, encoder.encode_queries([question])[0])
    best = max(found.hits, key=lambda hit: hit.dense_score or -1)
    (expected,) = quiet.store.chunks.search(found.vector, [], 1)
    assert (best.document, best.dense_score) == ("holiday.md", pytest.approx(expected.dense_score, abs=1e-6))
    assert expected.dense_score > 0.3


# adding, replacing and deleting -------------------------------------------------------------------------


def at_first_write(store: SqliteStore, monkeypatch: pytest.MonkeyPatch, action: Callable[[], None]) -> None:
    """Let `action` happen right before the next write transaction begins."""
    write = store.database.write
    pending = [action]

    @contextmanager
    def interrupted() -> Iterator[Any]:
        if pending:
            pending.pop()()
        with write() as db:
            yield db

    monkeypatch.setattr(store.database, "write", interrupted)


def test_a_content_deleted_while_it_is_added_again_is_there(quiet: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    first = quiet.documents.add("first.txt", TEXT)
    at_first_write(quiet.store, monkeypatch, lambda: quiet.documents.remove([first.id]))
    second = quiet.documents.add("second.txt", TEXT)
    assert [d.name for d in quiet.documents.all()] == ["second.txt"]
    assert quiet.documents.original(second.id) == TEXT
    work(quiet)
    assert quiet.documents.get(second.id).state is State.READY
    assert quiet.maintenance.verify().problems == ()


def test_a_content_added_while_it_is_deleted_is_there(quiet: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    first = quiet.documents.add("first.txt", TEXT)
    remove_file = quiet.store.files.remove
    added: list[Document | KildeError] = []

    def add_again() -> None:
        try:
            added.append(quiet.documents.add("second.txt", TEXT))
        except KildeError as error:
            added.append(error)

    adding = threading.Thread(target=add_again)

    def remove(sha256: str) -> None:
        adding.start()
        adding.join(0.3)  # where a deletion lets it, it is through by now; else it waits until the file has gone
        remove_file(sha256)

    monkeypatch.setattr(quiet.store.files, "remove", remove)
    quiet.documents.remove([first.id])
    adding.join(20)
    (second,) = added
    assert isinstance(second, Document)
    assert quiet.documents.original(second.id) == TEXT
    assert quiet.maintenance.verify().problems == ()


def test_a_name_refused_leaves_no_file_behind(quiet: Library) -> None:
    quiet.documents.add("a.txt", b"Version one of the text.")
    with pytest.raises(KildeError):
        quiet.documents.add("a.txt", b"Version two of the text.")
    assert quiet.maintenance.verify().problems == ()


def test_what_waits_to_replace_can_itself_be_replaced(quiet: Library) -> None:
    quiet.documents.add("a.txt", b"Version one tells of zebras.")
    work(quiet)
    quiet.documents.add("a.txt", b"Version two tells of lions.", replace=True)
    third = quiet.documents.add("a.txt", b"Version three tells of whales.", replace=True)
    # the one that can be found stays until the last can be
    assert [h.chunk.text for h in quiet.search("version", meaning=False).hits] == ["Version one tells of zebras."]
    work(quiet)
    assert [(d.id, d.state) for d in quiet.documents.all()] == [(third.id, State.READY)]
    assert quiet.documents.original(third.id) == b"Version three tells of whales."
    assert [h.chunk.text for h in quiet.search("version", meaning=False).hits] == ["Version three tells of whales."]
    assert quiet.maintenance.verify().problems == ()


def test_what_failed_to_replace_can_be_replaced(quiet: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    quiet.documents.add("a.txt", b"Version one tells of zebras.")
    work(quiet)
    with monkeypatch.context() as patched:
        break_counters(patched)
        quiet.documents.add("a.txt", b"Version two tells of lions.", replace=True)
        work(quiet)
    assert [d.state for d in quiet.documents.all()] == [State.FAILED, State.READY]
    third = quiet.documents.add("a.txt", b"Version three tells of whales.", replace=True)
    work(quiet)
    assert [(d.id, d.state) for d in quiet.documents.all()] == [(third.id, State.READY)]
    assert quiet.maintenance.verify().problems == ()


def test_what_is_renamed_is_no_longer_replaced(quiet: Library) -> None:
    first = quiet.documents.add("a.txt", b"Version one tells of zebras.")
    work(quiet)
    quiet.documents.add("a.txt", b"Version two tells of lions.", replace=True)
    quiet.documents.rename(first.id, "keep.txt")
    work(quiet)
    assert {d.name: d.state for d in quiet.documents.all()} == {"a.txt": State.READY, "keep.txt": State.READY}


# turns --------------------------------------------------------------------------------------------------


def test_two_askings_at_once_are_two_variants(filled: Library) -> None:
    turn = filled.conversations.start("Hvor længe er batterier dækket?")
    threads = [threading.Thread(target=filled.conversations.ask_again, args=(turn.id,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    variants = filled.conversations.variants(turn.id)
    assert len(set(variants)) == 9
    until(lambda: all(filled.conversations.live(one).turn.state is TurnState.DONE for one in variants))
    answers = {filled.conversations.live(one).turn.answer for one in variants}
    assert len(answers) == 1
    (shown,) = filled.conversations.turns(turn.conversation_id)
    assert shown.turn.id == variants[-1]


def test_turns_cut_off_are_recovered_by_who_wins_the_lock_later(
    tmp_path: Path, models: FakeModels, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(indexer, "IDLE_SECONDS", 0.02)
    monkeypatch.setattr(indexer, "WARM_PAUSE_SECONDS", 0.0)
    indexing = Library.open(tmp_path / "s", work=False, models=models)  # the command line, say
    assert indexing.indexer.acquire()
    cut_off = indexing.conversations.history.begin("Hvor længe er batterier dækket?", None)  # as if killed right after
    with Library.open(tmp_path / "s", models=models) as library:
        assert library.conversations.live(cut_off.id).turn.state is TurnState.RUNNING
        indexing.close()
        kept = until(
            lambda: (now := library.conversations.live(cut_off.id)).turn.state is TurnState.STOPPED and now
        ).turn
        assert kept.notice.code == "interrupted"


def test_the_command_line_takes_no_running_turn_for_one_cut_off(tmp_path: Path, models: FakeModels) -> None:
    with Library.open(tmp_path / "s", work=False, models=models) as library:
        turn = library.conversations.history.begin(
            "Hvor længe er batterier dækket?", None
        )  # another program answers it
        library.documents.add("garanti.txt", WARRANTY.encode())
        work(library)
        assert library.documents.all()[0].state is State.READY
        assert library.conversations.live(turn.id).turn.state is TurnState.RUNNING


def test_a_search_goes_before_indexing(quiet: Library, models: FakeModels) -> None:
    taken: list[int] = []

    class Asking(HashingEncoder):
        def encode_queries(self, texts: Any) -> np.ndarray:
            taken.append(priority_gate._holders)
            return super().encode_queries(texts)

    models.embedding(FAKE_MODEL).encoder_fake = Asking()
    quiet.documents.add("garanti.txt", WARRANTY.encode())
    work(quiet)
    taken.clear()  # this encoder embeds passages the same way
    before = priority_gate._holders
    quiet.search("batterier")
    assert taken == [before + 1]
    assert priority_gate._holders == before
