"""The everyday questions: what a verdict is, what is counted, and that every answer stands in its document."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from benchmarks.everyday.files import content
from benchmarks.everyday.judging import Asked, Verdict, bands, figures, verdict
from benchmarks.everyday.questions import SET, TRAINING, Question, read
from benchmarks.everyday.sources import Source, parse, sources
from benchmarks.everyday.support import spaced, span_of
from benchmarks.everyday.verify import faults
from rag.core.file_types import BY_SUFFIX
from tests.files import read as loaded

QUESTIONS = {"set": read(SET), "training": read(TRAINING)}
EVERY = [*QUESTIONS["set"], *QUESTIONS["training"]]
RIGHT = r"Model 3.*1\.475"


@pytest.mark.parametrize(
    ("quotes", "right", "expected"),
    [
        (["Model 3 | Pris: 1.475 kr."], RIGHT, Verdict.RIGHT_FIRST),
        (["Model 3 |\n Pris: 1.475"], RIGHT, Verdict.RIGHT_FIRST),
        (["Model 4 | Pris: 1.650", "Model 3 | Pris: 1.475"], RIGHT, Verdict.RIGHT_LATER),
        (["Model 4 | Pris: 1.650"], RIGHT, Verdict.WRONG),
        ([], RIGHT, Verdict.REFUSED_WRONGLY),
        ([], None, Verdict.REFUSED_RIGHTLY),
        (["Model 4 | Pris: 1.650"], None, Verdict.ANSWERED_WRONGLY),
    ],
)
def test_the_first_quote_decides(quotes: list[str], right: str | None, expected: Verdict) -> None:
    assert verdict(quotes, right) is expected


def asked(said: Verdict, document: str, *, right: str | None = "x", chance: float | None = None) -> Asked:
    question = Question("e1", "?", (document,), "label", "da", "pdf", "dev", right, "", "", document, "")
    return Asked(question, said, () if chance is None else ("x",), chance, said is Verdict.RIGHT_FIRST)


def test_shares_are_of_the_questions_that_could_have_come_out_so() -> None:
    found = figures(
        [
            asked(Verdict.RIGHT_FIRST, "a.pdf"),
            asked(Verdict.RIGHT_LATER, "a.pdf"),
            asked(Verdict.REFUSED_WRONGLY, "b.pdf"),
            asked(Verdict.NOT_READ, "c.odt"),
            asked(Verdict.REFUSED_RIGHTLY, "b.pdf", right=None),
        ]
    )
    assert (found["questions"], found["answerable"]) == (5, 4)
    assert found["counts"]["right later"] == 1 and "wrong" not in found["counts"]
    shares = {name: found[name]["value"] for name in ("good", "right_first", "right", "refused_wrongly", "held")}
    assert shares == {"good": 0.4, "right_first": 0.25, "right": 0.5, "refused_wrongly": 0.25, "held": 0.25}
    assert found["refused_rightly"]["value"] == 1.0


def test_bands_tell_how_often_a_chance_was_right() -> None:
    found = bands(
        [
            asked(Verdict.RIGHT_FIRST, "a.pdf", chance=1.0),
            asked(Verdict.WRONG, "a.pdf", chance=0.96),
            asked(Verdict.WRONG, "a.pdf", chance=0.55),
            asked(Verdict.REFUSED_WRONGLY, "a.pdf"),
        ]
    )
    assert found == [
        {"from": 0.5, "to": 0.6, "answers": 1, "right_first": 0.0},
        {"from": 0.95, "to": 1.0, "answers": 2, "right_first": 0.5},
    ]


def test_a_support_is_found_in_what_was_read() -> None:
    rows = "Vare: Muffe | Lager:  | Pris: 12,50\nVare: Bøjning | Lager: 4 | Pris: 9,00"
    assert span_of("Muffe |  | 12.50", rows) == (6, 35)
    assert span_of("Bøjning | 4 | 12.50", rows) is None
    assert span_of("Gem kvitteringen i to år.", "Husk: Gem kvitteringen i\nto år. Tak.") == (6, 31)


def test_sources_are_told_apart() -> None:
    made = list(
        parse("=== a.csv | split=dev language=da\n|A|B|\n|1||\n\n=== b.eml | language=en\nFrom: x@y.example\n\nHi\n")
    )
    assert [(one.name, one.options["language"]) for one in made] == [("a.csv", "da"), ("b.eml", "en")]
    assert made[0].blocks[0].rows == [["A", "B"], ["1", ""]]
    assert [(block.kind, block.text) for block in made[1].blocks[1:]] == [("text", "Hi")]


def test_there_are_as_many_as_is_said() -> None:
    whole, training = QUESTIONS["set"], QUESTIONS["training"]
    assert len(whole) >= 240 and len({name for one in whole for name in one.files}) >= 64
    assert len(training) >= 1_000
    for questions in QUESTIONS.values():
        assert 0.2 < sum(one.right is None for one in questions) / len(questions) < 0.3
    kinds = {split: {one.kind for one in whole if one.split == split} for split in ("dev", "test")}
    assert kinds["dev"] == kinds["test"] == {one.kind for one in training}


def test_ids_and_questions_are_not_there_twice() -> None:
    assert max(Counter(one.id for one in EVERY).values()) == 1
    assert max(Counter((one.question, one.files) for one in EVERY).values()) == 1


def test_no_document_is_in_two_splits() -> None:
    splits: dict[str, set[str]] = defaultdict(set)
    for one in EVERY:
        for name in one.files:
            splits[name].add(one.split)
    assert set(splits) == set(sources())
    assert not {name: found for name, found in splits.items() if len(found) > 1}


def test_what_is_right_accepts_what_supports_it() -> None:
    answered = [one for one in EVERY if one.right is not None]
    assert not [one.id for one in answered if not re.search(str(one.right), spaced(one.support) + " ")]
    assert not [one.id for one in answered if one.document not in one.files or not one.answer]
    assert not [one.id for one in EVERY if one.right is None and (one.answer or one.support)]


def shortest(suffix: str) -> Source:
    """The document of a format that is made most quickly."""
    of = [source for source in sources().values() if source.suffix == suffix]
    return min(of, key=lambda source: sum(len(block.lines()) for block in source.blocks))


@pytest.mark.parametrize("suffix", sorted({source.suffix for source in sources().values()}))
def test_files_are_the_same_each_time_and_say_the_answers(suffix: str, tmp_path: Path) -> None:
    source = shortest(suffix)
    data = content(source)
    assert data == content(source)
    if f".{suffix}" in BY_SUFFIX:
        pages = [page.text for page in loaded(tmp_path, source.name, data).pages]
        wrong = [fault for one in EVERY if one.document == source.name for fault in faults(one, pages)]
        assert not wrong
