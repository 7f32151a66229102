"""The quick part of `python -m tests.hostile_inputs`: some of the files, and each check with a few values."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.core.errors import KildeError
from rag.core.file_types import PICTURES
from rag.core.types import Scope, State
from rag.documents.loaders import MEDIA_TYPES
from rag.documents.loaders.pdf import ocr
from rag.library import Library
from tests.hostile_inputs import __main__ as command
from tests.hostile_inputs.checks import CHECKS, answer_of, answered, asked_library
from tests.hostile_inputs.files import HostileFile, corpus, seeds
from tests.hostile_inputs.pdfs import GOOD_PDF
from tests.hostile_inputs.reading import ending

FILES = corpus()
LARGE = (
    *(
        "mb",
        "million",
        "100000",
        "300000",
        "50000",
        "20000",
        "5000",
        "6000",
        "nested",
        "bomb",
        "doubling",
        "without-end",
    ),
    *(
        "abbreviations",
        "brackets",
        "letters",
        "marks",
        "emoji",
        "private",
        "half-characters-utf",
        "full-stops",
        "noise",
    ),
    *(
        "questions",
        "numbers",
        "dashes",
        "spaces",
        "says-it",
        "many-parts",
        "form-draws",
        "references",
        "quotes",
        "lists",
    ),
    *(
        "links",
        "cells",
        "mail",
        "ticks",
        "web-markup",
        "formula",
        "entities",
        "table",
        "pictures",
        "underlined",
        "stars",
    ),
    *("matter-open", "fence", "last-cell", "merged-all"),
)
"""In the names of those that take longer to make or to read: they are read by the command."""
QUICK = [file for file in FILES if not any(word in file.name for word in LARGE)]
EXAMPLES = 8


def test_there_are_enough_and_every_kind_that_is_read_has_its_own() -> None:
    assert len(FILES) >= 60 and len(QUICK) >= 60
    assert len({file.name for file in FILES}) == len(FILES)
    suffixes = {Path(file.name).suffix for file in FILES}
    assert set(MEDIA_TYPES) <= suffixes and set(MEDIA_TYPES) == set(seeds())


def test_what_is_sound_is_read(tmp_path: Path) -> None:
    """The files that are damaged would be documents without the damage: else nothing would be shown by a refusal."""
    assert ending("a.pdf", GOOD_PDF, tmp_path).detail == "1 pages, 1 chunks"
    for suffix, begun in seeds().items():
        if MEDIA_TYPES[suffix] in PICTURES and ocr.command() is None:
            continue  # they have no text then
        for data in begun:
            assert ending(f"a{suffix}", data, tmp_path).is_document, suffix


@pytest.mark.parametrize("kind", sorted({file.kind for file in QUICK}))
def test_every_file_ends_as_a_document_or_in_words(kind: str, tmp_path: Path) -> None:
    for file in QUICK:
        if file.kind == kind:
            assert ending(file.file, file.make(), tmp_path).how, file.name


@pytest.mark.parametrize("check", CHECKS)
def test_no_value_brings_a_reader_down(check: str) -> None:
    said = CHECKS[check](EXAMPLES, 1)
    assert sum(said.values()) >= min(EXAMPLES, 3)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    with asked_library(tmp_path_factory.mktemp("store")) as (opened, _):
        yield opened


def test_all_on_one_library_change_nothing_for_the_others(library: Library) -> None:
    old = Scope(tuple(document.id for document in library.documents.all()))
    before, accepted = answer_of(answered(library, scope=old)), 0
    for file in QUICK[::5]:
        try:
            library.documents.add(file.name, file.make())
            accepted += 1
        except KildeError:
            continue
    assert library.wait(60) and accepted >= 6
    for document in library.documents.all():
        assert document.state in (State.READY, State.FAILED), document.name
        assert document.state is State.READY or document.notices, document.name
    assert "6 måneder" in before[0] and answer_of(answered(library, scope=old)) == before
    assert library.maintenance.verify().problems == ()


def test_a_fault_is_told_and_counted(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """The command sees what it is there to see."""

    def fails(examples: int, seed: int) -> object:
        raise ZeroDivisionError

    monkeypatch.setattr(command, "CHECKS", {"a check": fails})
    broken = HostileFile("text/broken.txt", lambda: b"x" * (1 // 0))
    monkeypatch.setattr(command, "corpus", lambda: [broken, HostileFile("text/sound.txt", lambda: b"Hej med dig")])
    monkeypatch.setattr("sys.argv", ["hostile_inputs", "--only", "", "--examples", "1"])
    monkeypatch.setattr(command, "dropped_on_one_library", lambda files, faults: {})
    assert command.main() == 1
    said = capsys.readouterr().out
    assert "FAULT text/broken.txt" in said and "FAULT a check: " in said and "ZeroDivisionError" in said
