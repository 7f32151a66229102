"""Keyword search at 10^3 to 10^6 chunks: python -m benchmarks.words [--sizes 1000,10000] [--engines kilde,fts5]

Kilde's search in FTS5, FTS5 asked plainly, Tantivy and bm25s over the same stems (see `benchmarks.words_corpus`) and
with the same real questions, each built and searched in a process of its own. Reported: seconds to build, MB on disk
and in memory; p50 and p99 of a search for CANDIDATES chunks, by the clock and in processor time (the two are apart
where others use the machine); the same in one document, in all but one, and while another process adds and removes
documents; what it takes to add and to remove one; and how far the results are those of plain FTS5. Stores are kept
under `cache/words/`.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import shutil
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import apsw
import numpy as np
import psutil

from benchmarks.machine import machine
from benchmarks.question_sets import CACHE
from benchmarks.words_corpus import Corpus, corpus, questions
from benchmarks.words_engines import CHUNKS_OF_ONE, ENGINES, FORMER, SPACE, Engine, Kilde, Ranking, Stems
from rag.retrieval.fusion import CANDIDATES
from rag.store.lexical.search import rarity

RESULT = Path(__file__).parent / "results" / "words.json"
FOLDER = CACHE / "words"
BASELINE = "fts5"
SQLITE = ("fts5", "kilde")
"""Those whose build goes on where it was cut off, and that can be searched while another process changes them."""
SIZES = (1_000, 10_000, 100_000, 1_000_000)
QUESTIONS = 300
FEW = 60
"""Questions for what is measured beside: filters, and searching while documents come and go."""
TIMES = 7
"""Documents added and removed; the median is reported."""
SEARCHED_AT_ONCE = 300_000
"""bm25s holds all words of all chunks as Python lists while it builds: beyond this it is left out."""

Question = list[list[str]]
Row = dict[str, Any]


def kept_corpus() -> Corpus:
    """The corpus, made once."""
    path = FOLDER / "corpus.json"
    if not path.exists():
        FOLDER.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(corpus().documents, ensure_ascii=False), encoding="utf-8")
    return Corpus(json.loads(path.read_text(encoding="utf-8")))


def known(result: Path) -> list[Row]:
    """What was measured before, of other sizes and engines."""
    return json.loads(result.read_text(encoding="utf-8"))["rows"] if result.exists() else []


def folder_of(name: str, n: int) -> Path:
    return FOLDER / f"{name}-{n}"


def opened(name: str, n: int) -> Engine:
    """The engine over its store of n chunks."""
    return ENGINES[name](folder_of(name, n))


def build(name: str, n: int) -> Row:
    """Build the store of n chunks, where it is not kept. In a process of its own.

    What is reported of a build that was cut off and gone on with is its last part, and how many chunks that had.
    """
    folder = folder_of(name, n)
    report = folder / "built.json"
    if not report.exists():
        if name not in SQLITE:
            shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True, exist_ok=True)
        source = kept_corpus().chunks(n)
        spent = 0.0
        there = chunks_in(folder) if name in SQLITE else 0

        def watched() -> Any:
            nonlocal spent
            while True:
                began = time.thread_time()
                chunk = next(source, None)
                spent += time.thread_time() - began
                if chunk is None:
                    return
                yield chunk

        began, cpu = time.perf_counter(), time.process_time()
        opened(name, n).build(watched())
        row = {
            "build_s": round(time.perf_counter() - began - spent, 1),
            "build_cpu_s": round(time.process_time() - cpu - spent, 1),
            "build_chunks": n - there,
            "build_peak_mb": round(_peak_mb()),
        }
        report.write_text(json.dumps(row), encoding="utf-8")
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file() and not path.name.endswith("-wal"))
    return {**json.loads(report.read_text(encoding="utf-8")), "disk_mb": round(size / 1e6, 1)}


def chunks_in(folder: Path) -> int:
    """How many chunks a store that was begun has."""
    if not (folder / "words.db").exists():
        return 0
    db = apsw.Connection(str(folder / "words.db"))
    begun = db.execute("SELECT 1 FROM sqlite_schema WHERE name = 'chunk'").get
    return int(db.execute("SELECT count(*) FROM chunk").get) if begun else 0


def measure(name: str, n: int, asked: Sequence[Question]) -> tuple[Row, list[Ranking]]:
    """Search the store of n chunks, and change it. In a process of its own. Returns the rankings as well."""
    engine = opened(name, n)
    empty = psutil.Process().memory_info().rss
    began = time.perf_counter()
    engine.ready()
    engine.search(asked[0], CANDIDATES)
    row: Row = {"first_search_ms": _ms(time.perf_counter() - began)}
    rankings = [engine.search(question, CANDIDATES) for question in asked]
    row |= timed(lambda question: engine.search(question, CANDIDATES), asked)
    row["memory_mb"] = round((psutil.Process().memory_info().rss - empty) / 1e6, 1)
    documents = -(-n // CHUNKS_OF_ONE)
    if name != "bm25s":
        row["one_document"] = timed(lambda q: engine.search(q, CANDIDATES, [documents // 2]), asked[:FEW])
        rest = [number for number in range(documents) if number != documents // 2]
        row["all_but_one"] = timed(lambda q: engine.search(q, CANDIDATES, rest), asked[:FEW])
        row |= changed(engine, n, first_chunks())
    if name == "kilde" and isinstance(engine, Kilde):
        row["rarity"] = timed(lambda q: rarity(engine.db, SPACE, {stem for group in q for stem in group}), asked)
    if name in SQLITE:
        context = multiprocessing.get_context("spawn")
        stop = context.Event()
        writer = context.Process(target=keep_changing, args=(name, n, stop))
        writer.start()
        time.sleep(5)  # until it is at work
        row["while_adding"] = timed(lambda q: engine.search(q, CANDIDATES), asked)
        stop.set()
        writer.join()
    return row, rankings


def first_chunks() -> list[Stems]:
    """What is added once more, under other ids."""
    return list(kept_corpus().chunks(CHUNKS_OF_ONE))


def changed(engine: Engine, n: int, chunks: Sequence[Stems]) -> Row:
    """Adding documents of CHUNKS_OF_ONE chunks, each in a transaction of its own, and removing them again."""
    adding, removing = [], []
    for turn in range(TIMES):
        first = n + 1 + turn * CHUNKS_OF_ONE
        document = n // CHUNKS_OF_ONE + 1 + turn
        copies = [(first + place, heading, body) for place, (_, heading, body) in enumerate(chunks)]
        adding.append(_taken(lambda document=document, copies=copies: engine.add(document, copies)))  # type: ignore[misc]
    for turn in reversed(range(TIMES)):
        first = n + 1 + turn * CHUNKS_OF_ONE
        document = n // CHUNKS_OF_ONE + 1 + turn
        removing.append(
            _taken(lambda document=document, first=first: engine.remove(document, first, first + CHUNKS_OF_ONE - 1))  # type: ignore[misc]
        )
    names = ("add_ms", "add_cpu_ms", "remove_ms", "remove_cpu_ms")
    return dict(zip(names, (*np.median(adding, 0).round(1), *np.median(removing, 0).round(1)), strict=True))


def keep_changing(name: str, n: int, stop: Any) -> None:
    """Add and remove documents until told to stop. In a process of its own."""
    engine = opened(name, n)
    chunks = first_chunks()
    while not stop.is_set():
        changed(engine, n, chunks)


def timed(search: Callable[[Question], object], asked: Sequence[Question]) -> Row:
    """p50, p99 in ms by the clock, and in processor time of this thread."""
    taken = np.array([_taken(lambda question=question: search(question)) for question in asked])  # type: ignore[misc]
    p50, p99 = np.percentile(taken, [50, 99], axis=0).round(2).tolist()
    return {"p50_ms": p50[0], "p99_ms": p99[0], "p50_cpu_ms": p50[1], "p99_cpu_ms": p99[1]}


def agreement(rankings: Sequence[Ranking], baseline: Sequence[Ranking]) -> Row:
    """same_ten, same_all: the mean share of the baseline's first ten, and of all CANDIDATES, that are here.

    same_list: the share of the questions with all of them in the same order.
    """

    def shared(first: int) -> float:
        shares = [
            len({i for i, _ in mine[:first]} & {i for i, _ in theirs[:first]}) / min(first, len(theirs))
            for mine, theirs in zip(rankings, baseline, strict=True)
            if theirs
        ]
        return round(float(np.mean(shares)), 4)

    same = [[i for i, _ in mine] == [i for i, _ in theirs] for mine, theirs in zip(rankings, baseline, strict=True)]
    return {
        "same_ten": shared(10),
        "same_all": shared(CANDIDATES),
        "same_list": round(float(np.mean(same)), 4),
    }


def _taken(act: Callable[[], object]) -> tuple[float, float]:
    began, cpu = time.perf_counter(), time.thread_time()
    act()
    return (time.perf_counter() - began) * 1000, (time.thread_time() - cpu) * 1000


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 2)


def _peak_mb() -> float:
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3


def table(rows: Sequence[Row]) -> str:
    """One line for each engine and size; ratio: p50 in processor time, FTS5's to its own."""
    head: tuple[str, ...] = (
        "chunks",
        "engine",
        "build s",
        "disk MB",
        "mem MB",
        "p50",
        "p99",
        "cpu p50",
        "cpu p99",
        "ratio",
        "ten",
    )
    head += ("one", "but one", "adding", "add", "remove")
    lines = [head]
    for row in rows:
        lines.append(
            (
                f"{row['chunks']}", row["engine"], f"{row['build_s']}", f"{row['disk_mb']}", f"{row['memory_mb']}",
                f"{row['p50_ms']}", f"{row['p99_ms']}", f"{row['p50_cpu_ms']}", f"{row['p99_cpu_ms']}",
                f"{row.get('ratio', '')}", f"{row.get('same_ten', '')}",
                *(f"{row[key]['p50_ms']}" if key in row else "" for key in ("one_document", "all_but_one")),
                *(f"{row[key]['p99_ms']}" if key in row else "" for key in ("while_adding",)),
                f"{row.get('add_ms', '')}", f"{row.get('remove_ms', '')}",
            )
        )  # fmt: skip
    widths = [max(len(line[place]) for line in lines) for place in range(len(head))]
    return "\n".join("  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True)) for line in lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--sizes", default=",".join(map(str, SIZES)))
    parser.add_argument("--engines", default=",".join(ENGINES))
    parser.add_argument("--questions", type=int, default=QUESTIONS)
    parser.add_argument("--build", action="store_true", help="only build the stores")
    parser.add_argument("--result", type=Path, default=RESULT)
    arguments = parser.parse_args()
    engines = [name for name in arguments.engines.split(",") if name in ("kilde", "fts5") or find_spec(name)]
    whole = kept_corpus()
    asked = questions(arguments.questions)
    rows: list[Row] = []
    for n in map(int, arguments.sizes.split(",")):
        baseline: list[Ranking] | None = None
        base: Row = {}
        for name in sorted(engines, key=lambda name: name != BASELINE):
            if name == "bm25s" and n > SEARCHED_AT_ONCE:
                continue
            context = multiprocessing.get_context("spawn")
            with ProcessPoolExecutor(1, context, max_tasks_per_child=1) as pool:
                row = {"chunks": n, "engine": name, **pool.submit(build, name, n).result()}
                if arguments.build:
                    continue
                measured, rankings = pool.submit(measure, name, n, asked).result()
            row |= measured
            if name == BASELINE:
                baseline, base = rankings, row
            elif baseline is not None:
                row |= agreement(rankings, baseline)
                row["ratio"] = round(base["p50_cpu_ms"] / row["p50_cpu_ms"], 1)
            rows.append(row)
            print(table(rows[-1:]))
    if arguments.build:
        return
    those = {(row["chunks"], row["engine"]) for row in rows}
    rows += [row for row in known(arguments.result) if (row["chunks"], row["engine"]) not in those]
    rows.sort(key=lambda row: (row["chunks"], [*ENGINES, FORMER].index(row["engine"])))
    result = {
        "machine": machine(("apsw", "numpy", "tantivy", "bm25s")),
        "questions": len(asked),
        "real_chunks": sum(map(len, whole.documents)),
        "heaps_exponent": round(whole.exponent, 3),
        "rows": rows,
    }
    arguments.result.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(table(rows))


if __name__ == "__main__":
    main()
