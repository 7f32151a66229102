"""Does the judge tell questions that the passages answer from others? Signals by hand, and a real store."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import astuple

import numpy as np
import pytest

from benchmarks.question_sets import DATA, available
from rag.answering.answerability import (
    FEWEST_SENTENCES,
    MATCHED,
    RARITIES,
    TYPICAL_MATCH,
    WEIGHTS,
    Question,
    in_english,
    judge,
    matches,
    measure,
)
from rag.core.settings import DEFAULT_EMBEDDING_MODEL
from rag.core.text.sentences import query_stems, stems
from rag.core.types import Hit
from rag.library import Library
from rag.models.embedding.protocol import Passage, Tokens
from tests.conftest import HOLIDAY, WARRANTY, HashingEncoder
from tests.factories import hit

BATTERY = "The warranty for batteries lasts 24 months. It begins on the day of purchase."
GARDEN = "Roses are cut in March. Tulips are planted in the autumn."


def found(text: str, number: int = 1, lexical: float | None = 1.0) -> Hit:
    scores = {"dense_score": 0.85, "dense_rank": number, "lexical_score": lexical, "lexical_rank": number}
    return hit(number, text, document=f"{number}.txt", language="en", **scores)


def rarity(*texts: str) -> Mapping[str, float]:
    return {stem: 6.0 for text in texts for stem in stems(text, "en")}


def asked(text: str, vector: np.ndarray | None = None) -> Question:
    return Question(text, query_stems(text, ["en"]), vector)


def vectors(*cosines: float) -> np.ndarray:
    """(s, 2) float32: sentences with these cosines to (1, 0)."""
    return np.array([[c, np.sqrt(1 - c * c)] for c in cosines], np.float32)


X = np.array([1.0, 0.0], np.float32)


def test_words_that_are_there_speak_for_an_answer() -> None:
    question = asked("Does the warranty for batteries last?")
    known = rarity(question.text)
    there = measure(question, [found(BATTERY)], [], known, {})
    not_there = measure(question, [found(GARDEN)], [], known, {})
    assert there.match is there.ahead is there.sentence is there.outlier is None
    assert there.coverage == pytest.approx(1.0) and there.words == 1.0 and there.together == 1.0
    assert not_there.coverage == not_there.words == not_there.together == not_there.second == 0.0
    with_words = judge(question, [found(BATTERY, lexical=12.0)], [], known, {})
    assert with_words.answers
    assert not judge(question, [found(GARDEN, lexical=None)], [], known, {}).answers


def test_the_sentence_before_counts_with_a_sentence() -> None:
    question = asked("When does the warranty begin?")
    one = measure(question, [found(BATTERY)], [], rarity(question.text), {}).coverage
    apart = "It begins on the day of purchase. Payment is due at once. The warranty lasts."
    assert one == pytest.approx(1.0)
    assert measure(question, [found(apart)], [], rarity(question.text), {}).coverage == pytest.approx(0.5)


def test_a_name_that_is_nowhere_speaks_against() -> None:
    known = rarity("warranty Denmark Sweden")
    assert measure(asked("Which warranty has Sweden?"), [found(BATTERY)], [], known, {}).missing == 1.0
    text = "In Sweden the warranty lasts three years."
    assert measure(asked("Which is Swedens warranty?"), [found(BATTERY), found(text, 2)], [], known, {}).missing == 0.0


def test_a_sentence_that_stands_out_is_seen_and_few_sentences_are_filled_up() -> None:
    question = asked("Does the warranty for batteries last?", X)
    known = rarity(question.text)
    best = measure(question, [found(BATTERY)], [], known, {1: vectors(0.92, 0.80)})
    even = measure(question, [found(BATTERY)], [], known, {1: vectors(0.80, 0.80)})
    assert best.sentence is not None and even.sentence is not None
    assert best.outlier is not None and even.outlier is not None
    assert best.sentence == pytest.approx(1.0 + 5.0 * 0.12, abs=1e-4)
    assert best.outlier > 3.0 > even.outlier
    # the more sentences there are, the less is filled up
    many = [found(GARDEN, n) for n in range(2, FEWEST_SENTENCES)]
    crowd = {1: vectors(0.92, 0.80)} | {h.chunk.id: vectors(0.91, 0.91) for h in many}
    crowded = measure(question, [found(BATTERY)], many, known, crowd)
    assert crowded.outlier is not None and crowded.outlier < 1.0


def test_meaning_alone_counts_less_than_meaning_with_words() -> None:
    question = asked("Does the warranty for batteries last?", X)
    known = rarity(question.text)
    bare = measure(question, [found(GARDEN)], [], known, {1: vectors(0.92, 0.80)})
    worded = measure(question, [found(BATTERY)], [], known, {1: vectors(0.92, 0.80)})
    assert bare.outlier is not None and worded.outlier is not None
    assert bare.outlier == pytest.approx(0.3 * worded.outlier)


def test_a_passage_with_something_for_each_word_matches_best() -> None:
    question = asked("Does the warranty for batteries last?", X)
    known = rarity(question.text)
    both, one, none = matches(
        question, [found(BATTERY), found("The warranty is void.", 2), found(GARDEN, 3)], known, HashingEncoder()
    )
    assert 1.0 >= both > one > none
    # a rare word that is not met costs more than one that says little
    certain = asked("Does warranty?", X)
    (rare,) = matches(certain, [found("Does it?")], known, HashingEncoder())
    (common,) = matches(certain, [found("Warranty.")], known, HashingEncoder())
    assert common > 0.8 > 0.3 > rare


def test_the_best_passage_is_held_against_the_others_and_few_are_filled_up() -> None:
    question = asked("Does the warranty for batteries last?", X)
    alone = measure(question, [found(BATTERY)], [], {}, {}, [0.9])
    assert alone.match == pytest.approx(0.9) and alone.ahead == pytest.approx(0.9 - TYPICAL_MATCH)
    several = measure(question, [found(BATTERY)], [], {}, {}, [0.7, 0.9, 0.8])
    assert several.match == pytest.approx(0.9) and several.ahead == pytest.approx(0.15)


class Counting(HashingEncoder):
    """How many passages were read again."""

    def __init__(self) -> None:
        self.read: list[Passage] = []

    def encode_tokens(self, passages: Sequence[Passage], *, queries: bool = False) -> list[Tokens]:
        self.read += [] if queries else passages
        return super().encode_tokens(passages, queries=queries)


def test_only_the_best_passages_are_read_again_and_only_for_a_known_model() -> None:
    question = asked("Does the warranty for batteries last?", X)
    many = [found(BATTERY, n) for n in range(1, 8)]
    near = {h.chunk.id: vectors(0.95, 0.95) for h in many}
    encoder = Counting()
    known = judge(question, many[:1], many[1:], {}, near, DEFAULT_EMBEDDING_MODEL, encoder)
    assert [passage.text for passage in encoder.read] == [BATTERY] * MATCHED
    assert known.signals.match is not None and known.signals.sentence is not None
    words = judge(Question(question.text, question.stems), many[:1], many[1:], {}, {}, DEFAULT_EMBEDDING_MODEL, encoder)
    unknown = judge(question, many[:1], many[1:], {}, near, "another/model", encoder)
    not_loaded = judge(question, many[:1], many[1:], {}, near, DEFAULT_EMBEDDING_MODEL)
    assert words.probability == unknown.probability == not_loaded.probability != known.probability
    assert len(encoder.read) == MATCHED


def test_what_matches_better_is_likelier_to_be_an_answer() -> None:
    question = asked("Does the warranty for batteries last?", X)
    passages = [found(text, n) for n, text in enumerate((BATTERY, GARDEN, GARDEN), 1)]
    near = {h.chunk.id: vectors(0.8, 0.8) for h in passages}
    there = judge(question, passages, [], rarity(question.text), near, DEFAULT_EMBEDDING_MODEL, HashingEncoder())
    gone = judge(question, passages[1:], [], rarity(question.text), near, DEFAULT_EMBEDDING_MODEL, HashingEncoder())
    assert there.probability > gone.probability


def test_the_threshold_is_that_of_the_questions_language() -> None:
    passages = [found(text, n) for n, text in enumerate((BATTERY, GARDEN, GARDEN), 1)]
    near = {h.chunk.id: vectors(0.9, 0.8) for h in passages}
    weights = WEIGHTS[DEFAULT_EMBEDDING_MODEL]
    assert weights.english < weights.bias and WEIGHTS[""].english == WEIGHTS[""].bias
    for text, english in (
        ("How long does the warranty for the battery last?", True),
        ("Hvor længe gælder garantien for batteriet?", False),
        ("Hvor lenge varer garantien på batteriet?", False),
        ("warranty battery", False),
        ("", False),
    ):
        assert in_english(text) is english
        question = asked(text, X)
        told = judge(question, passages, [], rarity(text), near, DEFAULT_EMBEDDING_MODEL, HashingEncoder())
        values = [value or 0.0 for value in astuple(told.signals)]
        bias = weights.english if english else weights.bias
        logit = bias + sum(w * v for w, v in zip(weights.values, values, strict=True))
        if text:
            assert told.probability == pytest.approx(1 / (1 + math.exp(-logit)))


def test_what_was_found_answered_elsewhere_stands_there() -> None:
    sets = {questions.name: questions for questions in available()}
    entries = [json.loads(line) for line in (DATA / "answered_elsewhere.jsonl").read_text("utf-8").splitlines()]
    assert len({(entry["set"], entry["question"], entry["left_out"]) for entry in entries}) == len(entries) > 0
    for entry in entries:
        questions = sets[entry["set"]]
        asked_of = [q.document for q in questions.questions if q.id == entry["question"]]
        assert entry["left_out"] in asked_of and entry["left_out"] != entry["document"]
        assert entry["quote"] in questions.documents[entry["document"]]


def test_odd_questions_and_no_passages() -> None:
    assert judge(asked("warranty"), [], [], {}, {}).probability == 0.0
    for text in ("", "?", "og", "🙂"):
        signals = measure(asked(text, X), [found(BATTERY)], [], {}, {1: vectors(0.8, 0.8)})
        assert RARITIES[0] <= signals.rarity <= RARITIES[1]
        weighed = judge(
            asked(text, X), [found(BATTERY)], [], {}, {1: vectors(0.8, 0.8)}, DEFAULT_EMBEDDING_MODEL, HashingEncoder()
        )
        assert 0.0 <= weighed.probability <= 1.0
    empty = matches(asked("warranty", X), [found("🙂")], {}, HashingEncoder())
    assert empty == [TYPICAL_MATCH]
    # a chunk whose vectors are fewer than its sentences, as after a change of the splitter
    assert measure(asked("warranty", X), [found(BATTERY)], [], {}, {1: vectors(0.9)}).sentence is not None


def test_the_weights_fit_the_signals() -> None:
    signals = measure(asked("warranty"), [found(BATTERY)], [], {}, {})
    for weights in WEIGHTS.values():
        assert len(weights.values) == len(signals.__slots__)
    assert WEIGHTS[""].values[:4] == (0.0,) * 4
    assert all(weight >= 0 for weight in WEIGHTS[DEFAULT_EMBEDDING_MODEL].values[:4])
    # a name that is missing must never speak for an answer
    missing = list(signals.__slots__).index("missing")
    assert all(weights.values[missing] < 0 for weights in WEIGHTS.values())


def test_a_store_with_two_documents_answers_and_refuses(library: Library) -> None:
    library.documents.add("garanti.txt", WARRANTY.encode())
    library.documents.add("holiday.md", HOLIDAY.encode())
    library.wait()
    told = library.ask("Hvor længe er batteriet dækket af garantien?")
    assert (told.trace.answerability.signals["coverage"] or 0) > 0
    refused = library.ask("Hvem vandt fodboldkampen i Brasilien?")
    assert refused.answer is not None and not refused.answer.answered
    less, more = refused.trace.answerability.probability, told.trace.answerability.probability
    assert less is not None and more is not None and less < min(0.5, more)
