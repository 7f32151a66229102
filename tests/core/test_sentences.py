from __future__ import annotations

import textwrap
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.core.text.sentences import detect_language, is_stopword, query_stems, sentences, stems, words


def split(text: str, language: str = "da") -> list[str]:
    return [text[start:end] for start, end in sentences(text, language)]


@pytest.mark.parametrize(
    "sentence",
    [
        "Prisen er 300 kr. pr. stk. ekskl. moms.",
        "Se f.eks. afsnit 3, jf. § 4.",
        "Det gælder bl.a. på Ærø, dvs. i ca. 5 kommuner.",
        "Mødet er d. 3. maj kl. 10 i lokale nr. 7.",
        "Varen (nr. 12) koster ca. 1.234,50 kr. inkl. moms.",
    ],
)
def test_danish_abbreviations_end_no_sentence(sentence: str) -> None:
    assert split(f"Først dette. {sentence} Og så dette.") == ["Først dette.", sentence, "Og så dette."]


@pytest.mark.parametrize("language", ["no", "nb", "sv"])
def test_the_neighbours_use_the_same_abbreviations(language: str) -> None:
    assert split("Møtet er kl. 10 i rom nr. 5. Det koster ca. 300 kr. per stk.", language) == [
        "Møtet er kl. 10 i rom nr. 5.",
        "Det koster ca. 300 kr. per stk.",
    ]


def test_english() -> None:
    assert split("See e.g. Mr. Smith. He pays 3.5 per cent.", "en") == ["See e.g. Mr. Smith.", "He pays 3.5 per cent."]


def test_hard_wrapped_lines_go_on() -> None:
    text = (
        "Batterier er dækket i seks måneder fra den dag, hvor Varen blev købt, og Øvrige dele er dækket i 24 måneder. "
        "Det gælder også for Varer, der er købt i en anden butik i Danmark, Norge eller Sverige. Kvitteringen gemmes."
    )
    wrapped = textwrap.fill(text, 60)
    assert wrapped.count("\n") >= 3
    assert [sentence.replace("\n", " ") for sentence in split(wrapped)] == split(text)


def test_form_ends_a_sentence() -> None:
    text = textwrap.dedent("""\
        # Garanti
        Batteriet er dækket
        i 6 måneder

        3.4 Undtagelser
        - skader ved fald,
          også fra lav højde
        - vand
        1. Ring til os
        2. Send varen
        | Del | Måneder |
        |-----|---------|
        Indledning .......... 4
        Priser .............. 5
        """)
    assert split(text) == [
        "# Garanti",
        "Batteriet er dækket\ni 6 måneder",
        "3.4 Undtagelser",
        "- skader ved fald,\n  også fra lav højde",
        "- vand",
        "1. Ring til os",
        "2. Send varen",
        "| Del | Måneder |",
        "|-----|---------|",
        "Indledning .......... 4",
        "Priser .............. 5",
    ]


def test_a_short_title_is_no_part_of_the_sentence_below_it() -> None:
    body = "Batterier er dækket i seks måneder fra den dag, hvor varen blev købt i butikken."
    assert split(f"1.2 Garanti\n{body}") == ["1.2 Garanti", body]


def test_a_wrapped_date_is_no_list_item() -> None:
    assert split("Mødet blev holdt den\n3. maj i Odense.") == ["Mødet blev holdt den\n3. maj i Odense."]


def test_nothing() -> None:
    assert sentences("") == sentences(" \n\t ") == []


@given(st.text(alphabet=st.sampled_from('aB æ1.,!?\n-#|•`"§)(»«¹[]:\r\t😀\ud800\u0301')) | st.text())
@pytest.mark.parametrize("language", ["da", "de"])
def test_spans_are_exact_and_leave_nothing_out(language: str, text: str) -> None:
    spans = sentences(text, language)
    covered = set()
    last = 0
    for start, end in spans:
        assert last <= start < end <= len(text)
        assert text[start:end] == text[start:end].strip()
        covered.update(range(start, end))
        last = end
    assert all(character.isspace() for place, character in enumerate(text) if place not in covered)


def test_a_quote_is_not_cut() -> None:
    text = 'Han sagde: "Det gælder garantien. Den er lang." Og gik (det var forventet. Vist nok) hjem.'
    assert split(text)[0].startswith('Han sagde: "Det gælder garantien. Den er lang."')


def test_a_text_without_boundaries_is_cut_somewhere() -> None:
    assert all(end - start <= 8_000 for start, end in sentences("abcd " * 10_000))


def test_quick_enough_for_a_page_of_numbers() -> None:
    text = "Serveren har adressen 10.0.2.2 og betjener 192.168.0.0. " * 40 + "Den er dækket af garantien. " * 100
    started = time.perf_counter()
    assert len(sentences(text)) == 140
    assert time.perf_counter() - started < 1


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Batterier er dækket i seks måneder fra købsdatoen.", "da"),
        ("Batteries are covered for six months from the purchase.", "en"),
        ("Batteriene er dekket av garantien i seks måneder, men ikke mer enn det.", "no"),
        ("Die Batterien sind sechs Monate lang gedeckt.", "de"),
        ("Batterierna täcks av garantin i sex månader.", "sv"),
        ("Kr. 24", ""),
        ("", ""),
    ],
)
def test_language(text: str, language: str) -> None:
    assert detect_language(text) == language


def test_words_keep_codes_findable() -> None:
    assert words("Jf. ISO-27001 og § 12, afsnit 3.4.1: e-mail") == [
        *("jf", "iso", "27001", "iso-27001", "iso27001", "og", "12", "§12"),
        *("afsnit", "3.4.1", "e", "mail", "e-mail", "email"),
    ]
    assert words("SMØRREBRØD Straße") == ["smørrebrød", "strasse"]
    assert words("… – !") == []


def test_stems() -> None:
    assert stems("Batteriernes garantier", "da") == stems("batteri garanti", "da")
    assert stems("covered batteries", "en") == stems("covers battery", "en")
    assert stems("ISO-27001", "da") == words("ISO-27001")
    assert stems("Batteriernes", "xx") == ["batteriernes"]
    assert stems("hestene", "nb") == stems("hestene", "no")


def test_stems_in_many_threads() -> None:
    text = "Batteriernes garantier dækker også opladere og skærme"
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: tuple(stems(text, "da")), range(400)))
    assert set(found) == {tuple(stems(text, "da"))}


def test_query_stems() -> None:
    found = query_stems("Hvor længe er batterierne dækket?", ["da", "en"])
    assert [alternatives[0] for alternatives in found] == stems("længe batterierne dækket", "da")
    assert all(len(set(alternatives)) == len(alternatives) for alternatives in found)
    assert ["iso-27001", "iso27001"] in query_stems("Hvad siger ISO-27001?", ["da"])
    assert query_stems("batteri batteri", ["da"]) == [stems("batteri", "da")]
    assert query_stems("?", ["da"]) == []


def test_query_of_stop_words_only_keeps_them() -> None:
    assert [alternatives[0] for alternatives in query_stems("hvad er det", ["da"])] == ["hvad", "er", "det"]
    assert is_stopword("hvornår") and is_stopword("which") and is_stopword("hvordan") and not is_stopword("garanti")


def test_an_amount_in_a_table_is_not_torn_from_who_it_is_for() -> None:
    rows = ["Til og med 2.500 kr. Nærmeste leder", "2.501–25.000 kr. Afdelingschefen", "Over 25.000 kr. Direktionen"]
    said = split("\n".join(["Beløb Godkendes af", *rows]), "da")
    assert all(any(row in one for one in said) for row in rows)


def test_what_is_nothing_but_stops_is_cut_quickly() -> None:
    """Sentencex would take a minute for it, and nothing else of the document would be indexed meanwhile."""
    text = "f.eks. bl.a. d.v.s. nr. 5. d. 3. " * 8_000 + "Slut er det. Nu er det forbi."
    began = time.perf_counter()
    spans = sentences(text, "da")
    assert time.perf_counter() - began < 5
    covered = "".join(text[span.start : span.end] for span in spans)
    assert "".join(covered.split()) == "".join(text.split())
    shouted = "Ja! Nej! " * 20 + "Måske."
    assert [shouted[s.start : s.end] for s in sentences(shouted, "da")][-2:] == ["Nej!", "Måske."]
