from __future__ import annotations

from dataclasses import replace

import pytest
from fpdf import FPDF

from rag.errors import NotFound
from rag.library import Library
from rag.page_views import AROUND, page_view
from rag.types import Answer, Citation, Sentence, Turn, TurnState

QUESTION = "Hvor længe er batterier dækket?"
FIRST, SECOND = "Batterier er dækket i 6 måneder.", "Skærmen er dækket i 24 måneder."


def pdf() -> bytes:
    made = FPDF()
    made.set_font("Helvetica", size=14)
    for text in (FIRST, SECOND, "Kontakt os."):
        made.add_page()
        made.multi_cell(0, 8, text)
    return bytes(made.output())


def asked(library: Library, name: str, data: bytes, question: str = QUESTION) -> Turn:
    library.add(name, data)
    assert library.wait(30)
    turn = library.ask(question)
    assert turn.answer is not None
    assert turn.answer.answered
    return turn


def quote_of(turn: Turn) -> Citation:
    assert turn.answer is not None
    return turn.answer.sentences[0].citations[0]


def test_the_passage_and_the_quote_are_marked_on_the_text(library: Library) -> None:
    turn = asked(library, "a.txt", f"{FIRST} {SECOND}\n".encode())
    quote = quote_of(turn)
    view = page_view(library._store, turn, quote.number, None)
    assert (view.name, view.number, view.page, view.pages, view.gone) == ("a.txt", quote.number, 1, 1, False)
    assert view.picture is None
    marked = {(m.kind, view.text[m.span.start : m.span.end]) for m in view.marks}
    assert ("quote", quote.quote) in marked
    assert ("passage", turn.hits[quote.number - 1].chunk.text) in marked
    kinds = [m.kind for m in view.marks]
    assert kinds == sorted(kinds), "quotes are drawn above passages"


def test_of_a_long_text_only_what_is_around_is_shown(library: Library) -> None:
    filler = "Her står noget helt andet om vejret. " * 800
    turn = asked(library, "a.txt", f"{filler}\n\n{FIRST}\n\n{filler}".encode())
    quote = quote_of(turn)
    view = page_view(library._store, turn, quote.number, None)
    assert len(view.text) <= 3 * AROUND
    assert any(m.kind == "quote" and view.text[m.span.start : m.span.end] == quote.quote for m in view.marks)
    assert all(0 <= m.span.start < m.span.end <= len(view.text) for m in view.marks)


def test_a_pdf_page_is_a_picture_with_boxes(library: Library) -> None:
    turn = asked(library, "a.pdf", pdf())
    quote = quote_of(turn)
    view = page_view(library._store, turn, quote.number, None)
    assert (view.page, view.pages) == (1, 3)
    assert view.picture is not None
    assert view.picture.image[:4] in (b"\x89PNG", b"\xff\xd8\xff\xe0")
    assert {m.kind for m in view.marks} == {"passage", "quote"}
    for mark in view.marks:
        assert mark.boxes
        assert all(0 <= b.left < b.right <= 1 and 0 <= b.top < b.bottom <= 0.3 for b in mark.boxes)
        assert FIRST in view.text[mark.span.start : mark.span.end]


def test_another_page_of_the_document_has_the_marks_that_are_its_own(library: Library) -> None:
    turn = asked(library, "a.pdf", pdf())
    number = quote_of(turn).number
    view = page_view(library._store, turn, number, 2)
    assert SECOND in view.text
    assert {m.number for m in view.marks} == {h.rank for h in turn.hits if h.chunk.page == 2}
    assert not any(m.kind == "quote" and FIRST in view.text[m.span.start : m.span.end] for m in view.marks)
    with pytest.raises(NotFound):
        page_view(library._store, turn, number, 4)
    with pytest.raises(NotFound):
        page_view(library._store, turn, number, 0)


def test_a_source_that_the_turn_does_not_have_is_said(library: Library) -> None:
    turn = asked(library, "a.txt", FIRST.encode())
    with pytest.raises(NotFound):
        page_view(library._store, turn, 99, None)


def test_a_renamed_document_is_shown_under_its_name_of_now(library: Library) -> None:
    turn = asked(library, "a.txt", FIRST.encode())
    library.rename(library.documents()[0].id, "b.txt")
    assert page_view(library._store, turn, 1, None).name == "b.txt"


def test_where_the_document_has_gone_the_passage_is_shown_as_it_was(library: Library) -> None:
    turn = asked(library, "a.txt", f"Om garantien i almindelighed.\n\n{FIRST} {SECOND}".encode())
    quote = quote_of(turn)
    library.remove([d.id for d in library.documents()])
    view = page_view(library._store, turn, quote.number, None)
    hit = turn.hits[quote.number - 1]
    assert (view.gone, view.name, view.text) == (True, "a.txt", hit.chunk.text)
    assert any(m.kind == "quote" and view.text[m.span.start : m.span.end] == quote.quote for m in view.marks)
    assert all(m.number == quote.number for m in view.marks)


def test_a_document_of_the_same_name_with_another_content_is_not_shown_instead(library: Library) -> None:
    turn = asked(library, "a.txt", FIRST.encode())
    library.add("a.txt", b"Batterier er ikke omfattet af noget som helst.", replace=True)
    assert library.wait(20)
    view = page_view(library._store, turn, 1, None)
    assert view.gone
    assert FIRST in view.text


def test_quotes_of_a_refusal_are_not_marked(library: Library) -> None:
    turn = asked(library, "a.txt", FIRST.encode())
    assert turn.answer is not None
    refused = replace(turn, answer=Answer(False, "Nej.", (), turn.answer.quotes))
    assert {m.kind for m in page_view(library._store, refused, 1, None).marks} == {"passage"}
    assert {m.kind for m in page_view(library._store, replace(turn, answer=None), 1, None).marks} == {"passage"}


def test_a_quote_that_two_sentences_rest_on_is_marked_once(library: Library) -> None:
    turn = asked(library, "a.txt", FIRST.encode())
    assert turn.answer is not None
    twice = replace(turn.answer, sentences=(*turn.answer.sentences, Sentence("x", (quote_of(turn),))))
    marks = page_view(library._store, replace(turn, answer=twice), 1, None).marks
    assert len([m for m in marks if m.kind == "quote"]) == 1


def test_the_library_finds_the_view_of_a_kept_turn(library: Library) -> None:
    library.add("a.txt", FIRST.encode())
    assert library.wait(20)
    turn = library.start_turn(QUESTION)
    library._running.wait(turn.id, 20)
    assert library.live(turn.id).turn.state is TurnState.DONE
    assert FIRST in library.page_view(turn.id, 1).text
    with pytest.raises(NotFound):
        library.page_view(turn.id + 1, 1)
