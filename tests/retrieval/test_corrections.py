"""Misspelt words are found by their neighbours, and what they were taken for is said."""

from __future__ import annotations

import pytest

from rag.library import Library


def corrections(library: Library, question: str, text: str, name: str = "doc.txt") -> tuple[tuple[str, str], ...]:
    library.documents.add(name, text.encode())
    library.wait()
    return library.search(question, meaning=False).query.corrections


MANUAL = "Temperatursensoren sidder bag panelet. Lydeffekten er 42 dB. Filtrene renses, og medarbejderne leder driften."


@pytest.mark.parametrize(
    ("question", "correction"),
    [
        ("Hvor sidder tempratursensor?", ("tempratursensor", "Temperatursensoren")),  # a letter left out
        ("Hvor sidder temperatuursensoren?", ("temperatuursensoren", "Temperatursensoren")),  # put in
        ("Hvor sidder temperaxursenssoren?", ("temperaxursenssoren", "Temperatursensoren")),  # two, in a long word
        ("Hvor mange medarbjedere er der?", ("medarbjedere", "medarbejderne")),  # swapped
        ("Hvad er lydefekten?", ("lydefekten", "Lydeffekten")),
        ("Hvornår renses filrtene?", ("filrtene", "Filtrene")),  # the ending is misspelt, and not cut from the stem
        ("Hvor sidder temperatur sensoren?", ("temperatur sensoren", "Temperatursensoren")),  # written apart
    ],
)
def test_a_misspelt_word_is_taken_for_its_neighbour(
    library: Library, question: str, correction: tuple[str, str]
) -> None:
    assert corrections(library, question, MANUAL) == (correction,)


def test_a_compound_written_together_is_found_in_two_words(library: Library) -> None:
    text = "The power supply is behind the panel."
    assert corrections(library, "Where is the powersupply?", text) == (("powersupply", "power supply"),)
    assert library.search("powersupply", meaning=False).hits[0].chunk.text == text


def test_parts_in_other_places_are_no_compound(library: Library) -> None:
    assert corrections(library, "Where is the powersupply?", "Power is off.\n\nSupply is short.") == ()


def test_a_misspelt_word_finds_the_passage(library: Library) -> None:
    library.documents.add("sensor.txt", b"Temperatursensoren sidder bag panelet.")
    library.documents.add("pumpe.txt", "Pumpen sidder i kælderen.".encode())
    library.wait()
    retrieval = library.search("tempratursensor?", meaning=False)
    assert [hit.document for hit in retrieval.hits] == ["sensor.txt"]
    assert retrieval.hits[0].coverage == 1.0
    turn = library.ask("Hvor sidder tempratursensoren?")
    assert turn.trace.query.corrections == (("tempratursensoren", "Temperatursensoren"),)


@pytest.mark.parametrize(
    "question",
    [
        "Hvad er lydeffekten?",  # is there
        "Hvad er lyddæmperen?",  # too far from anything
        "Hvad er sensorz42?",  # a code is exact
        "Hvad er drif?",  # too short
        "What is the maximum?",  # a word of the question alone
    ],
)
def test_other_words_are_left_alone(library: Library, question: str) -> None:
    assert corrections(library, question, MANUAL) == ()


def test_a_name_is_taken_for_another_one_only_where_one_letter_differs_and_that_is_said(library: Library) -> None:
    text = "Ring til Olga Christensen på kontoret."
    assert corrections(library, "Hvad er nummeret på Olga Christiansen?", text) == ()
    found = library.search("Hvad er nummeret på Olga Kristensen?", meaning=False).query.corrections
    assert found == ()  # begins with another letter
    found = library.search("Hvad er nummeret på Olga Christenson?", meaning=False).query.corrections
    assert found == (("christenson", "Christensen"),)
    found = library.search("Hvad er nummeret på olga christiansen?", meaning=False).query.corrections
    assert found == (("christiansen", "Christensen"),)


def test_the_words_of_a_documents_name_are_known(library: Library) -> None:
    text = "Solbær sælges i Syddanmark."
    assert corrections(library, "Hvad solgte Solkær?", text, "Salg Solkær Saft.txt") == ()


def test_a_neighbour_is_looked_for_in_the_documents_searched(library: Library) -> None:
    library.documents.add("sensor.txt", b"Temperatursensoren sidder bag panelet.")
    other = library.documents.add("pumpe.txt", "Pumpen sidder i kælderen.".encode())
    library.wait()
    assert library.search("tempratursensor?", meaning=False, documents=[other.id]).query.corrections == ()


def test_a_question_in_another_language_is_not_misspelt(library: Library) -> None:
    text = "Temperature, humidity, pressure, voltage and current are listed here."
    asked = "Hvilken temperatur, humiditet, presure, voltaag og curent listet?"
    assert corrections(library, asked, text) == ()
    assert library.search("presure?", meaning=False).query.corrections == (("presure", "pressure"),)
