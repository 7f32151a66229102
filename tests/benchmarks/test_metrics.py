from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.metrics import (
    NOT_FOUND,
    difference,
    estimate,
    figures,
    first_right,
    gain_values,
    holds,
    metric_values,
    mrr,
    ndcg,
    percentiles,
    recall,
    recall_values,
    reciprocal_values,
)

RANKS = st.lists(st.integers(0, 60), min_size=1, max_size=40)


@pytest.mark.parametrize(
    ("span", "answer", "expected"),
    [
        ((0, 100), (10, 20), True),
        ((10, 15), (10, 20), True),  # exactly half
        ((10, 14), (10, 20), False),
        ((15, 30), (10, 20), True),
        ((16, 30), (10, 20), False),
        ((20, 30), (10, 20), False),  # touches only
        ((0, 5), (10, 20), False),
        ((0, 2), (0, 3), True),
        ((0, 1), (0, 3), False),
        ((5, 9), (7, 7), True),
        ((5, 6), (7, 7), False),
    ],
)
def test_a_chunk_holds_an_answer_with_half_of_its_characters(
    span: tuple[int, int], answer: tuple[int, int], expected: bool
) -> None:
    assert holds(span, answer) is expected


def test_the_rank_is_that_of_the_first_right_hit() -> None:
    assert first_right([False, True, True]) == 2
    assert first_right([True]) == 1
    assert first_right([False, False]) == NOT_FOUND
    assert first_right([]) == NOT_FOUND


def test_figures_by_hand() -> None:
    ranks = [1, 4, 10, NOT_FOUND, 11, 2]
    assert recall(ranks, 1) == pytest.approx(1 / 6)
    assert recall(ranks, 4) == pytest.approx(3 / 6)
    assert recall(ranks, 10) == pytest.approx(4 / 6)
    assert mrr(ranks) == pytest.approx((1 + 1 / 4 + 1 / 10 + 1 / 2) / 6)
    assert ndcg(ranks) == pytest.approx((1 + 1 / math.log2(5) + 1 / math.log2(11) + 1 / math.log2(3)) / 6)


def test_a_rank_beyond_the_depth_counts_as_not_found() -> None:
    assert reciprocal_values([11, 10]).tolist() == [0.0, 0.1]
    assert gain_values([11])[0] == 0.0
    assert recall_values([11, NOT_FOUND], 10).tolist() == [0.0, 0.0]


@given(RANKS)
def test_metrics_lie_in_0_to_1_and_are_ordered(ranks: list[int]) -> None:
    values = metric_values(ranks)
    assert list(values) == ["r_at_1", "r_at_4", "r_at_10", "mrr", "ndcg_at_10"]
    for one in values.values():
        assert one.shape == (len(ranks),)
        assert ((one >= 0) & (one <= 1)).all()
    assert (values["r_at_1"] <= values["mrr"]).all()
    assert (values["mrr"] <= values["ndcg_at_10"]).all()
    assert (values["ndcg_at_10"] <= values["r_at_10"]).all()


@given(RANKS)
def test_an_interval_holds_its_figure_and_comes_out_the_same_again(ranks: list[int]) -> None:
    values = metric_values(ranks)["mrr"]
    first, again = (estimate(values, resamples=200) for _ in range(2))
    assert first == again
    assert first.low - 1e-12 <= first.value <= first.high + 1e-12


def test_an_interval_is_about_as_wide_as_theory_says() -> None:
    values = np.random.default_rng(3).random(1_000) < 0.8
    found = estimate(values)
    half = 1.96 * math.sqrt(found.value * (1 - found.value) / 1_000)
    assert found.high - found.value == pytest.approx(half, rel=0.15)
    assert found.value - found.low == pytest.approx(half, rel=0.15)


def test_questions_that_share_a_document_make_the_interval_wider() -> None:
    # ten questions for each of a hundred documents, all of them found or none
    ranks = [1 if document % 2 else NOT_FOUND for document in range(100) for _ in range(10)]
    alone = estimate(recall_values(ranks, 1))
    together = estimate(recall_values(ranks, 1), [number // 10 for number in range(1_000)])
    assert alone.value == together.value == 0.5
    # a hundred things drawn rather than a thousand: wider by the root of ten
    assert (together.high - together.low) / (alone.high - alone.low) == pytest.approx(math.sqrt(10), rel=0.15)


def test_documents_with_more_questions_weigh_more() -> None:
    found = estimate([1.0, 1.0, 1.0, 0.0], ["a", "a", "a", "b"])
    assert found.value == 0.75
    assert (found.low, found.high) == (0.0, 1.0)


def test_a_paired_difference_is_surer_than_two_figures() -> None:
    rng = np.random.default_rng(5)
    old = rng.integers(1, 12, 400).tolist()
    new = [max(rank - 1, 1) if number % 5 == 0 else rank for number, rank in enumerate(old)]
    better = difference(new, old)
    assert better["mrr"].value == pytest.approx(mrr(new) - mrr(old))
    assert better["mrr"].low > 0
    # each on its own says nothing yet: the intervals overlap
    assert figures(new)["mrr"].low < figures(old)["mrr"].high
    same = difference(old, old)["mrr"]
    assert (same.value, same.low, same.high) == (0.0, 0.0, 0.0)


def test_a_difference_has_the_sign_of_the_first() -> None:
    worse = difference([2, 2, 2], [1, 1, 1])
    assert worse["r_at_1"].value == -1.0
    assert worse["r_at_4"].value == 0.0


def test_figures_are_rounded_for_json() -> None:
    assert figures([1, 2, 1, 2])["r_at_1"].rounded() == {"value": 0.5, "interval": [0.0, 1.0]}


def test_percentiles_lie_between_neighbours() -> None:
    found = percentiles(list(range(101)), (50, 99, 99.9))
    assert found == {"p50": 50.0, "p99": 99.0, "p99.9": pytest.approx(99.9)}


def test_nothing_has_no_figure() -> None:
    for fails in (lambda: recall([], 1), lambda: estimate([]), lambda: percentiles([])):
        with pytest.raises(ValueError, match="no values"):
            fails()


def test_counts_that_differ_are_refused() -> None:
    with pytest.raises(ValueError, match="cannot be paired"):
        difference([1], [1, 2])
    with pytest.raises(ValueError, match="clusters for 1"):
        estimate([1.0, 0.0], ["a"])
