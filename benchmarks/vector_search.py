"""One query against the vectors: python -m benchmarks.vector_search [--sizes 1000,10000,100000] [--before FOLDER]

Searching all, one document, every second document, and all while vectors come in: each by this program, by NumPy's
brute force, and by the Kilde in another checkout (--before). Each has a process of its own with the same vectors, which
are drawn in clusters; they take turns, some queries at a time, so that others on the machine disturb them alike. Of
this program and the other one the ten nearest are compared with NumPy's as well.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import apsw
import numpy as np
import numpy.typing as npt

HERE = Path(__file__).resolve()
RESULT = HERE.parent / "results" / "vector_search.json"
D = 384
K = 50
DOCUMENT = 200
"""Chunks of a document."""
ADDED = 16
"""Vectors that come in before each query of "adding": a batch of the indexer."""
TURN = 20
"""Queries that one process is asked before the next one has its turn."""
MODES = ("all", "one document", "half the documents", "adding")
Floats = npt.NDArray[np.float32]
Ranges = list[tuple[int, int]] | None


def drawn(n: int, seed: int) -> Floats:
    """(n, D), L2-normalised, in clusters, as the vectors of texts are."""
    generator = np.random.default_rng(seed)
    centres = np.random.default_rng(0).normal(size=(300, D)).astype(np.float32)
    vectors = centres[generator.integers(0, len(centres), n)]
    vectors += 0.7 * generator.normal(size=(n, D)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors


class BruteForce:
    """NumPy, without BLAS: that wakes a second thread, and waits for it."""

    def __init__(self, n: int) -> None:
        self.vectors = drawn(n, 1)
        self.ids = np.arange(1, n + 1)

    def add(self, count: int) -> None:
        self.vectors = np.concatenate([self.vectors, drawn(count, len(self.ids))])
        self.ids = np.arange(1, len(self.vectors) + 1)

    def search(self, query: Floats, allowed: Ranges) -> list[int]:
        scores = np.einsum("nd,d->n", self.vectors, query)
        if allowed is not None:
            mask = np.zeros(len(scores) + 1, bool)
            for first, last in allowed:
                mask[first : last + 1] = True
            scores = np.where(mask[self.ids], scores, -np.inf)
        k = min(K, int(np.isfinite(scores).sum()))
        nearest = np.argpartition(-scores, k - 1)[:k]
        order = np.lexsort((self.ids[nearest], -scores[nearest]))
        return self.ids[nearest[order]].tolist()  # type: ignore[no-any-return]


class Kilde:
    """The vector index of the Kilde that is imported, over a database of nothing but vectors."""

    def __init__(self, n: int) -> None:
        try:
            from rag.store.vectors.index import VectorIndex
        except ImportError:  # a checkout from before the rooms
            from rag.store.faiss_index import VectorIndex  # type: ignore[import-not-found,no-redef]

        self.db = apsw.Connection(":memory:")
        self.db.execute(
            "CREATE TABLE embedding(chunk_id INTEGER PRIMARY KEY, space_id, generation, vector, sentences);"
            "CREATE INDEX embedding_by_generation ON embedding(space_id, generation);"
            "CREATE TABLE removal(generation, space_id, first, last);"
            "CREATE TABLE meta(key, value); INSERT INTO meta VALUES ('generation', 0)"
        )
        self.count = 0
        self.put(drawn(n, 1))
        with tempfile.TemporaryDirectory(prefix="kilde-vectors-") as folder:
            path = Path(folder) / "space-1.faiss"
            index = VectorIndex(1, path)
            index.catch_up(self.db)
            self.index = VectorIndex(1, path, index.save())  # as it is after a start

    def put(self, vectors: Floats) -> None:
        with self.db:
            (generation,) = self.db.execute("UPDATE meta SET value = value + 1 RETURNING value").fetchone()  # type: ignore[misc]
            for vector in vectors:
                self.count += 1
                data = vector.tobytes()
                tail = b"KCRC" + zlib.crc32(data, self.count).to_bytes(4, "big") + bytes(4)
                self.db.execute("INSERT INTO embedding VALUES (?, 1, ?, ?, ?)", (self.count, generation, data, tail))

    def add(self, count: int) -> None:
        self.put(drawn(count, self.count))

    def search(self, query: Floats, allowed: Ranges) -> list[int]:
        self.index.catch_up(self.db)
        return [chunk_id for chunk_id, _ in self.index.search(self.db, query, K, allowed)]


def serve(kind: str, n: int) -> None:
    """Answer each line [mode, first query, queries] by seconds and what was found, until the input ends."""
    searched: BruteForce | Kilde = BruteForce(n) if kind == "numpy" else Kilde(n)
    queries = drawn(2_000, 2)
    half = [(first, first + DOCUMENT - 1) for first in range(1, n, 2 * DOCUMENT)]
    print("[]", flush=True)
    for line in sys.stdin:
        mode, first, count = json.loads(line)
        allowed = {"one document": [(DOCUMENT + 1, 2 * DOCUMENT)], "half the documents": half}.get(mode)
        seconds, hits = [], []
        for query in queries[first : first + count]:
            if mode == "adding":
                searched.add(ADDED)
            began = time.perf_counter()
            hits.append(searched.search(query, allowed)[:10])
            seconds.append(time.perf_counter() - began)
        print(json.dumps([seconds, hits]), flush=True)


def measured(n: int, roots: dict[str, Path], turns: int) -> dict[str, Any]:
    """Of each mode and each program p50 and p99 in ms, and how many of NumPy's ten nearest it found."""
    asks = {name: _started(name, root, n) for name, root in roots.items()}
    result: dict[str, Any] = {"chunks": n}
    for mode in MODES:
        seconds: dict[str, list[float]] = {name: [] for name in asks}
        hits: dict[str, list[list[int]]] = {name: [] for name in asks}
        for turn in range(-1, turns):  # the first one warms up
            for name, ask in asks.items():
                spent, found = ask([mode, (turn + 1) * TURN, TURN])
                if turn >= 0:
                    seconds[name] += spent
                    hits[name] += found
        result[mode] = {
            name: {
                "p50_ms": round(float(np.percentile(spent, 50)) * 1000, 3),
                "p99_ms": round(float(np.percentile(spent, 99)) * 1000, 3),
                "recall_10": _recall(hits[name], hits["numpy"]),
            }
            for name, spent in seconds.items()
        }
    for ask in asks.values():
        ask(None)
    return result


def _recall(hits: list[list[int]], truth: list[list[int]]) -> float:
    return round(float(np.mean([len({*a} & {*b}) / len(b) for a, b in zip(hits, truth, strict=True)])), 4)


def _started(name: str, root: Path, n: int) -> Callable[[Any], Any]:
    command = [sys.executable, str(HERE), "--serve", name, "--sizes", str(n), "--root", str(root)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None and process.stdout is not None
    stdin, stdout = process.stdin, process.stdout

    def ask(request: Any) -> Any:
        if request is None:
            stdin.close()
            stdout.close()
            return process.wait()
        stdin.write(json.dumps(request) + "\n")
        stdin.flush()
        return json.loads(stdout.readline())

    stdout.readline()
    return ask


def main() -> None:
    """Measure, print, and write the result."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="1000,10000,100000")
    parser.add_argument("--turns", type=int, default=20)
    parser.add_argument("--before", type=Path, help="another checkout of Kilde")
    parser.add_argument("--serve", help=argparse.SUPPRESS)
    parser.add_argument("--root", default=str(HERE.parent.parent), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    sizes = [int(size) for size in arguments.sizes.split(",")]
    if arguments.serve:
        sys.path[0] = arguments.root
        serve(arguments.serve, sizes[0])
        return
    from benchmarks.machine import machine

    roots = {"numpy": HERE.parent.parent, "now": HERE.parent.parent}
    if arguments.before:
        roots["before"] = arguments.before.resolve()
    rows = []
    for n in sizes:
        rows.append(measured(n, roots, arguments.turns))
        for mode in MODES:
            cells = (f"{name} {v['p50_ms']}/{v['p99_ms']} ({v['recall_10']})" for name, v in rows[-1][mode].items())
            print(f"{n:>9,} {mode:20} {'   '.join(cells)}", flush=True)
    RESULT.write_text(json.dumps({"machine": machine(), "sizes": rows}, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
