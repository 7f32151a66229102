"""The questions of the benchmarks are well formed; that their answers stand where they say is `verify.py`'s check."""

from __future__ import annotations

import json

from tests.helpers import ROOT

ROWS = [
    json.loads(line)
    for line in (ROOT / "benchmarks" / "data" / "debian_edu_da.jsonl").read_text(encoding="utf-8").splitlines()
]


def wanted(row: dict[str, object]) -> list[int]:
    pages = row.get("pages", [row.get("page")])
    assert isinstance(pages, list)
    return pages


def test_twenty_questions_are_answered_and_six_are_not() -> None:
    answered = [row for row in ROWS if wanted(row)]
    assert len(answered) == 20
    assert len(ROWS) - len(answered) == 6
    assert all(isinstance(page, int) and 1 <= page <= 102 for row in answered for page in wanted(row))
    assert all(bool(row["answer"]) == bool(wanted(row)) for row in ROWS)


def test_each_question_is_asked_once() -> None:
    assert len({row["id"] for row in ROWS}) == len(ROWS)
    assert len({row["q"] for row in ROWS}) == len(ROWS)
    assert all(row["q"].endswith("?") for row in ROWS)
