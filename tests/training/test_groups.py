"""Right and wrong passages out of what a library finds."""

from __future__ import annotations

from rag.library import Library
from training.reader.groups import passages_of
from training.reader.sets import Known, KnownSet

WORDS = ("6 måneder", "Batterier er dækket i 6 måneder.")


def known(**changes: object) -> Known:
    values = {
        "id": "q1",
        "question": "Hvor længe er batterier dækket?",
        "language": "da",
        "kind": "how",
        "files": ("garanti.txt",),
        "document": "garanti.txt",
        "answer": None,
        "support": None,
        "right": lambda text: "6 måneder" in text,
        "words": WORDS,
    }
    return Known(**{**values, **changes})  # type: ignore[arg-type]


def of(library: Library, question: Known) -> list[object]:
    ids = {document.name: document.id for document in library.documents.all()}
    return list(passages_of(library, KnownSet("small", {}, [question], {}), question, ids))


def test_the_right_passage_knows_its_sentence_and_its_short_answer(filled: Library) -> None:
    right, *wrong = of(filled, known())
    assert right.right
    (number,) = right.gold
    start, end = right.sentences[number]
    assert right.text[start:end] == WORDS[1]
    assert right.text[slice(*right.span)] == WORDS[0]
    assert wrong
    assert not any(one.right or one.gold or one.span for one in wrong)


def test_a_passage_that_may_answer_is_no_wrong_one(filled: Library) -> None:
    filled.documents.add("kopi.txt", "Om batterier: Batterier er dækket i 6 måneder, siger sælgeren.".encode())
    assert filled.wait(20)
    _, *wrong = of(filled, known())
    assert wrong
    assert not any("6 måneder" in one.text for one in wrong)


def test_an_unanswerable_question_has_wrong_passages_alone(filled: Library) -> None:
    found = of(filled, known(question="Hvad koster batteriet?", document="", right=lambda text: False, words=("", "")))
    assert found
    assert not any(one.right for one in found)


def test_a_question_whose_answer_was_not_read_is_left_out(filled: Library) -> None:
    assert of(filled, known(words=("9 år", "Batterier er dækket i 9 år."))) == []


def test_a_question_that_names_nothing_is_asked_of_its_own_document_alone(filled: Library) -> None:
    found = of(
        filled, known(question="holiday garanti", alone=True, files=("holiday.md",), document="", words=("", ""))
    )
    assert found
    assert all("months" not in one.text and "måneder" not in one.text for one in found)
