"""Documents: accepted, found, renamed, tagged, replaced and deleted."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from rag.core.errors import AlreadyThere, DocumentGone, NameInUse, NameTaken
from rag.core.types import Chunk, Heading, Notice, Page, Parsed, Place, Scope, Span, State
from rag.store.protocol import Store
from tests.store.conformance.builders import (
    OTHER_SPACE,
    active,
    chunks_of,
    embed,
    found_by_meaning,
    found_by_words,
    hash_of,
    index,
    put,
    texts,
    vector,
)


def test_an_accepted_file_is_kept_and_queued(store: Store) -> None:
    document = store.documents.accept("mappe/a.txt", "text/plain", b"x")
    assert (document.name, document.media_type, document.size) == ("mappe/a.txt", "text/plain", 1)
    assert (document.sha256, document.state) == (hash_of(b"x"), State.WAITING)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", document.added)
    assert store.documents.original(document.sha256).read_bytes() == b"x"
    assert store.documents.all() == [document]
    assert store.documents.count() == 1
    assert store.documents.pages(document.id) == []


def test_the_same_content_is_known_by_whatever_name(store: Store) -> None:
    store.documents.accept("a.txt", "text/plain", b"x")
    with pytest.raises(AlreadyThere) as caught:
        store.documents.accept("b.txt", "text/plain", b"x")
    assert caught.value.values == {"name": "a.txt"}
    assert store.documents.count() == 1


def test_an_original_that_was_lost_is_whole_again_when_it_is_added_again(store: Store) -> None:
    document = store.documents.accept("a.txt", "text/plain", b"x")
    store.documents.original(document.sha256).write_bytes(b"damaged")
    with pytest.raises(AlreadyThere):
        store.documents.accept("a.txt", "text/plain", b"x")
    assert store.documents.original(document.sha256).read_bytes() == b"x"


def test_a_name_is_taken_once(store: Store) -> None:
    store.documents.accept("a.txt", "text/plain", b"x")
    with pytest.raises(NameTaken):
        store.documents.accept("a.txt", "text/plain", b"y")
    with pytest.raises(DocumentGone):
        store.documents.original(hash_of(b"y"))


def test_documents_are_listed_newest_first_and_found_by_id_name_and_content(store: Store) -> None:
    first = store.documents.accept("a.txt", "text/plain", b"x")
    second = store.documents.accept("b.txt", "text/plain", b"y")
    assert [document.id for document in store.documents.all()] == [second.id, first.id]
    assert store.documents.get(first.id) == first
    assert store.documents.named("b.txt") == second
    assert store.documents.with_content(first.sha256) == first
    assert store.documents.get(second.id + 1) is None
    assert store.documents.named("c.txt") is None
    assert store.documents.with_content(hash_of(b"z")) is None


def test_pages_come_out_as_they_went_in(store: Store) -> None:
    document = store.documents.accept("a.pdf", "application/pdf", b"x")
    space_id = active(store).id
    pages = (
        Page(1, "Æbler\x00 er røde", "i", (Heading(1, "Frugt", 0),)),
        Page(2, "pears", None, (), ocr=True),
    )
    notice = Notice("limit_met", {"pages": 2})
    assert store.queue.claim(document.id, space_id)
    assert store.documents.put(document.id, space_id, Parsed(pages, "Titel", (notice,)), [], "da")
    assert store.documents.pages(document.id) == list(pages)
    assert store.documents.pages_by_ocr(document.sha256) == {2}
    (stored,) = store.documents.all()
    assert (stored.title, stored.language, stored.pages, stored.notices) == ("Titel", "da", 2, (notice,))
    assert stored.state is State.READY, "there is nothing to embed"


def test_a_document_goes_from_waiting_to_ready(store: Store) -> None:
    document = store.documents.accept("a.txt", "text/plain", b"x")
    index(store, document.id, "apples", "pears", vectors=False)
    (findable,) = store.documents.all()
    assert (findable.state, findable.chunks, findable.chunks_done) == (State.FINDABLE, 2, 0)
    (first, second) = store.chunks.without_vectors(active(store).id, 10)
    for number, chunk in enumerate((first, second), 1):
        row = vector(1, 0, 0, 0)[None]
        store.chunks.put_vectors(active(store).id, [chunk.id], row, [row])
        (document,) = store.documents.all()
        assert document.chunks_done == number
    assert document.state is State.READY


def test_a_document_that_lacks_what_its_pictures_say_is_found_and_gets_it_later(store: Store) -> None:
    document = store.documents.accept("a.pdf", "application/pdf", b"x")
    space, other = active(store), store.spaces.begin(OTHER_SPACE)
    assert store.queue.claim(document.id, space.id)
    typed = Parsed((Page(1, "apples\npears"), Page(2, "")), lacking={2: "picture"})
    assert store.documents.put(document.id, space.id, typed, chunks_of(["apples", "pears"]), "en")
    embed(store, document.id)
    (findable,) = store.documents.all()
    assert (findable.state, findable.chunks_done, findable.lacking) == (State.FINDABLE, 2, {2: "picture"})
    assert (findable.pages_done, findable.pages, store.spaces.progress(space.id).pages_lacking) == (1, 2, 1)
    assert [task.document.id for task in store.queue.tasks(State.FINDABLE, lacking=True)] == [document.id]
    assert store.queue.claim(document.id, other.id)
    assert store.documents.put(document.id, other.id, None, chunks_of(["apples\npears"]), "en")
    embed(store, document.id, other.id)

    whole = Parsed((Page(1, "apples\npears"), Page(2, "plums", ocr=True)))
    plums = Chunk(2, 2, 0, 5, "plums", ("Top",), (Span(0, 5),), 1, "en")
    generation = store.generation()
    assert store.documents.put(document.id, space.id, whole, [*chunks_of(["apples", "pears"]), plums], "en")
    assert store.generation() > generation
    (recognised,) = store.documents.all()
    assert (recognised.state, recognised.chunks, recognised.chunks_done) == (State.FINDABLE, 3, 2)
    assert (recognised.lacking, recognised.pages_done) == ({}, 2)
    assert store.documents.pages(document.id) == list(whole.pages)
    assert found_by_words(store, "plum") == ["plums"]
    hits = store.chunks.search(vector(1, 0, 0, 0), [], 5)
    assert {hit.chunk.text for hit in hits} == {"apples", "pears"}, "they kept their vectors"
    assert [chunk.text for chunk in store.chunks.without_vectors(space.id, 9)] == ["plums"]
    (task,) = store.queue.tasks(State.WAITING)
    assert task.space == other, "it has been cut from the pages as they were"
    assert store.queue.tasks(State.FINDABLE, lacking=True) == []
    embed(store, document.id)
    assert store.documents.all()[0].state is State.READY
    assert not store.documents.put(document.id, space.id, whole, [], "en"), "there is nothing more to come"


# renaming and tagging


def test_a_renamed_document_is_shown_by_its_new_name(store: Store) -> None:
    document = put(store, "a.txt", "apples are red")
    other = put(store, "b.txt", "pears")
    before = store.generation()
    store.documents.rename(document, "c.txt")
    assert [c.document for c in store.chunks.search(None, [["appl"]], 5)] == ["c.txt"]
    assert store.documents.named("a.txt") is None
    assert store.generation() > before
    with pytest.raises(NameInUse):
        store.documents.rename(document, "b.txt")
    with pytest.raises(DocumentGone):
        store.documents.rename(other + 1, "d.txt")


def test_a_renamed_document_is_not_replaced_under_its_old_name(store: Store) -> None:
    old = put(store, "a.txt", "apples are red")
    new = store.documents.accept("a.txt", "text/plain", b"new", replaces=old)
    store.documents.rename(old, "kept.txt")
    index(store, new.id, "apples are blue")
    assert {document.name for document in store.documents.all()} == {"a.txt", "kept.txt"}


def test_tags_are_sorted_counted_and_go_with_their_documents(store: Store) -> None:
    first, second = put(store, "a.txt", "apples"), put(store, "b.txt", "pears")
    store.documents.set_tags([first, second, second + 1], ["løn", "2026"])
    store.documents.set_tags([first], ["løn"], ["2026", "unknown"])
    assert store.documents.tags() == {"2026": 1, "løn": 2}
    assert {d.name: d.tags for d in store.documents.all()} == {"a.txt": ("løn",), "b.txt": ("2026", "løn")}
    store.documents.delete([second])
    assert store.documents.tags() == {"løn": 1}


def test_a_scope_is_documents_or_tags_without_those_excluded(store: Store) -> None:
    first, second, third = (put(store, f"{name}.txt", name) for name in ("apples", "pears", "plums"))
    store.documents.set_tags([second], ["fruit"])
    document = store.documents.get(second)
    assert document is not None
    in_scope = store.documents.in_scope
    assert in_scope(Scope()) is None
    assert in_scope(Scope((first, third + 1))) == {first}
    assert in_scope(Scope(tags=("fruit", "unknown"))) == {second}
    assert in_scope(Scope((first,), ("fruit",))) == {first, second}
    assert in_scope(Scope((first,), ("fruit",)), [document.sha256]) == {first}
    assert in_scope(Scope(), [document.sha256, hash_of(b"unknown")]) == {first, third}
    assert in_scope(Scope((third + 1,))) == set()


# replacing


def test_a_replaced_document_is_found_until_the_new_one_can_be(store: Store) -> None:
    old = put(store, "a.txt", "apples are red")
    store.documents.set_tags([old], ["fruit"])
    new = store.documents.accept("a.txt", "text/plain", b"new", replaces=old)
    assert found_by_words(store, "appl") == ["apples are red"]
    assert store.documents.named("a.txt") == new, "the newest of that name"
    index(store, new.id, "apples are blue")
    assert found_by_words(store, "appl") == ["apples are blue"]
    (document,) = store.documents.all()
    assert (document.id, document.tags) == (new.id, ("fruit",))


def test_a_replacement_that_fails_loses_nothing(store: Store) -> None:
    old = put(store, "a.txt", "apples are red")
    new = store.documents.accept("a.txt", "text/plain", b"new", replaces=old)
    store.queue.set_state(new.id, active(store).id, State.FAILED, [Notice("damaged_file")])
    assert found_by_words(store, "appl") == ["apples are red"]
    assert {d.state for d in store.documents.all()} == {State.READY, State.FAILED}


def test_a_replacement_that_never_became_findable_is_replaced_in_its_turn(store: Store) -> None:
    old = put(store, "a.txt", "apples are red")
    second = store.documents.accept("a.txt", "text/plain", b"second", replaces=old)
    third = store.documents.accept("a.txt", "text/plain", b"third", replaces=second.id)
    assert {document.id for document in store.documents.all()} == {old, third.id}
    assert found_by_words(store, "appl") == ["apples are red"]
    with pytest.raises(DocumentGone):
        store.documents.original(second.sha256)
    index(store, third.id, "apples are blue")
    assert [document.id for document in store.documents.all()] == [third.id]


def test_indexing_again_leaves_no_chunk_twice(store: Store) -> None:
    document = put(store, "a.txt", "apples are red")
    store.queue.requeue([document])
    assert found_by_words(store, "appl") == ["apples are red"]
    index(store, document, "apples are brown")
    assert found_by_words(store, "appl") == ["apples are brown"]
    assert texts(store.chunks.search(vector(1, 0, 0, 0), [], 10)) == ["apples are brown"]


# all or nothing


class Unreadable:
    """A sequence of chunks that breaks off."""

    def __init__(self, chunks: list[Chunk]) -> None:
        self._chunks = chunks

    def __len__(self) -> int:
        return len(self._chunks) + 1

    def __iter__(self) -> Any:
        yield from self._chunks
        raise RuntimeError("broken off")


def test_what_breaks_off_while_it_is_put_changes_nothing(store: Store) -> None:
    old = put(store, "a.txt", "apples are red")
    new = store.documents.accept("a.txt", "text/plain", b"new", replaces=old)
    space_id = active(store).id
    assert store.queue.claim(new.id, space_id)
    before, generation = store.documents.all(), store.generation()
    chunks: Any = Unreadable(chunks_of(["apples are blue"]))
    with pytest.raises(RuntimeError, match="broken off"):
        store.documents.put(new.id, space_id, Parsed((Page(1, "apples are blue"),)), chunks, "en")
    assert (store.documents.all(), store.generation()) == (before, generation)
    assert store.documents.pages(new.id) == []
    assert found_by_words(store, "appl") == ["apples are red"]
    assert found_by_meaning(store) == {"a.txt"}


def test_nothing_is_put_for_a_task_that_was_stopped(store: Store) -> None:
    document = store.documents.accept("a.txt", "text/plain", b"x")
    space_id = active(store).id
    assert store.queue.claim(document.id, space_id)
    store.queue.stop([document.id])
    assert not store.documents.put(document.id, space_id, Parsed((Page(1, "x"),)), [], "en")
    assert store.documents.all()[0].state is State.STOPPED
    assert store.documents.pages(document.id) == []


def test_nothing_is_put_for_a_document_or_space_that_is_gone(store: Store) -> None:
    document = store.documents.accept("a.txt", "text/plain", b"x")
    space_id = active(store).id
    parsed = Parsed((Page(1, "x"),))
    assert not store.documents.put(document.id, space_id + 1, parsed, chunks_of(["x"]), "en")
    store.documents.delete([document.id])
    assert not store.documents.put(document.id, space_id, parsed, chunks_of(["x"]), "en")
    assert found_by_words(store, "x") == []


# deleting


def test_deleted_means_not_findable(store: Store) -> None:
    first = put(store, "a.txt", "apples are red")
    put(store, "b.txt", "apples are green")
    document = store.documents.get(first)
    assert document is not None
    ids = [chunk.id for chunk in store.chunks.of_document(first)]
    place = Place(document.sha256, 1, 0, 5)
    before = store.generation()
    store.documents.delete([first, first, 999])
    assert store.generation() > before
    assert found_by_words(store, "appl") == ["apples are green"]
    found = store.chunks.search(vector(1, 0, 0, 0), [], 10, pinned=[place])
    assert [candidate.document for candidate in found] == ["b.txt"]
    assert [d.name for d in store.documents.all()] == ["b.txt"]
    assert store.documents.get(first) is None
    assert store.documents.pages(first) == []
    assert store.chunks.get(ids) == store.chunks.of_document(first) == []
    assert store.chunks.sentence_vectors(ids) == {}
    assert store.chunks.embedded(first) == set()
    assert [chunk.chunk.text for chunk in store.chunks.export()] == ["apples are green"]
    assert {task.document.name for task in store.queue.tasks(*State)} == {"b.txt"}
    with pytest.raises(DocumentGone):
        store.documents.original(document.sha256)


def test_a_deleted_content_can_be_added_again(store: Store) -> None:
    document = store.documents.accept("a.txt", "text/plain", b"x")
    store.documents.delete([document.id])
    again = store.documents.accept("a.txt", "text/plain", b"x")
    assert again.id != document.id
    assert store.documents.original(again.sha256).read_bytes() == b"x"


def test_many_vectors_join_the_search_and_deletions_hold(store: Store) -> None:
    generator = np.random.default_rng(1)
    document = store.documents.accept("big.txt", "text/plain", b"big")
    index(store, document.id, *(f"word{number}" for number in range(2500)), vectors=False)
    chunks = store.chunks.without_vectors(active(store).id, 5000, document.id)
    matrix = generator.normal(size=(2500, 4)).astype(np.float32)
    matrix /= np.linalg.norm(matrix, axis=1, keepdims=True)
    store.chunks.put_vectors(active(store).id, [c.id for c in chunks], matrix, [row[None] for row in matrix])
    question = matrix[7]
    best = [c.chunk.ordinal for c in store.chunks.search(question, [], 10)]
    assert best == np.argsort(-(matrix @ question), kind="stable")[:10].tolist()
    other = put(store, "small.txt", "small")
    store.documents.delete([document.id])
    assert [c.chunk.document_id for c in store.chunks.search(question, [], 10)] == [other]
