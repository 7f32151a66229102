"""What decides the figures of the comparison with peers: matching, and the tables."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks.metrics import NOT_FOUND
from benchmarks.peers.judging import Judged, Squeezed, judged, overlap, says
from benchmarks.peers.protocol import Model, Passage, Task
from benchmarks.peers.table import LOSES, tables, with_table
from benchmarks.question_sets import Question

TEXT = "Batteriet holder\n\ni otte timer. Skærmen er lys. Batteriet holder\n\ni otte timer."
ANSWER = TEXT.index("otte timer")
IN_TEXT = Question("1", "Hvor længe?", "a.txt", ANSWER, ANSWER + len("otte timer"))
WORDS = "Skole-linux 2.0"
ON_PAGE = Question("2", "Hvem?", "b.pdf", stands=((3, WORDS), (7, WORDS), (9, "version to")))
OTHER = Passage("b.pdf", "andet", None, (7, 7))


def test_a_passage_is_found_though_white_space_was_changed() -> None:
    squeezed = Squeezed(TEXT)
    assert squeezed.spans("holder i otte") == [(10, 24), (TEXT.rindex("holder"), TEXT.rindex("otte") + 4)]
    assert [TEXT[slice(*span)] for span in squeezed.spans("timer. Skærmen")] == ["timer. Skærmen"]


def test_a_true_start_decides_and_a_false_one_does_not() -> None:
    squeezed = Squeezed(TEXT)
    second = TEXT.rindex("otte")
    assert squeezed.spans("otte timer.", second) == [(second, second + 11)]
    assert len(squeezed.spans("otte timer.", 3)) == 2


@pytest.mark.parametrize("passage", ["", " \n", "ni timer"])
def test_what_is_not_in_the_text_is_nowhere(passage: str) -> None:
    assert Squeezed(TEXT).spans(passage, 0) == []


@pytest.mark.parametrize(
    ("passages", "expected"),
    [
        ([Passage("a.txt", "i otte timer.")], Judged(1, NOT_FOUND, 0)),
        ([Passage("c.txt", "i otte timer."), Passage("a.txt", "otte ti")], Judged(2, NOT_FOUND, 0)),
        ([Passage("a.txt", "otte")], Judged(NOT_FOUND, NOT_FOUND, 0)),  # less than half of the answer
        ([Passage("a.txt", "nine hours")], Judged(NOT_FOUND, NOT_FOUND, 1)),
        ([], Judged(NOT_FOUND, NOT_FOUND, 0)),
    ],
)
def test_in_a_text_the_answers_place_decides(passages: list[Passage], expected: Judged) -> None:
    assert judged(IN_TEXT, passages, {"a.txt": Squeezed(TEXT)}) == expected


@pytest.mark.parametrize(
    ("passages", "expected"),
    [
        ([Passage("b.pdf", "om Skole-\nlinux 2.0.", None, (3, 3))], Judged(1, 1, 0)),
        ([OTHER, Passage("b.pdf", "**Skolelinux 2.0**", None, (6, 8))], Judged(2, 1, 0)),
        ([OTHER, Passage("b.pdf", "Version to", None, (9, 9))], Judged(2, 1, 0)),
        ([Passage("b.pdf", "Skolelinux 2.0", None, (9, 9))], Judged(NOT_FOUND, 1, 0)),
        ([Passage("b.pdf", "Skolelinux 2.0", None, (4, 6))], Judged(NOT_FOUND, NOT_FOUND, 0)),
        ([Passage("a.pdf", "Skolelinux 2.0", None, (3, 3))], Judged(NOT_FOUND, NOT_FOUND, 0)),
        ([Passage("b.pdf", "Skolelinux 2.0", None, None)], Judged(NOT_FOUND, NOT_FOUND, 0)),
    ],
)
def test_in_a_pdf_page_and_words_decide(passages: list[Passage], expected: Judged) -> None:
    assert judged(ON_PAGE, passages, {}) == expected


@pytest.mark.parametrize(
    ("text", "answer", "there"),
    [
        ("ho-\nved serveren", "Hovedserveren", True),
        ("den 2. juli 2001", "2 juli, 2001", True),
        ("ﬁl", "fil", True),
        ("modules=ppp-udeb³.", "modules=ppp-udeb", True),
        ("port 8080", "80", False),
        ("hovedserverens", "hovedserveren", False),
    ],
)
def test_an_answer_stands_in_a_text_as_whole_words(text: str, answer: str, there: bool) -> None:
    assert says(text, answer) is there


def test_an_answer_of_signs_alone_is_found_by_them() -> None:
    assert says("skriv “?= ” her", "“?=”")
    assert not says("skriv “=” her", "“?=”")


def test_pages_overlap_ends_included() -> None:
    assert [page for page in range(6) if overlap((2, 4), page)] == [2, 3, 4]
    assert not overlap(None, 1)


def test_a_task_survives_its_line() -> None:
    task = Task("langchain", Model("e5", "/m", "query: ", "passage: "), "files", "state", 10, ("Hvad?\n", "æøå"), True)
    line = task.to_line()
    assert "\n" not in line
    assert Task.from_line(line) == task


def _row(mrr: float, ranks: str, index_s: float, p50: float) -> dict[str, Any]:
    quality = {name: {"value": mrr} for name in ("r_at_1", "r_at_4", "r_at_10", "mrr")}
    return {
        "quality": quality,
        "ranks": ranks,
        "characters_in_top_4": 2000,
        "chunks": 3,
        "index_s": index_s,
        "search_ms": {"p50": p50, "p99": 2 * p50},
        "peak_mib": 900,
        "helpers_peak_mib": 100,
        "disk_mib": 2.0,
        "start_to_first_search_s": 5.0,
        "load_before": 0.5,
        "pace_ms": 20.4,
        "taken_by_others": 0.021,
    }


def test_the_table_marks_what_a_peer_does_better_and_nothing_else() -> None:
    ours, theirs = _row(1.0, "1 1", 10.0, 20.0), _row(0.5, "2 2", 5.0, 30.0)
    results = {"xquad_en": {"chroma": {"e5": theirs}, "kilde": {"e5": ours}}}
    lines = tables(results, {"xquad_en": ["d1", "d2"]}).splitlines()
    first, second = ([cell.strip() for cell in line.strip("|").split("|")] for line in lines[-2:])
    assert first[:4] == ["kilde", "e5", "1.000", "1.000"]
    assert not any(LOSES in cell for cell in first)
    assert second[2] == "0.500"
    assert second[6] == "-0.500 [-0.500, -0.500]"
    assert second[9] == f"5.0 (0.50×) {LOSES}"
    assert second[10] == "30.0 (1.50×)"
    assert second[12] == "1000 (1.00×)"
    assert second[15:17] == ["20", "2%"]


def test_a_table_without_kilde_has_no_ratios() -> None:
    told = tables({"xquad_en": {"chroma": {"e5": _row(0.5, "2 2", 5.0, 30.0)}}}, {})
    assert "×)" not in told
    assert "| 5.0 |" in told


def test_a_table_takes_the_place_of_the_one_before() -> None:
    text = "a\n<!-- table -->\nold\n<!-- /table -->\nb\n"
    assert with_table(text, "new") == "a\n<!-- table -->\nnew\n<!-- /table -->\nb\n"
    with pytest.raises(ValueError, match="no place"):
        with_table("a", "new")
