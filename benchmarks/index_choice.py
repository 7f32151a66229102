"""Which index at which size: python -m benchmarks.index_choice [--sizes 1000,10000,100000,1000000] [--only NAME,...]

Each kind of FAISS index is built over vectors drawn from real ones (see `benchmarks.material`) and asked the vectors
of real questions, one after another, for as many candidates as the app takes. Quantised ones give `OVERFETCH` times
as many, which are scored anew by the float32 vectors. Reported: seconds and processor seconds to build, MB in memory,
p50 and p99 of a search with one and with two threads, and the share of the ten (and fifty) truly nearest chunks that
were found. Indexes are kept under `cache/big/`, so that building and measuring can be done apart (`--build`).
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.machine import machine
from benchmarks.material import Floats, Material, material
from benchmarks.question_sets import CACHE
from rag.retrieval.fusion import CANDIDATES

RESULT = Path(__file__).parent / "results" / "index_choice.json"
FOLDER = CACHE / "big" / "indexes"
SEED = 5
OVERFETCH = 2
TRAINING = 32  # vectors for each list
SLOW_TO_BUILD = 100_000
"""HNSW is built up to here unless --all says otherwise: at a million it takes the better part of an hour."""
GOOD = 0.98
FEW = 60
"""Questions to an index that looks at a million vectors for each: all would take ten minutes."""

FORMS = {
    "flat": "Flat",
    "flat-fp16": "SQfp16",
    "flat-sq8": "SQ8",
    "hnsw": "HNSW32",
    "hnsw-sq8": "HNSW32_SQ8",
    "ivf": "Flat",
    "ivf-sq8": "SQ8",
    "ivf-sq4": "SQ4",
    "ivf-rabitq": "RaBitQ",
}
"""What FAISS calls each kind; those in lists without the lists."""
KINDS = tuple(FORMS)

Ids = npt.NDArray[np.int64]
Row = dict[str, Any]
Search = Callable[[Floats], Ids]


def lists_for(n: int) -> int:
    """About 2 sqrt(n), as a power of two."""
    return int(2 ** round(np.log2(2 * np.sqrt(n))))


def build(kind: str, vectors: Floats) -> Any:
    """A FAISS index of one kind over (n, d) vectors."""
    import faiss

    n, d = vectors.shape
    inner = faiss.METRIC_INNER_PRODUCT
    if kind.startswith("ivf"):
        lists = lists_for(n)
        sample = vectors[np.random.default_rng(SEED).choice(n, min(n, lists * TRAINING), replace=False)]
        index: Any = faiss.index_factory(d, f"IVF{lists},{FORMS[kind]}", inner)
        index.cp.niter = 6
        index.cp.min_points_per_centroid = 1
        index.train(sample)
    else:
        index = faiss.index_factory(d, FORMS[kind], inner)
        if not index.is_trained:
            index.train(vectors[: min(n, 100_000)])
        if kind.startswith("hnsw"):
            index.hnsw.efConstruction = 80
    for start in range(0, n, 50_000):
        index.add(vectors[start : start + 50_000])
    return index


def tried(kind: str, n: int) -> list[tuple[str, dict[str, int]]]:
    """The settings of the search that a kind is tried with, by name."""
    if kind.startswith("ivf"):
        return [(f"{share}/64 of lists", {"nprobe": max(1, lists_for(n) * share // 64)}) for share in (1, 2, 4, 8)]
    if kind.startswith("hnsw"):
        return [(f"ef {ef}", {"efSearch": ef}) for ef in (64, 128, 256)]
    return [("all", {})]


EXACT = ("flat", "ivf", "hnsw")


def searcher(index: Any, kind: str, setting: dict[str, int], vectors: Floats) -> Search:
    """The places of the CANDIDATES best, scored by the float32 vectors where the index has none."""
    import faiss

    library: Any = faiss  # its type stubs are not complete
    parameters: Any = None
    if "nprobe" in setting:
        parameters = library.SearchParametersIVF(nprobe=setting["nprobe"])
    elif "efSearch" in setting:
        parameters = library.SearchParametersHNSW(efSearch=setting["efSearch"])
    wanted = min(CANDIDATES * (1 if kind in EXACT else OVERFETCH), len(vectors))

    def search(query: Floats) -> Ids:
        _, places = index.search(query[None], wanted, params=parameters)
        found: Ids = places[0][places[0] >= 0]
        if kind in EXACT:
            return found
        return found[np.argsort(-(vectors[found] @ query), kind="stable")][:CANDIDATES]

    return search


def timed(search: Search, queries: Floats, threads: int) -> dict[str, float]:
    """Milliseconds of a search, one after another."""
    import faiss

    faiss.omp_set_num_threads(threads)
    for query in queries[:20]:
        search(query)
    spent = []
    for query in queries:
        began = time.perf_counter()
        search(query)
        spent.append((time.perf_counter() - began) * 1000)
    return {
        f"p50_ms_{threads}": round(float(np.percentile(spent, 50)), 3),
        f"p99_ms_{threads}": round(float(np.percentile(spent, 99)), 3),
    }


def nearest(vectors: Floats, queries: Floats, k: int) -> Ids:
    """(q, k): by brute force in float32."""
    best: list[Ids] = []
    for start in range(0, len(queries), 64):
        scores = queries[start : start + 64] @ vectors.T
        top = np.argpartition(-scores, k - 1, axis=1)[:, :k]
        order = np.argsort(-np.take_along_axis(scores, top, 1), axis=1)
        best.append(np.take_along_axis(top, order, 1))
    return np.concatenate(best)


def recall(found: Sequence[Ids], truth: Ids, k: int) -> float:
    """The share of the k truly nearest among the first k found."""
    return float(np.mean([len(np.intersect1d(f[:k], t[:k])) / k for f, t in zip(found, truth, strict=True)]))


def built(kind: str, n: int, vectors: Floats) -> tuple[Any, dict[str, float]]:
    """The index, and what building took: from the cache where it is there."""
    import faiss

    path = FOLDER / f"{kind}-{n}.faiss"
    note = path.with_suffix(".json")
    if not note.exists():
        FOLDER.mkdir(parents=True, exist_ok=True)
        began, processor = time.perf_counter(), time.process_time()
        index = build(kind, vectors)
        took = {
            "build_s": round(time.perf_counter() - began, 2),
            "build_cpu_s": round(time.process_time() - processor, 2),
        }
        faiss.write_index(index, str(path))
        note.write_text(json.dumps({**took, "mb": round(path.stat().st_size / 1e6, 1)}), encoding="utf-8")
    return faiss.read_index(str(path)), json.loads(note.read_text(encoding="utf-8"))


def measured(
    source: Material, n: int, kinds: Sequence[str], everything: bool, build_only: bool
) -> list[dict[str, Any]]:
    """One row for each kind and setting."""
    vectors = source.drawn_vectors(n, SEED)
    queries = source.question_vectors
    truth = nearest(vectors, queries, CANDIDATES)
    found_rows = []
    for kind in kinds:
        if kind.startswith("hnsw") and n > SLOW_TO_BUILD and not everything:
            continue
        index, note = built(kind, n, vectors)
        for name, setting in [] if build_only else tried(kind, n):
            search = searcher(index, kind, setting, vectors)
            asked = queries[:FEW] if kind.startswith("flat") and n > SLOW_TO_BUILD else queries
            found = [search(query) for query in asked]
            row = {"chunks": n, "index": kind, "setting": name, **setting, **note}
            row |= {f"recall_{k}": round(recall(found, truth[: len(asked)], k), 4) for k in (10, CANDIDATES)}
            row |= timed(search, asked, 1) | timed(search, asked, 2)
            found_rows.append(row)
            print(json.dumps(row), flush=True)
    return found_rows


def table(rows: Sequence[Row]) -> str:
    """Of each size and kind the quickest setting that finds GOOD of the ten nearest, or else what finds most."""
    lines = [
        "| chunks | index | search | build, processor s | MB | recall@10 | recall@50 | p50 ms | p99 ms |",
        "|--:|---|---|--:|--:|--:|--:|--:|--:|",
    ]
    for key in dict.fromkeys((row["chunks"], row["index"]) for row in rows):
        tried = [row for row in rows if (row["chunks"], row["index"]) == key]
        good = [row for row in tried if row["recall_10"] >= GOOD]
        row = good[0] if good else max(tried, key=lambda one: one["recall_10"])
        looked = f"{row['nprobe']} lists" if "nprobe" in row else row["setting"]
        cells = [f"{row['chunks']:,}", row["index"], looked, row["build_cpu_s"], row["mb"]]
        cells += [f"{row[name]:.3f}" for name in ("recall_10", f"recall_{CANDIDATES}")]
        cells += [f"{row[name]:.1f}" for name in ("p50_ms_1", "p99_ms_1")]
        lines.append(f"| {' | '.join(map(str, cells))} |")
    return "\n".join(lines)


def main() -> None:
    """Build, measure, and write the table; rows of other sizes and kinds stay as they were."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="1000,10000,100000,1000000")
    parser.add_argument("--only", default=",".join(KINDS), help="kinds of index")
    parser.add_argument("--all", action="store_true", help="HNSW at a million, too")
    parser.add_argument("--build", action="store_true", help="only build")
    arguments = parser.parse_args()
    source = material()
    kinds = arguments.only.split(",")
    known = json.loads(RESULT.read_text(encoding="utf-8"))["rows"] if RESULT.exists() else []
    for n in map(int, arguments.sizes.split(",")):
        fresh = measured(source, n, kinds, arguments.all, arguments.build)
        if not fresh:
            continue
        replaced = {(row["chunks"], row["index"]) for row in fresh}
        known = [row for row in known if (row["chunks"], row["index"]) not in replaced] + fresh
        known.sort(key=lambda row: (row["chunks"], KINDS.index(row["index"])))
        result = {
            "machine": machine(),
            "questions": len(source.questions),
            "real_chunks": len(source.chunks),
            "candidates": CANDIDATES,
            "rows": known,
        }
        RESULT.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(table(known))


if __name__ == "__main__":
    main()
