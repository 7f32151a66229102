"""What `benchmarks.scale` measures of one store, each step in a process of its own. All times are as a user has them:
the database's pages may be in the system's memory, as they are on a machine that has been used.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.big_store import CHUNKS_OF_ONE, document_of, folder_of, plan, put
from benchmarks.kept import models
from benchmarks.material import Floats, Material, material
from rag.core.types import State
from rag.library import Library
from rag.retrieval.fusion import CANDIDATES
from rag.store.sqlite import SqliteStore
from rag.store.vectors.blobs import COLUMNS, blocks
from rag.store.vectors.index import VectorIndex

K = 10
QUESTIONS = 300
JOB_CHUNKS = 3_000
"""Texts of the indexing job: more than it can embed while the questions are asked."""
LONGEST = 40.0
"""Seconds of asking for one figure; what has not been asked by then is not asked."""
DELETED = 1_000
Row = dict[str, Any]


def fresh(n: int) -> Row:
    """Opening without a snapshot: all vectors are read from the database, and the index is built."""
    for path in (folder_of(n) / "index").glob("*"):
        path.unlink()
    source = material()
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # the peak counts from here
    before = rss()
    began = time.perf_counter()
    store = SqliteStore(folder_of(n))
    index = _index(store)
    with store.database.read() as db:
        index.catch_up(db)
        read = time.perf_counter() - began
        index.search(db, source.question_vectors[0], CANDIDATES)
    first = time.perf_counter() - began
    began, processor = time.perf_counter(), time.process_time()
    index.settle()
    built, processor = time.perf_counter() - began, time.process_time() - processor
    began = time.perf_counter()
    store.save_snapshot()
    saved = time.perf_counter() - began
    return {
        "read_s": round(read, 3),
        "first_hits_s": round(first, 3),
        "build_s": round(built, 3),
        "build_cpu_s": round(processor, 3),
        "save_s": round(saved, 3),
        "peak_rss_mb": round(peak_rss() - before, 1),
        "index": index.shape(),
        "snapshot_mb": round(sum(p.stat().st_size for p in (folder_of(n) / "index").glob("*")) / 1e6, 1),
        "database_mb": round((folder_of(n) / "kilde.db").stat().st_size / 1e6, 1),
    }


def opened(n: int) -> Row:
    """Opening with the snapshot that `fresh` left."""
    source = material()
    before = rss()
    began = time.perf_counter()
    store = SqliteStore(folder_of(n))
    _index(store)
    loaded, after = time.perf_counter() - began, rss()
    hits = store.chunks.search(source.question_vectors[0], [], CANDIDATES)
    first = time.perf_counter() - began
    assert len(hits) == CANDIDATES
    return {
        "open_s": round(loaded, 3),
        "first_hits_s": round(first, 3),
        "rss_open_mb": round(after - before, 1),
        "rss_first_hits_mb": round(rss() - before, 1),
    }


def searched(n: int) -> Row:
    """Real questions, idle and beside an indexing job in the same process."""
    source = material()
    questions = source.questions[:: max(1, len(source.questions) // QUESTIONS)][:QUESTIONS]
    with Library.open(folder_of(n), models=models()) as library:
        library.documents.remove(
            [document.id for document in library.documents.all() if document.name.startswith("job ")]
        )
        store = library.store
        library.search(questions[0])
        index = _index(store)
        result: Row = {"rss_library_mb": round(rss(), 1)}
        result |= _vectors_only(store, index, source)
        result["words"] = timed(lambda q: library.search(q, meaning=False), questions)
        result["search"] = timed(library.search, questions)
        result["embedding_of_question"] = timed(
            lambda q: models().embedding(library.settings.embedding_model()).encoder().encode_queries([q]), questions
        )
        with _job(library, source):
            done = library.documents.progress().space.chunks_done
            began = time.perf_counter()
            result["search_indexing"] = timed(library.search, questions)
            rate = (library.documents.progress().space.chunks_done - done) / (time.perf_counter() - began)
            result["indexed_meanwhile_chunks_per_s"] = round(rate, 2)
            with store.database.read() as db:
                result["vectors_indexing"] = timed(
                    lambda v: index.search(db, v, CANDIDATES), list(source.question_vectors)
                )
            result["words_indexing"] = timed(lambda q: library.search(q, meaning=False), questions)
            assert library.documents.progress().working, "the indexing job ended too early"
        return result


def _vectors_only(store: SqliteStore, index: VectorIndex, source: Material) -> Row:
    queries = source.question_vectors
    with store.database.read() as db:
        index.catch_up(db)
        spent = timed(lambda v: index.search(db, v, CANDIDATES), list(queries))
        found = [[i for i, _ in index.search(db, v, CANDIDATES)[:K]] for v in queries]
        best = [(np.zeros(0, np.int64), np.zeros(0, np.float32))] * len(queries)
        for ids, vectors in blocks(db.execute(f"SELECT {COLUMNS} FROM embedding")):
            scores = queries @ vectors.T
            near = np.argpartition(-scores, min(K, len(ids)) - 1, axis=1)[:, :K]
            for at, places in enumerate(near):
                all_ids = np.concatenate([best[at][0], ids[places]])
                all_scores = np.concatenate([best[at][1], scores[at, places]])
                order = np.argsort(-all_scores, kind="stable")[:K]
                best[at] = all_ids[order], all_scores[order]
    shares = [len(set(mine) & set(true.tolist())) / K for mine, (true, _) in zip(found, best, strict=True)]
    return {"vectors": spent, "recall_10": round(float(np.mean(shares)), 4)}


@contextmanager
def _job(library: Library, source: Material) -> Iterator[None]:
    """An indexing job under way: embedding has begun. It is stopped, and its document removed, at the end."""
    chosen = random.Random(time.time_ns()).choices(source.chunks, k=JOB_CHUNKS)
    text = "\n\n".join(chunk.text for chunk in chosen)
    document = library.documents.add(f"job {time.time_ns()}.txt", text.encode())
    try:
        while library.documents.get(document.id).chunks_done == 0:
            assert library.documents.get(document.id).state is not State.FAILED
            time.sleep(0.1)
        yield
    finally:
        library.documents.remove([document.id])


def changed(n: int) -> Row:
    """Deleting, adding and replacing: until it is durable, and until the next search has taken note of it."""
    source = material()
    store = SqliteStore(folder_of(n))
    space = store.spaces.active()
    assert space is not None
    store.chunks.search(source.question_vectors[0], [], CANDIDATES)
    documents = list(plan(n))[-(DELETED // CHUNKS_OF_ONE) :]
    ids = {document.name: document.id for document in store.documents.all()}
    one = documents[-1][0]

    def deleted(names: Sequence[str]) -> tuple[float, float]:
        gone = [ids[name] for name in names]
        return _twice(
            lambda: store.documents.delete(gone),
            lambda: store.chunks.search(source.question_vectors[0], [], CANDIDATES),
        )

    def added(name: str, count: int, number: int, replaces: int | None) -> tuple[float, float]:
        made = document_of(source, count, number)

        def do() -> None:
            ids[name] = put(store, space.id, name, *made, replaces=replaces)

        return _twice(do, lambda: store.chunks.search(source.question_vectors[0], [], CANDIDATES))

    # of another content: the same would be known already
    replaced = added(one, documents[-1][1], 900_000, ids[one])
    back = added(one, documents[-1][1], documents[-1][2], ids[one])
    first = deleted([one])
    put_again = added(*documents[-1], None)
    many = deleted([name for name, _, _ in documents])
    for document in documents:
        added(*document, None)
    names = ("replace_document", "replace_back", "delete_document", "add_document", f"delete_{DELETED}_chunks")
    spent = zip(names, (replaced, back, first, put_again, many), strict=True)
    return {
        name: {"ms": round(done * 1000, 1), "next_search_ms": round(seen * 1000, 1)} for name, (done, seen) in spent
    }


def crashed(n: int) -> Row:
    """Opening after a process was killed while it put vectors, and while it wrote a snapshot; and without snapshot."""
    result: Row = {}
    snapshot = next((folder_of(n) / "index").glob("space-*.faiss"))
    for what, seconds in (("putting", 1.5), ("saving", 1.0)):
        child = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.scale", "--step", what, "--sizes", str(n)], stdout=subprocess.PIPE
        )
        assert child.stdout is not None
        child.stdout.readline()  # it has begun
        time.sleep(seconds)
        os.kill(child.pid, signal.SIGKILL)
        child.wait()
        result[f"killed_{what}"] = _reopened(n)
    data = bytearray(snapshot.read_bytes())
    data[len(data) // 2] ^= 1
    snapshot.write_bytes(data)
    result["damaged_snapshot"] = _reopened(n)
    assert snapshot.with_suffix(".damaged").exists()
    snapshot.with_suffix(".damaged").unlink()
    store = SqliteStore(folder_of(n))
    left = [document.id for document in store.documents.all() if document.name.startswith("put ")]
    store.documents.delete(left)
    store.save_snapshot()
    store.close()
    return result


def _reopened(n: int) -> Row:
    """Opening, searching, and what is in memory afterwards against the database."""
    vector = material().question_vectors[0]
    began = time.perf_counter()
    store = SqliteStore(folder_of(n))
    hits = store.chunks.search(vector, [], CANDIDATES)
    spent = time.perf_counter() - began
    assert len(hits) == CANDIDATES
    index = _index(store)
    index.settle()
    with store.database.read() as db:
        wrong = index.differences(db)
    store.close()
    return {"first_hits_s": round(spent, 3), "differences": wrong}


def putting(n: int) -> Row:
    """Puts documents until it is killed."""
    source = material()
    store = SqliteStore(folder_of(n))
    space = store.spaces.active()
    assert space is not None
    for number in range(1_000_000):
        put(store, space.id, f"put {time.time_ns()}", *document_of(source, CHUNKS_OF_ONE, 800_000 + number))
        if not number:
            print("putting", flush=True)
    return {}


def saving(n: int) -> Row:
    """Writes the snapshot until it is killed."""
    store = SqliteStore(folder_of(n))
    store.chunks.search(material().question_vectors[0], [], CANDIDATES)
    _index(store).settle()
    document = store.documents.all()[0]
    print("saving", flush=True)
    while True:
        store.documents.rename(document.id, document.name)  # one more generation: or nothing would be written
        store.save_snapshot()


def timed(act: Callable[[Any], object], inputs: Sequence[Any]) -> dict[str, float]:
    """Milliseconds, one after another; of as many as there was time for."""
    for one in inputs[:5]:
        act(one)
    spent: list[float] = []
    for one in inputs:
        began = time.perf_counter()
        act(one)
        spent.append((time.perf_counter() - began) * 1000)
        if sum(spent) > LONGEST * 1000:
            break
    return {**{f"p{p}_ms": round(float(np.percentile(spent, p)), 2) for p in (50, 95, 99)}, "asked": len(spent)}


def _twice(first: Callable[[], object], second: Callable[[], object]) -> tuple[float, float]:
    began = time.perf_counter()
    first()
    between = time.perf_counter()
    second()
    return between - began, time.perf_counter() - between


def _index(store: SqliteStore) -> VectorIndex:
    space = store.spaces.active()
    assert space is not None
    return store.indexes.of(space.id)


def rss() -> float:
    """MB of this process."""
    return _status("VmRSS")


def peak_rss() -> float:
    """MB of this process, at most so far."""
    return _status("VmHWM")


def _status(field: str) -> float:
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(field)) / 1024


STEPS: dict[str, Callable[[int], Row]] = {
    "fresh": fresh,
    "open": opened,
    "search": searched,
    "change": changed,
    "crash": crashed,
}
CHILDREN: dict[str, Callable[[int], Row]] = {"putting": putting, "saving": saving}

__all__ = ["CHILDREN", "STEPS", "Floats", "timed"]
