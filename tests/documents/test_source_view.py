from __future__ import annotations

from dataclasses import replace

import pytest
from fpdf import FPDF

from rag.core.errors import NotFound
from rag.core.types import Answer, Chunk, Citation, Document, Hit, Sentence, Turn, TurnState
from rag.documents.source_view import AROUND, WIDTH, page_view
from rag.library import Library

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
    library.documents.add(name, data)
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
    view = page_view(library.store.documents, turn, quote.number, None)
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
    view = page_view(library.store.documents, turn, quote.number, None)
    assert len(view.text) <= 3 * AROUND
    assert view.cut_before and view.cut_after
    assert any(m.kind == "quote" and view.text[m.span.start : m.span.end] == quote.quote for m in view.marks)
    assert all(0 <= m.span.start < m.span.end <= len(view.text) for m in view.marks)


def test_a_pdf_page_is_a_picture_with_boxes(library: Library) -> None:
    turn = asked(library, "a.pdf", pdf())
    quote = quote_of(turn)
    view = page_view(library.store.documents, turn, quote.number, None)
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
    view = page_view(library.store.documents, turn, number, 2)
    assert SECOND in view.text
    assert {m.number for m in view.marks} == {h.number for h in turn.hits if h.chunk.page == 2}
    assert not any(m.kind == "quote" and FIRST in view.text[m.span.start : m.span.end] for m in view.marks)
    with pytest.raises(NotFound):
        page_view(library.store.documents, turn, number, 4)
    with pytest.raises(NotFound):
        page_view(library.store.documents, turn, number, 0)


def test_a_source_that_the_turn_does_not_have_is_said(library: Library) -> None:
    turn = asked(library, "a.txt", FIRST.encode())
    with pytest.raises(NotFound):
        page_view(library.store.documents, turn, 99, None)


def test_a_renamed_document_is_shown_under_its_name_of_now(library: Library) -> None:
    turn = asked(library, "a.txt", FIRST.encode())
    library.documents.rename(library.documents.all()[0].id, "b.txt")
    assert page_view(library.store.documents, turn, 1, None).name == "b.txt"


def test_where_the_document_has_gone_the_passage_is_shown_as_it_was(library: Library) -> None:
    turn = asked(library, "a.txt", f"Om garantien i almindelighed.\n\n{FIRST} {SECOND}".encode())
    quote = quote_of(turn)
    library.documents.remove([d.id for d in library.documents.all()])
    view = page_view(library.store.documents, turn, quote.number, None)
    hit = turn.hits[quote.number - 1]
    assert (view.gone, view.state, view.name, view.text) == (True, "gone", "a.txt", hit.chunk.text)
    assert any(m.kind == "quote" and view.text[m.span.start : m.span.end] == quote.quote for m in view.marks)
    assert all(m.number == quote.number for m in view.marks)


def test_a_document_of_the_same_name_with_another_content_is_not_shown_instead(library: Library) -> None:
    turn = asked(library, "a.txt", FIRST.encode())
    library.documents.add("a.txt", b"Batterier er ikke omfattet af noget som helst.", replace=True)
    assert library.wait(20)
    view = page_view(library.store.documents, turn, 1, None)
    assert view.gone
    assert view.state == "changed"
    assert FIRST in view.text


def test_quotes_of_a_refusal_are_not_marked(library: Library) -> None:
    turn = asked(library, "a.txt", FIRST.encode())
    assert turn.answer is not None
    refused = replace(turn, answer=Answer(False, "Nej.", (), turn.answer.quotes))
    assert {m.kind for m in page_view(library.store.documents, refused, 1, None).marks} == {"passage"}
    assert {m.kind for m in page_view(library.store.documents, replace(turn, answer=None), 1, None).marks} == {
        "passage"
    }


def test_a_quote_that_two_sentences_rest_on_is_marked_once(library: Library) -> None:
    turn = asked(library, "a.txt", FIRST.encode())
    assert turn.answer is not None
    twice = replace(turn.answer, sentences=(*turn.answer.sentences, Sentence("x", (quote_of(turn),))))
    marks = page_view(library.store.documents, replace(turn, answer=twice), 1, None).marks
    assert len([m for m in marks if m.kind == "quote"]) == 1


def test_the_library_finds_the_view_of_a_kept_turn(library: Library) -> None:
    library.documents.add("a.txt", FIRST.encode())
    assert library.wait(20)
    turn = library.conversations.start(QUESTION)
    library.conversations.wait(turn.id, 20)
    assert library.conversations.live(turn.id).turn.state is TurnState.DONE
    assert FIRST in library.conversations.source_view(turn.id, 1).text
    with pytest.raises(NotFound):
        library.conversations.source_view(turn.id + 1, 1)


def cited(library: Library, document: Document, *places: tuple[int, str], answered: bool = True) -> Turn:
    """A turn that cites each text on its page; sources are numbered in the order of `places`."""
    pages = {page.number: page.text for page in library.store.documents.pages(document.id)}
    hits, sentences = [], []
    for number, (page, quote) in enumerate(places, start=1):
        start = pages[page].index(quote)
        chunk = Chunk(number, page, start, start + len(quote), quote)
        hits.append(Hit(number, chunk, document.name, document.sha256, 1.0, number=number))
        citation = Citation(number, document.name, document.sha256, page, start, start + len(quote), quote)
        sentences.append(Sentence(quote, (citation,)))
    answer = Answer(answered, "", tuple(sentences), tuple(sentences))
    return Turn(1, 1, 1, "?", "2026-01-01T00:00:00Z", TurnState.DONE, answer=answer, hits=tuple(hits))


def added(library: Library, *pages: str) -> Document:
    made = FPDF()
    made.set_font("Helvetica", size=14)
    for text in pages:
        made.add_page()
        made.multi_cell(0, 8, text)
    document = library.documents.add("a.pdf", bytes(made.output()))
    assert library.wait(30)
    return document


def test_the_pages_that_are_cited(library: Library) -> None:
    document = added(library, FIRST, SECOND, f"{FIRST} {SECOND}", "Kontakt os.")
    turn = cited(library, document, (3, FIRST), (1, FIRST), (3, SECOND), (4, "Kontakt os."))
    assert page_view(library.store.documents, turn, 2, 2).citations == {1: (2,), 3: (1, 3), 4: (4,)}
    refused = replace(turn, answer=Answer(False, "Nej."))
    assert page_view(library.store.documents, refused, 2, None).citations == {1: (2,)}, "a refusal cites nothing"
    picture = page_view(library.store.documents, turn, 1, None).picture
    assert picture is not None
    assert picture.width == WIDTH
    assert picture.words


@pytest.mark.parametrize(
    ("first", "second", "goes_on"),
    [
        pytest.param("Batterier er dækket i", "seks måneder. Og mere.", True, id="in the middle"),
        pytest.param("Det følger af over-", "enskomsten om batterier.", True, id="in a word"),
        pytest.param("Batterier er dækket.", "seks måneder er længe.", False, id="the sentence ends"),
        pytest.param("Det hedder »garanti.«", "men ikke altid.", False, id="ends in quotation marks"),
        pytest.param("Batterier er dækket i", "Kapitel 3", False, id="something else follows"),
    ],
)
@pytest.mark.parametrize("running", [False, True])
def test_a_sentence_that_goes_on_overleaf(
    library: Library, first: str, second: str, goes_on: bool, running: bool
) -> None:
    def page(number: int, body: str) -> str:
        return f"Garanti 2026\n\n{body}\n\nSide {number} af 3" if running else body

    document = added(library, page(1, f"Om garanti. {first}"), page(2, second), page(3, "Kontakt os."))
    turn = cited(library, document, (1, first))
    view = page_view(library.store.documents, turn, 1, None)
    assert (view.continues, view.continued) == (2 if goes_on else None, None)
    over = page_view(library.store.documents, turn, 1, 2)
    assert (over.continues, over.continued) == (None, 1 if goes_on else None)
    assert over.marks == (), "what was not cited is not marked"
    assert page_view(library.store.documents, turn, 1, 3).continued is None
    elsewhere = cited(library, document, (1, "Om garanti."))
    assert page_view(library.store.documents, elsewhere, 1, None).continues is None, (
        "it is another sentence that goes on"
    )


def test_a_text_of_some_pages_is_shown_whole_with_the_marks_of_all_sources(library: Library) -> None:
    filler = "Her står noget helt andet om vejret. " * 600
    document = library.documents.add("a.txt", f"{FIRST}\n\n{filler}\n\n{SECOND}".encode())
    assert library.wait(60)
    view = page_view(library.store.documents, cited(library, document, (1, FIRST), (1, SECOND)), 1, None)
    assert not view.cut_before and not view.cut_after
    quotes = {m.number: view.text[m.span.start : m.span.end] for m in view.marks if m.kind == "quote"}
    assert quotes == {1: FIRST, 2: SECOND}


def test_a_page_whose_text_is_not_what_the_picture_says_has_no_boxes(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = added(library, FIRST)
    turn = cited(library, document, (1, FIRST))
    pages = [replace(page, text=f"Læst med OCR: {page.text}") for page in library.store.documents.pages(document.id)]
    monkeypatch.setattr(library.store.documents, "pages", lambda document_id: pages)
    view = page_view(library.store.documents, turn, 1, None)
    assert view.picture is not None
    assert not view.picture.exact
    assert [m.boxes for m in view.marks] == [(), ()]
