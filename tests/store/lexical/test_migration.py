"""The lexical index of an older database moves to FTS5 in the background, and all is found meanwhile."""

from __future__ import annotations

import gzip
import json
import random
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import apsw
import pytest

from rag.core.i18n import say
from rag.core.text.sentences import query_stems
from rag.core.types import Chunk, Notice, Scope
from rag.library import Library
from rag.store.integrity.repair import repair
from rag.store.integrity.verify import verify
from rag.store.lexical import migration, older
from rag.store.lexical.index import add_stems, chunk_count, index_problems, rebuild_index, stored_chunks
from rag.store.sqlite import SqliteStore
from tests.conftest import FakeModels
from tests.older.description import of_search
from tests.store.lexical.schema_5 import add_document, open_version_5

OLDER = Path(__file__).parents[2] / "older" / "data"
DOCUMENTS, CHUNKS = 60, 40
QUESTIONS = (
    "Hvor mange batterier?",
    "word7 word19",
    "heading3 word2",
    "common",
    "which screens last",
    "word400 common",
)
Hits = list[tuple[int, float]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A database of version 5 with 2,400 chunks."""
    generator = random.Random(3)
    db = open_version_5(tmp_path)
    for number in range(DOCUMENTS):
        language = "da" if number % 2 else "en"
        texts = []
        for place in range(CHUNKS):
            words = [f"word{int(generator.paretovariate(0.4)) % 900}" for _ in range(30)]
            extra = "batteriet holder" if generator.random() < 0.05 else "a screen lasts"
            texts.append((f"Heading{place % 7}", f"common {extra} {' '.join(words)}"))
        add_document(db, f"{number}.txt", texts, language)
    db.close()
    return tmp_path


@pytest.fixture
def store(folder: Path) -> Iterator[SqliteStore]:
    store = SqliteStore(folder)
    yield store
    store.close()


def hits_of(store: SqliteStore, question: str, documents: set[int] | None = None, page: int | None = None) -> Hits:
    candidates = store.chunks.search(None, query_stems(question, ["da", "en"]), 50, documents, page=page)
    return [(c.chunk.id, c.lexical_score or 0.0) for c in candidates]


def all_hits(store: SqliteStore) -> list[Hits]:
    narrowed = [hits_of(store, question, {3, 17, 40}, page) for question in QUESTIONS for page in (None, 5)]
    return [*(hits_of(store, question) for question in QUESTIONS), *narrowed]


def ids_of(rankings: list[Hits]) -> list[list[int]]:
    return [[chunk_id for chunk_id, _ in ranking] for ranking in rankings]


def move_all(store: SqliteStore) -> int:
    batches = 0
    while migration.move_batch(store.database):
        batches += 1
    return batches


def progress(store: SqliteStore) -> Notice | None:
    with store.database.read() as db:
        return migration.progress(db)


def left_of_old(store: SqliteStore) -> list[str]:
    with store.database.read() as db:
        names = "name LIKE 'words%'"
        return [str(row[0]) for row in db.execute(f"SELECT name FROM sqlite_schema WHERE {names}")] + [
            str(row[0]) for row in db.execute("SELECT key FROM meta WHERE key LIKE 'lexical%'")
        ]


def test_the_same_is_found_before_in_the_middle_and_after(store: SqliteStore) -> None:
    before = all_hits(store)
    asked = {stem for question in QUESTIONS for group in query_stems(question, ["da", "en"]) for stem in group}
    rare = store.chunks.rarity(asked)
    assert progress(store) == Notice("lexical_moving", {"done": 0, "chunks": DOCUMENTS * CHUNKS})
    for _ in range(3):
        assert migration.move_batch(store.database)
    assert progress(store) == Notice("lexical_moving", {"done": 3 * migration.BATCH, "chunks": DOCUMENTS * CHUNKS})
    assert all_hits(store) == before and store.chunks.rarity(asked) == rare
    assert {problem.code for problem in verify(store).problems} == {"original_damaged"}  # there are none here
    assert move_all(store) == 4  # three batches more, and the old tables go
    assert progress(store) is None and left_of_old(store) == []
    after = all_hits(store)
    assert ids_of(after) == ids_of(before) and sum(map(len, before)) > 300
    for old, new in zip(before, after, strict=True):
        assert [score for _, score in new] == pytest.approx([score for _, score in old], rel=1e-9)
    assert store.chunks.rarity(asked) == rare
    with store.database.read() as db:
        assert index_problems(db, 1) == [] and chunk_count(db, 1) == DOCUMENTS * CHUNKS


def test_what_comes_and_goes_meanwhile_is_found_and_is_not(store: SqliteStore) -> None:
    for _ in range(2):
        migration.move_batch(store.database)
    first, last = hits_of(store, "common", {1})[0][0], hits_of(store, "common", {60})[0][0]
    document = store.documents.accept("new.txt", "text/plain", b"new")
    chunk = Chunk(0, 1, 0, 20, "common penguins march", ("Heading3",), (), 3, "en")
    assert store.documents.put(document.id, 1, None, [chunk], "en")
    (new,) = ids_of([hits_of(store, "penguin")])[0]
    assert new in ids_of([hits_of(store, "common", {1, document.id, 60})])[0]
    assert store.chunks.rarity(["penguin"])["penguin"] < store.chunks.rarity(["zebra"])["zebra"]
    store.documents.delete([1, 60])  # one that has been moved, and one that has not
    for _ in range(2):
        assert hits_of(store, "common", {1, 60}) == []
        assert {first, last}.isdisjoint(i for question in QUESTIONS for i, _ in hits_of(store, question))
        assert ids_of([hits_of(store, "penguin")]) == [[new]]
        move_all(store)
    with store.database.read() as db:
        assert index_problems(db, 1) == [] and chunk_count(db, 1) == (DOCUMENTS - 2) * CHUNKS + 1


KILLED = """
import os, sys
from pathlib import Path
from rag.core import crash_points
from rag.store.lexical import migration
from rag.store.sqlite import SqliteStore

store = SqliteStore(Path(sys.argv[1]))
steps = []
def hook(step):
    steps.append(step)
    if steps.count(sys.argv[2]) == int(sys.argv[3]):
        os._exit(7)
crash_points.hook = hook
while migration.move_batch(store.database):
    pass
"""


@pytest.mark.parametrize(
    ("step", "time_", "moved"),
    [
        ("lexical: batch moved", 3, 2),
        ("before commit", 1, 0),
        ("after commit", 5, 5),
        ("lexical: old tables dropped", 1, 6),
    ],
)
def test_a_kill_in_the_middle_goes_on_at_the_next_opening(folder: Path, step: str, time_: int, moved: int) -> None:
    store = SqliteStore(folder)
    before = all_hits(store)
    store.close()
    killed = subprocess.run([sys.executable, "-c", KILLED, str(folder), step, str(time_)], check=False, timeout=100)
    assert killed.returncode == 7
    store = SqliteStore(folder)
    try:
        done = Notice("lexical_moving", {"done": moved * migration.BATCH, "chunks": DOCUMENTS * CHUNKS})
        assert progress(store) == done and all_hits(store) == before
        assert move_all(store) == 6 - moved + 1
        assert ids_of(all_hits(store)) == ids_of(before)
        with store.database.read() as db:
            assert index_problems(db, 1) == []
    finally:
        store.close()


def test_old_postings_that_cannot_be_read_are_told_of_and_made_anew(store: SqliteStore) -> None:
    before = all_hits(store)
    migration.move_batch(store.database)
    with store.database.write() as db:
        db.execute("UPDATE words_1 SET postings = x'0102' WHERE stem = 'common'")
    assert Notice("words_damaged") in verify(store).problems
    assert Notice("repaired_words") in repair(store).repaired
    assert progress(store) is None and left_of_old(store) == []
    assert ids_of(all_hits(store)) == ids_of(before)


def test_a_space_that_goes_takes_its_old_index_with_it(store: SqliteStore) -> None:
    migration.move_batch(store.database)
    with store.database.write() as db:
        rebuild_index(db, 1)
    assert left_of_old(store) == [] and not migration.move_batch(store.database)


def test_the_opening_moves_nothing_and_the_work_goes_on_beside_questions(folder: Path, models: FakeModels) -> None:
    with Library.open(folder, work=False, models=models) as library:
        notice = library.documents.progress().migration
        assert notice is not None and notice == library.maintenance.health()["migration"] and notice.values["done"] == 0
        for language in ("da", "en"):
            assert str(DOCUMENTS * CHUNKS) in say(notice.code, language, **notice.values)
    with Library.open(folder, models=models) as library:
        end = time.monotonic() + 60
        while library.documents.progress().migration is not None and time.monotonic() < end:
            assert len(library.search("common", meaning=False).hits) > 0
        assert library.documents.progress().migration is None and library.maintenance.health()["migration"] is None


def test_the_real_library_of_version_5_is_found_alike_at_every_step(
    tmp_path: Path, models: FakeModels, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migration, "BATCH", 4)
    with zipfile.ZipFile(OLDER / "library-0.1.zip") as archive:
        archive.extractall(tmp_path)
    searches = json.loads(gzip.decompress((OLDER / "library-0.1.json.gz").read_bytes()))["searches"]

    def search_all(library: Library) -> list[Any]:
        asked = [(s["question"], s["by_meaning"], Scope(tags=tuple(s["tags"]))) for s in searches]
        return json.loads(json.dumps([of_search(library, *search) for search in asked]))  # type: ignore[no-any-return]

    with Library.open(tmp_path, work=False, models=models) as library:
        batches = 0
        assert search_all(library) == searches
        while migration.move_batch(library.store.database):
            batches += 1
            if left_of_old(library.store):
                assert search_all(library) == searches
        assert batches > 3
        # with the words of today, scores are others by a little: chunks with numbers are shorter
        for then, now in zip(searches, search_all(library), strict=True):
            assert [(hit["sha256"], hit["start"]) for hit in now["hits"]] == [
                (hit["sha256"], hit["start"]) for hit in then["hits"]
            ]


def test_nothing_is_moved_where_nothing_can_be_written(store: SqliteStore) -> None:
    store.database.distrust("test")
    assert not migration.move_batch(store.database)
    assert progress(store) is not None and len(hits_of(store, "common")) == 50


NUMBERS = {
    "11223344": "kontakt.txt",
    "+45 55 66 77 88": "kontakt.txt",
    "AB1234/5": "kontakt.txt",
    "1250": "kontakt.txt",
    "3. maj 2027": "Garanti.md",
    "May 3, 2027": "terms.txt",
    "12/12-2027": "plan.csv",
}


def found(library: Library, question: str) -> list[str]:
    return [hit.document for hit in library.search(question, meaning=False).hits]


def test_a_library_of_version_6_finds_numbers_whole_when_its_words_are_made_anew(
    tmp_path: Path, models: FakeModels, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migration, "BATCH", 1)
    with zipfile.ZipFile(OLDER / "library-6.zip") as archive:
        archive.extractall(tmp_path)
    with Library.open(tmp_path, work=False, models=models) as library:
        database = library.store.database
        for done in range(4):
            assert progress(library.store) == Notice("lexical_moving", {"done": done, "chunks": 4})
            assert found(library, "Hvor længe er batteriet dækket?") == ["Garanti.md"]
            assert found(library, "launch") == ["terms.txt"]
            assert migration.move_batch(database)
        assert migration.move_batch(database) and not migration.move_batch(database)
        assert progress(library.store) is None and left_of_old(library.store) == []
        for question, document in NUMBERS.items():
            assert document in found(library, question), question
        assert found(library, "uge 14") == ["plan.csv"]
        assert found(library, "250") == []
        with database.read() as db:
            assert index_problems(db, 1) == []


def test_what_comes_and_goes_while_words_are_made_anew(tmp_path: Path, models: FakeModels) -> None:
    with zipfile.ZipFile(OLDER / "library-6.zip") as archive:
        archive.extractall(tmp_path)
    with Library.open(tmp_path, work=False, models=models) as library:
        store = library.store
        document = store.documents.accept("new.txt", "text/plain", b"new")
        chunk = Chunk(0, 1, 0, 30, "Nummeret er 99 88 77 66.", (), (), 3, "da")
        assert store.documents.put(document.id, 1, None, [chunk], "da")
        gone = next(one.id for one in store.documents.all() if one.name == "terms.txt")
        store.documents.delete([gone])
        assert found(library, "99887766") == ["new.txt"] and found(library, "launch") == []
        assert store.chunks.rarity(["99887766"])["99887766"] < store.chunks.rarity(["zebra"])["zebra"]
        assert {problem.code for problem in verify(store).problems} == set()
        move_all(store)
        assert found(library, "99887766") == ["new.txt"] and found(library, "launch") == []
        with store.database.read() as db:
            assert index_problems(db, 1) == [] and chunk_count(db, 1) == 4


def test_a_move_to_version_6_that_was_under_way_begins_again(folder: Path) -> None:
    store = SqliteStore(folder)
    before = all_hits(store)
    store.close()
    db = apsw.Connection(str(folder / "kilde.db"))
    with db:  # as version 6 left it: some chunks moved, some added since
        first = list(stored_chunks(db, 1, 0, 1 << 62, 800))
        add_stems(db, 1, first)
        older.set_moved_until(db, 1, first[-1][0])
        chunks = "SELECT space_id, document_id, 9999, page, start, \"end\", 'zebra', '[]', '[]', 3, 'en'"
        columns = 'space_id, document_id, ordinal, page, start, "end", text, heading_path, sentences, tokens, language'
        db.execute(f"INSERT INTO chunk({columns}) {chunks} FROM chunk LIMIT 1")
        add_stems(db, 1, stored_chunks(db, 1, db.last_insert_rowid() - 1))
        for column in ("parent_id", "loader_version", "lacking"):
            db.execute("DROP INDEX IF EXISTS document_by_parent")
            db.execute(f"ALTER TABLE document DROP COLUMN {column}")
        db.pragma("user_version", 6)
    db.close()
    store = SqliteStore(folder)
    try:
        assert progress(store) == Notice("lexical_moving", {"done": 0, "chunks": DOCUMENTS * CHUNKS})
        assert all_hits(store) == before and len(hits_of(store, "zebra")) == 1
        move_all(store)
        assert len(hits_of(store, "zebra")) == 1
        with store.database.read() as db:
            assert index_problems(db, 1) == [] and chunk_count(db, 1) == DOCUMENTS * CHUNKS + 1
    finally:
        store.close()
