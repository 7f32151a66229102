from __future__ import annotations

from dataclasses import replace

import pytest

from rag.core.types import Chunk, Conditions, Hit, Place
from rag.retrieval.fusion import (
    CONTENTS_FACTOR,
    COVERAGE_WEIGHT,
    SPELLING_WEIGHT,
    fuse,
    lists_contents,
    rerank,
    select,
)
from rag.store.values import Candidate


def candidate(
    number: int,
    dense: float | None = None,
    lexical: float | None = None,
    ranks: tuple[int | None, int | None] = (None, None),
) -> Candidate:
    return Candidate(Chunk(0, 1, 0, 1, "x", id=number), f"{number}.txt", "0" * 64, dense, ranks[0], lexical, ranks[1])


def ids(candidates: list[Candidate], weight: float = 0.6) -> list[int]:
    return [hit.chunk.id for hit in fuse(candidates, weight)]


def test_the_score_is_the_convex_combination_of_the_scaled_scores() -> None:
    hits = fuse([candidate(1, 0.9, 2.0), candidate(2, 0.8, 8.0), candidate(3, 0.7)], 0.6)
    assert {hit.chunk.id: round(hit.score, 6) for hit in hits} == {1: 0.6 + 0.4 * 0.25, 2: 0.6 * 0.5 + 0.4, 3: 0.0}
    assert [hit.chunk.id for hit in hits] == [1, 2, 3] if hits[0].score == hits[1].score else [2, 1, 3]


def test_a_hit_carries_both_scores_and_ranks() -> None:
    (hit,) = fuse([candidate(1, 0.9, 2.0, (3, 5))])
    assert (hit.retrieved_rank, hit.dense_score, hit.dense_rank, hit.lexical_score, hit.lexical_rank) == (
        1,
        0.9,
        3,
        2.0,
        5,
    )
    assert (hit.document, hit.sha256, hit.score) == ("1.txt", "0" * 64, 1.0)


def test_third_in_both_can_be_first_of_all() -> None:
    both = candidate(9, 0.89, 9.0)
    dense = [candidate(n, score) for n, score in ((1, 0.90), (2, 0.895), (3, 0.5))]
    lexical = [candidate(n, 0.5, score) for n, score in ((4, 10.0), (5, 9.5))]
    assert ids([*dense, *lexical, both])[0] == 9


@pytest.mark.parametrize(("weight", "first"), [(1.0, 1), (0.0, 2)])
def test_at_its_ends_the_weight_leaves_one_search_alone(weight: float, first: int) -> None:
    assert ids([candidate(1, 0.9, 1.0), candidate(2, 0.1, 9.0)], weight)[0] == first


def test_ties_go_by_chunk_id_whatever_the_order() -> None:
    tied = [candidate(n, 0.5, 1.0) for n in (3, 1, 2)]
    assert ids(tied) == ids(tied[::-1]) == [1, 2, 3]


def test_one_without_a_vector_yet_is_judged_by_its_words() -> None:
    hits = {
        hit.chunk.id: hit for hit in fuse([candidate(1, 0.9, 2.0), candidate(2, None, 8.0), candidate(3, 0.2, 1.0)])
    }
    assert hits[2].score == 1.0
    assert hits[2].dense_score is None


def test_scores_are_shares_and_ranks_have_no_gaps() -> None:
    hits = fuse([candidate(n, -0.2 + n / 10, n % 4 or None) for n in range(1, 12)])
    assert all(0.0 <= hit.score <= 1.0 for hit in hits)
    assert [hit.retrieved_rank for hit in hits] == list(range(1, 12))
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


def test_nothing_gives_nothing() -> None:
    assert fuse([]) == []


@pytest.mark.parametrize("weight", [-0.01, 1.01, float("nan")])
def test_a_weight_is_a_share(weight: float) -> None:
    with pytest.raises(ValueError, match="outside"):
        fuse([candidate(1, 0.5)], weight)


def found(*places: Place) -> list[Hit]:
    return [
        Hit(rank, Chunk(0, page, start, end, "x", id=rank), "d.txt", sha256, 1 / rank, 0.9, rank)
        for rank, (sha256, page, start, end) in enumerate(places, 1)
    ]


A, B, C, D = (Place("a" * 64, 1, n * 100, n * 100 + 80) for n in range(4))


def test_the_best_k_are_used_and_numbered_from_one() -> None:
    selection = select(found(A, B, C), 2, Conditions())
    assert [(hit.number, hit.place, hit.reason) for hit in selection.hits] == [(1, A, ""), (2, B, "")]
    assert [hit.place for hit in selection.others] == [C]
    assert selection.cut == {3: "beyond_k"}


def test_what_is_pinned_takes_the_place_of_the_last_and_keeps_its_order() -> None:
    selection = select(found(A, B, C, D), 2, Conditions(pinned=(D,)))
    assert [(hit.number, hit.place, hit.reason) for hit in selection.hits] == [(1, A, ""), (2, D, "pinned")]
    assert selection.cut == {2: "beyond_k", 3: "beyond_k"}
    assert len(select(found(A, B, C, D), 2, Conditions(pinned=(A, C, D))).hits) == 3


def test_what_is_excluded_is_neither_used_nor_a_near_miss() -> None:
    selection = select(found(A, B, C), 1, Conditions(pinned=(A,), excluded=(A,)))
    assert [hit.place for hit in selection.hits] == [B]
    assert [hit.place for hit in selection.others] == [C]
    assert selection.cut == {1: "excluded", 3: "beyond_k"}


def test_a_pinned_passage_that_was_not_found_makes_no_other_look_better() -> None:
    dense = [candidate(1, 0.9, ranks=(1, None)), candidate(2, 0.8, ranks=(2, None))]
    with_pinned = fuse([*dense, candidate(3, 0.1)])
    assert [(h.chunk.id, h.score) for h in with_pinned[:2]] == [(h.chunk.id, h.score) for h in fuse(dense)]
    assert with_pinned[2].score == 0.0


@pytest.mark.parametrize(
    ("other", "is_same"),
    [
        (A, True),
        (Place("a" * 64, 1, 30, 200), True),
        (Place("a" * 64, 1, 45, 200), False),
        (Place("a" * 64, 2, 0, 80), False),
        (Place("b" * 64, 1, 0, 80), False),
    ],
)
def test_a_passage_cut_anew_is_the_same_where_they_share_most(other: Place, is_same: bool) -> None:
    assert A.overlaps(other) is other.overlaps(A) is is_same


def test_what_stands_in_and_around_a_passage_moves_it_up() -> None:
    hits = fuse([candidate(1, 0.9, 2.0), candidate(2, 0.89, 2.0), candidate(3, 0.5)])
    before = {hit.chunk.id: hit.score for hit in hits}
    rest = 1 - COVERAGE_WEIGHT - SPELLING_WEIGHT
    around = rerank(hits, {1: 0.2, 2: 1.0}, {})
    assert [(hit.chunk.id, hit.retrieved_rank, hit.coverage) for hit in around] == [
        (2, 1, 1.0),
        (1, 2, 0.2),
        (3, 3, None),
    ]
    assert around[0].score == pytest.approx(rest * before[2] + COVERAGE_WEIGHT)
    spelled = rerank(hits, {}, {1: 0.2, 2: 1.0})
    assert [(hit.chunk.id, hit.retrieved_rank, hit.spelling) for hit in spelled] == [
        (2, 1, 1.0),
        (1, 2, 0.2),
        (3, 3, None),
    ]
    assert spelled[0].score == pytest.approx(rest * before[2] + SPELLING_WEIGHT)
    assert all(0.0 <= hit.score <= 1.0 for hit in rerank(hits, {1: 1.0, 2: 1.0}, {1: 1.0, 2: 1.0}))


def test_a_table_of_contents_is_set_back() -> None:
    contents = "3 Garanti\n3.1 Batterier . . . . . . . . . . 12\n3.2 Motor . . . . . . . . 13\nReservedele ........ 14"
    assert lists_contents(contents)
    assert not lists_contents("Garantien dækker batterier ... og motor.\nDen varer to år.\nSe kapitel 3.\nTak.")
    assert not lists_contents("")
    (hit,) = fuse([candidate(1, 0.9, 2.0)])
    listed = replace(hit, chunk=replace(hit.chunk, text=contents))
    assert rerank([listed], {1: 1.0}, {1: 1.0})[0].score == pytest.approx(CONTENTS_FACTOR)


def test_of_passages_that_overlap_one_is_pinned_and_all_are_excluded() -> None:
    whole, tail = Place("a", 1, 0, 100), Place("a", 1, 60, 110)
    pinned = select(found(tail, whole), 2, Conditions(pinned=(whole,)))
    assert [(hit.place, hit.reason) for hit in pinned.hits] == [(tail, ""), (whole, "pinned")]
    assert select(found(tail, whole), 2, Conditions(excluded=(whole,))).hits == ()


def test_a_passage_with_the_clause_or_code_that_was_asked_for_comes_first_and_scores_stay_shares() -> None:
    hits = fuse([candidate(1, 0.9, 2.0), candidate(2, 0.7, 1.0), candidate(3, 0.5)])
    ranked = rerank(hits, {1: 1.0}, {1: 1.0}, {}, {3: 0.5, 2: 1.0})
    assert [hit.chunk.id for hit in ranked] == [2, 1, 3]
    assert all(0.0 <= hit.score <= 1.0 for hit in ranked)


def test_a_table_of_contents_does_not_have_the_clauses_that_it_lists() -> None:
    contents, clause = fuse([candidate(1, 0.9, 2.0), candidate(2, 0.5, 1.0)])
    contents = replace(
        contents, chunk=replace(contents.chunk, text="5.2 Rensning ........ 12\n5.3 Afkalkning ........ 13")
    )
    assert [hit.chunk.id for hit in rerank([contents, clause], {1: 1.0}, {1: 1.0}, {}, {1: 1.0, 2: 1.0})] == [2, 1]
