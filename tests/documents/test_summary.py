"""The overview: whole sentences, verbatim, of each section those most like it, no two alike."""

from __future__ import annotations

import numpy as np
import pytest

from rag.core.types import Chunk, Heading, Page, Span
from rag.documents.summary import RANGES, candidates, is_prose, leans, outermost, overview

ABOUT = "The boiler heats the water of the whole house."
AGAIN = "The boiler heats all the water of the house."
ALSO = "Its tank of 200 litres is emptied once a year."
ASIDE = "Postcards are sold at the desk near the entrance."
FILLER = "The boiler is looked after by the people who live in the house it stands in."


def vector(*values: float) -> np.ndarray:
    array = np.array(values, np.float32)
    return array / np.linalg.norm(array)


def document(*sections: tuple[str, list[str]]) -> tuple[list[Page], list[Chunk]]:
    """One page for each section: its title, and its sentences on lines of their own; one chunk for each page."""
    pages, chunks = [], []
    for number, (title, sentences) in enumerate(sections, 1):
        text = "\n".join([title, *sentences]) if title else "\n".join(sentences)
        spans = []
        for sentence in sentences:
            start = text.index(sentence)
            spans.append(Span(start, start + len(sentence)))
        headings = (Heading(1, title, 0),) if title else ()
        pages.append(Page(number, text, None, headings))
        chunks.append(Chunk(number - 1, number, 0, len(text), text, (title,) if title else (), tuple(spans), id=number))
    return pages, chunks


def test_the_sentences_most_like_their_section_are_chosen_and_no_two_alike() -> None:
    pages, chunks = document(("Heating", [ABOUT, AGAIN, ALSO, ASIDE, FILLER]), ("Shop", [ASIDE]))
    rows = [vector(1, 0.1, 0), vector(1, 0.11, 0), vector(0.8, 0.75, 0), vector(0, 0.1, 1), vector(0.9, 0.3, 0.2)]
    found = overview(pages, chunks, {1: np.stack(rows), 2: np.stack([vector(0, 0, 1)])})
    assert found.by_meaning
    heating = found.sections[0]
    texts = [sentence.text for sentence in heating.sentences]
    assert heating.title == "Heating" and (heating.page, heating.last_page) == (1, 1)
    assert ASIDE not in texts
    assert not {ABOUT, AGAIN} <= set(texts)
    # what is said twice in a document is shown where it stands first, if at all
    assert [section.title for section in found.sections] == ["Heating"]


def test_every_sentence_stands_on_its_page_as_it_is_shown() -> None:
    pages, chunks = document(("Heating", [ABOUT, ALSO, FILLER]), ("Shop", [ASIDE]))
    found = overview(pages, chunks, {})
    shown = [sentence for section in found.sections for sentence in section.sentences]
    assert shown
    for sentence in shown:
        assert pages[sentence.page - 1].text[slice(*sentence.span)] == sentence.text


def test_without_vectors_words_choose_and_it_is_said() -> None:
    pages, chunks = document(("Heating", [ABOUT, AGAIN, ALSO, FILLER]), ("Shop", [ASIDE]))
    found = overview(pages, chunks, {1: np.stack([vector(1, 0)] * 4)})  # page 2 has none yet
    assert not found.by_meaning
    assert [section.title for section in found.sections] == ["Heating", "Shop"]


def test_sections_are_those_of_the_outermost_level_that_divides() -> None:
    heads = (Heading(1, "Manual", 0), Heading(2, "Use", 10), Heading(3, "Daily", 20), Heading(2, "Care", 30))
    page = Page(1, "x" * 50, None, heads)
    assert [heading.title for _, heading in outermost([page])] == ["Manual", "Use", "Care"]
    assert outermost([Page(1, "x")]) == []


def test_without_headings_the_pages_are_divided_evenly() -> None:
    words = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven"]
    sections = [
        ("", [f"Page number {n} tells of the {words[n % 11]} {'a' * (1 + n // 11)} things."]) for n in range(40)
    ]
    found = overview(*document(*sections), {})
    assert 1 < len(found.sections) <= RANGES
    assert found.sections[0].page == 1 and found.sections[-1].last_page == 40
    assert all(a.last_page < b.page for a, b in zip(found.sections, found.sections[1:], strict=False))


@pytest.mark.parametrize(
    "text",
    [
        "Garanti ............ 12",
        "3.2 Installation af serveren",
        "Se mere på https://www.debian.org om det hele.",
        "og dermed er det hele slut for denne gang.",
        "Hvornår er batteriet dækket af garantien?",
        "Kør kommandoen sudo apt --yes install på serveren.",
        "E04 Flow too low Clean it\nE11 Sensor out of range Check it\nE23 Pressure high Wait ten minutes.",
        "Ja.",
        "Kontakt os på adressen hr@example.dk hverdage fra ni.",
    ],
)
def test_what_is_no_prose_is_passed_over(text: str) -> None:
    assert not is_prose(text)


def test_prose_is_taken() -> None:
    assert is_prose("Batterier er dækket i 6 måneder, og øvrige dele i 24 måneder.")
    assert is_prose("Den er\ndækket af garantien i hele perioden.") and leans("Den er dækket.")
    assert not leans("Deltagere betaler selv.")


def test_a_sentence_shared_by_two_chunks_is_one_candidate() -> None:
    _, (chunk,) = document(("", [ABOUT, ALSO]))
    assert [one.sentence.text for one in candidates([chunk, chunk], {})] == [ABOUT, ALSO]


def test_nothing_gives_nothing() -> None:
    assert overview([], [], {}).sections == ()
    assert overview([Page(1, "")], [], {}).sections == ()
