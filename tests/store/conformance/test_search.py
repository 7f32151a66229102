"""Chunks: searched by meaning and by words, shown, embedded and exported."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from rag.core.errors import NotFound
from rag.core.types import Chunk, Page, Parsed, Place, Scope, State
from rag.store.protocol import Store
from rag.store.values import Searchable
from tests.store.conformance.builders import (
    active,
    axis,
    chunks_of,
    embed,
    found_by_words,
    index,
    put,
    texts,
    vector,
)


def test_a_store_says_what_it_can_do(store: Store) -> None:
    assert store.capabilities() <= {"dense", "lexical", "filter", "export"}
    assert store.refusal is None


def test_a_document_is_found_by_its_words_and_by_meaning(store: Store) -> None:
    put(store, "a.txt", "apples are red", "pears are green")
    assert found_by_words(store, "pear") == ["pears are green"]
    near = store.chunks.search(vector(0, 1, 0, 0), [], 1)
    assert texts(near) == ["pears are green"]
    assert near[0].dense_rank == 1
    assert near[0].lexical_rank is None
    assert near[0].dense_score == pytest.approx(vector(0, 1, 0, 0) @ axis(1), abs=1e-6)


def test_words_alone_find_a_document_before_its_vectors_are_there(store: Store) -> None:
    put(store, "a.txt", "apples are red", vectors=False)
    (document,) = store.documents.all()
    assert document.state is State.FINDABLE
    (candidate,) = store.chunks.search(vector(1, 0, 0, 0), [["appl"]], 5)
    assert candidate.dense_score is None
    assert candidate.lexical_rank == 1
    assert (candidate.document, candidate.sha256) == (document.name, document.sha256)


def test_a_chunk_that_only_words_found_has_a_cosine_too(store: Store) -> None:
    put(store, "a.txt", "apples", "pears", "plums")
    candidates = store.chunks.search(vector(1, 0, 0, 0), [["plum"]], 1)
    by_text = {candidate.chunk.text: candidate for candidate in candidates}
    assert by_text["plums"].dense_rank is None
    assert by_text["plums"].dense_score == pytest.approx(vector(1, 0, 0, 0) @ axis(2), abs=1e-6)


def test_each_chunk_is_a_candidate_once_with_both_ranks(store: Store) -> None:
    put(store, "a.txt", "apples", "pears")
    first, second = store.chunks.search(vector(1, 0, 0, 0), [["pear"], ["unknown", "appl"]], 10)
    assert (first.chunk.text, second.chunk.text) == ("apples", "pears")
    assert (first.dense_rank, second.dense_rank) == (1, 2)
    assert {first.lexical_rank, second.lexical_rank} == {1, 2}


def test_at_most_n_of_each_search_are_candidates(store: Store) -> None:
    put(store, "a.txt", *(f"apples {number}" for number in range(8)))
    candidates = store.chunks.search(vector(1, 0, 0, 0), [["appl"]], 2)
    assert sum(candidate.dense_rank is not None for candidate in candidates) == 2
    assert sum(candidate.lexical_rank is not None for candidate in candidates) == 2
    assert store.chunks.search(vector(1, 0, 0, 0), [["appl"]], 0) == []


def test_the_search_can_be_held_to_some_documents(store: Store) -> None:
    put(store, "a.txt", "apples are red")
    second = put(store, "b.txt", "apples are green")
    candidates = store.chunks.search(vector(1, 0, 0, 0), [["appl"]], 10, [second])
    assert {candidate.document for candidate in candidates} == {"b.txt"}
    assert all(candidate.dense_rank == 1 and candidate.lexical_rank == 1 for candidate in candidates)
    assert store.chunks.search(vector(1, 0, 0, 0), [["appl"]], 10, []) == []
    assert store.chunks.search(vector(1, 0, 0, 0), [["appl"]], 10, [second + 1]) == []


def test_the_search_can_be_held_to_a_page(store: Store) -> None:
    document = store.documents.accept("a.txt", "text/plain", b"x")
    space_id = active(store).id
    pages = (Page(1, "apples are red"), Page(2, "apples are green"))
    chunks = [Chunk(place, page.number, 0, len(page.text), page.text) for place, page in enumerate(pages)]
    assert store.queue.claim(document.id, space_id)
    assert store.documents.put(document.id, space_id, Parsed(pages), chunks, "en")
    embed(store, document.id)
    for page in pages:
        candidates = store.chunks.search(vector(1, 0, 0, 0), [["appl"]], 10, [document.id], page=page.number)
        assert texts(candidates) == [page.text]
        assert (candidates[0].dense_rank, candidates[0].lexical_rank) == (1, 1)
    assert store.chunks.search(vector(1, 0, 0, 0), [["appl"]], 10, [document.id], page=3) == []


def test_a_pinned_passage_is_a_candidate_in_any_case(store: Store) -> None:
    put(store, "a.txt", "apples are red", "pears are green")
    document = store.documents.all()[0]
    pears = store.chunks.of_document(document.id)[1]
    place = Place(document.sha256, 1, pears.start, pears.end)
    (first, second) = store.chunks.search(None, [["appl"]], 1, pinned=[place])
    assert (first.chunk.text, second.chunk.text) == ("apples are red", "pears are green")
    assert (second.lexical_rank, second.dense_rank, second.dense_score) == (None, None, None)
    (_, second) = store.chunks.search(vector(1, 0, 0, 0), [], 1, pinned=[place])
    assert second.dense_score == pytest.approx(vector(1, 0, 0, 0) @ axis(1), abs=1e-6)
    # chunks were cut anew since: the one that overlaps most counts
    across = Place(document.sha256, 1, pears.start - 4, pears.end)
    assert texts(store.chunks.search(None, [], 1, pinned=[across, place])) == ["pears are green"]
    assert store.chunks.search(None, [], 1, pinned=[Place(document.sha256, 2, 0, 9), Place("0" * 64, 1, 0, 9)]) == []


def test_a_vector_of_another_space_is_refused(store: Store) -> None:
    put(store, "a.txt", "apples")
    space_id = active(store).id
    assert texts(store.chunks.search(vector(1, 0, 0, 0), [], 5, space_id=space_id)) == ["apples"]
    with pytest.raises(NotFound):
        store.chunks.search(vector(1, 0, 0, 0), [], 5, space_id=space_id + 1)


def test_an_empty_store_finds_nothing(empty: Store) -> None:
    assert empty.chunks.search(vector(1, 0, 0, 0), [["appl"]], 5) == []
    assert empty.chunks.searchable(Scope()) == Searchable(None, None, ())
    assert empty.chunks.rarity(["appl"]) == {"appl": 0.0}
    assert empty.chunks.similar_stems(["appl"], 1, 5) == []
    assert empty.chunks.get([1]) == []
    assert list(empty.chunks.export()) == []
    assert empty.chunks.neighbours([1]) == {}


def test_what_a_search_needs_is_read_at_once(store: Store) -> None:
    first, second = put(store, "a.txt", "apples"), put(store, "b.txt", "pears")
    danish = store.documents.accept("c.txt", "text/plain", b"danish")
    assert store.queue.claim(danish.id, active(store).id)
    assert store.documents.put(danish.id, active(store).id, Parsed((Page(1, "pærer"),)), [], "da")
    document = store.documents.get(first)
    assert document is not None
    assert store.chunks.searchable(Scope()) == Searchable(active(store), None, ("en", "da"))
    narrowed = store.chunks.searchable(Scope((first, second)), [document.sha256])
    assert narrowed.documents == store.documents.in_scope(Scope((first, second)), [document.sha256]) == {second}


def test_rare_words_weigh_more(store: Store) -> None:
    put(store, "a.txt", "apples are red", "apples are green")
    rarity = store.chunks.rarity(["appl", "green", "absent"])
    assert rarity["appl"] < rarity["green"] < rarity["absent"]


def test_similar_stems_are_the_nearest_first_and_then_the_most_common(store: Store) -> None:
    put(store, "a.txt", "temperatur sensor", "temperatur", "temperatus", "tempo", "demperatur")
    similar = store.chunks.similar_stems
    assert similar(["tempratur"], 1, 9) == ["temperatur"]
    assert similar(["tempratur"], 2, 9) == ["temperatur", "temperatus"]
    assert similar(["tempreatur"], 1, 9) == ["temperatur"]  # two letters swapped are one edit
    assert similar(["temperatux"], 1, 9) == ["temperatur", "temperatus"]
    assert similar(["temperatux"], 1, 1) == ["temperatur"]
    assert similar(["tempratur"], 0, 9) == similar(["temp"], 0, 9) == similar([], 2, 9) == []


def test_what_is_in_the_index_itself_is_similar_to_nothing_else(store: Store) -> None:
    put(store, "a.txt", "red barn", "barn", "bar", "bare")
    similar = store.chunks.similar_stems
    assert similar(["barn"], 1, 9) == ["barn"]
    assert similar(["bar", "barn", "bark"], 2, 9) == ["barn", "bar"]
    assert similar(["red barn"], 0, 9) == ["red barn"]
    assert similar(["barn red"], 0, 9) == []


def test_words_of_a_deleted_document_are_no_longer_similar(store: Store) -> None:
    put(store, "a.txt", "temperatur")
    gone = put(store, "b.txt", "stilling")
    store.documents.delete([gone])
    assert store.chunks.similar_stems(["stillinng"], 1, 9) == []
    assert store.chunks.similar_stems(["temperatr"], 1, 9) == ["temperatur"]


# showing


def test_chunks_come_out_as_they_went_in(store: Store) -> None:
    document_id = put(store, "a.txt", "apples", "pears", vectors=False)
    first, second = store.chunks.of_document(document_id)
    assert (first.ordinal, first.text, first.heading_path, first.tokens) == (0, "apples", ("Top",), 3)
    assert (second.ordinal, second.start, second.end, second.language) == (1, 7, 12, "en")
    assert first.document_id == document_id
    assert store.chunks.get([second.id, first.id + 999, first.id]) == [second, first]


def test_neighbours_are_of_the_same_document(store: Store) -> None:
    first = put(store, "a.txt", "a0", "a1", "a2")
    second = put(store, "b.txt", "b0", "b1")
    ids = [chunk.id for document in (first, second) for chunk in store.chunks.of_document(document)]
    neighbours = store.chunks.neighbours(ids)
    expected = [["a1"], ["a0", "a2"], ["a1"], ["b1"], ["b0"]]
    assert [sorted(text for text, _ in neighbours[chunk_id]) for chunk_id in ids] == expected
    assert neighbours[ids[0]] == [("a1", "en")]
    assert store.chunks.neighbours([]) == {}
    assert store.chunks.neighbours([10_000]) == {10_000: []}


def test_a_page_goes_on_behind_a_chunk_as_long_as_the_headings_stay(store: Store) -> None:
    first = put(store, "a.txt", "æ0", "a1", "a2")
    document = store.documents.accept("b.txt", "text/plain", b"b")
    assert store.queue.claim(document.id, active(store).id)
    paths = (("x",), ("x",), ("y",))
    chunks = zip(chunks_of(["b0", "b1", "b2"]), paths, strict=True)
    under = [replace(chunk, heading_path=path) for chunk, path in chunks]
    store.documents.put(document.id, active(store).id, Parsed((Page(1, "b0\nb1\nb2"),)), under, "en")
    ids = [[chunk.id for chunk in store.chunks.of_document(number)] for number in (first, document.id)]
    assert store.chunks.continued(ids[0], 100) == dict(zip(ids[0], ["\na1\na2", "\na2", ""], strict=True))
    assert store.chunks.continued(ids[0][:1], 2) == {ids[0][0]: "\na"}
    assert store.chunks.continued(ids[1], 100) == dict(zip(ids[1], ["\nb1\n", "\n", ""], strict=True))
    assert store.chunks.continued([10_000], 100) == {}


def test_sentence_vectors_are_those_that_were_put(store: Store) -> None:
    document_id = put(store, "a.txt", "apples", "pears", vectors=False)
    first, second = store.chunks.of_document(document_id)
    sentences = np.stack([vector(1, 2, 0, 0), vector(0, 0, 1, 0)])
    store.chunks.put_vectors(active(store).id, [first.id], axis(0)[None], [sentences])
    stored = store.chunks.sentence_vectors([first.id, second.id])
    assert set(stored) == {first.id}
    assert stored[first.id].dtype == np.float32
    np.testing.assert_allclose(stored[first.id], sentences, atol=1e-3)
    assert store.chunks.embedded(document_id) == {first.id}


# embedding


def test_vectors_put_twice_are_kept_once(store: Store) -> None:
    document_id = put(store, "a.txt", "apples", "pears")
    ids = [chunk.id for chunk in store.chunks.of_document(document_id)]
    other = vector(0, 0, 0, 1)[None]
    store.chunks.put_vectors(active(store).id, ids[:1], other, [other])
    best, _ = store.chunks.search(vector(1, 0, 0, 0), [], 10)
    assert best.chunk.text == "apples"
    assert best.dense_score == pytest.approx(vector(1, 0, 0, 0) @ axis(0), abs=1e-6)
    (document,) = store.documents.all()
    assert (document.state, document.chunks, document.chunks_done) == (State.READY, 2, 2)


def test_vectors_of_chunks_that_have_gone_are_passed_over(store: Store) -> None:
    document = put(store, "a.txt", "apples are red", vectors=False)
    (chunk,) = store.chunks.without_vectors(active(store).id, 10, document)
    store.documents.delete([document])
    store.chunks.put_vectors(active(store).id, [chunk.id], vector(1, 0, 0, 0)[None], [vector(1, 0, 0, 0)[None]])
    assert store.chunks.search(vector(1, 0, 0, 0), [], 10) == []


def test_documents_that_lack_the_fewest_vectors_are_embedded_first(store: Store) -> None:
    large = put(store, "large.txt", "apples", "pears", "plums", vectors=False)
    small = put(store, "small.txt", "grapes", vectors=False)
    space_id = active(store).id
    waiting = store.chunks.without_vectors(space_id, 3)
    assert [chunk.text for chunk in waiting] == ["grapes", "apples", "pears"]
    assert [chunk.text for chunk in store.chunks.without_vectors(space_id, 9, large)] == ["apples", "pears", "plums"]
    store.queue.stop([large])
    embed(store, small)
    assert store.chunks.without_vectors(space_id, 9) == []


def test_an_export_has_all_chunks_in_order(store: Store) -> None:
    put(store, "a.txt", "apples", "pears")
    put(store, "b.txt", "plums", vectors=False)
    first, second, third = store.chunks.export()
    assert [exported.chunk.text for exported in (first, second, third)] == ["apples", "pears", "plums"]
    assert first.vector is not None and second.sentences is not None
    np.testing.assert_array_equal(first.vector, axis(0))
    np.testing.assert_array_equal(second.sentences, axis(1)[None].astype(np.float16))
    assert third.vector is third.sentences is None


def test_the_generation_counts_changes_of_what_can_be_searched(store: Store) -> None:
    generations = [store.generation()]
    document = store.documents.accept("a.txt", "text/plain", b"x")
    assert store.generation() == generations[-1], "nothing of it can be found yet"
    index(store, document.id, "apples", vectors=False)
    embed(store, document.id)
    generations.append(store.generation())
    store.queue.requeue([document.id])
    index(store, document.id, "apples are red")
    generations.append(store.generation())
    store.documents.delete([document.id])
    generations.append(store.generation())
    assert generations == sorted(set(generations))
