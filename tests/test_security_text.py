"""SECURITY.md names what is there."""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TEXT = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
# the part on faults comes with tests of its own
ELSEWHERE = {"tests.faults"}


def test_every_file_that_is_named_is_there() -> None:
    named = set(re.findall(r"`((?:tests|rag|benchmarks|\.streamlit)/[\w./]+)`", TEXT))
    assert len(named) > 15
    assert [name for name in sorted(named) if not (ROOT / name).is_file()] == []


def test_every_command_that_is_named_is_there() -> None:
    modules = set(re.findall(r"python -m ([a-z_]+\.[a-z_.]+)", TEXT))
    assert {"tests.hostile_inputs", "benchmarks.injections"} <= modules
    assert [name for name in sorted(modules - ELSEWHERE) if find_spec(name) is None] == []
    targets = set(re.findall(r"(?:^|`)make (\w+)", TEXT, re.MULTILINE))
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert targets >= {"test", "audit"} and all(re.search(rf"^{target}:", makefile, re.MULTILINE) for target in targets)


def test_every_row_names_a_test() -> None:
    rows = [line for line in TEXT.split("## What does not hold")[0].splitlines() if re.match(r"\| [A-Z\"]", line)]
    assert len(rows) > 18
    assert [row for row in rows if not re.search(r"`(?:tests|\.streamlit|python -m)", row.split("|")[3])] == []
