"""The vector index over a real store: what it finds, while it changes, after it was opened again, after a crash."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from rag.core.types import Notice
from rag.store.integrity.checksums import with_checksum
from rag.store.integrity.verify import verify
from rag.store.sqlite import SqliteStore
from rag.store.vectors import index as vector_index
from rag.store.vectors import ivf
from tests.vectors import LIMIT, SPACE, D, drawn, found, index_of, put, settled


@pytest.fixture(autouse=True)
def small_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lists of hundreds of vectors, not of tens of thousands."""
    monkeypatch.setattr(vector_index, "EXACT_LIMIT", LIMIT)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    opened = SqliteStore(tmp_path)
    opened.spaces.ensure(SPACE)
    yield opened
    opened.close()


def differences(store: SqliteStore) -> int:
    with store.database.read() as db:
        return index_of(store).differences(db)


def test_few_are_searched_exactly_and_many_in_lists(store: SqliteStore) -> None:
    vectors = drawn(2_000)
    put(store, "a", vectors[:LIMIT])
    assert settled(store).shape()["lists"] == 0
    put(store, "b", vectors[LIMIT:])
    shape = settled(store).shape()
    assert (shape["exact"], shape["listed"]) == (0, 2_000)
    assert shape["lists"] > 0
    assert len(index_of(store)) == 2_000
    assert differences(store) == 0


def test_the_scores_of_lists_are_exact_cosines(store: SqliteStore) -> None:
    vectors = drawn(2_000)
    put(store, "a", vectors)
    settled(store)
    recalls = []
    for query in drawn(30, seed=9):
        cosines = vectors @ query
        got = found(store, query, 10)
        assert [score for _, score in got] == sorted((score for _, score in got), reverse=True)
        for text, score in got:
            assert score == pytest.approx(cosines[int(text.split()[1])], abs=1e-6)
            assert -1 <= score <= 1
        best = {f"a {n}" for n in np.argsort(-cosines)[:10]}
        recalls.append(len(best & {text for text, _ in got}) / 10)
    assert np.mean(recalls) > 0.97
    assert found(store, vectors[5], 1)[0][1] <= 1.0


def test_a_scope_is_filled_to_k_whether_it_is_in_lists_or_not(store: SqliteStore) -> None:
    vectors = drawn(3_000)
    first = put(store, "a", vectors[:40])
    second = put(store, "b", vectors[40:2_000])
    settled(store)
    third = put(store, "c", vectors[2_000:2_030])
    query = drawn(1, seed=7)[0]
    assert index_of(store).shape()["exact"] == 0
    for documents, rows in (
        ([first], range(40)),
        ([third], range(2_000, 2_030)),
        ([first, third], [*range(40), *range(2_000, 2_030)]),
    ):
        names = {first: ("a", 0), third: ("c", 2_000)}
        best = sorted(rows, key=lambda n: -float(vectors[n] @ query))[:25]
        expected = [
            f"{name} {n - start}"
            for n in best
            for name, start in names.values()
            if 0 <= n - start < 40 and n - start >= 0
        ]
        assert [text for text, _ in found(store, query, 25, documents)] == expected
    assert len(found(store, query, 50, [second])) == 50
    assert found(store, query, 5, []) == []
    page = store.chunks.search(query, [], 60, [first, second], page=1)
    assert len(page) == 60
    assert store.chunks.search(query, [], 60, [first, second], page=2) == []


def test_what_comes_and_goes_after_the_lists_were_made_counts_at_once(store: SqliteStore) -> None:
    vectors = drawn(2_000)
    first = put(store, "a", vectors[:1_000])
    put(store, "b", vectors[1_000:])
    settled(store)
    fresh = put(store, "c", vectors[5:6])
    assert {text for text, _ in found(store, vectors[5], 2)} == {"a 5", "c 0"}
    store.documents.delete([first])
    assert found(store, vectors[5], 1)[0][0] == "c 0"
    assert all(not text.startswith("a ") for text, _ in found(store, vectors[5], 200))
    assert len(found(store, vectors[5], 1_500)) == 1_001
    store.documents.delete([fresh])
    assert differences(store) == 0
    shape = settled(store).shape()
    assert (shape["listed"], len(index_of(store))) == (1_000, 1_000)


def test_all_goes_and_something_comes_again(store: SqliteStore) -> None:
    vectors = drawn(1_500)
    document = put(store, "a", vectors)
    settled(store)
    store.documents.delete([document])
    assert found(store, vectors[0], 10) == []
    assert settled(store).shape()["lists"] == 0
    put(store, "b", vectors[:3])
    assert len(found(store, vectors[0], 10)) == 3


def test_what_is_deleted_while_lists_are_made_stays_deleted(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    making, go_on = threading.Event(), threading.Event()
    joined = ivf.joined

    def slowly(*values: object) -> object:
        made = joined(*values)  # type: ignore[arg-type]
        making.set()
        assert go_on.wait(20)
        return made

    monkeypatch.setattr(ivf, "joined", slowly)
    vectors = drawn(1_200)
    gone = put(store, "a", vectors[:200])
    put(store, "b", vectors[200:1_000])
    assert found(store, vectors[3], 1)[0][0] == "a 3"  # answered before there are lists
    assert making.wait(20)
    store.documents.delete([gone])
    put(store, "c", vectors[1_000:])
    assert len(found(store, vectors[3], 1_200)) == 1_000
    go_on.set()
    index_of(store).settle()
    shape = index_of(store).shape()
    assert (shape["listed"], shape["exact"]) == (800, 200)
    assert len(found(store, vectors[3], 1_200)) == 1_000
    assert differences(store) == 0


def test_a_rebuild_while_lists_are_made_wins(store: SqliteStore, monkeypatch: pytest.MonkeyPatch) -> None:
    making, go_on = threading.Event(), threading.Event()
    joined = ivf.joined

    def slowly(*values: object) -> object:
        making.set()
        assert go_on.wait(20)
        return joined(*values)  # type: ignore[arg-type]

    monkeypatch.setattr(ivf, "joined", slowly)
    vectors = drawn(1_000)
    put(store, "a", vectors)
    found(store, vectors[0], 1)
    assert making.wait(20)
    index = index_of(store)
    with store.database.read() as db:
        index.rebuild(db)
    go_on.set()
    index.settle()
    assert (len(index), index.shape()["listed"]) == (1_000, 1_000)
    assert differences(store) == 0


def test_where_no_lists_can_be_made_all_is_searched_exactly(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    tries = []

    def fail(*values: object) -> object:
        tries.append(1)
        raise RuntimeError("FAISS says no")

    monkeypatch.setattr(ivf, "joined", fail)
    vectors = drawn(1_000)
    put(store, "a", vectors)
    index = settled(store)
    for n in range(5):
        assert found(store, vectors[n], 1)[0][0] == f"a {n}"
    assert tries == [1]  # not again with every search
    assert "no lists" in caplog.text
    assert index.shape()["exact"] == 1_000


def test_searching_from_many_threads_while_documents_come_and_go(store: SqliteStore) -> None:
    vectors = drawn(4_000)
    put(store, "kept", vectors[:1_000])
    settled(store)
    stop = threading.Event()
    wrong: list[object] = []

    def search(seed: int) -> None:
        generator = np.random.default_rng(seed)
        while not stop.is_set():
            n = int(generator.integers(0, 1_000))
            try:
                got = found(store, vectors[n], 5)
                if got[0][0] != f"kept {n}" or len(got) != 5 or got[0][1] < 0.999:
                    wrong.append(got)
            except BaseException as error:
                wrong.append(error)
                raise

    threads = [threading.Thread(target=search, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    documents = []
    for n in range(1_000, 4_000, 125):
        documents.append(put(store, f"d{n}", vectors[n : n + 125]))
        if len(documents) > 10:
            store.documents.delete([documents.pop(0)])
    stop.set()
    for thread in threads:
        thread.join()
    assert wrong == []
    index = settled(store)
    assert len(index) == 1_000 + 125 * len(documents)
    assert index.shape()["lists"] > 0
    assert differences(store) == 0


def test_a_snapshot_with_lists_is_opened_without_reading_the_database(tmp_path: Path) -> None:
    vectors = drawn(1_500)
    store = SqliteStore(tmp_path)
    store.spaces.ensure(SPACE)
    put(store, "a", vectors)
    store.save_snapshot()
    before = [found(store, q, 10) for q in drawn(5, seed=3)]
    store.close()
    again = SqliteStore(tmp_path)
    assert index_of(again).shape()["listed"] == 1_500
    assert [found(again, q, 10) for q in drawn(5, seed=3)] == before
    put(again, "b", vectors[:7])
    assert len(index_of(again)) == 1_500
    assert {text for text, _ in found(again, vectors[3], 2)} == {"a 3", "b 3"}
    assert verify(again).problems == ()
    again.close()


@pytest.mark.parametrize("count", [200, 1_500], ids=["flat", "ivf"])
def test_what_comes_and_goes_while_a_snapshot_is_written_is_in_the_next_view(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    vectors = drawn(2_000)
    store = SqliteStore(tmp_path)
    store.spaces.ensure(SPACE)
    gone = put(store, "gone", vectors[:50])
    put(store, "a", vectors[50:count])
    write = vector_index.snapshot.write

    def slowly(*values: object) -> str:
        put(store, "b", vectors[1_990:])
        store.documents.delete([gone])
        assert found(store, vectors[1_995], 1)[0][0] == "b 5"
        return write(*values)  # type: ignore[arg-type]

    with monkeypatch.context() as patched:
        patched.setattr(vector_index.snapshot, "write", slowly)
        store.save_snapshot()
    assert len(index_of(store)) == count - 50 + 10
    assert differences(store) == 0
    store.close()
    again = SqliteStore(tmp_path)
    assert len(index_of(again)) == count  # of the moment at which it was begun
    assert found(again, vectors[1_995], 1)[0][0] == "b 5"
    again.save_snapshot()
    assert index_of(again).shape()["exact"] == (count - 40 if count < LIMIT else 0)
    assert (len(index_of(again)), differences(again)) == (count - 40, 0)
    again.close()


def test_verify_finds_other_vectors_in_the_lists_and_reads_them_again(store: SqliteStore) -> None:
    vectors = drawn(1_500)
    put(store, "a", vectors)
    settled(store)
    with store.database.write() as db:
        other = (-vectors[9]).tobytes()
        db.execute(
            "UPDATE embedding SET vector = ?1, sentences = ?2 WHERE chunk_id = 10",
            (other, with_checksum(10, other, b"")),
        )
    assert verify(store).problems == (Notice("vectors_differ", {"count": 1}),)
    assert verify(store).problems == ()
    assert found(store, -vectors[9], 1)[0][0] == "a 9"


def test_lists_that_are_made_anew_are_made_of_the_stored_vectors(store: SqliteStore) -> None:
    outside = np.zeros((200, D), np.float32)
    outside[:, 0], outside[:, 1] = 0.95, -np.sqrt(1 - 0.95**2)
    put(store, "a", drawn(400))
    settled(store)
    put(store, "outside", outside[:1])  # its code is at the end of the range
    put(store, "b", drawn(301, seed=2))
    assert settled(store).shape()["lists"] == ivf.lists_for(400)
    assert verify(store).problems == ()
    put(store, "c", np.concatenate([drawn(1_500, seed=3), outside[1:]]))  # the range has room for it now
    assert settled(store).shape()["lists"] == ivf.lists_for(2_401)
    assert len(index_of(store)) == 2_401
    assert verify(store).problems == ()
    assert found(store, outside[0], 1)[0][1] == pytest.approx(1.0)


CRASHING = """
import sys
from pathlib import Path
from rag.store.vectors import index as vector_index
from rag.store.sqlite import SqliteStore
from rag.store.integrity.checksums import with_checksum
from tests.vectors import LIMIT, drawn, found, put, settled
vector_index.EXACT_LIMIT = LIMIT
store = SqliteStore(Path(sys.argv[1]))
settled(store)
print("begun", flush=True)
for n in range(1_000_000):
    if sys.argv[2] == "putting":
        put(store, f"new {n}", drawn(20, seed=100 + n))
        found(store, drawn(1)[0], 3)
        print(n, flush=True)
    else:
        store.documents.rename(1, f"a{n % 2}")
        store.save_snapshot()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is of Unix")
@pytest.mark.parametrize("what", ["putting", "saving"])
def test_a_process_that_is_killed_loses_nothing_that_was_said_to_be_there(tmp_path: Path, what: str) -> None:
    vectors = drawn(1_500)
    store = SqliteStore(tmp_path)
    store.spaces.ensure(SPACE)
    put(store, "a", vectors)
    store.save_snapshot()
    store.close()
    child = subprocess.Popen([sys.executable, "-c", CRASHING, str(tmp_path), what], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    assert child.stdout.readline() == "begun\n"
    if what == "putting":
        said = [int(child.stdout.readline()) for _ in range(12)]
    else:
        said = []
        time.sleep(0.4)
    child.send_signal(signal.SIGKILL)
    rest = child.stdout.read().split()
    child.stdout.close()
    child.wait()
    said += [int(n) for n in rest]
    again = SqliteStore(tmp_path)
    names = {document.name for document in again.documents.all()}
    assert {f"new {n}" for n in said} <= names
    for n in said:
        assert found(again, drawn(20, seed=100 + n)[7], 1)[0][1] > 0.999
    assert found(again, vectors[3], 1)[0][0] == "a 3"
    assert len(settled(again)) >= 1_500 + 20 * len(said)
    assert differences(again) == 0
    assert not list((tmp_path / "index").glob("*.damaged"))
    again.close()
