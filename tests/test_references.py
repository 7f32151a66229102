"""What comments, docstrings and documents name in backticks is there: modules, what they define, and files."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from tests.helpers import ROOT

TREES = ("rag", "tests", "benchmarks", "pages", "docs")
CACHE = ROOT / "benchmarks" / "cache"  # environments of other programs, where benchmarks ran
SOURCES = sorted(p for tree in TREES for p in (ROOT / tree).rglob("*.py") if not p.is_relative_to(CACHE))
DOCUMENTS = sorted([*(ROOT / "docs").glob("*.md"), *ROOT.glob("*.md"), *(ROOT / "vectorstore").glob("*.md")])
FILES = [*SOURCES, *(path for path in DOCUMENTS if path.name != "CHANGELOG.md")]  # which tells of what was


def dotted(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


MODULES = {dotted(path): path for path in SOURCES}


@cache
def names_in(module: str) -> frozenset[str]:
    """All that a module defines or imports, in classes and functions as well."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(MODULES[module].read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names |= {alias.asname or alias.name for alias in node.names}
    return frozenset(names)


def is_there(name: str) -> bool:
    """name: of a module, of what one defines, or of a member of that."""
    if name in MODULES:
        return True
    for members in (1, 2):
        module, *rest = name.rsplit(".", members)
        if module in MODULES and rest and rest[0] in names_in(module):
            return True
    return False


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_what_is_named_is_there(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    names = set(re.findall(r"`((?:rag|tests|benchmarks)(?:\.\w+)+)`", text))
    assert {name for name in names if not is_there(name)} == set()
    paths = set(re.findall(r"`((?:rag|tests|benchmarks|docs|pages)/[\w/.-]+\.\w+)`", text))
    assert {name for name in paths if not (ROOT / name).exists()} == set()


def test_the_check_sees_what_is_missing() -> None:
    assert is_there("rag.core.types.Hit") and is_there("rag.library.Library.ask")
    assert not is_there("rag.core.types.Nothing") and not is_there("rag.nothing")
