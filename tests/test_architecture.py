"""Imports point one way, heavy libraries wait until they are needed, and some doors stay shut."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
# The floors of the house, lowest first. A room may import from itself and from the rooms of lower floors; rooms of one
# floor know nothing of each other.
FLOORS: tuple[frozenset[str], ...] = (
    frozenset({"core"}),
    frozenset({"store", "models"}),
    frozenset({"documents", "retrieval", "generation", "conversations"}),
    frozenset({"answering", "evaluation"}),
    frozenset({"library"}),
    frozenset({"ui", "__main__"}),
    frozenset({"pages", "app"}),
)
FLOOR = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}
MOST_ENTRIES = 12  # at the top of `rag/`, without __init__.py and __main__.py
HEAVY = {"torch", "transformers", "sentence_transformers", "faiss", "pandas"}
SHUT = {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "marshal", "shelve"}

# Former names of functions and classes for which the field has a usual one; see the modules that define the new ones.
FORMER_NAMES = set(
    """Who Chooser LoadedModel RunningTurns SpaceChanger Measurements Parts RightOfWay TakesTurns Shelf Offer Said Told
    Shared Written Line Fit Clock Causal both_checked unsealed sealed reached remember found_before around disarmed
    look_again judged keep_as_it_is wholes whole addressed fits stop_where""".split()  # noqa: SIM905 - forty quoted strings are harder to read
)

# What is of SQLite in the store: others ask for the protocols in `rag.store.protocol`.
SQLITE = {
    "rag.store.chunks",
    "rag.store.documents",
    "rag.store.queue",
    "rag.store.rows",
    "rag.store.spaces",
    "rag.store.sqlite",
    "rag.store.statements",
    "rag.store.vector_indexes",
}


def name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


FILES = sorted([*(ROOT / "rag").rglob("*.py"), *(ROOT / "pages").glob("*.py"), *ROOT.glob("app.py")])
MODULES = {name(path): path for path in FILES}


@cache
def tree(module: str) -> ast.Module:
    return ast.parse(MODULES[module].read_text(encoding="utf-8"))


def imported(module: str, node: ast.AST) -> Iterator[str]:
    """The dotted names that an import statement names, where they are modules of ours or of others."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        base = node.module or ""
        if node.level:
            package = module.split(".") if MODULES[module].stem == "__init__" else module.split(".")[:-1]
            base = ".".join([*package[: len(package) - node.level + 1], *([base] if base else [])])
        for alias in node.names:
            deeper = f"{base}.{alias.name}"
            yield deeper if deeper in MODULES else base


def all_imports(module: str) -> set[str]:
    return {target for node in ast.walk(tree(module)) for target in imported(module, node)}


def imports_when_loaded(module: str) -> set[str]:
    """Those that run with the module itself: not in functions, nor for the type checker alone."""

    def walk(nodes: list[ast.stmt]) -> Iterator[str]:
        for node in nodes:
            yield from imported(module, node)
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
                yield from walk(node.orelse)
                continue
            for field in ("body", "orelse", "finalbody"):
                yield from walk(getattr(node, field, []))
            for handler in getattr(node, "handlers", []):
                yield from walk(handler.body)

    return set(walk(tree(module).body))


def room(module: str) -> str:
    """The room that a module of ours is in: a folder or file at the top of `rag/`, "pages" or "app"."""
    parts = module.split(".")
    return parts[1] if parts[0] == "rag" and len(parts) > 1 else parts[0]


def our_imports(module: str) -> set[str]:
    return {target for target in all_imports(module) if target.split(".")[0] in {"rag", "pages", "app"}}


@pytest.mark.parametrize("module", MODULES)
def test_imports_point_down(module: str) -> None:
    own_room = room(module)
    if module == "rag":
        assert not our_imports(module)
        return
    assert own_room in FLOOR, f"{module} is in no room: give it one in FLOORS"
    rooms = {target: room(target) for target in our_imports(module) if room(target) != own_room}
    assert not {
        target: target_room
        for target, target_room in rooms.items()
        if FLOOR.get(target_room, len(FLOORS)) >= FLOOR[own_room]
    }


@pytest.mark.parametrize("module", MODULES)
def test_what_the_app_loads_knows_nothing_of_what_stands_beside_it(module: str) -> None:
    assert not {target for target in all_imports(module) if target.split(".")[0] in {"benchmarks", "tests", "training"}}


def test_every_room_has_its_floor() -> None:
    entries = {
        path.stem for path in (ROOT / "rag").iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()
    }
    assert entries == set(FLOOR) - {"pages", "app"} | {"__init__"}
    assert len(entries - {"__init__", "__main__"}) <= MOST_ENTRIES


def test_pages_know_nothing_below_the_facade_but_values() -> None:
    pages = [module for module in MODULES if room(module) in {"app", "pages"}]
    assert {"app", "pages.chat", "pages.upload", "pages.settings"} <= set(pages)
    for module in pages:
        assert {room(target) for target in our_imports(module)} <= {"core", "library", "ui"}, module


@pytest.mark.parametrize("module", MODULES)
def test_only_the_pages_know_streamlit(module: str) -> None:
    if module.split(".")[0] == "rag" and not f"{module}.".startswith("rag.ui."):
        assert not {target for target in all_imports(module) if target.split(".")[0] == "streamlit"}


@pytest.mark.parametrize("module", MODULES)
def test_heavy_libraries_wait(module: str) -> None:
    assert not {target for target in imports_when_loaded(module) if target.split(".")[0] in HEAVY}


def test_no_module_waits_for_itself() -> None:
    edges = {module: imports_when_loaded(module) & set(MODULES) for module in MODULES}
    done: set[str] = set()

    def visit(module: str, path: tuple[str, ...]) -> None:
        assert module not in path, " -> ".join([*path[path.index(module) :], module])
        if module not in done:
            for target in sorted(edges[module]):
                visit(target, (*path, module))
            done.add(module)

    for module in edges:
        visit(module, ())


def test_loading_the_facade_loads_nothing_heavy() -> None:
    # what the imports say is not all: one of the light libraries might bring a heavy one along
    code = f"import sys, rag.library, rag.__main__; print(*({HEAVY!r} & set(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout.strip() == ""


@pytest.mark.parametrize("module", MODULES)
def test_doors_that_stay_shut(module: str) -> None:
    assert not {target for target in all_imports(module) if target.split(".")[0] in SHUT}
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.keyword):
            assert node.arg != "unsafe_allow_html", f"line {node.value.lineno}"
            if node.arg in {"trust_remote_code", "allow_pickle", "unsafe_allow_javascript"}:
                assert isinstance(node.value, ast.Constant), f"line {node.value.lineno}"
                assert node.value.value is False, f"line {node.value.lineno}"
        if isinstance(node, ast.Call) and ast.unparse(node.func) in {"eval", "exec", "torch.load"}:
            pytest.fail(f"{ast.unparse(node.func)} in line {node.lineno}")


def test_one_module_knows_which_store_it_is() -> None:
    outside = [module for module in MODULES if room(module) != "store"]
    assert {module for module in outside if all_imports(module) & SQLITE} == {"rag.library"}


def sql_lines(module: str) -> list[int]:
    """The lines in which a module speaks SQL, or opens a transaction of the database to do so."""
    return [
        node.lineno
        for node in ast.walk(tree(module))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and (
            (node.func.attr in {"execute", "executemany"} and node.args)
            or (
                node.func.attr in {"read", "write"} and ast.unparse(node.func.value).split(".")[-1].endswith("database")
            )
        )
    ]


@pytest.mark.parametrize("module", MODULES)
def test_only_the_store_speaks_sql(module: str) -> None:
    if room(module) != "store":
        assert "apsw" not in all_imports(module)
        assert sql_lines(module) == []


def test_the_check_sees_what_it_should() -> None:
    assert sql_lines("rag.store.queue")
    assert "rag.store.sqlite" in all_imports("rag.library")
    assert room("rag.store.sqlite") == "store"
    assert sql_lines("rag.store.documents")
    assert room("rag.library") == "library"
    assert room("pages.chat") == "pages"
    assert "rag.core.i18n" in imports_when_loaded("rag.core.errors")


def test_former_names_stay_away() -> None:
    named = {
        f"{module}.{node.name}"
        for module in MODULES
        for node in ast.walk(tree(module))
        if isinstance(node, ast.ClassDef | ast.FunctionDef) and node.name in FORMER_NAMES
    }
    assert named == {"rag.documents.loaders.pdf.writing.Line"}  # a line of a page
