"""Does the judge tell questions that the passages answer from others? Signals by hand, and a real store."""

from __future__ import annotations

import json
from dataclasses import astuple, fields, replace

import numpy as np
import pytest

from benchmarks.question_sets import DATA, available
from rag.answering.answerability import (
    FEWEST_SENTENCES,
    MODELS,
    POSSIBLE,
    STRONG,
    Confidence,
    Signals,
    confidence,
    judge,
    measure,
)
from rag.core.text.sentences import query_stems, stems
from rag.core.types import Hit, Span
from rag.generation.quoting import Choice, Known, choose
from rag.library import Library
from rag.models.reader.reader import Reading
from rag.store.values import Question
from tests.conftest import HOLIDAY, WARRANTY
from tests.factories import hit

BATTERY = "The warranty for batteries lasts 24 months. It begins on the day of purchase."
GARDEN = "Roses are cut in March. Tulips are planted in the autumn."


def found(text: str, number: int = 1, name: str = "") -> Hit:
    return hit(number, text, document=name or f"{number}.txt", language="en")


def rarity(*texts: str) -> dict[str, float]:
    return {stem: 6.0 for text in texts for stem in stems(text, "en")}


def asked(text: str, vector: np.ndarray | None = None) -> Question:
    return Question(text, query_stems(text, ["en"]), vector)


def first(question: Question, *hits: Hit, known: Known = Known()) -> Choice:  # noqa: B008
    return choose(question, hits, known)[0]


def signals(question: Question, *hits: Hit, known: Known = Known()) -> Signals:  # noqa: B008
    return measure(question, first(question, *hits, known=known), hits, [], rarity(question.text), known)


def vectors(*cosines: float) -> np.ndarray:
    """(s, 2) float32: sentences with these cosines to (1, 0)."""
    return np.array([[c, np.sqrt(1 - c * c)] for c in cosines], np.float32)


X = np.array([1.0, 0.0], np.float32)
QUESTION = "For how long does the warranty for batteries last?"


def test_words_that_are_there_speak_for_an_answer() -> None:
    there, not_there = signals(asked(QUESTION), found(BATTERY)), signals(asked(QUESTION), found(GARDEN))
    assert there.stands == there.words == 0.75  # all but "long"
    assert not_there.stands == not_there.words == 0.0
    assert there.outlier is there.best is there.relevance is there.sentence is None
    known = rarity(QUESTION)
    for text, answers in ((BATTERY, True), (GARDEN, False)):
        passage = found(text)
        made = judge(asked(QUESTION), first(asked(QUESTION), passage), [passage], [], known, Known())
        assert made.answers is answers
        assert (made.chance > 0.5) is answers


def test_words_that_a_quote_stands_under_count() -> None:
    question = asked("Warranty for batteries?")
    bare = found("It lasts 24 months.")
    assert signals(question, bare).stands == 0.0
    headed = replace(bare, chunk=replace(bare.chunk, heading_path=("Warranty", "Batteries")))
    assert signals(question, headed).stands == 1.0
    assert signals(question, replace(bare, document="Warranty of batteries.txt")).stands == 1.0


def test_a_name_that_is_nowhere_speaks_against() -> None:
    question = asked("How long is the warranty by Larsen and Hansen?")
    assert signals(question, found("The warranty lasts 24 months.")).missing == 2.0
    assert signals(question, found("The warranty by Larsen lasts 24 months.")).missing == 1.0
    assert signals(question, found("The warranty lasts 24 months.", name="Larsen and Hansen.txt")).missing == 0.0


def test_a_thing_of_the_kind_that_is_asked_for_speaks_for_an_answer() -> None:
    assert signals(asked(QUESTION), found(BATTERY)).holds == 1.0
    assert signals(asked(QUESTION), found("The warranty for batteries is long.")).holds == -1.0


def test_what_is_clearly_ahead_has_a_greater_share() -> None:
    clear = signals(asked(QUESTION), found(f"{BATTERY} {GARDEN}"))
    doubtful = signals(asked(QUESTION), found("The warranty lasts 24 months. The warranty lasts 12 months."))
    assert doubtful.share < clear.share <= 0.0


def test_a_sentence_that_stands_out_is_seen_and_few_sentences_are_filled_up() -> None:
    question = asked(QUESTION, X)
    near, far = (signals(question, found(BATTERY), known=Known({1: vectors(c, 0.8)})) for c in (0.95, 0.8))
    assert near.outlier is not None and far.outlier is not None and near.outlier > 3.0 > far.outlier
    many = found(" ".join(f"Sentence {n}." for n in range(FEWEST_SENTENCES + 5)))
    spread = Known({1: vectors(*np.linspace(0.7, 0.9, FEWEST_SENTENCES + 5))})
    assert signals(question, many, known=spread).outlier == pytest.approx(1.69, abs=0.1)


def test_the_reader_is_heard_of_the_quotes_passage_and_of_the_best_one() -> None:
    question = asked(QUESTION, X)
    passages = found(BATTERY), found(GARDEN, 2)
    readings = {
        1: Reading(3.0, (2.0, -1.0), Span(0, 5), 0.5),
        2: Reading(4.0, (-5.0, -5.0), Span(0, 5), 0.5),
    }
    known = Known({1: vectors(0.9, 0.8), 2: vectors(0.8, 0.8)}, readings=readings)
    made = signals(question, *passages, known=known)
    assert (made.best, made.relevance, made.sentence, made.leads) == (4.0, 3.0, 2.0, 1.0)


def test_what_the_reader_finds_better_is_likelier_to_be_an_answer() -> None:
    question, passage = asked(QUESTION, X), found(BATTERY)
    chances = []
    for logit in (-4.0, 0.0, 4.0):
        known = Known({1: vectors(0.9, 0.8)}, readings={1: Reading(logit, (logit, -5.0), Span(0, 5), 0.5)})
        made = judge(question, first(question, passage, known=known), [passage], [], rarity(QUESTION), known)
        chances.append((made.probability, made.chance))
    assert chances == sorted(chances) and chances[0] < chances[-1]


def test_nothing_to_quote_is_no_answer() -> None:
    made = judge(asked(QUESTION), None, [], [], {}, Known())
    assert not made.answers and made.chance == 0.0


@pytest.mark.parametrize("text", ["", "?", "æøå", "  ", "a" * 2_000])
def test_odd_questions_are_judged_all_the_same(text: str) -> None:
    passage = found(BATTERY)
    made = judge(asked(text), first(asked(text), passage), [passage], [], {}, Known())
    assert 0.0 <= made.probability <= 1.0 and 0.0 <= made.chance <= 1.0


def test_the_levels_are_those_of_the_chance() -> None:
    assert [confidence(chance) for chance in (STRONG, STRONG - 0.01, POSSIBLE, POSSIBLE - 0.01)] == [
        Confidence.STRONG,
        Confidence.POSSIBLE,
        Confidence.POSSIBLE,
        Confidence.CLOSEST,
    ]


def test_what_is_missing_has_no_weight() -> None:
    names = [field.name for field in fields(Signals)]
    for way, missing in (("vectors", ("best", "relevance", "sentence")), ("words", ("outlier", "best", "sentence"))):
        for weights in (MODELS[way].answers, MODELS[way].first):
            by_name = dict(zip(names, astuple(weights.signals), strict=True))
            assert [by_name[name] for name in missing] == [0.0] * len(missing)


def test_a_missing_name_never_speaks_for_an_answer() -> None:
    assert all(of.signals.missing < 0 for models in MODELS.values() for of in (models.answers, models.first))


def test_what_was_found_answered_elsewhere_stands_there() -> None:
    sets = {questions.name: questions for questions in available()}
    entries = [json.loads(line) for line in (DATA / "answered_elsewhere.jsonl").read_text("utf-8").splitlines()]
    assert len({(entry["set"], entry["question"], entry["left_out"]) for entry in entries}) == len(entries) > 0
    for entry in entries:
        questions = sets[entry["set"]]
        asked_of = [q.document for q in questions.questions if q.id == entry["question"]]
        assert entry["left_out"] in asked_of and entry["left_out"] != entry["document"]
        assert entry["quote"] in questions.documents[entry["document"]]


def test_a_store_with_two_documents_answers_and_refuses(library: Library) -> None:
    library.documents.add("warranty.txt", WARRANTY.encode())
    library.documents.add("holiday.txt", HOLIDAY.encode())
    library.wait()
    there, nowhere = library.ask("Hvor længe er batterier dækket?"), library.ask("Hvad koster en elefant i Zürich?")
    assert there.answer is not None and there.answer.answered
    assert nowhere.answer is not None and not nowhere.answer.answered
    assert there.trace.answerability.chance is not None and nowhere.trace.answerability.chance is not None
    assert there.trace.answerability.chance > nowhere.trace.answerability.chance
