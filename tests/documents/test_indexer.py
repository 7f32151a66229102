"""The worker when things go wrong: a full disk, a model that cannot be used, stops in the middle, changes of space.

Most tests take its steps themselves, one after the other; those about its threads let it run.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

import rag.documents.loaders
from rag.conversations.history import History
from rag.core.errors import DiskFull, KildeError, ModelUnavailable, StoreError
from rag.core.types import Document, Space, State
from rag.documents import document_reader, indexer
from rag.library import Library
from rag.store.chunks import SqliteChunks
from rag.store.documents import SqliteDocuments
from rag.store.queue import SqliteQueue
from tests.conftest import FAKE_MODEL, HOLIDAY, WARRANTY, FakeModel, FakeModels, HashingEncoder
from tests.helpers import TESTS, break_counters, until

OTHER_MODEL = "other/hashing"


@pytest.fixture
def library(tmp_path: Path, models: FakeModels) -> Iterator[Library]:
    """A library without threads: `steps` does the work."""
    with Library.open(tmp_path / "store", work=False, models=models) as opened:
        assert opened.indexer.acquire()
        yield opened


@pytest.fixture
def filled(library: Library) -> Library:
    library.documents.add("garanti.txt", WARRANTY.encode())
    library.documents.add("holiday.md", HOLIDAY.encode())
    steps(library)
    assert {d.state for d in library.documents.all()} == {State.READY}
    return library


def steps(library: Library, count: int = 6) -> None:
    """What the worker's threads do, in turn and without their pauses; what fails is tried again."""
    for _ in range(count):
        for step in (library.indexer.read_next, library.indexer.embed_next, library.indexer._finish):
            with suppress(KildeError):
                step()


def begin_space(library: Library, *, model: str = FAKE_MODEL, chunk_size: int = 180) -> Space:
    wanted = Space(model, "", 0, "", "", chunk_size, 0)
    return library.store.spaces.begin(library.embedding_models.embedding(model).describe(wanted))


def by_name(library: Library) -> dict[str, Document]:
    return {d.name: d for d in library.documents.all()}


def found(library: Library, question: str) -> set[str]:
    return {hit.document for hit in library.search(question, meaning=False).hits}


def full(*_: Any, **__: Any) -> None:
    raise DiskFull


class Unusable(FakeModel):
    """Its tokenizer is there, the model is not."""

    def encoder_if_ready(self) -> None:
        return None

    def encoder(self) -> Any:
        raise ModelUnavailable(model=self.name, detail="offline")


# a full disk --------------------------------------------------------------------------------------------


def test_a_full_disk_in_a_change_of_space_loses_nothing(filled: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    building = begin_space(filled, chunk_size=64)
    with monkeypatch.context() as patched:
        patched.setattr(SqliteDocuments, "put", full)
        steps(filled, 4)
        assert filled.store.spaces.building() == building
        assert found(filled, "batterier") == {"garanti.txt"}
        assert found(filled, "holiday") == {"holiday.md"}
    steps(filled)
    assert filled.store.spaces.active() == building
    assert {d.state for d in filled.documents.all()} == {State.READY}
    assert found(filled, "batterier") == {"garanti.txt"}
    assert filled.maintenance.verify().problems == ()


@pytest.mark.parametrize("error", [DiskFull, StoreError])
def test_a_document_is_never_left_being_read(
    library: Library, monkeypatch: pytest.MonkeyPatch, error: type[StoreError]
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise error

    library.documents.add("garanti.txt", WARRANTY.encode())
    with monkeypatch.context() as patched:
        patched.setattr(SqliteDocuments, "put", refuse)
        patched.setattr(SqliteQueue, "set_state", refuse)
        steps(library, 2)
        assert library.documents.all()[0].state in (State.WAITING, State.READING)
    steps(library)
    (document,) = library.documents.all()
    assert (document.state, document.notices) == (State.READY, ())


def test_a_failure_that_cannot_be_written_down_is_written_down_later(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    library.documents.add("bad.pdf", b"%PDF-1.7\nnothing of a PDF follows")
    with monkeypatch.context() as patched:
        patched.setattr(SqliteQueue, "set_state", full)
        steps(library, 1)
        assert library.documents.all()[0].state is State.READING
    steps(library, 1)
    (document,) = library.documents.all()
    assert document.state is State.FAILED
    assert [n.code for n in document.notices] == ["damaged_file"]


def test_progress_says_that_the_disk_is_full_until_it_is_no_longer(
    tmp_path: Path, models: FakeModels, monkeypatch: pytest.MonkeyPatch
) -> None:
    room, go_on = threading.Event(), threading.Event()
    batches: list[int] = []
    put_vectors = SqliteChunks.put_vectors

    def put(self: SqliteChunks, *values: Any) -> None:
        if not room.is_set():
            raise DiskFull
        put_vectors(self, *values)
        batches.append(1)

    class Held(HashingEncoder):
        def encode_passages(self, passages: Any, cancelled: Any = None) -> Any:
            assert not batches or go_on.wait(20)
            return super().encode_passages(passages, cancelled)

    models.embedding(FAKE_MODEL).encoder_fake = Held()
    monkeypatch.setattr(SqliteChunks, "put_vectors", put)
    monkeypatch.setattr(indexer, "BATCH", 1)
    with Library.open(tmp_path / "s", models=models) as library:
        library.documents.add("garanti.txt", (WARRANTY * 40).encode())
        fault = until(lambda: library.documents.progress().fault)
        assert fault.code == "disk_full"
        assert library.documents.all()[0].state is State.FINDABLE
        room.set()
        until(lambda: library.documents.progress().fault is None)
        assert library.documents.progress().working  # the first batch is kept, the second is still being made
        go_on.set()
        assert library.wait(20)
        assert library.maintenance.verify().problems == ()


# the threads --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("failing", [(SqliteQueue, "recover"), (History, "running")])
def test_the_reader_survives_a_lock_won_when_the_store_cannot_be_used(
    tmp_path: Path, models: FakeModels, monkeypatch: pytest.MonkeyPatch, failing: tuple[type, str]
) -> None:
    monkeypatch.setattr(indexer, "IDLE_SECONDS", 0.02)
    monkeypatch.setattr(indexer, "WARM_PAUSE_SECONDS", 0.0)
    owner, name = failing
    refused = threading.Event()
    working = getattr(owner, name)

    def once(self: Any, *values: Any) -> Any:
        if not refused.is_set():
            refused.set()
            raise StoreError
        return working(self, *values)

    first = Library.open(tmp_path / "s", work=False, models=models)  # the command line, say
    assert first.indexer.acquire()
    with Library.open(tmp_path / "s", models=models) as second:
        cut_off = second.conversations.history.begin("Hvor længe?", None)
        monkeypatch.setattr(owner, name, once)
        first.close()
        until(refused.is_set)
        second.documents.add("garanti.txt", WARRANTY.encode())
        assert second.wait(20)
        assert second.documents.all()[0].state is State.READY
        assert second.conversations.live(cut_off.id).turn.notice is not None


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> None:
    """Markdown files are read to their end only when the file exists that is named in them."""
    monkeypatch.setenv("PYTHONPATH", str(TESTS))
    monkeypatch.setitem(rag.documents.loaders._TASKS, "text/markdown", "hostile:hold")
    monkeypatch.setattr(document_reader, "PROGRESS_SECONDS", 0.0)
    monkeypatch.setattr(indexer, "WARM_PAUSE_SECONDS", 0.0)


@pytest.mark.usefixtures("held")
def test_a_file_that_takes_long_to_read_delays_no_other(tmp_path: Path, models: FakeModels) -> None:
    release = tmp_path / "release"
    with Library.open(tmp_path / "s", models=models) as library:
        slow = [
            library.documents.add(f"slow-{n}.md", f"{release} nummer{n}".encode()) for n in range(indexer.READERS - 1)
        ]
        until(lambda: all(library.documents.get(one.id).state is State.READING for one in slow))
        small = library.documents.add("small.txt", WARRANTY.encode())
        until(lambda: library.documents.get(small.id).state is State.READY)
        assert found(library, "batterier") == {"small.txt"}
        # each of the others tells by itself how far it is, and can be stopped by itself
        first, last = slow[0], slow[-1]
        until(lambda: library.documents.get(first.id).pages_done == 1)
        assert [library.documents.get(one.id).state for one in slow] == [State.READING] * len(slow)
        library.documents.cancel([first.id])
        assert library.documents.get(first.id).state is State.STOPPED
        release.touch()
        until(lambda: library.documents.get(last.id).state is State.READY)
        assert library.documents.get(first.id).state is State.STOPPED
        assert found(library, "pumpen") == {last.name}
        assert library.maintenance.verify().problems == ()


@pytest.mark.usefixtures("held")
def test_the_smallest_goes_before_large_ones_that_all_readers_but_one_could_take(
    tmp_path: Path, models: FakeModels
) -> None:
    release = tmp_path / "release"
    with Library.open(tmp_path / "s", work=False, models=models) as library:
        for number in range(4):
            library.documents.add(f"slow-{number}.md", f"{release} {'x' * 500} nummer{number}".encode())
        small = library.documents.add("small.txt", WARRANTY.encode())
    with Library.open(tmp_path / "s", models=models) as library:
        until(lambda: library.documents.get(small.id).state is State.READY)
        assert not any(d.state is State.READY for d in library.documents.all() if d.id != small.id)
        release.touch()
        assert library.wait(20)
        assert {d.state for d in library.documents.all()} == {State.READY}


@pytest.mark.usefixtures("held")
def test_files_being_read_when_the_worker_ended_are_read_again(tmp_path: Path, models: FakeModels) -> None:
    release = tmp_path / "release"
    with Library.open(tmp_path / "s", models=models) as library:
        slow = [library.documents.add(f"slow-{n}.md", f"{release} nummer{n}".encode()) for n in range(indexer.READERS)]
        until(lambda: all(library.documents.get(one.id).state is State.READING for one in slow))
    with Library.open(tmp_path / "s", work=False, models=models) as library:
        assert {d.state for d in library.documents.all()} == {State.WAITING}
        for one in slow:  # as a worker that was killed leaves them
            assert library.store.queue.claim(one.id, 1)
    release.touch()
    with Library.open(tmp_path / "s", models=models) as library:
        assert library.wait(20)
        assert {d.state for d in library.documents.all()} == {State.READY}
        chunks = [one for document in slow for one in library.store.chunks.of_document(document.id)]
        assert len(chunks) == len({(one.document_id, one.page, one.start) for one in chunks}) == 2 * len(slow)
        assert library.maintenance.verify().problems == ()


def test_what_is_being_read_is_not_taken_for_left(filled: Library) -> None:
    one, other = (
        filled.documents.add("one.txt", b"Trains are late."),
        filled.documents.add("other.txt", b"Ships are late."),
    )
    task = filled.indexer._claim(False)
    assert task is not None and task.document.id == one.id
    filled.store.queue.claim(other.id, task.space.id)  # nobody is reading this one
    filled.indexer._has_abandoned_tasks = True
    again = filled.indexer._claim(False)
    assert again is not None and again.document.id == other.id
    assert filled.documents.get(one.id).state is State.READING


def test_one_document_is_not_read_for_two_spaces_at_once(filled: Library) -> None:
    filled.documents.add("trains.txt", b"Trains are late today.")
    begin_space(filled, chunk_size=64)
    first = filled.indexer._claim(False)
    assert first is not None and first.document.name == "trains.txt"
    names = set()
    while (task := filled.indexer._claim(False)) is not None:
        names.add(task.document.name)
    assert names == {"garanti.txt", "holiday.md"}


def test_a_document_that_lacks_few_vectors_does_not_wait_behind_one_that_lacks_many(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(indexer, "BATCH", 2)
    large = library.documents.add("large.txt", (WARRANTY * 60).encode())
    small = library.documents.add("small.txt", HOLIDAY.encode())
    while library.indexer.read_next():
        pass
    for _ in range(library.documents.get(small.id).chunks):
        library.indexer.embed_next()
    assert library.documents.get(small.id).state is State.READY
    assert library.documents.get(large.id).state is State.FINDABLE


# read in part -------------------------------------------------------------------------------------------


def test_a_document_read_in_part_is_kept_and_asks_until_it_is_said_to_stay(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(TESTS))
    monkeypatch.setitem(rag.documents.loaders._TASKS, "text/markdown", "hostile:after_two_pages")
    added = library.documents.add("a.md", b"crash")
    steps(library)
    document = library.documents.get(added.id)
    assert (document.state, document.pages) == (State.READY, 2)
    (notice,) = document.notices
    assert notice.asks and notice.values == {"read": 2, "pages": 9}
    assert found(library, "side") == {"a.md"}
    library.documents.accept_partial(added.id)
    (notice,) = library.documents.get(added.id).notices
    assert not notice.asks
    assert "2" in str(notice.values["read"])
    begin_space(library, chunk_size=64)
    steps(library)
    assert [n.asks for n in library.documents.get(added.id).notices] == [False]


# models that cannot be used -----------------------------------------------------------------------------


@pytest.mark.parametrize("reason", ["not there", "exchanged"])
def test_a_new_space_is_built_though_the_old_ones_model_cannot_be_used(
    library: Library, models: FakeModels, reason: str
) -> None:
    library.documents.add("garanti.txt", WARRANTY.encode())
    if reason == "not there":
        models.made[FAKE_MODEL] = Unusable(FAKE_MODEL)
    else:
        steps(library)
        models.embedding(FAKE_MODEL).revision = "2"
    library.documents.add("holiday.md", HOLIDAY.encode())
    steps(library)
    assert by_name(library)["holiday.md"].state is State.FINDABLE
    begin_space(library, model=OTHER_MODEL)
    steps(library)
    active = library.store.spaces.active()
    assert active is not None
    assert active.model == OTHER_MODEL
    assert {d.state for d in library.documents.all()} == {State.READY}
    assert library.maintenance.verify().problems == ()


def test_what_failed_is_tried_again_in_a_new_space(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    library.documents.add("garanti.txt", WARRANTY.encode())
    with monkeypatch.context() as patched:
        break_counters(patched)
        steps(library)
        (failed,) = library.documents.all()
        assert (failed.state, failed.notices[0].code) == (State.FAILED, "model_unavailable")
    begin_space(library, model=OTHER_MODEL)
    steps(library)
    (document,) = library.documents.all()
    assert (document.state, document.notices) == (State.READY, ())


def test_what_failed_in_both_spaces_is_indexed_again_in_both(filled: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    begin_space(filled, chunk_size=64)
    added = filled.documents.add("trains.txt", b"Trains are late today.")
    with monkeypatch.context() as patched:
        break_counters(patched)
        for _ in range(4):  # read only: the change of space is not over yet
            filled.indexer.read_next()
        assert by_name(filled)["trains.txt"].state is State.FAILED
    filled.documents.reindex([d.id for d in filled.documents.all()])
    steps(filled)
    assert filled.store.spaces.building() is None
    assert filled.documents.get(added.id).state is State.READY
    assert found(filled, "trains") == {"trains.txt"}
    assert {d.state for d in filled.documents.all()} == {State.READY}


# stopped, and gone on with ------------------------------------------------------------------------------


def test_a_stopped_document_that_is_findable_stays_so_in_the_next_space(library: Library) -> None:
    library.documents.add("garanti.txt", WARRANTY.encode())
    library.indexer.read_next()
    library.documents.cancel()
    assert library.documents.all()[0].state is State.STOPPED
    assert found(library, "batterier") == {"garanti.txt"}
    building = begin_space(library, chunk_size=64)
    steps(library)
    assert library.store.spaces.active() == building
    assert found(library, "batterier") == {"garanti.txt"}
    assert library.maintenance.verify().problems == ()


@pytest.mark.parametrize("when", ["before the change", "during the change"])
def test_a_document_stopped_before_it_was_read_is_not_read_for_the_next_space(filled: Library, when: str) -> None:
    if when == "during the change":
        begin_space(filled, chunk_size=64)
    added = filled.documents.add("trains.txt", b"Trains are late today.")
    filled.documents.cancel([added.id])
    if when == "before the change":
        begin_space(filled, chunk_size=64)
    steps(filled)
    assert filled.store.spaces.building() is None
    assert filled.documents.get(added.id).state is State.STOPPED
    assert found(filled, "trains") == set()
    filled.documents.reindex([added.id])
    steps(filled)
    assert filled.documents.get(added.id).state is State.READY
    assert found(filled, "trains") == {"trains.txt"}


def test_indexing_again_can_be_stopped_and_taken_up_again(filled: Library) -> None:
    document = by_name(filled)["garanti.txt"]
    for _ in range(2):
        filled.documents.reindex([document.id])
        filled.documents.cancel([document.id])
        assert filled.documents.get(document.id).state is State.STOPPED
        assert found(filled, "batterier") == {"garanti.txt"}
    filled.documents.reindex([document.id])
    steps(filled)
    again = filled.documents.get(document.id)
    assert (again.state, again.chunks, again.pages) == (State.READY, document.chunks, document.pages)
    assert filled.maintenance.verify().problems == ()


def test_indexing_again_without_the_original_keeps_what_there_is(filled: Library) -> None:
    document = by_name(filled)["garanti.txt"]
    filled.store.files.remove(document.sha256)
    filled.documents.reindex([document.id])
    steps(filled)
    assert filled.documents.get(document.id).state is State.READY
    assert found(filled, "batterier") == {"garanti.txt"}
    assert [p.number for p in filled.store.documents.pages(document.id)] == [1]
