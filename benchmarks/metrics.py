"""What a list of hits is worth: ranks, recall, MRR, nDCG, percentiles, and how sure one can be of them. Pure.

A question has one thing to be found: the place of its first accepted answer, or, in known-item search, a document. The
rank of a question is the place (from 1) of the first hit that is right, and NOT_FOUND where none is. All figures come
from ranks alone, so that stores with other chunks, and other programs, can be compared:

- R@k: share of the questions with a rank of at most k.
- MRR: mean of 1 / rank; a rank beyond DEPTH counts as not found, for every program has to give ten hits and no more.
- nDCG@10 with binary gains and a single answer: 1 / log2(1 + rank) up to rank 10, so the ideal is 1 (Järvelin and
  Kekäläinen, 2002). A second chunk with the same answer, such as one that overlaps the first, gains nothing: what a
  splitter repeats is not found twice.

Intervals are percentile bootstraps (Efron and Tibshirani, 1993), of 95 %, with 2,000 resamples and a fixed seed. Where
several questions share a document, documents are drawn, and with each all its questions (cluster bootstrap): they are
easy or hard together.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Values = npt.NDArray[np.float64]

NOT_FOUND = 0
DEPTH = 10
RECALLS = (1, 4, 10)
RESAMPLES = 2_000
SEED = 20_240_501
LEVEL = 0.95
LEAST_SHARE = 0.5
"""Of an answer's characters that a chunk has to hold."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure and its 95 % interval."""

    value: float
    low: float
    high: float

    def rounded(self, digits: int = 4) -> dict[str, Any]:
        """As JSON: {"value": ..., "interval": [low, high]}."""
        return {"value": round(self.value, digits), "interval": [round(self.low, digits), round(self.high, digits)]}


def holds(span: tuple[int, int], answer: tuple[int, int], least: float = LEAST_SHARE) -> bool:
    """Whether `span` holds at least `least` of the characters of `answer`; both (start, end) in the same text.

    An empty answer is held by a span that it lies in.
    """
    shared = min(span[1], answer[1]) - max(span[0], answer[0])
    return shared >= least * (answer[1] - answer[0]) and shared >= 0


def first_right(right: Iterable[bool]) -> int:
    """The rank of the first hit that is right. right: for each hit, best first."""
    return next((rank for rank, one in enumerate(right, 1) if one), NOT_FOUND)


def recall_values(ranks: Sequence[int], k: int) -> Values:
    """(n,) 1.0 where the rank is at most k, otherwise 0.0."""
    given = np.asarray(ranks, np.int64)
    values: Values = ((given != NOT_FOUND) & (given <= k)).astype(np.float64)
    return values


def reciprocal_values(ranks: Sequence[int], depth: int = DEPTH) -> Values:
    """(n,) 1 / rank; 0.0 beyond `depth`."""
    values: Values = recall_values(ranks, depth) / np.maximum(np.asarray(ranks, np.int64), 1)
    return values


def gain_values(ranks: Sequence[int], k: int = DEPTH) -> Values:
    """(n,) nDCG@k of a single answer, 1 / log2(1 + rank); 0.0 beyond k."""
    values: Values = recall_values(ranks, k) / np.log2(1 + np.maximum(np.asarray(ranks, np.int64), 1))
    return values


def recall(ranks: Sequence[int], k: int) -> float:
    """R@k. Raises ValueError without ranks."""
    return _mean(recall_values(ranks, k))


def mrr(ranks: Sequence[int], depth: int = DEPTH) -> float:
    """Mean reciprocal rank. Raises ValueError without ranks."""
    return _mean(reciprocal_values(ranks, depth))


def ndcg(ranks: Sequence[int], k: int = DEPTH) -> float:
    """nDCG@k, see the module. Raises ValueError without ranks."""
    return _mean(gain_values(ranks, k))


def metric_values(ranks: Sequence[int]) -> dict[str, Values]:
    """By the name of each metric its value for every question, (n,): r_at_1, r_at_4, r_at_10, mrr, ndcg_at_10."""
    found = {f"r_at_{k}": recall_values(ranks, k) for k in RECALLS}
    return {**found, "mrr": reciprocal_values(ranks), "ndcg_at_10": gain_values(ranks)}


def figures(ranks: Sequence[int], clusters: Sequence[Hashable] | None = None) -> dict[str, Estimate]:
    """By the name of each metric its estimate. clusters: of each question what it shares with others, its document."""
    return {name: estimate(values, clusters) for name, values in metric_values(ranks).items()}


def estimate(
    values: Values | Sequence[float], clusters: Sequence[Hashable] | None = None, resamples: int = RESAMPLES
) -> Estimate:
    """The mean of a value per question with its interval. Raises ValueError without values, or for other counts."""
    given = np.asarray(values, np.float64)
    mean = _mean(given)
    return Estimate(mean, *_interval(_resampled(given, clusters, resamples)))


def difference(
    ours: Sequence[int], theirs: Sequence[int], clusters: Sequence[Hashable] | None = None
) -> dict[str, Estimate]:
    """By metric, how much better `ours` is than `theirs`: ranks of the same questions in the same order (paired).

    An interval without 0 in it tells the two apart. Raises ValueError where the counts differ.
    """
    if len(ours) != len(theirs):
        raise ValueError(f"{len(ours)} questions cannot be paired with {len(theirs)}")
    mine, others = metric_values(ours), metric_values(theirs)
    return {name: estimate(mine[name] - others[name], clusters) for name in mine}


def percentiles(values: Sequence[float], wanted: Sequence[float] = (50, 99)) -> dict[str, float]:
    """{"p50": ..., "p99": ...}, in the unit of `values`, linear between neighbours (numpy's default).

    Raises ValueError without values.
    """
    if not len(values):
        raise ValueError("no values")
    found = np.percentile(np.asarray(values, np.float64), wanted)
    return {f"p{share:g}": float(value) for share, value in zip(wanted, found, strict=True)}


def _resampled(values: Values, clusters: Sequence[Hashable] | None, resamples: int) -> Values:
    """(resamples,) means of values whose clusters were drawn with replacement."""
    if clusters is not None and len(clusters) != len(values):
        raise ValueError(f"{len(values)} values, but clusters for {len(clusters)}")
    numbers: dict[Hashable, int] = {}
    of = np.array([numbers.setdefault(one, len(numbers)) for one in (clusters or range(len(values)))], np.int64)
    sums, counts = np.bincount(of, values), np.bincount(of).astype(np.float64)
    rng = np.random.default_rng(SEED)
    # one resample at a time: all at once would be 2,000 x n numbers
    drawn = (rng.integers(0, len(sums), len(sums)) for _ in range(resamples))
    return np.array([sums[one].sum() / counts[one].sum() for one in drawn])


def _interval(means: Values) -> tuple[float, float]:
    tail = (1 - LEVEL) / 2
    low, high = np.quantile(means, [tail, 1 - tail])
    return float(low), float(high)


def _mean(values: Values) -> float:
    if not len(values):
        raise ValueError("no values")
    return float(values.mean())
