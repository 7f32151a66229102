"""What CONTRIBUTING.md and ARCHITECTURE.md have the reader open or run is there, and the checks are the same ones."""

from __future__ import annotations

import re
from functools import cache
from importlib.util import find_spec

import pytest

from tests.helpers import ROOT

GUIDES = ("CONTRIBUTING.md", "ARCHITECTURE.md")
TOPS = ("rag", "pages", "tests", "benchmarks", "training", "docs", ".ci", ".streamlit")
MADE_IN_USE = ("vectorstore/", ".venv/")


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


@cache
def paths() -> frozenset[str]:
    """All files and folders of the project, each also by the ends of its path: "loaders/csv.py" is told, too."""
    whole = [*ROOT.iterdir(), *(path for top in TOPS for path in (ROOT / top).rglob("*"))]
    parts = [path.relative_to(ROOT).parts for path in whole if not {"__pycache__", "cache"} & {*path.parts}]
    return frozenset("/".join(names[start:]) for names in parts for start in range(len(names)))


def code_in(guide: str) -> list[str]:
    """The spans in backticks and the lines of shell blocks, without those with a placeholder such as <name>."""
    text = text_of(guide)
    blocks = re.findall(r"^```sh\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    prose = re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE)
    spans = [*re.findall(r"`([^`\n]+)`", prose), *(line for block in blocks for line in block.splitlines())]
    return [span for span in spans if "<" not in span]


def paths_in(guide: str) -> set[str]:
    words = {word for span in code_in(guide) for word in re.findall(r"[\w./-]+", span)}
    links = set(re.findall(r"\]\(([\w./-]+)\)", text_of(guide)))
    named = {word for word in words if "/" in word.strip("/.") or re.search(r"\w\.(py|md|toml|txt|yaml)$", word)}
    return {path.rstrip("/") for path in named | links if not path.startswith(MADE_IN_USE)}


@pytest.mark.parametrize("guide", GUIDES)
def test_what_is_to_be_opened_is_there(guide: str) -> None:
    assert len(paths_in(guide)) > 5
    assert sorted(path for path in paths_in(guide) if path.startswith("/") or path not in paths()) == []


def test_what_is_to_be_run_is_there() -> None:
    code = "\n".join(code_in("CONTRIBUTING.md"))
    targets = set(re.findall(r"\bmake ([a-z]+)", code))
    modules = set(re.findall(r"python -m (\S+)", code))
    assert {"run", "test", "lint", "bench", "audit"} == targets
    assert all(re.search(rf"^{target}:", text_of("Makefile"), re.MULTILINE) for target in targets)
    assert modules and all(find_spec(module) for module in modules)


def test_the_names_in_capitals_are_there() -> None:
    names = set(re.findall(r"(?<![\w.])_?[A-Z]{4}[A-Z_]*\b(?![./])", "\n".join(code_in("CONTRIBUTING.md"))))
    names = {name for name in names if name != "ARGS"}
    sources = "".join(text_of(path) for path in paths() if path.startswith(("rag/", "tests/")) and path.endswith(".py"))
    assert {"FILE_TYPES", "IMPLEMENTATIONS", "BACKENDS", "KINDS", "PAGES"} <= names
    assert {name for name in names if not re.search(rf"\b{name}\b", sources)} == set()


def test_the_hooks_are_what_lint_runs_and_name_no_rules() -> None:
    config = text_of(".pre-commit-config.yaml")
    (recipe,) = re.findall(r"^lint:.*\n((?:\t.*\n)+)", text_of("Makefile"), re.MULTILINE)
    lint = [line.strip().replace("$(PY)", ".venv/bin/python") for line in recipe.splitlines()]
    entries = re.findall(r"^ +entry: (.+)$", config, re.MULTILINE)
    assert entries == [*lint, ".venv/bin/python -m pytest -q tests/test_architecture.py"]
    assert not re.search(r"^ +(?:files|exclude|args):", config, re.MULTILINE)
    # neither does lint: each line is a tool, and what it does
    assert {len(line.split()) for line in lint} <= {3, 4, 5}
    assert not any("/" in word or "." in word for line in lint for word in line.split()[1:])
