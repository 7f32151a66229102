"""What the figures of a reader are made of."""

from __future__ import annotations

import math

import numpy as np
import pytest

from rag.core.types import Span
from rag.models.reader.reader import Reading
from training.reader.asked import Asked
from training.reader.groups import Candidate
from training.reader.measuring import Read, figures, refusals


def asked(rights: list[bool], *, first: bool = False, answerable: bool = True, chance: float = 0.9) -> Asked:
    passages = tuple(Candidate("Ja. Nej.", "", ((0, 3), (4, 8)), right, (1,) if right else ()) for right in rights)
    return Asked("q", "set", "Hvad?", "da", "how", "a.txt", passages, ("a.txt",) * 2, answerable, first, chance, False)


def reading(relevance: float, *sentences: float) -> Reading:
    return Reading(relevance, sentences, Span(0, 2), 0.5)


def test_the_reader_puts_the_right_passage_and_sentence_first() -> None:
    read = Read(asked([False, True]), [reading(-3, 0, 0), reading(3, -1, 1)])
    assert read.ranked(0.0) == [1, 0]
    assert read.sentence(0.0) == (1, 1)
    found = figures([read])
    assert found["right_first_passage_today"]["value"] == 0
    assert found["right_first_passage_reader"]["value"] == 1
    assert found["first_sentence_today"]["value"] == 0
    assert found["first_sentence_reader"]["value"] == 1


def test_a_passage_that_the_search_puts_first_wins_where_the_reader_is_undecided() -> None:
    read = Read(asked([True, False]), [reading(0.0, 0, 1), reading(0.1, 0, 1)])
    assert read.ranked(0.0) == [1, 0]
    assert read.ranked(1.0) == [0, 1]
    assert read.sentence(1.0) == (0, 1)


def test_a_sentence_that_was_cut_off_is_never_chosen() -> None:
    read = Read(asked([True, False]), [reading(9, -math.inf, -math.inf), reading(-9, 0, -1)])
    assert read.sentence(0.0) == (1, 0)


def test_nothing_found() -> None:
    read = Read(asked([]), [])
    assert read.sentence() is None
    assert figures([read])["right_first_passage_reader"]["value"] == 0
    assert read.chance == -math.inf


def test_refusals_by_hand() -> None:
    answerable = np.array([True] * 4 + [False] * 4)
    assert refusals(np.array([4.0, 5, 6, 7, 0, 1, 2, 3]), answerable) == (1.0, 1.0)
    # one unanswerable question looks better than two of the others, another ties with one
    area, refused = refusals(np.array([4.0, 5, 6, 7, 0, 1, 4, 5.5]), answerable)
    assert area == pytest.approx((16 - 2 - 0.5) / 16, abs=1e-4)
    assert refused == 0.75
    assert refusals(np.zeros(8), answerable)[0] == 0.5
