"""What is there when a store is opened again, and what a second one sees that has the same store open."""

from __future__ import annotations

from collections.abc import Callable

from rag.core.types import Scope, State
from rag.store.protocol import Store
from tests.store.conformance.builders import (
    OTHER_SPACE,
    active,
    found_by_meaning,
    found_by_words,
    hash_of,
    index,
    put,
    texts,
    vector,
)

Open = Callable[[], Store]


def test_everything_is_there_after_opening_again(open_store: Open) -> None:
    store = open_store()
    document = put(store, "a.txt", "apples are red")
    store.documents.set_tags([document], ["fruit"])
    store.documents.accept("b.txt", "text/plain", b"waits")
    other = store.spaces.begin(OTHER_SPACE)
    store.save_snapshot()
    documents, generation = store.documents.all(), store.generation()
    store.close()
    again = open_store()
    assert found_by_words(again, "appl") == ["apples are red"]
    assert [c.document for c in again.chunks.search(vector(1, 0, 0, 0), [], 3)] == ["a.txt"]
    assert (again.documents.all(), again.generation()) == (documents, generation)
    assert again.documents.in_scope(Scope(tags=("fruit",))) == {document}
    assert again.documents.original(hash_of(b"waits")).read_bytes() == b"waits"
    assert again.spaces.building() == other
    assert [task.document.name for task in again.queue.tasks(State.WAITING, limit=1)] == ["b.txt", "a.txt"]


def test_what_came_after_the_snapshot_is_found_and_what_went_is_not(open_store: Open) -> None:
    store = open_store()
    first = put(store, "a.txt", "apples")
    put(store, "b.txt", "pears")
    store.save_snapshot()
    store.documents.delete([first])
    put(store, "c.txt", "plums")
    store.close()
    again = open_store()
    assert found_by_meaning(again) == {"b.txt", "c.txt"}


def test_a_switch_of_space_holds(open_store: Open) -> None:
    store = open_store()
    document = put(store, "a.txt", "apples are red")
    store.save_snapshot()
    other = store.spaces.begin(OTHER_SPACE)
    index(store, document, "apples are purple", space_id=other.id)
    store.spaces.switch()
    store.close()
    again = open_store()
    assert active(again) == other
    assert texts(again.chunks.search(vector(1, 0, 0, 0), [["appl"]], 10)) == ["apples are purple"]


def test_two_that_have_one_store_open_see_each_others_changes(open_store: Open) -> None:
    one, two = open_store(), open_store()
    first = put(one, "a.txt", "apples are red")
    assert [c.document for c in two.chunks.search(vector(1, 0, 0, 0), [], 3)] == ["a.txt"]
    put(two, "b.txt", "pears")
    one.documents.delete([first])
    assert [c.document for c in two.chunks.search(vector(1, 0, 0, 0), [], 3)] == ["b.txt"]
    assert [c.document for c in one.chunks.search(vector(1, 0, 0, 0), [], 3)] == ["b.txt"]
    assert one.generation() == two.generation()
