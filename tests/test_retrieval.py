from __future__ import annotations

import pytest

from rag.retrieval import fuse
from rag.store.protocol import Candidate
from rag.types import Chunk


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
    assert (hit.rank, hit.dense_score, hit.dense_rank, hit.lexical_score, hit.lexical_rank) == (1, 0.9, 3, 2.0, 5)
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
    assert [hit.rank for hit in hits] == list(range(1, 12))
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


def test_nothing_gives_nothing() -> None:
    assert fuse([]) == []


@pytest.mark.parametrize("weight", [-0.01, 1.01, float("nan")])
def test_a_weight_is_a_share(weight: float) -> None:
    with pytest.raises(ValueError, match="outside"):
        fuse([candidate(1, 0.5)], weight)
