"""A folder that an earlier version wrote opens with everything in it as it was."""

from __future__ import annotations

import gzip
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from rag.core.settings import DEFAULTS
from rag.core.types import Scope, State
from rag.library import Library
from tests.conftest import FakeModels
from tests.older.description import described_at

DATA = Path(__file__).parent / "data"
FTS5_SCORES = ("lexical_score", "score", "relevance")
LAST_DIGIT = 2e-6
"""Scores are kept with six digits; processors and their libraries add up in another order."""
NOT_COMPARED = ("schema_version", "meta", "rows")  # how the tables are laid out is each version's own


def differences(before: Any, after: Any, path: str = "") -> list[str]:
    """Where two values differ, each with its path."""
    if isinstance(before, dict) and isinstance(after, dict):
        keys = dict.fromkeys((*before, *after))
        return [
            line for key in keys for line in differences(before.get(key, "-"), after.get(key, "-"), f"{path}/{key}")
        ]
    if isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        pairs = enumerate(zip(before, after, strict=True))
        return [line for n, (old, new) in pairs for line in differences(old, new, f"{path}/{n}")]
    if isinstance(before, float) and isinstance(after, float) and abs(before - after) < LAST_DIGIT:
        return []
    return [] if before == after else [f"{path}: {str(before)[:200]} -> {str(after)[:200]}"]


def read_then(name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(gzip.decompress((DATA / f"{name}.json.gz").read_bytes()))
    return {key: value for key, value in content.items() if key not in NOT_COMPARED}


@pytest.mark.parametrize("work", [False, True], ids=["reading", "working"])
@pytest.mark.parametrize("name", ["library-0.1", "library-6", "library-fts5", "library-schema6", "library-schema9"])
def test_everything_is_there(name: str, work: bool) -> None:
    before = read_then(name)
    searches = [(s["question"], s["by_meaning"], Scope(tags=tuple(s["tags"]))) for s in before["searches"]]
    after = described_at(DATA / f"{name}.zip", searches, work=work)
    if name in ("library-fts5", "library-schema9") or work:
        # the words of numbers were others, so that chunks are shorter, and names of documents did not weigh: the same
        # passages in the same order
        for then, now in zip(before["searches"], after["searches"], strict=True):
            for old, new in zip(then["hits"], now["hits"], strict=True):
                for score in FTS5_SCORES:
                    assert (new[score] is None) == (old[score] is None)
                    if old[score] is not None and score == "lexical_score":
                        assert new[score] == pytest.approx(old[score], rel=0.05, abs=0.05)
                    new[score] = old[score]
    in_force = after["settings"]["in_force"]
    for setting in in_force.keys() - before["settings"]["in_force"].keys():  # of later versions
        assert in_force.pop(setting) == getattr(DEFAULTS, setting)
    assert differences(before, after) == []


def test_a_difference_is_seen() -> None:
    before = read_then("library-0.1")
    changed = read_then("library-0.1")
    changed["conversations"][0]["turns"][0]["ledger"]["words"] = []
    assert len(differences(before, changed)) == 1


def test_what_was_attached_comes_in_when_a_mail_is_read_again(tmp_path: Path) -> None:
    with zipfile.ZipFile(DATA / "library-schema6.zip") as archive:
        archive.extractall(tmp_path / "library")
    with Library.open(tmp_path / "library", work=False, models=FakeModels()) as library:
        outer = library.store.documents.named("tilbud.eml")
        assert outer is not None and [notice.code for notice in outer.notices] == ["attachments_not_read"]
        library.documents.reindex([outer.id])
        library.work_until_done(lambda _: None)
        (inner,) = library.documents.inside(outer.id)
        assert (inner.name, inner.parent) == ("tilbud.eml › Bilag æøå.pdf", outer.id)
        assert library.maintenance.verify().problems == ()


def test_nothing_that_was_read_in_full_is_read_again(tmp_path: Path) -> None:
    with zipfile.ZipFile(DATA / "library-schema9.zip") as archive:
        archive.extractall(tmp_path / "library")
    with Library.open(tmp_path / "library", work=False, models=FakeModels()) as library:
        library.work_until_done(lambda _: None)
        documents = {document.name: document for document in library.documents.all()}
        assert {document.lacking == {} for document in documents.values()} == {True}
        read = documents["pumpe.pdf"]
        assert (read.state, read.loader_version, read.chunks_done) == (State.READY, 1, read.chunks)
        outer, inner = documents["tilbud 2026.eml"], documents["tilbud 2026.eml › Bilag æøå.txt"]
        assert inner.parent == outer.id
        assert library.maintenance.verify().problems == ()
