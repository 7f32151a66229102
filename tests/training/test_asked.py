"""What is kept of a question that the reader is measured on."""

from __future__ import annotations

from rag.library import Library
from tests.training.test_groups import WORDS, known
from training.reader.asked import ask
from training.reader.sets import KnownSet

SET = KnownSet("small", {}, [], {})


def test_right_passages_and_sentences_are_known(filled: Library) -> None:
    asked = ask(filled, SET, known())
    assert asked.answerable
    assert not asked.refused
    assert asked.first
    (right,) = [one for one in asked.passages if one.right]
    assert [right.text[slice(*right.sentences[number])] for number in right.gold] == [WORDS[1]]
    assert len(asked.named) == len(asked.passages)


def test_without_its_document_nothing_is_right(filled: Library) -> None:
    (document,) = [one for one in filled.documents.all() if one.name == "garanti.txt"]
    asked = ask(filled, SET, known(), document.sha256)
    assert not asked.answerable
    assert not asked.first
    assert asked.passages
    assert "garanti.txt" not in asked.named
    assert not any(one.right or one.gold for one in asked.passages)


def test_an_unanswerable_question_has_no_right_passage(filled: Library) -> None:
    asked = ask(filled, SET, known(document="", right=lambda text: False, words=("", "")))
    assert not asked.answerable
    assert not any(one.right for one in asked.passages)
