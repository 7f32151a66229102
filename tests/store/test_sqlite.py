"""The conformance suite of a store; today SQLite in a folder and in memory."""

from __future__ import annotations

import json
import shutil
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from rag.core.errors import AlreadyThere, DiskFull, NameTaken, NotFound, StoreDamaged
from rag.core.types import Chunk, Notice, Page, Parsed, Space, Span, State
from rag.store.integrity import checkup
from rag.store.sqlite import SqliteStore

SPACE = Space("model", "r1", 4, "q", "p", 100, 10)


@pytest.fixture(params=["folder", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SqliteStore]:
    opened = SqliteStore(tmp_path / "s" if request.param == "folder" else None)
    opened.spaces.ensure(SPACE)
    yield opened
    opened.close()


def vector(*values: float) -> np.ndarray:
    array = np.array(values, np.float32)
    return array / np.linalg.norm(array)


def put(store: SqliteStore, name: str, *texts: str, vectors: bool = True, replaces: int | None = None) -> int:
    """A document with a page of `texts`, a chunk for each, and unit vectors."""
    document = store.documents.accept(name, "text/plain", f"{name} {texts}".encode(), replaces=replaces)
    index(store, document.id, *texts, vectors=vectors)
    return document.id


def index(store: SqliteStore, document_id: int, *texts: str, vectors: bool = True, space_id: int = 0) -> None:
    page = "\n".join(texts)
    space = store.spaces.active()
    assert space is not None
    space_id = space_id or space.id
    starts = np.cumsum([0, *(len(t) + 1 for t in texts)]).tolist()
    chunks = [
        Chunk(n, 1, s, s + len(t), t, ("Top",), (Span(s, s + len(t)),), 3, "en")
        for n, (s, t) in enumerate(zip(starts, texts, strict=False))
    ]
    assert store.queue.claim(document_id, space_id)
    assert store.documents.put(document_id, space_id, Parsed((Page(1, page),)), chunks, "en")
    if vectors:
        stored = store.chunks.without_vectors(space_id, 100, document_id)
        matrix = np.stack([vector(*np.eye(4)[c.ordinal % 4] + 0.1) for c in stored])
        store.chunks.put_vectors(space_id, [c.id for c in stored], matrix, [row[None] for row in matrix])


def codes(store: SqliteStore) -> list[str]:
    return [problem.code for problem in checkup.verify(store).problems]


def found_by_words(store: SqliteStore, *stems: str) -> list[str]:
    return [c.chunk.text for c in store.chunks.search(None, [[s] for s in stems], 10)]


def test_a_document_is_found_by_its_words_and_by_meaning(store: SqliteStore) -> None:
    put(store, "a.txt", "apples are red", "pears are green")
    assert found_by_words(store, "pear") == ["pears are green"]
    near = store.chunks.search(vector(0, 1, 0, 0), [], 1)
    assert [c.chunk.text for c in near] == ["pears are green"]
    assert near[0].dense_rank == 1
    assert near[0].lexical_rank is None
    assert -1 <= (near[0].dense_score or -2) <= 1


def test_words_alone_find_a_document_before_its_vectors_are_there(store: SqliteStore) -> None:
    put(store, "a.txt", "apples are red", vectors=False)
    (document,) = store.documents.all()
    assert document.state is State.FINDABLE
    (candidate,) = store.chunks.search(vector(1, 0, 0, 0), [["appl"]], 5)
    assert candidate.dense_score is None
    assert candidate.lexical_rank == 1


def test_a_passage_that_only_words_found_has_a_cosine_too(store: SqliteStore) -> None:
    put(store, "a.txt", "apples", "pears", "plums")
    found = store.chunks.search(vector(1, 0, 0, 0), [["plum"]], 1)
    by_text = {c.chunk.text: c for c in found}
    assert by_text["plums"].dense_rank is None
    assert by_text["plums"].dense_score == pytest.approx(vector(1, 0, 0, 0) @ vector(0.1, 0.1, 1.1, 0.1), abs=1e-6)


def test_deleted_means_not_findable(store: SqliteStore) -> None:
    first = put(store, "a.txt", "apples are red")
    put(store, "b.txt", "apples are green")
    store.documents.delete([first])
    assert found_by_words(store, "appl") == ["apples are green"]
    assert [c.document for c in store.chunks.search(vector(1, 0, 0, 0), [], 10)] == ["b.txt"]
    assert [d.name for d in store.documents.all()] == ["b.txt"]
    assert len(list(store.files.names())) == 1


def test_the_same_content_is_known_by_whatever_name(store: SqliteStore) -> None:
    store.documents.accept("a.txt", "text/plain", b"x")
    with pytest.raises(AlreadyThere) as caught:
        store.documents.accept("b.txt", "text/plain", b"x")
    assert caught.value.values == {"name": "a.txt"}


def test_a_name_is_taken_once(store: SqliteStore) -> None:
    store.documents.accept("a.txt", "text/plain", b"x")
    with pytest.raises(NameTaken):
        store.documents.accept("a.txt", "text/plain", b"y")


def test_a_replaced_document_is_found_until_the_new_one_can_be(store: SqliteStore) -> None:
    old = put(store, "a.txt", "apples are red")
    new = store.documents.accept("a.txt", "text/plain", b"new", replaces=old)
    assert found_by_words(store, "appl") == ["apples are red"]
    index(store, new.id, "apples are blue")
    assert found_by_words(store, "appl") == ["apples are blue"]
    assert [d.id for d in store.documents.all()] == [new.id]


def test_a_replacement_that_fails_loses_nothing(store: SqliteStore) -> None:
    old = put(store, "a.txt", "apples are red")
    new = store.documents.accept("a.txt", "text/plain", b"new", replaces=old)
    store.queue.set_state(new.id, store.spaces.active().id, State.FAILED, [Notice("damaged_file")])  # type: ignore[union-attr]
    assert found_by_words(store, "appl") == ["apples are red"]
    assert {d.state for d in store.documents.all()} == {State.READY, State.FAILED}


def test_indexing_again_leaves_no_chunk_twice(store: SqliteStore) -> None:
    document = put(store, "a.txt", "apples are red")
    store.queue.requeue([document])
    assert found_by_words(store, "appl") == ["apples are red"]
    index(store, document, "apples are brown")
    assert found_by_words(store, "appl") == ["apples are brown"]
    assert [c.chunk.text for c in store.chunks.search(vector(1, 0, 0, 0), [], 10)] == ["apples are brown"]


def test_vectors_of_chunks_that_have_gone_are_passed_over(store: SqliteStore) -> None:
    document = put(store, "a.txt", "apples are red", vectors=False)
    space = store.spaces.active()
    assert space is not None
    (chunk,) = store.chunks.without_vectors(space.id, 10, document)
    store.documents.delete([document])
    store.chunks.put_vectors(space.id, [chunk.id], vector(1, 0, 0, 0)[None], [vector(1, 0, 0, 0)[None]])
    assert checkup.verify(store).problems == ()
    assert store.chunks.search(vector(1, 0, 0, 0), [], 10) == []


def test_nothing_is_put_for_a_task_that_was_stopped(store: SqliteStore) -> None:
    document = store.documents.accept("a.txt", "text/plain", b"x")
    space = store.spaces.active()
    assert space is not None
    assert store.queue.claim(document.id, space.id)
    store.queue.stop([document.id])
    assert not store.documents.put(document.id, space.id, Parsed((Page(1, "x"),)), [], "en")
    assert store.documents.all()[0].state is State.STOPPED


def test_the_search_can_be_held_to_some_documents(store: SqliteStore) -> None:
    put(store, "a.txt", "apples are red")
    second = put(store, "b.txt", "apples are green")
    found = store.chunks.search(vector(1, 0, 0, 0), [["appl"]], 10, [second])
    assert {c.document for c in found} == {"b.txt"}
    assert all(c.dense_rank == 1 and c.lexical_rank == 1 for c in found)


def test_two_spaces_never_mix(store: SqliteStore) -> None:
    document = put(store, "a.txt", "apples are red")
    other = store.spaces.begin(Space("other", "r", 4, "", "", 50, 5))
    assert [c.chunk.text for c in store.chunks.search(vector(1, 0, 0, 0), [["appl"]], 10)] == ["apples are red"]
    index(store, document, "apples are purple", space_id=other.id)
    assert [c.chunk.text for c in store.chunks.search(vector(1, 0, 0, 0), [["appl"]], 10)] == ["apples are red"]
    assert store.spaces.switch().id == other.id
    assert [c.chunk.text for c in store.chunks.search(vector(1, 0, 0, 0), [["appl"]], 10)] == ["apples are purple"]
    assert store.spaces.building() is None
    assert checkup.verify(store).problems == ()


def test_an_incomplete_space_is_not_switched_to(store: SqliteStore) -> None:
    put(store, "a.txt", "apples are red")
    store.spaces.begin(Space("other", "r", 4, "", "", 50, 5))
    with pytest.raises(NotFound):
        store.spaces.switch()
    store.spaces.drop_building()
    assert found_by_words(store, "appl") == ["apples are red"]


def test_rare_words_weigh_more(store: SqliteStore) -> None:
    put(store, "a.txt", "apples are red", "apples are green")
    rarity = store.chunks.rarity(["appl", "green", "absent"])
    assert rarity["appl"] < rarity["green"] < rarity["absent"]


def test_many_vectors_join_the_index_and_deletions_hold(store: SqliteStore) -> None:
    generator = np.random.default_rng(1)
    texts = [f"word{n}" for n in range(2500)]
    document = store.documents.accept("big.txt", "text/plain", b"big")
    space = store.spaces.active()
    assert space is not None
    index(store, document.id, *texts, vectors=False)
    stored = store.chunks.without_vectors(space.id, 5000, document.id)
    matrix = generator.normal(size=(2500, 4)).astype(np.float32)
    matrix /= np.linalg.norm(matrix, axis=1, keepdims=True)
    store.chunks.put_vectors(space.id, [c.id for c in stored], matrix, [row[None] for row in matrix])
    question = matrix[7]
    best = [c.chunk.ordinal for c in store.chunks.search(question, [], 10)]
    assert best == np.argsort(-(matrix @ question), kind="stable")[:10].tolist()
    keep = put(store, "small.txt", "kept")
    store.documents.delete([document.id])
    assert [c.chunk.document_id for c in store.chunks.search(question, [], 10)] == [keep]


# what only a folder has ---------------------------------------------------------------------------------


def test_everything_is_there_after_opening_again(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path)
    store.spaces.ensure(SPACE)
    put(store, "a.txt", "apples are red")
    store.save_snapshot()
    store.close()
    again = SqliteStore(tmp_path)
    assert found_by_words(again, "appl") == ["apples are red"]
    assert [c.document for c in again.chunks.search(vector(1, 0, 0, 0), [], 3)] == ["a.txt"]
    again.close()


@pytest.mark.parametrize("damage", ["flip", "cut", "other"])
def test_a_damaged_snapshot_is_set_aside_and_made_anew(tmp_path: Path, damage: str) -> None:
    store = SqliteStore(tmp_path)
    store.spaces.ensure(SPACE)
    put(store, "a.txt", "apples", "pears")
    store.save_snapshot()
    store.close()
    (snapshot,) = (tmp_path / "index").glob("*.faiss")
    data = bytearray(snapshot.read_bytes())
    if damage == "flip":
        data[-3] ^= 4
    elif damage == "cut":
        del data[-5:]
    else:
        data[:8] = b"NOTKILDE"
    snapshot.write_bytes(data)
    again = SqliteStore(tmp_path)
    found = again.chunks.search(vector(0, 1, 0, 0), [], 1)
    assert [c.chunk.text for c in found] == ["pears"]
    assert "snapshot_set_aside" in codes(again)
    again.save_snapshot()
    assert snapshot.exists()
    again.close()


def test_another_process_sees_changes(tmp_path: Path) -> None:
    one, two = SqliteStore(tmp_path), SqliteStore(tmp_path)
    one.spaces.ensure(SPACE)
    first = put(one, "a.txt", "apples are red")
    assert [c.document for c in two.chunks.search(vector(1, 0, 0, 0), [], 3)] == ["a.txt"]
    put(two, "b.txt", "pears")
    one.documents.delete([first])
    assert [c.document for c in two.chunks.search(vector(1, 0, 0, 0), [], 3)] == ["b.txt"]
    assert [c.document for c in one.chunks.search(vector(1, 0, 0, 0), [], 3)] == ["b.txt"]
    one.close()
    two.close()


def test_verify_finds_what_is_wrong(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path)
    store.spaces.ensure(SPACE)
    put(store, "a.txt", "apples are red")
    assert checkup.verify(store).problems == ()
    (name,) = store.files.names()
    (tmp_path / "files" / name).write_bytes(b"changed")
    with store.database.write() as db:
        db.execute("DELETE FROM embedding")
    assert {"original_damaged", "chunks_differ"} <= set(codes(store))
    store.close()


def test_a_file_that_is_no_database_is_said_to_be_damaged(tmp_path: Path) -> None:
    (tmp_path / "kilde.db").write_bytes(b"this is no database at all, but long enough" * 100)
    store = SqliteStore(tmp_path)
    assert isinstance(store.database.refusal, StoreDamaged)
    with pytest.raises(StoreDamaged):
        store.documents.all()
    with pytest.raises(StoreDamaged):
        store.documents.accept("a.txt", "text/plain", b"a")
    store.close()


def test_a_full_database_refuses_and_keeps_what_there_was(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path)
    store.spaces.ensure(SPACE)
    put(store, "a.txt", "apples are red")
    with store.database.write_connection() as db:
        db.pragma("max_page_count", int(db.pragma("page_count")) + 2)
    with pytest.raises(DiskFull):
        put(store, "b.txt", *(f"pears {n} " * 50 for n in range(200)))
    assert found_by_words(store, "appl") == ["apples are red"]
    assert found_by_words(store, "pear") == []
    store.close()
    again = SqliteStore(tmp_path)
    assert checkup.verify(again).problems == ()
    again.close()


@pytest.mark.skipif(sys.platform == "win32", reason="RLIMIT_FSIZE is of Unix")
def test_a_disk_that_takes_no_more_refuses_a_file_whole(tmp_path: Path) -> None:
    script = (
        "import resource, signal, sys\n"
        "from pathlib import Path\n"
        "from rag.core.errors import DiskFull\n"
        "from rag.store.files import Files\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))\n"
        "files = Files(Path(sys.argv[1]))\n"
        "files.put(b'small')\n"
        "try:\n    files.put(b'x' * 100_000)\n"
        "except DiskFull:\n    print(sorted(p.name for p in files.folder.iterdir()) == sorted(files.names()))\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "files")], capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "True"
    assert len(list((tmp_path / "files").iterdir())) == 1


# snapshots that are whole, but not of this database as it is ---------------------------------------------


def filled_folder(folder: Path, *names: str) -> Path:
    """A closed store with a document for each name, in which its name stands; returns its snapshot."""
    store = SqliteStore(folder)
    store.spaces.ensure(SPACE)
    for name in names:
        put(store, f"{name}.txt", f"this is about {name}")
    store.save_snapshot()
    store.close()
    (snapshot,) = (folder / "index").glob("*.faiss")
    return snapshot


def found_by_meaning(store: SqliteStore) -> set[str]:
    return {c.document for c in store.chunks.search(vector(1, 0, 0, 0), [], 50) if c.dense_rank is not None}


def test_the_snapshot_of_another_database_is_not_believed_and_raises_no_alarm(tmp_path: Path) -> None:
    foreign = filled_folder(tmp_path / "foreign", *(f"lions{n}" for n in range(9)))
    own = filled_folder(tmp_path / "own", "trains", "zebras")
    assert foreign.name == own.name  # nothing but its content tells whose it is
    shutil.copy(foreign, own)
    store = SqliteStore(tmp_path / "own")
    assert found_by_meaning(store) == {"trains.txt", "zebras.txt"}
    put(store, "whales.txt", "this is about whales")
    assert found_by_meaning(store) == {"trains.txt", "zebras.txt", "whales.txt"}
    assert checkup.verify(store).problems == ()
    store.save_snapshot()
    store.close()
    again = SqliteStore(tmp_path / "own")
    assert found_by_meaning(again) == {"trains.txt", "zebras.txt", "whales.txt"}
    assert checkup.verify(again).problems == ()
    again.close()


def test_a_database_put_back_from_a_copy_does_not_believe_the_newer_snapshot(tmp_path: Path) -> None:
    filled_folder(tmp_path, "trains")
    shutil.copy(tmp_path / "kilde.db", tmp_path / "copy.db")
    filled_folder(tmp_path, "lions", "zebras")
    shutil.copy(tmp_path / "copy.db", tmp_path / "kilde.db")
    store = SqliteStore(tmp_path)
    assert found_by_meaning(store) == {"trains.txt"}
    # what comes now bears numbers that the newer snapshot has given to something else
    put(store, "whales.txt", "whales swim", "whales sing")
    (nearest,) = store.chunks.search(vector(0, 1, 0, 0), [], 1)
    assert nearest.chunk.text == "whales sing"
    assert found_by_meaning(store) == {"trains.txt", "whales.txt"}
    # the originals of what the copy does not know lie there still, and that alone is said
    assert checkup.verify(store).problems == (Notice("files_extra", {"count": 2}),)
    store.close()


def test_a_snapshot_of_this_database_is_read(tmp_path: Path) -> None:
    """Or else the tests above would pass without any snapshot."""
    filled_folder(tmp_path, "trains", "zebras")
    store = SqliteStore(tmp_path)
    space = store.spaces.active()
    assert space is not None
    assert len(store.indexes.of(space.id)) == 2  # before anything was read from the database
    store.close()


@pytest.mark.parametrize("change", [{"count": None}, {"generation": None}, {"count": "two"}])
def test_a_snapshot_with_a_strange_header_is_set_aside(tmp_path: Path, change: dict[str, object]) -> None:
    snapshot = filled_folder(tmp_path, "trains", "zebras")
    data = snapshot.read_bytes()
    (length,) = struct.unpack_from("<I", data, 8)
    header = {**json.loads(data[12 : 12 + length]), **change}
    strange = json.dumps({key: value for key, value in header.items() if value is not None}).encode()
    snapshot.write_bytes(data[:8] + struct.pack("<I", len(strange)) + strange + data[12 + length :])
    store = SqliteStore(tmp_path)
    assert found_by_meaning(store) == {"trains.txt", "zebras.txt"}
    assert "snapshot_set_aside" in codes(store)
    store.close()


def test_a_search_in_the_middle_of_a_verification_raises_no_alarm(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path)
    store.spaces.ensure(SPACE)
    put(store, "a.txt", "apples")
    space = store.spaces.active()
    assert space is not None
    with store.database.read() as db:
        db.execute("SELECT 1 FROM document").fetchall()  # from here on `db` sees this moment
        put(store, "b.txt", "pears")
        assert found_by_meaning(store) == {"a.txt", "b.txt"}
        assert store.indexes.of(space.id).differences(db) == 0
    with store.database.read() as db:
        assert store.indexes.of(space.id).differences(db) == 0
    with store.database.write() as db:
        db.execute("UPDATE embedding SET vector = zeroblob(16), sentences = zeroblob(8)")
        assert store.indexes.of(space.id).differences(db) == 2
    store.close()
