"""How likely a passage is the one looked for."""

from __future__ import annotations

from itertools import pairwise

import pytest

from rag.core.types import Chunk, Hit
from rag.retrieval.relevance import MEASURED, POSSIBLE, STRONG, Level, level, measure, with_relevance


def hits(*scores: float, cosines: tuple[float, ...] = (), coverage: float | None = 0.5) -> list[Hit]:
    return [
        Hit(
            rank,
            Chunk(0, 1, 0, 1, "x", id=rank),
            "a.txt",
            "0" * 64,
            score,
            dense_score=cosines[rank - 1] if cosines else None,
            dense_rank=rank if cosines else None,
            lexical_score=2.0,
            lexical_rank=rank,
            coverage=coverage,
        )
        for rank, score in enumerate(scores, 1)
    ]


def test_signals_say_how_a_passage_stands_among_the_others() -> None:
    first, second, third = measure(hits(0.9, 0.7, 0.2, cosines=(0.9, 0.8, 0.7)))
    assert (first.lead, second.lead, third.lead) == pytest.approx((0.2, -0.2, -0.7))
    assert (first.apart, second.apart, third.apart) == pytest.approx((1.5**0.5, 0.0, -(1.5**0.5)))
    assert (first.by_meaning, second.by_words) == (1.0, 0.5)


def test_a_level_of_cosines_makes_no_difference() -> None:
    low = with_relevance(hits(0.9, 0.7, cosines=(0.3, 0.2)))
    high = with_relevance(hits(0.9, 0.7, cosines=(0.9, 0.8)))
    assert [hit.relevance for hit in low] == pytest.approx([hit.relevance for hit in high])


@pytest.mark.parametrize("cosines", [(), (0.9, 0.85, 0.8)])
def test_what_ranks_higher_by_everything_is_more_likely(cosines: tuple[float, ...]) -> None:
    found = [hit.relevance or 0.0 for hit in with_relevance(hits(0.9, 0.6, 0.3, cosines=cosines))]
    assert all(0.0 < one < 1.0 for one in found)
    assert all(better > worse for better, worse in pairwise(found))


def test_the_words_of_a_question_around_a_passage_make_it_likelier() -> None:
    (with_them,), (without,) = with_relevance(hits(0.6, coverage=1.0)), with_relevance(hits(0.6, coverage=0.0))
    assert (with_them.relevance or 0) > (without.relevance or 0)


def test_one_passage_alone_and_none_at_all_are_judged() -> None:
    assert with_relevance([]) == []
    assert with_relevance(hits(1.0, cosines=(0.9,)))[0].relevance is not None
    assert with_relevance(hits(0.0, coverage=None))[0].relevance is not None


def test_levels_are_ordered_and_so_is_what_was_measured() -> None:
    assert [level(p) for p in (1.0, STRONG, STRONG - 1e-9, POSSIBLE, 0.0)] == [
        Level.STRONG,
        Level.STRONG,
        Level.POSSIBLE,
        Level.POSSIBLE,
        Level.WEAK,
    ]
    assert MEASURED[Level.STRONG] > MEASURED[Level.POSSIBLE] > MEASURED[Level.WEAK]
