"""Records of older and newer versions are read; what is written is what was there."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import pytest

from rag.core.serialization import from_json, to_json
from rag.core.types import Assistant, Example, Length, Notice, Preference, Scope
from rag.evaluation.metrics import Outcome, Report
from rag.generation.model_trials import TrialReport

ROOT = Path(__file__).resolve().parents[2]
ASSISTANT = Assistant(
    "Regelopslag",
    length=Length.LONG,
    examples=(Example("Æ?", "Ø.", ("Å",)),),
    scope=Scope((3, 4), ("frist",), 2),
    preference=Preference(favoured_terms=("skal",), avoided_documents=("a" * 64,)),
    steps=(7,),
)
REPORT = Report(
    "2026-01-01T00:00:00.000+00:00",
    4,
    (Outcome(1, "Q?", True, 2, None, True), Outcome(2, "R?", False, fault=Notice("error", {"n": 1.5}))),
    {"k": 4, "language": "auto"},
    Notice("model_unavailable", {"model": "x"}),
)


@pytest.mark.parametrize(
    "value", [ASSISTANT, REPORT, TrialReport("m", "", "da", finish="stop", notice=Notice("error"))]
)
def test_what_is_written_is_read(value: object) -> None:
    assert from_json(type(value), to_json(value)) == value
    assert json.loads(to_json(value)) == json.loads(json.dumps(asdict(value)))  # type: ignore[call-overload]
    assert "\\u" not in to_json(value)


def test_what_an_older_version_did_not_write_has_its_default() -> None:
    assert from_json(Assistant, '{"name": "A", "scope": {}, "preference": {"favoured_terms": ["x"]}}') == Assistant(
        "A", preference=Preference(("x",))
    )


def test_what_a_newer_version_wrote_beside_is_passed_over() -> None:
    assert from_json(Scope, '{"documents": [1], "colour": {"red": 1}}') == Scope((1,))


def test_what_is_no_such_value_is_refused() -> None:
    with pytest.raises(ValueError, match="length"):
        from_json(Assistant, '{"name": "A", "length": "endless"}')


def test_the_first_page_needs_no_pydantic() -> None:
    code = """
import sys
from rag.library import Library
from rag.core.types import Conditions
with Library.in_memory(work=False) as library:
    library.conversations.history.begin("Q?", None, Conditions())
    assert library.conversations.all() and not library.assistants.all()
print("pydantic" in sys.modules)
"""
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "False"
