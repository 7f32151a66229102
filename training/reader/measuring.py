"""What a reader is worth beside what Kilde does without it.

Of questions that are answered: how often a right passage is the first of the ten read, and how often the first sentence
holds the answer. Of the decision to refuse: the area under the curve, and how many unanswerable questions are refused
at 5 % of the others. "blend" orders passages by the reader's relevance and the rank of the search.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.metrics import estimate
from rag.models.reader.reader import Reader, Reading
from training.reader.asked import Asked
from training.reader.states import passage

WRONGLY = 0.05
RANK_WEIGHT = 1.0
"""Of the logarithm of a passage's rank, in the sum with its relevance."""


@dataclass(frozen=True, slots=True)
class Read:
    """A question and what the reader made of its passages."""

    asked: Asked
    readings: list[Reading]

    def ranked(self, rank_weight: float = RANK_WEIGHT) -> list[int]:
        """The passages, best first."""
        scores = [one.relevance - rank_weight * math.log(rank + 1) for rank, one in enumerate(self.readings)]
        return sorted(range(len(scores)), key=lambda at: -scores[at])

    def sentence(self, rank_weight: float = RANK_WEIGHT) -> tuple[int, int] | None:
        """The passage and the sentence in it that is chosen: by the sentence's score and its passage's together."""
        best, chosen = -math.inf, None
        for rank, reading in enumerate(self.readings):
            passage_score = _log_sigmoid(reading.relevance) - rank_weight * math.log(rank + 1)
            for number, score in enumerate(reading.sentences):
                if score + passage_score > best:
                    best, chosen = score + passage_score, (rank, number)
        return chosen

    @property
    def chance(self) -> float:
        """The logit of "a passage answers": that of the best one."""
        return max((one.relevance for one in self.readings), default=-math.inf)


def read_all(reader: Reader, asked: Iterable[Asked]) -> list[Read]:
    """Read the passages of each question."""
    return [Read(one, reader.read(one.question, [passage(p) for p in one.passages])) for one in asked]


def figures(read: Sequence[Read]) -> dict[str, Any]:
    """The figures of a set or of a part of it."""
    answered = [one for one in read if one.asked.answerable]
    shares: dict[str, Callable[[Read], bool]] = {
        "right_first_passage_today": lambda one: _right(one, range(len(one.readings))),
        "right_first_passage_reader": lambda one: _right(one, one.ranked(0.0)),
        "right_first_passage_blend": lambda one: _right(one, one.ranked()),
        "first_sentence_today": lambda one: one.asked.first,
        "first_sentence_reader": lambda one: _gold(one, one.sentence(0.0)),
        "first_sentence_blend": lambda one: _gold(one, one.sentence()),
        "answered_today": lambda one: not one.asked.refused,
    }
    clusters = [one.asked.cluster for one in answered]
    result: dict[str, Any] = {"questions": len(answered), "unanswerable": len(read) - len(answered)}
    if answered:
        for name, share in shares.items():
            result[name] = estimate([float(share(one)) for one in answered], clusters).rounded()
    if answered and len(answered) < len(read):
        labels = np.array([one.asked.answerable for one in read])
        today = np.array([one.asked.chance for one in read])
        result["refused_today"] = round(float(np.mean([o.asked.refused for o in read if not o.asked.answerable])), 4)
        for name, scores in (("today", today), ("reader", np.array([one.chance for one in read]))):
            result[f"auc_{name}"], result[f"refused_at_5_{name}"] = refusals(scores, labels)
    return result


def refusals(scores: np.ndarray, answerable: np.ndarray) -> tuple[float, float]:
    """The area under the curve, and the share of unanswerable questions below what refuses 5 % of the others."""
    order = scores.argsort(kind="stable")
    ranks = np.empty(len(scores))
    ranks[order] = np.arange(1, len(scores) + 1)
    for value in np.unique(scores):  # ties share their mean rank
        same = scores == value
        ranks[same] = ranks[same].mean()
    yes, no = int(answerable.sum()), int((~answerable).sum())
    area = (ranks[answerable].sum() - yes * (yes + 1) / 2) / (yes * no)
    threshold = np.quantile(scores[answerable], WRONGLY)
    return round(float(area), 4), round(float((scores[~answerable] < threshold).mean()), 4)


def table(read: Sequence[Read]) -> dict[str, Any]:
    """Figures of all, and by language and kind where there are several."""
    result: dict[str, Any] = {"all": figures(read)}
    for name in ("language", "kind"):
        values = sorted({getattr(one.asked, name) for one in read})
        if len(values) > 1:
            result[name] = {v: figures([one for one in read if getattr(one.asked, name) == v]) for v in values}
    return result


def _right(one: Read, order: Sequence[int]) -> bool:
    return bool(order) and one.asked.passages[order[0]].right


def _gold(one: Read, chosen: tuple[int, int] | None) -> bool:
    return chosen is not None and chosen[1] in one.asked.passages[chosen[0]].gold


def _log_sigmoid(logit: float) -> float:
    return -math.log1p(math.exp(-abs(logit))) + min(0.0, logit)
