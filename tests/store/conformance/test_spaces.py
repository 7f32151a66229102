"""Spaces: two never mix, and one takes the other's place at once."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rag.core.errors import NotFound
from rag.core.types import Space, State
from rag.store.protocol import Store
from rag.store.values import SpaceProgress
from tests.store.conformance.builders import OTHER_SPACE, SPACE, active, found_by_words, index, put, texts, vector


def test_the_first_space_is_the_active_one(empty: Store) -> None:
    assert empty.spaces.active() is None
    document = empty.documents.accept("a.txt", "text/plain", b"x")
    space = empty.spaces.ensure(SPACE)
    assert space == replace(SPACE, id=space.id)
    assert empty.spaces.ensure(OTHER_SPACE) == empty.spaces.active() == space
    assert [task.document.id for task in empty.queue.tasks(State.WAITING)] == [document.id]


def test_a_space_without_vectors_can_be_bound_to_a_model(store: Store) -> None:
    space_id = active(store).id
    described = Space("model", "r2", 4, "query: ", "passage: ", 100, 10, space_id)
    assert store.spaces.bind(space_id, described) == store.spaces.active() == described
    put(store, "a.txt", "apples")
    assert store.spaces.bind(space_id, replace(described, revision="r3")) == described
    with pytest.raises(NotFound):
        store.spaces.bind(space_id + 1, described)


def test_two_spaces_never_mix(store: Store) -> None:
    document = put(store, "a.txt", "apples are red")
    other = store.spaces.begin(OTHER_SPACE)
    assert store.spaces.building() == other == replace(OTHER_SPACE, id=other.id)
    search = store.chunks.search
    assert texts(search(vector(1, 0, 0, 0), [["appl"]], 10)) == ["apples are red"]
    index(store, document, "apples are purple", space_id=other.id)
    assert texts(search(vector(1, 0, 0, 0), [["appl"]], 10)) == ["apples are red"]
    assert [chunk.text for chunk in store.chunks.of_document(document)] == ["apples are red"]
    assert [exported.chunk.text for exported in store.chunks.export()] == ["apples are red"]
    before = store.generation()
    assert store.spaces.switch().id == other.id
    assert texts(search(vector(1, 0, 0, 0), [["appl"]], 10)) == ["apples are purple"]
    assert [chunk.text for chunk in store.chunks.of_document(document)] == ["apples are purple"]
    assert store.spaces.active() == other
    assert store.spaces.building() is None
    assert store.generation() > before


def test_an_incomplete_space_is_not_switched_to(store: Store) -> None:
    put(store, "a.txt", "apples are red")
    with pytest.raises(NotFound):
        store.spaces.switch()
    store.spaces.begin(OTHER_SPACE)
    with pytest.raises(NotFound):
        store.spaces.switch()
    store.spaces.drop_building()
    assert store.spaces.building() is None
    assert found_by_words(store, "appl") == ["apples are red"]
    store.spaces.drop_building()


def test_a_space_begun_anew_takes_the_place_of_the_unfinished_one(store: Store) -> None:
    document = put(store, "a.txt", "apples are red")
    first = store.spaces.begin(OTHER_SPACE)
    index(store, document, "apples are red", space_id=first.id)
    second = store.spaces.begin(replace(OTHER_SPACE, chunk_size=60))
    assert store.spaces.building() == second
    assert second.id != first.id
    assert [task.space for task in store.queue.tasks(State.WAITING)] == [second]
    assert not store.queue.claim(document, first.id)


def test_every_document_is_queued_for_a_new_space_but_those_that_never_became_findable(store: Store) -> None:
    first = put(store, "a.txt", "apples")
    stopped = store.documents.accept("b.txt", "text/plain", b"x")
    store.queue.stop([stopped.id])
    other = store.spaces.begin(OTHER_SPACE)
    added = store.documents.accept("c.txt", "text/plain", b"y")
    waiting = [task.document.id for task in store.queue.tasks(State.WAITING) if task.space == other]
    assert waiting == [first, added.id]


def test_progress_counts_tasks_pages_and_chunks(store: Store) -> None:
    space_id = active(store).id
    assert store.spaces.progress(space_id) == SpaceProgress()
    put(store, "a.txt", "apples", "pears")
    put(store, "b.txt", "plums", vectors=False)
    failed = store.documents.accept("c.txt", "text/plain", b"x")
    store.queue.set_pages_done(failed.id, space_id, 3, 9)
    assert store.spaces.progress(space_id).pages == 11
    store.queue.set_state(failed.id, space_id, State.FAILED)
    states = {"ready": 1, "findable": 1, "failed": 1}
    assert store.spaces.progress(space_id) == SpaceProgress(
        documents=3, documents_ready=2, pages=2, pages_done=2, chunks=3, chunks_done=2, states=states
    )
