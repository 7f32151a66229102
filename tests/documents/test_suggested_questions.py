"""Questions made from a document's sentences are grammatical, and shown only where the document answers them."""

from __future__ import annotations

import threading
import time

import pytest

from rag.core.errors import DocumentGone
from rag.core.types import Heading, Page, Span
from rag.documents.suggested_questions import MOST, Suggesting, Suggestion, proposals, tried, turn_into_question
from rag.documents.summary import Candidate, KeySentence
from rag.library import Library


@pytest.mark.parametrize(
    ("sentence", "question"),
    [
        ("Batterier er dækket i 6 måneder.", "Hvor længe er batterier dækket?"),
        ("Garantien gælder i 24 måneder fra købsdatoen.", "Hvor længe gælder garantien?"),
        ("Et eftersyn koster 425 kr. i timen.", "Hvad koster et eftersyn?"),
        ("GOsa² er et værktøj til brugere.", "Hvad er GOsa²?"),
        ("Sitesummary bruges til at holde styr på maskiner.", "Hvad bruges Sitesummary til?"),
        ("Den nye aftale træder i kraft den 1. maj 2026.", None),  # "den nye aftale": hvilken?
        ("Overenskomsten træder i kraft den 1. maj 2026.", "Hvornår træder overenskomsten i kraft?"),
        ("Systemet kræver 3 servere i alt.", "Hvor mange servere kræver systemet?"),
        ("Det er en god idé at vente.", None),
        ("Kompressoren er en del af varmepumpen.", None),
        ("For din skole betyder dette meget.", None),
        ("Apparater, som er købt brugt, er dækket i 6 måneder.", None),
    ],
)
def test_danish_sentences(sentence: str, question: str | None) -> None:
    turned = turn_into_question(sentence, "da", "Vi bruger Sitesummary her.")
    assert (turned and turned[1]) == question


@pytest.mark.parametrize(
    ("sentence", "question"),
    [
        ("Batteries are covered for 6 months.", "How long are batteries covered?"),
        ("Every employee has 25 days of holiday a year.", "How many days of holiday does every employee have?"),
        ("GOsa is a tool for managing users.", "What is GOsa?"),
        ("An inspection costs 80 euros.", "What does an inspection cost?"),
        ("Support was ended on 3 May 2025.", "When was support ended?"),
        ("It is covered for 6 months.", None),
        ("The compressor is the quietest part of it.", None),
        ("Running it as described is a risk.", None),
    ],
)
def test_english_sentences(sentence: str, question: str | None) -> None:
    turned = turn_into_question(sentence, "en", "We asked GOsa for it.")
    assert (turned and turned[1]) == question


def test_headings_come_last_and_braces_in_them_are_data() -> None:
    page = Page(1, "Ferie {x}\nBatterier er dækket i 6 måneder.", None, (Heading(1, "2. Ferie {x} og fravær", 0),))
    sentence = Candidate(KeySentence("Batterier er dækket i 6 måneder.", 1, Span(10, 42)), "da", None)
    found = [one.question for one in proposals([page], [sentence], "da")]
    assert found == ["Hvor længe er batterier dækket?", "Hvad står der om ferie {x} og fravær?"]
    assert proposals([page], [sentence], "de") == []


def test_only_what_is_answered_on_its_page_is_kept() -> None:
    proposed = [Suggestion(str(n), n) for n in range(20)]
    assert [s.page for s in tried(proposed, lambda q: [int(q)] if int(q) % 2 else [99], lambda: False)] == [
        1, 3, 5, 7, 9,
    ]  # fmt: skip
    assert len(tried(proposed, lambda q: [int(q)], lambda: False)) == MOST
    assert tried(proposed, lambda q: [int(q)], lambda: True) == []


def test_what_was_found_is_kept_until_something_changes() -> None:
    asked: list[int] = []
    go = threading.Event()

    def find(document_id: int, stopped: object) -> list[Suggestion]:
        assert go.wait(10)
        asked.append(document_id)
        return [Suggestion("?", document_id)]

    suggesting = Suggesting(find)
    assert suggesting.suggestions(1, "a", 1, True) is None
    assert suggesting.suggestions(1, "a", 1, True) is None  # under way: not begun again
    go.set()
    end = time.monotonic() + 10
    while suggesting.suggestions(1, "a", 1, True) is None:
        assert time.monotonic() < end
        time.sleep(0.01)
    assert suggesting.suggestions(1, "a", 1, True) == [Suggestion("?", 1)]
    # while other documents are being indexed, each batch of which counts, it is not begun again and again
    assert suggesting.suggestions(1, "a", 2, False) == [Suggestion("?", 1)]
    assert asked == [1]
    assert suggesting.suggestions(1, "a", 2, True) is None
    suggesting.stop()
    assert asked == [1, 1]
    assert suggesting.suggestions(2, "a", 2, True) is None  # nothing begins any more
    assert asked == [1, 1]


def test_a_document_deleted_meanwhile_leaves_nothing() -> None:
    def find(document_id: int, stopped: object) -> list[Suggestion]:
        raise DocumentGone

    suggesting = Suggesting(find)
    assert suggesting.suggestions(1, "a", 1, True) is None
    suggesting.stop()
    assert suggesting.suggestions(1, "a", 1, True) == []


def test_the_library_suggests_what_a_document_answers(filled: Library) -> None:
    garanti = next(d for d in filled.documents.all() if d.name == "garanti.txt")
    end = time.monotonic() + 20
    while (found := filled.viewer.suggestions(garanti.id)) is None:
        assert time.monotonic() < end
        time.sleep(0.02)
    assert "Hvor længe er batterier dækket?" in [one.question for one in found]
    assert {one.page for one in found} == {1}
