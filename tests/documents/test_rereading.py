"""Documents that an earlier version read are offered to be read again, with what that changes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from rag.core.types import Notice, Parsed
from rag.documents import document_reader, loaders
from rag.library import Library
from tests.conftest import FakeModels

PRICES = "# Priser\n\nPrisen er 1.250 kr. for en cykel.\n\nLevering tager to dage.\n"
SAME = "Nothing of this is read otherwise than before.\n"


def read_less(*arguments: Any, **keywords: Any) -> Parsed:
    """What an earlier version read: the amount wrong, and not the sentence after it."""
    parsed = loaders.load(*arguments, **keywords)
    pages = tuple(
        replace(page, text=page.text.replace("1.250", "1.2501").replace("Levering tager to dage.", "").rstrip())
        for page in parsed.pages
    )
    return replace(parsed, pages=pages, loader_version=0)


@pytest.fixture
def older(tmp_path: Path, models: FakeModels, monkeypatch: pytest.MonkeyPatch) -> Iterator[Library]:
    """A library with two documents as an earlier version read them."""
    with Library.open(tmp_path / "data", models=models) as library:
        with monkeypatch.context() as earlier:
            earlier.setattr(document_reader, "load", read_less)
            library.documents.add("priser.md", PRICES.encode())
            library.documents.add("same.txt", SAME.encode())
            assert library.wait(20)
        yield library


def names(library: Library) -> list[str]:
    return sorted(document.name for document in library.rereading.outdated())


def test_what_reading_again_changes_is_shown_and_nothing_is_changed_before_it_is_wanted(older: Library) -> None:
    assert names(older) == ["priser.md", "same.txt"]
    older.rereading.compare()
    older.rereading.wait(20)
    changed, same = older.rereading.differences(older.rereading.outdated())
    assert (changed.document.name, changed.added, changed.removed) == ("priser.md", 2, 1)
    assert changed.first_added == ("Prisen er 1.250 kr. for en cykel.", "Levering tager to dage.")
    assert changed.first_removed == ("Prisen er 1.2501 kr. for en cykel.",)
    assert same.document.name == "same.txt" and not same.changes
    assert older.ask("Hvad er prisen?").hits[0].chunk.text.count("1.2501") == 1
    assert names(older) == ["priser.md", "same.txt"]


def test_only_what_changes_is_read_again(older: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    older.rereading.compare()
    older.rereading.wait(20)
    read: list[str] = []

    def load(path: Path, media_type: str, name: str, **keywords: Any) -> Parsed:
        read.append(name)
        return loaders.load(path, media_type, name, **keywords)

    monkeypatch.setattr(document_reader, "load", load)
    older.rereading.accept()
    assert older.wait(20)
    assert read == ["priser.md"]
    assert names(older) == [] and older.rereading.differences(older.rereading.outdated()) == ()
    assert "1.250 kr." in older.ask("Hvad er prisen?").hits[0].chunk.text


def test_all_are_read_again_where_nobody_has_compared(older: Library) -> None:
    older.rereading.accept()
    assert older.wait(20)
    assert names(older) == []
    assert "to dage" in " ".join(hit.chunk.text for hit in older.ask("Hvornår er der levering?").hits)


def test_what_is_left_as_it_is_is_offered_no_more(older: Library) -> None:
    older.rereading.leave()
    assert names(older) == []
    assert "1.2501" in older.ask("Hvad er prisen?").hits[0].chunk.text


def test_a_file_that_cannot_be_read_any_more_is_said_and_kept(older: Library) -> None:
    document = next(d for d in older.documents.all() if d.name == "priser.md")
    older.store.documents.original(document.sha256).unlink()
    older.rereading.compare()
    older.rereading.wait(20)
    failed = next(d for d in older.rereading.differences(older.rereading.outdated()) if d.document.id == document.id)
    assert failed.failure == Notice("document_gone") and not failed.changes
    older.rereading.accept()
    assert older.wait(20)
    assert "1.2501" in older.ask("Hvad er prisen?").hits[0].chunk.text


def test_documents_of_today_are_not_offered_and_stay_so_in_an_export(library: Library, tmp_path: Path) -> None:
    library.documents.add("priser.md", PRICES.encode())
    assert library.wait(20)
    assert library.rereading.outdated() == []
    library.maintenance.export(tmp_path / "out")
    with Library.open(tmp_path / "other", models=library.embedding_models) as other:
        other.maintenance.import_(tmp_path / "out")
        assert other.wait(20)
        assert [document.name for document in other.documents.all()] == ["priser.md"]
        assert other.rereading.outdated() == []
