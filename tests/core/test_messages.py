"""Whatever goes wrong has a sentence in both languages, and an exception keeps it on its way between processes."""

from __future__ import annotations

import ast
import pickle
import string
from pathlib import Path
from typing import Any

import pytest

from rag.core import errors
from rag.core.errors import KildeError
from rag.core.i18n import codes, say, text
from rag.core.types import Notice


def family(kind: type[KildeError]) -> list[type[KildeError]]:
    return [kind, *(child for direct in kind.__subclasses__() for child in family(direct))]


ERRORS = [kind for kind in family(KildeError) if kind.__module__ == errors.__name__]


def places(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name is not None}


def values(code: str) -> dict[str, Any]:
    return {name: f"<{name}>" for name in places(text(code, "en"))}


@pytest.mark.parametrize("code", sorted(codes()))
def test_every_message_is_translated(code: str) -> None:
    assert text(code, "da") != text(code, "en")


@pytest.mark.parametrize("kind", ERRORS)
def test_every_error_has_a_sentence(kind: type[KildeError]) -> None:
    assert kind.code in codes()
    error = kind(**values(kind.code))
    for place in values(kind.code).values():
        assert place in str(error)
        assert place in error.in_language("da")
    assert str(error) == error.in_language("en") == say(kind.code, "en", **values(kind.code))
    assert "{" not in str(error)


def test_every_error_has_a_code_of_its_own() -> None:
    assert len({kind.code for kind in ERRORS}) == len(ERRORS)


@pytest.mark.parametrize("kind", ERRORS)
def test_errors_travel_between_processes(kind: type[KildeError]) -> None:
    error = kind(**values(kind.code))
    back = pickle.loads(pickle.dumps(error))
    assert type(back) is kind
    assert back.values == error.values
    assert str(back) == str(error)


def test_an_error_becomes_a_notice_that_is_no_longer_tied_to_it() -> None:
    error = errors.FileTooLarge(limit=50)
    notice = error.notice()
    error.values["limit"] = 1
    assert notice == Notice("file_too_large", {"limit": 50})
    assert say(notice.code, "da", **notice.values).startswith("Filen er for stor: grænsen er 50 MB")


def test_a_missing_value_never_hides_the_sentence() -> None:
    assert str(errors.FileTooLarge()).startswith("The file is too large: the limit is … MB")


def test_values_are_data() -> None:
    error = errors.AlreadyThere(name="{limit} {0.__class__}")
    assert "{limit} {0.__class__}" in str(error)


def test_an_unknown_language_reads_english_and_an_unknown_code_is_a_fault() -> None:
    assert say("empty_file", "zz") == say("empty_file", "en")
    with pytest.raises(KeyError):
        say("no_such_code", "en")


def test_the_tree_in_the_docstring_is_the_tree() -> None:
    drawn = [line.split("── ")[1].split()[0] for line in (errors.__doc__ or "").splitlines() if "── " in line]
    assert sorted(drawn) == sorted(kind.__name__ for kind in ERRORS if kind is not KildeError)


def test_every_notice_in_the_code_has_a_sentence() -> None:
    root = Path(errors.__file__).parent.parent
    used = {
        (path.name, node.args[0].value)
        for path in root.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and ast.unparse(node.func).split(".")[-1] in {"Notice", "say"}
        and node.args
        and isinstance(node.args[0], ast.Constant)
    }
    assert used
    assert not {(where, code) for where, code in used if code not in codes()}
