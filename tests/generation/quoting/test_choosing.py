from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from rag.core.text.markdown import plain
from rag.core.text.sentences import query_stems
from rag.core.types import Hit, Span
from rag.generation.quoting import MOST_QUOTES, Known, as_sentence, choose
from rag.models.reader.reader import Reading
from rag.store.values import Question, Vector
from tests import factories

hit = partial(factories.hit, language="da", document="1.md")


def asked(question: str, vector: Vector | None = None) -> Question:
    return Question(question, query_stems(question, ["da", "en"]), vector)


def quoted(question: str, *hits: Hit) -> list[str]:
    return [as_sentence(c).text for c in choose(asked(question), hits)]


WARRANTY = (
    "Batterier er dækket i 6 måneder. Øvrige dele er dækket i 24 måneder. Skriv til os. Vi holder lukket om søndagen."
)


def test_the_sentence_that_answers_comes_first_and_stands_there_exactly() -> None:
    passage = hit(1, WARRANTY, start=100)
    (best, *_) = choose(asked("Hvor længe er batterier dækket?"), [passage])
    (citation,) = as_sentence(best).citations
    assert citation.quote == "Batterier er dækket i 6 måneder."
    assert WARRANTY[citation.start - 100 : citation.end - 100] == citation.quote
    assert (citation.number, citation.document, citation.page) == (1, "1.md", 1)


def test_meaning_decides_where_no_word_is_shared() -> None:
    passage = hit(1, "Akkuen holder et halvt år. Skriv til os. Vi har lukket.")
    vectors = {1: np.eye(3, dtype=np.float32)}
    best, *_ = choose(asked("garanti", np.array([0.1, 0.0, 0.9], np.float32)), [passage], Known(vectors))
    assert best.part.text == "Vi har lukket."


def test_a_passage_without_vectors_or_with_too_few_is_no_fault() -> None:
    hits = [hit(1, WARRANTY), hit(2, "Batterier skiftes hvert år. De afleveres brugt.")]
    vectors = {2: np.ones((1, 2), np.float32)}
    assert choose(asked("batterier", np.ones(2, np.float32)), hits, Known(vectors))


def test_no_more_than_a_few_are_quoted() -> None:
    many = hit(1, " ".join(f"Batterier er dækket i {n} måneder." for n in range(2, 20)))
    assert len(quoted("Hvor længe er batterier dækket?", many)) == MOST_QUOTES


def test_what_says_much_less_is_not_quoted_beside_it() -> None:
    assert quoted("Hvor længe er batterier dækket?", hit(1, WARRANTY))[0] == "Batterier er dækket i 6 måneder."
    assert "Vi holder lukket om søndagen." not in quoted("Hvor længe er batterier dækket?", hit(1, WARRANTY))


def test_a_quoted_question_brings_its_answer() -> None:
    faq = hit(1, "Hvor længe er batteriet dækket? Et halvt år. Hvem ringer jeg til? Til kundeservice.")
    assert quoted("Hvor længe er batteriet dækket?", faq)[0] == "Et halvt år."


def test_a_heading_gives_way_to_what_it_stands_over() -> None:
    assert quoted("dækning af batterier", hit(1, "Dækning af batterier\n\nDækning af batterier gælder i 6 måneder."))[
        0
    ] == ("Dækning af batterier gælder i 6 måneder.")


@pytest.mark.parametrize(
    "line",
    ["Batterier dækket ........ 12", "Batterier dækket . . . . . . 12", "Batterier dækket ……… 12", "Dækket: ______"],
)
def test_a_table_of_contents_is_never_quoted(line: str) -> None:
    assert quoted("Er batterier dækket?", hit(1, line)) == []
    assert quoted("Er batterier dækket?", hit(1, f"{line}\n\nBatterier er dækket.")) == ["Batterier er dækket."]


@pytest.mark.parametrize("line", ["|---|:-:|", "-----", "***", "```"])
def test_lines_without_words_are_never_quoted(line: str) -> None:
    assert quoted("Er batterier dækket?", hit(1, f"{line}\n\nBatterier er dækket.")) == ["Batterier er dækket."]


# the same in several places -----------------------------------------------------------------------------


def test_what_several_passages_say_is_quoted_once_with_all_of_them() -> None:
    hits = [
        hit(1, "Batterier er dækket i 6 måneder."),
        hit(2, "Noget andet.\n\n- **Batterier** er dækket\ni 6 måneder"),
        hit(3, "Batterier er dækket i 9 måneder."),
    ]
    best, *others = choose(asked("Hvor længe er batterier dækket?"), hits)
    sentence = as_sentence(best)
    assert sentence.text == "Batterier er dækket i 6 måneder."
    assert [c.number for c in sentence.citations] == [1, 2]
    assert [c.quote for c in sentence.citations] == [
        "Batterier er dækket i 6 måneder.",
        "- **Batterier** er dækket\ni 6 måneder",
    ]
    for citation in sentence.citations:
        chunk = hits[citation.number - 1].chunk
        assert chunk.text[citation.start - chunk.start : citation.end - chunk.start] == citation.quote
    assert "Batterier er dækket i 6 måneder." not in [as_sentence(c).text for c in others]


def test_a_sentence_that_overlapping_passages_share_is_cited_once() -> None:
    text = "Batterier er dækket i 6 måneder. Ring til os."
    hits = [hit(1, text, sha256="b" * 64), hit(2, text, sha256="b" * 64)]
    best, *_ = choose(asked("Hvor længe er batterier dækket?"), hits)
    assert [c.number for c in as_sentence(best).citations] == [1]


def test_nothing_gives_nothing() -> None:
    assert choose(asked("batterier"), []) == []
    assert choose(Question("", []), [hit(1, WARRANTY)])


# as it is shown -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("• Batterier er dækket", "Batterier er dækket"),
        ("- Batterier\n  er dækket", "Batterier er dækket"),
        ("* Batterier er **dækket** i *6* måneder", "Batterier er dækket i 6 måneder"),
        ("1. Batterier er dækket", "1. Batterier er dækket"),
        ("## Dækning af dele ##", "Dækning af dele"),
        ("| Batterier | 6 måneder | **nej** |", "Batterier · 6 måneder · nej"),
        ("| a \\| b |  | c |", "a | b · c"),
        ("> Batterier er dækket", "Batterier er dækket"),
        ("__Vigtigt__: kun *den ***store*** model*", "Vigtigt: kun den store model"),
        ("2 * 3 * 4 = 24 og my_file_name", "2 * 3 * 4 = 24 og my_file_name"),
        ("24 måneder* fra købet, 12* for brugte", "24 måneder* fra købet, 12* for brugte"),
        ("-5 °C er for koldt, C# er et sprog #", "-5 °C er for koldt, C# er et sprog #"),
        ("#1 i test", "#1 i test"),
        ("<b>fed</b> & $x$", "<b>fed</b> & $x$"),
    ],
)
def test_marks_of_layout_are_left_out_and_nothing_else(written: str, shown: str) -> None:
    assert plain(written) == shown


@pytest.mark.parametrize(
    ("name", "shown"),
    [("a.md", "Prisen er to * tre"), ("a.txt", "Prisen er **to * tre**"), ("a.pdf", "Prisen er **to * tre**")],
)
def test_only_in_a_markdown_file_are_signs_of_emphasis_no_letters(name: str, shown: str) -> None:
    said = replace(hit(1, "- Prisen er **to * tre**"), document=name)
    (choice,) = choose(asked("Hvad er prisen?"), [said])
    assert as_sentence(choice).text == shown


NO_SPAN = Span(0, 0)


def read(relevance: float, sentences: tuple[float, ...], short: Span = NO_SPAN, sure: float = 0.0) -> Reading:
    return Reading(relevance, sentences, short, sure)


def test_what_the_reader_finds_outweighs_the_words() -> None:
    passage = hit(1, "Batterier er dækket. Det halve år regnes fra købet. Skriv til os.")
    known = Known({1: np.zeros((3, 2), np.float32)}, readings={1: read(5.0, (-4.0, 6.0, -4.0))})
    best = choose(asked("Hvor længe er batterier dækket?", np.zeros(2, np.float32)), [passage], known)[0]
    assert "Det halve år regnes fra købet." in best.part.text


@pytest.mark.parametrize(("sure", "short"), [(0.9, "6 måneder"), (0.1, "")])
def test_the_words_that_answer_are_marked_where_the_reader_is_sure(sure: float, short: str) -> None:
    passage = hit(1, WARRANTY, start=70)
    known = Known(readings={1: read(5.0, (6.0, -4.0, -4.0, -4.0), Span(22, 31), sure)})
    sentence = as_sentence(choose(asked("Hvor længe er batterier dækket?"), [passage], known)[0])
    assert sentence.short == short
    assert sentence.short in sentence.text
