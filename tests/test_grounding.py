from __future__ import annotations

import pytest

from rag.grounding import ground
from rag.text import sentences
from rag.types import Chunk, Hit, Sentence, Verdict

SOURCE = (
    "Batterier er dækket i 6 måneder. Øvrige dele er dækket i 24 måneder fra købsdatoen. Køb over 1.234,50 kr."
    " godkendes af Karen Lund. Fejl E31 betyder gaslækage. Ferien begynder 1. juli. Gebyret er 1,5 procent."
    " Skærmen er ikke dækket."
)
ENGLISH = "Every employee has 25 days of holiday a year. Report sick leave before 9:00 to your manager."


def hit(rank: int, text: str, language: str = "da", start: int = 10) -> Hit:
    """The passage begins at `start` of its page."""
    spans = tuple(type(s)(s.start + start, s.end + start) for s in sentences(text, language))
    return Hit(
        rank,
        Chunk(0, 3, start, start + len(text), text, sentences=spans, language=language),
        f"{rank}.pdf",
        "a" * 64,
        1,
    )


HITS = [hit(1, ENGLISH, "en"), hit(2, SOURCE)]


def one(text: str, language: str = "da") -> Sentence:
    (sentence,) = ground(text, HITS, language)
    return sentence


def test_a_sentence_rests_on_the_span_that_says_it() -> None:
    sentence = one("Batterierne er dækket i 6 måneder.")
    assert sentence.verdict is Verdict.SUPPORTED
    (citation,) = sentence.citations
    assert citation.quote == "Batterier er dækket i 6 måneder."
    assert (citation.number, citation.document, citation.page) == (2, "2.pdf", 3)
    assert SOURCE[citation.start - 10 : citation.end - 10] == citation.quote


@pytest.mark.parametrize(
    "text",
    [
        "Batterier er dækket i seks måneder.",
        "Køb over 1234,5 kr. godkendes af Karen Lund.",
        "Køb over 1,234.50 kr. godkendes af Karen Lund.",
        "Fejl E31 betyder gaslækage.",
        "Ferien begynder 1. juli.",
        "Gebyret er 1.5 procent.",
        "Skærmen er ikke dækket.",
        "Batterier er dækket i 6 måneder og øvrige dele i 24 måneder fra købsdatoen.",
        "- **Batterier** er dækket i 6 måneder.",
    ],
)
def test_what_stands_there_is_supported(text: str) -> None:
    sentence = one(text)
    assert sentence.verdict is Verdict.SUPPORTED
    assert sentence.citations


@pytest.mark.parametrize(
    "text",
    [
        "Batterier er dækket i 7 måneder.",
        "Batterier er dækket i syv måneder.",
        "Batterier er dækket i 60 måneder.",
        "Batterier er ikke dækket i 6 måneder.",
        "Skærmen er dækket.",
        "Køb over 1.234,50 kr. godkendes af Lars Lund.",
        "Køb over 1.235,50 kr. godkendes af Karen Lund.",
        "Køb over 12.345,00 kr. godkendes af Karen Lund.",
        "Fejl F31 betyder gaslækage.",
        "Ferien begynder 1. juni.",
        "Gebyret er 15 procent.",
        "Skærmen er dækket i 99 år af en udvidet forsikring.",
    ],
)
def test_a_number_name_date_or_not_that_differs_is_never_supported(text: str) -> None:
    assert one(text).verdict is not Verdict.SUPPORTED


RULES = hit(
    1,
    "Medarbejdere har ret til femogtyve feriedage om året. Ferien skal aftales med nærmeste leder mindst 14 dage før"
    " første feriedag. Garantien dækker fra 1. juli 2026 i 24 måneder, men den gælder ikke for kabler. Afdelingen i"
    " Odense omsatte for 1,5 mio. kr. i 2025 og 2 mio. kr. i 2026. Odense Havn vandt over Aarhus i 2019. Lyset"
    " blinker i 5 dage.",
)


@pytest.mark.parametrize(
    "text",
    [
        "Medarbejdere har ret til 25 feriedage om året.",
        "Mindst fjorten dage før første feriedag skal ferien aftales med nærmeste leder.",
        "Garantien dækker fra 2026-07-01 i 24 måneder.",
        "Garantien dækker fra 1.7.2026 i 24 måneder.",
        "Garantien gælder ikke for kabler.",
        "Afdelingen i Odense omsatte for 1.500.000 kr. i 2025.",
        "Afdelingen i Odense omsatte for 1,500,000 kroner i 2025.",
    ],
)
def test_the_same_in_another_form_is_supported(text: str) -> None:
    (sentence,) = ground(text, [RULES], "da")
    assert sentence.verdict is Verdict.SUPPORTED


@pytest.mark.parametrize(
    "text",
    [
        "Medarbejdere har ret til 24 feriedage om året.",
        "Ferien skal aftales med nærmeste leder mindst 14 uger før første feriedag.",
        "Ferien skal aftales med nærmeste leder højst 14 dage før første feriedag.",
        "Ferien skal aftales med nærmeste leder 14 dage før første feriedag.",
        "Ferien skal aftales med nærmeste leder mindst 14 dage efter første feriedag.",
        "Ferien skal aftales med nærmeste leder mindst 14 dage før sidste feriedag.",
        "Ferien kan aftales med nærmeste leder mindst 14 dage før første feriedag.",
        "Garantien dækker fra 2026-07-02 i 24 måneder.",
        "Garantien dækker fra 1. juli 2025 i 24 måneder.",
        "Garantien gælder for kabler.",
        "Afdelingen i Odense omsatte for 1,5 mio. euro i 2025.",
        "Afdelingen i Odense omsatte for 1,5 mia. kr. i 2025.",
        "Odense Havn vandt over Odense i 2019.",
        "Odense Havn vandt over Aarhus i 2025.",
        "Aarhus Havn vandt over Aarhus i 2019.",
        "Lyset blinker i fem uger.",
    ],
)
def test_one_thing_changed_is_never_supported(text: str) -> None:
    (sentence,) = ground(text, [RULES], "da")
    assert sentence.verdict is not Verdict.SUPPORTED


def test_a_number_of_the_next_sentence_is_not_that_of_this_one() -> None:
    assert one("Batterier er dækket i 24 måneder.").verdict is not Verdict.SUPPORTED
    assert one("Øvrige dele er dækket i 6 måneder.").verdict is not Verdict.SUPPORTED


def test_an_english_sentence_is_read_as_english_whatever_the_language_of_the_question() -> None:
    # "to" is two in Danish
    assert one("Report sick leave before 9:00 to your manager.", "da").verdict is Verdict.SUPPORTED


def test_what_stands_nowhere_has_no_citation() -> None:
    sentence = one("Direktøren hedder Josef og bor i Moskva.")
    assert (sentence.verdict, sentence.citations) == (Verdict.UNSUPPORTED, ())


def test_half_of_it_is_partly() -> None:
    sentence = one("Batterier, opladere og kabler er dækket i 6 måneder efter registrering.")
    assert sentence.verdict is Verdict.PARTLY
    assert sentence.citations[0].quote.startswith("Batterier")


def test_markers_are_taken_out_and_prove_nothing() -> None:
    sentence = one("Direktøren hedder Josef og bor i Moskva [1, 2].")
    assert (sentence.text, sentence.citations) == ("Direktøren hedder Josef og bor i Moskva.", ())


def test_a_marker_decides_between_equals() -> None:
    twice = [hit(1, "Batterier er dækket i 6 måneder."), hit(2, "Batterier er dækket i 6 måneder.")]
    for text, number in (("Batterier er dækket i 6 måneder [2].", 2), ("Batterier er dækket i 6 måneder.", 1)):
        (sentence,) = ground(text, twice, "da")
        assert sentence.citations[0].number == number


def test_an_answer_is_taken_sentence_by_sentence() -> None:
    found = ground(
        "Batterier er dækket i 6 måneder [2]. Skærmen er lavet af guld i Kina.\n\n- E31 betyder gaslækage. [2]",
        HITS,
        "da",
    )
    assert [s.verdict for s in found] == [Verdict.SUPPORTED, Verdict.UNSUPPORTED, Verdict.SUPPORTED]
    assert [s.text for s in found][2] == "E31 betyder gaslækage."


def test_english_is_held_against_english() -> None:
    assert one("Employees have 25 days of holiday every year.", "en").verdict is Verdict.SUPPORTED
    assert one("Report sick leave before 9.00.", "en").verdict is Verdict.SUPPORTED
    assert one("Report sick leave before 10:00.", "en").verdict is not Verdict.SUPPORTED
    assert one("Employees don't have 25 days of holiday a year.", "en").verdict is not Verdict.SUPPORTED


@pytest.mark.parametrize("text", ["", " \n", "[1]", "***", "- "])
def test_no_words_no_sentences(text: str) -> None:
    assert ground(text, HITS, "da") == ()


def test_without_passages_nothing_is_supported() -> None:
    (sentence,) = ground("Batterier er dækket i 6 måneder.", [], "da")
    assert (sentence.verdict, sentence.citations) == (Verdict.UNSUPPORTED, ())
