"""The queue: in which order documents are indexed, and what a stop, a crash and a second try do."""

from __future__ import annotations

import pytest

from rag.core.types import Notice, Page, Parsed, State
from rag.store.protocol import Store
from tests.store.conformance.builders import OTHER_SPACE, active, chunks_of, embed, found_by_words, index, put


def waiting(store: Store) -> list[str]:
    return [task.document.name for task in store.queue.tasks(State.WAITING)]


def state(store: Store, document_id: int) -> State:
    document = store.documents.get(document_id)
    assert document is not None
    return document.state


@pytest.fixture
def three(store: Store) -> list[int]:
    """Waiting documents of 3 bytes, 2 bytes and 1 byte, in this order."""
    return [store.documents.accept(f"{size}.txt", "text/plain", b"x" * size).id for size in (3, 2, 1)]


def test_documents_wait_in_the_order_in_which_they_came(store: Store, three: list[int]) -> None:
    assert waiting(store) == ["3.txt", "2.txt", "1.txt"]
    smallest = store.queue.tasks(State.WAITING, limit=2, smallest_first=True)
    assert [task.document.name for task in smallest] == ["1.txt", "2.txt"]
    assert store.queue.tasks(State.READY, State.FAILED) == store.queue.tasks() == []


def test_the_active_space_goes_first_and_each_has_its_most(store: Store, three: list[int]) -> None:
    space = active(store)
    other = store.spaces.begin(OTHER_SPACE)
    tasks = store.queue.tasks(State.WAITING, limit=2)
    expected = [(space, "3.txt"), (space, "2.txt"), (other, "3.txt"), (other, "2.txt")]
    assert [(task.space, task.document.name) for task in tasks] == expected


def test_a_document_is_claimed_once(store: Store, three: list[int]) -> None:
    space_id = active(store).id
    assert store.queue.claim(three[1], space_id)
    assert not store.queue.claim(three[1], space_id)
    assert waiting(store) == ["3.txt", "1.txt"]
    (task,) = store.queue.tasks(State.READING)
    assert (task.document.id, task.space.id, task.state) == (three[1], space_id, State.READING)
    assert not store.queue.claim(three[-1] + 1, space_id)


def test_a_failure_is_kept_with_its_notices(store: Store, three: list[int]) -> None:
    notice = Notice("no_text", {"pages": "1-3"})
    assert store.queue.set_state(three[0], active(store).id, State.FAILED, [notice])
    document = store.documents.get(three[0])
    assert document is not None
    assert (document.state, document.notices) == (State.FAILED, (notice,))
    assert not store.queue.set_state(three[-1] + 1, active(store).id, State.FAILED)


def test_pages_read_are_counted(store: Store, three: list[int]) -> None:
    space_id = active(store).id
    assert store.queue.claim(three[0], space_id)
    store.queue.set_pages_done(three[0], space_id, 2, 5)
    document = store.documents.get(three[0])
    assert document is not None
    assert (document.pages_done, document.pages) == (2, 5)


def test_what_a_worker_was_reading_when_it_ended_waits_again(store: Store, three: list[int]) -> None:
    space_id = active(store).id
    for document_id in three[:2]:
        assert store.queue.claim(document_id, space_id)
    store.queue.recover([(three[0], space_id)])
    assert [task.document.name for task in store.queue.tasks(State.READING)] == ["3.txt"]
    store.queue.recover()
    assert waiting(store) == ["3.txt", "2.txt", "1.txt"]


def test_a_stopped_document_stays_findable_and_goes_on_where_it_was(store: Store, three: list[int]) -> None:
    findable = put(store, "a.txt", "apples", vectors=False)
    ready = put(store, "b.txt", "apples")
    store.queue.stop([findable, ready, three[0]])
    assert state(store, findable) is state(store, three[0]) is State.STOPPED
    assert state(store, ready) is State.READY
    assert waiting(store) == ["2.txt", "1.txt"]
    assert len(found_by_words(store, "appl")) == 2
    store.queue.resume([findable, three[0], ready])
    assert state(store, findable) is State.FINDABLE
    assert state(store, three[0]) is State.WAITING
    embed(store, findable)
    assert state(store, findable) is State.READY
    store.queue.stop(None)
    assert waiting(store) == []


def test_a_document_of_which_nothing_is_found_is_stopped_for_the_space_being_built_too(
    store: Store, three: list[int]
) -> None:
    findable = put(store, "a.txt", "apples", vectors=False)
    other = store.spaces.begin(OTHER_SPACE)
    store.queue.stop([findable, three[0]])
    waiting_for_other = [task.document.id for task in store.queue.tasks(State.WAITING) if task.space == other]
    assert waiting_for_other == [three[1], three[2], findable]


def test_a_requeued_document_is_found_as_before_and_read_from_its_original(store: Store) -> None:
    document_id = put(store, "a.txt", "apples")
    store.queue.requeue([document_id])
    assert state(store, document_id) is State.WAITING
    assert store.documents.pages(document_id) == []
    assert found_by_words(store, "appl") == ["apples"]


def test_a_requeued_document_without_original_keeps_its_pages(store: Store) -> None:
    document_id = put(store, "a.txt", "apples")
    document = store.documents.get(document_id)
    assert document is not None
    original = store.documents.original(document.sha256)
    data = original.read_bytes()
    original.unlink()
    store.queue.requeue([document_id])
    assert state(store, document_id) is State.WAITING
    assert store.documents.pages(document_id) == [Page(1, "apples")]
    original.write_bytes(data)


def test_a_requeued_document_waits_for_all_of_its_pages(store: Store) -> None:
    document_id = put(store, "a.txt", "apples")
    store.queue.start_over([document_id])
    assert store.queue.claim(document_id, active(store).id)
    typed = Parsed((Page(1, "apples"),), lacking={1: "part"})
    assert store.documents.put(document_id, active(store).id, typed, chunks_of(["apples"]), "en")
    store.queue.stop([document_id])
    assert store.queue.tasks(State.FINDABLE, lacking=True) == []
    store.queue.resume([document_id])
    assert len(store.queue.tasks(State.FINDABLE, lacking=True)) == 1
    other = store.spaces.begin(OTHER_SPACE)
    assert store.queue.claim(document_id, other.id)
    assert store.documents.put(document_id, other.id, None, chunks_of(["apples"]), "en")
    assert len(store.queue.tasks(State.FINDABLE, lacking=True)) == 2
    store.queue.requeue([document_id])
    assert store.queue.tasks(State.FINDABLE, lacking=True) == [], "its pages are to be read again"
    index(store, document_id, "apples are red")
    assert state(store, document_id) is State.READY


def test_a_document_that_starts_over_is_not_found_meanwhile(store: Store) -> None:
    document_id = put(store, "a.txt", "apples")
    store.queue.start_over([document_id])
    document = store.documents.get(document_id)
    assert document is not None
    assert (document.state, document.chunks, document.chunks_done) == (State.WAITING, 0, 0)
    assert store.chunks.of_document(document_id) == []
    assert found_by_words(store, "appl") == []
    index(store, document_id, "apples")
    assert found_by_words(store, "appl") == ["apples"]


def test_counters_follow_the_rows(store: Store) -> None:
    document_id = put(store, "a.txt", "apples")
    store.queue.set_state(document_id, active(store).id, State.FINDABLE)
    store.queue.recount(document_id, active(store).id)
    assert state(store, document_id) is State.READY


def test_a_partial_document_asks_until_it_is_accepted(store: Store) -> None:
    document = store.documents.accept("a.txt", "text/plain", b"x")
    space_id = active(store).id
    notices = (Notice("limit_met", {"pages": 2}), Notice("ocr_missing"))
    assert store.queue.claim(document.id, space_id)
    assert store.documents.put(document.id, space_id, Parsed((Page(1, "x"),), None, notices), [], "en")
    store.queue.accept_partial(document.id)
    stored = store.documents.get(document.id)
    assert stored is not None
    assert stored.notices == (Notice("limit_met", {"pages": 2, "kept": True}), Notice("ocr_missing"))
    assert not any(notice.asks for notice in stored.notices)
