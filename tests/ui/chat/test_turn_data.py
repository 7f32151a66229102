"""What the turn component is given, for turns in every state."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from rag.core.types import Answer, Citation, Hit, Notice, Sentence, Span, Trace, Turn, TurnState, Verdict
from rag.core.types.trace import AnswerabilityTrace, PlanTrace, QueryTrace
from rag.ui.chat.markdown_edits import Edit
from rag.ui.chat.segments import flowing, segments, signs
from rag.ui.chat.turn_data import COLOURS, color, turn_data
from tests.factories import hit

PAGE = "Indledning.\nBatterier er dækket i 6 måneder. Øvrige dele i 24 måneder."
FIRST = PAGE.index("Batterier")
BATTERY = Span(FIRST, PAGE.index(" Øvrige"))


def found(rank: int, name: str = "Garanti.pdf") -> Hit:
    return hit(
        rank,
        PAGE[FIRST:],
        document=name,
        sha256=f"hash{rank}",
        page=3,
        start=FIRST,
        headings=("2 Dækning",),
        document_id=1,
        score=0.875,
        dense_score=0.9123,
        dense_rank=1,
        lexical_score=7.254,
        lexical_rank=2,
    )


def cite(number: int, span: Span = BATTERY) -> Citation:
    return Citation(number, "Garanti.pdf", f"hash{number}", 3, span.start, span.end, PAGE[span.start : span.end])


QUOTE = Sentence(PAGE[slice(*BATTERY)], (cite(2), cite(2)))
QUOTED = Turn(
    7,
    1,
    1,
    "Hvor længe?",
    "2026-03-01T10:00:00+00:00",
    TurnState.DONE,
    "Hvor længe?",
    Answer(True, QUOTE.text, (QUOTE,), (QUOTE,)),
    (found(1), found(2), found(3, "notes.txt")),
    timings_ms={"total": 412.0},
)


def test_a_quoted_answer_shows_its_sentences_once_and_cited_sources_first() -> None:
    data = turn_data(QUOTED, states={"hash1": "changed", "hash3": "gone"}, language="da")
    turn, sources = data["turn"], data["sources"]
    assert turn["verbatim"] and turn["quotes"] == []
    (sentence,) = turn["sentences"]
    assert (sentence["text"], sentence["verdict"], sentence["citations"]) == (QUOTE.text, "supported", [2])
    assert sentence["about"] == "Garanti.pdf · s. 3 › 2 Dækning"
    assert turn["searched"] == "" and turn["seconds"] == "0,4 s"
    assert [(s["number"], s["cited"], s["state"]) for s in sources] == [
        (2, True, "there"),
        (1, False, "changed"),
        (3, False, "gone"),
    ]
    assert [s["page_label"] for s in sources] == ["s. 3", "s. 3", ""]
    assert sources[0]["segments"][0] == {"text": QUOTE.text, "marked": True}
    assert (sources[0]["score"], sources[0]["dense_score"], sources[0]["lexical_score"]) == ("0,88", "0,912", "7,25")
    json.dumps(data)


def test_a_passage_that_was_read_by_ocr_says_so_on_its_card() -> None:
    data = turn_data(QUOTED, by_ocr={"hash1": {3}, "hash2": {4}}, language="da")
    assert {s["number"]: s["by_ocr"] for s in data["sources"]} == {1: True, 2: False, 3: False}
    assert "OCR" in data["labels"]["by_ocr"]


def test_how_well_a_passage_fits_is_said_in_words_with_what_was_measured() -> None:
    fitting = replace(found(1), coverage=0.667, relevance=0.93)
    (source,) = turn_data(replace(QUOTED, hits=(fitting,)), language="da")["sources"]
    assert (source["fit"]["level"], source["fit"]["name"]) == ("strong", "Stærkt match")
    assert (source["coverage"], source["spelling"], source["relevance"]) == ("67 %", None, "93 %")
    assert "af 10 tekststeder" in source["fit"]["measured"]
    (older,) = turn_data(replace(QUOTED, hits=(found(1),)), language="da")["sources"]
    assert older["fit"] is older["coverage"] is older["relevance"] is None


def test_beside_a_refusal_no_passage_is_called_a_match() -> None:
    refused = replace(
        QUOTED, hits=(replace(found(1), relevance=0.4),), answer=Answer(False, "Det står der ikke.", (), ())
    )
    (source,) = turn_data(refused, language="da")["sources"]
    assert source["fit"] is None
    assert source["relevance"] == "40 %"


def test_a_written_answer_stands_above_its_quotes() -> None:
    written = Sentence("Six months.", (cite(1),), Verdict.PARTLY)
    answer = Answer(True, written.text, (written,), (QUOTE,))
    data = turn_data(replace(QUOTED, answer=answer), language="en")
    assert not data["turn"]["verbatim"]
    assert [s["verdict"] for s in data["turn"]["sentences"]] == ["partly"]
    assert [q["text"] for q in data["turn"]["quotes"]] == [QUOTE.text]


def test_quotes_between_fixed_texts_still_read_as_quotes() -> None:
    before, after = (Sentence(said, (), Verdict.PERSPECTIVE) for said in ("Dear customer.", "Kind regards."))
    answer = Answer(True, QUOTE.text, (before, QUOTE, after), (QUOTE,))
    data = turn_data(replace(QUOTED, answer=answer), language="en")["turn"]
    assert data["verbatim"] and data["quotes"] == []
    assert [one["verdict"] for one in data["sentences"]] == ["perspective", "supported", "perspective"]
    written = Sentence("Six months.", (cite(1),), Verdict.PARTLY)
    data = turn_data(replace(QUOTED, answer=replace(answer, sentences=(before, written))), language="en")["turn"]
    assert not data["verbatim"] and len(data["quotes"]) == 1


def test_an_answer_that_was_cut_off_says_so_once_it_has_ended() -> None:
    answer = Answer(True, "Six", (Sentence("Six", (), Verdict.UNSUPPORTED),), (QUOTE,), cut_off=True)
    assert turn_data(replace(QUOTED, answer=answer), language="en")["turn"]["cut_off"]
    running = replace(QUOTED, answer=answer, state=TurnState.RUNNING)
    assert not turn_data(running, language="en", partial="Six")["turn"]["cut_off"]
    assert not turn_data(QUOTED, language="en")["turn"]["cut_off"]


def test_while_an_answer_is_written_the_quotes_stand_below_what_is_there() -> None:
    running = replace(QUOTED, state=TurnState.RUNNING)
    data = turn_data(running, language="en", partial="Six mo", status="writing…")
    assert data["turn"]["partial"] == "Six mo" and data["turn"]["sentences"] == []
    assert len(data["turn"]["quotes"]) == 1
    assert not data["can_regenerate"] and data["turn"]["status"] == "writing…"


def test_a_refusal_cites_nothing_and_keeps_its_near_misses() -> None:
    refused = replace(QUOTED, answer=Answer(False, "Your documents do not say.", (), (QUOTE,)))
    data = turn_data(refused, language="en")
    assert data["turn"]["notice"] == "Your documents do not say."
    assert data["turn"]["sentences"] == data["turn"]["quotes"] == []
    assert [s["cited"] for s in data["sources"]] == [False] * 3
    assert not any(segment["marked"] for source in data["sources"] for segment in source["segments"])


def test_an_answer_that_was_doubted_says_so_for_good() -> None:
    assert turn_data(QUOTED, language="en")["turn"]["doubted"] == ""
    doubted = replace(QUOTED, answer=Answer(True, QUOTE.text, (QUOTE,), (QUOTE,), doubted=True))
    data = turn_data(doubted, language="en")
    assert "do not answer the question" in data["turn"]["doubted"] and data["turn"]["answered"]


def test_a_source_that_the_model_did_not_read_is_told_apart() -> None:
    unread = replace(found(3), used=False, reason="no_room")
    data = turn_data(replace(QUOTED, hits=(found(1), found(2), unread)), language="en")
    assert {s["number"]: s["used"] for s in data["sources"]} == {1: True, 2: True, 3: False}


def test_a_source_keeps_the_place_it_had_among_all_candidates() -> None:
    pinned = replace(found(2), retrieved_rank=9)
    data = turn_data(replace(QUOTED, hits=(found(1), pinned, found(3))), language="en")
    assert {s["number"]: s["rank"] for s in data["sources"]} == {1: 1, 2: 9, 3: 3}


@pytest.mark.parametrize(
    ("turn", "said"),
    [
        (replace(QUOTED, state=TurnState.STOPPED), "Stopped."),
        (replace(QUOTED, state=TurnState.STOPPED, notice=Notice("interrupted")), "cut off"),
        (replace(QUOTED, state=TurnState.FAILED, answer=None), "Something went wrong"),
        (QUOTED, ""),
    ],
)
def test_how_a_turn_ended_is_said(turn: Turn, said: str) -> None:
    notice = turn_data(turn, language="en")["turn"]["notice"]
    assert said in notice and bool(said) == bool(notice)


def test_a_follow_up_says_what_was_searched() -> None:
    data = turn_data(replace(QUOTED, searched="Hvor længe? – og batteriet?"), language="da")
    assert data["turn"]["searched"] == "Hvor længe? – og batteriet?"


def test_a_word_that_was_taken_for_another_is_said_in_the_language_of_the_answer() -> None:
    query = QueryTrace(("tempratursensor",), corrections=(("tempratursensor", "Temperatursensor"),))
    corrected = replace(QUOTED, trace=Trace(query, PlanTrace(language="en")))
    said = turn_data(corrected, language="da")["turn"]["corrected"]
    assert said == "“tempratursensor” is in none of your documents. Did you mean “Temperatursensor”?"
    assert turn_data(QUOTED, language="da")["turn"]["corrected"] == ""


@pytest.mark.parametrize(
    ("spans", "marked"),
    [
        ([], []),
        ([Span(0, 3)], ["abc"]),
        ([Span(0, 3), Span(2, 5)], ["abc", "d"]),  # overlapping: nothing is said twice; the space is not marked
        ([Span(-5, 1), Span(6, 99)], ["a", "f"]),
        ([Span(50, 60)], []),
    ],
)
def test_segments_are_the_passage_again(spans: list[Span], marked: list[str]) -> None:
    pieces = segments("abcd  f", spans)
    assert "".join(piece["text"] for piece in pieces) == "abcd  f"
    assert [piece["text"] for piece in pieces if piece["marked"]] == marked


def test_a_passage_of_a_markdown_file_is_shown_without_its_signs() -> None:
    passage = "## Price\n\nThe price is **5 kr.** a month."
    marked = Span(passage.index("The"), len(passage))
    pieces = segments(passage, [marked], signs("notes.md", passage))
    assert pieces == [{"text": "Price\n\n", "marked": False}, {"text": "The price is 5 kr. a month.", "marked": True}]
    assert signs("notes.txt", passage) == []


def test_a_change_is_made_once_where_a_mark_cuts_it() -> None:
    passage = "a ** b"
    pieces = segments(passage, [Span(0, 3)], [Edit(2, 4, "•")])
    assert [piece["text"] for piece in pieces] == ["a •", " b"]


def test_wrapped_lines_flow_and_tables_and_lists_stay() -> None:
    prose = (
        "Garantien på varmepumpen Brise 8 forudsætter et eftersyn\n"
        "hver 12. måned, med en frist på plus eller minus\n60 dage."
    )
    table = "Varmepumpen Brise 8   Kompressor   36 mdr.   84 mdr.\nvaskemaskinen         motor        24 mdr."
    items = "Der er to ting, som garantien ikke dækker, nemlig disse\n1. slid, og\n2. brug i strid med vejledningen"
    assert "\n" not in flowing(prose) and len(flowing(prose)) == len(prose)
    assert flowing(table) == table
    assert flowing(items) == items


def test_numbers_can_be_read_on_their_colours() -> None:
    def luminance(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    for ground, ink in COLOURS:
        light, dark = sorted((luminance(ground), luminance(ink)), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5, ground
    assert color(1) == color(len(COLOURS) + 1) == COLOURS[0]


def test_a_quote_says_what_it_stands_under_and_how_much_of_its_list_there_is() -> None:
    quote = replace(QUOTE, text="Medbring:\n- pas\n- billet", under="Til rejsen", rest=("- tøj",))
    answer = Answer(True, quote.text, (quote,), (quote,))
    (sentence,) = turn_data(replace(QUOTED, answer=answer), language="en")["turn"]["sentences"]
    assert (sentence["shown"], sentence["rest"]) == ("2 of 3", ["- tøj"])
    assert sentence["about"] == "Garanti.pdf · p. 3 › 2 Dækning › Til rejsen"


@pytest.mark.parametrize(
    ("chance", "level", "right"),
    [(0.95, "strong", "97 of 100"), (0.6, "possible", "77 of 100"), (0.2, "closest", "25 of 100")],
)
def test_an_answer_says_how_likely_it_is_and_how_often_such_answers_were_right(
    chance: float, level: str, right: str
) -> None:
    trace = replace(QUOTED.trace, answerability=AnswerabilityTrace(0.9, chance))
    confidence = turn_data(replace(QUOTED, trace=trace), language="en")["turn"]["confidence"]
    assert confidence["level"] == level
    assert right in confidence["measured"]


def test_a_turn_of_before_and_a_refusal_say_nothing_of_how_likely_they_are() -> None:
    assert turn_data(QUOTED, language="da")["turn"]["confidence"] is None
    assert QUOTED.answer is not None
    trace = replace(QUOTED.trace, answerability=AnswerabilityTrace(0.2, 0.1))
    refused = replace(QUOTED, trace=trace, answer=replace(QUOTED.answer, answered=False))
    assert turn_data(refused, language="da")["turn"]["confidence"] is None
