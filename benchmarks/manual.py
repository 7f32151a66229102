"""Debian's Danish manual through the command line: python -m benchmarks.manual [--pdf FILE]

Measures, in a fresh library: from acceptance to findable by words, to ready, chunks per second, and for twenty
questions whether the page that answers is among the first four passages (and the six it does not answer: refused).
The manual is fetched as a Debian package with apt-get where no file is given.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from benchmarks.machine import Taken
from benchmarks.question_sets import CACHE, DATA
from rag.core.file_types import PDF
from rag.core.types import State
from rag.documents.loaders import load
from rag.library import Library

PACKAGE = "debian-edu-doc-da"
MANUAL = "usr/share/doc/{}/debian-edu-bookworm-manual.pdf"
QUESTIONS = DATA / "debian_edu_da.jsonl"
RESULT = Path(__file__).parent / "results" / "manual.json"
K = 4
READ = 5


def fetched(package: str = PACKAGE) -> Path:
    """The manual, from the package; kept in the cache."""
    folder = CACHE / package
    manual = folder / MANUAL.format(package)
    if not manual.exists():
        with tempfile.TemporaryDirectory() as temporary:
            subprocess.run(["apt-get", "download", package], cwd=temporary, check=True, stdout=sys.stderr)
            (file,) = Path(temporary).glob("*.deb")
            subprocess.run(["dpkg", "-x", str(file), str(folder)], check=True)
    return manual


def time_to_findable(folder: Path, began: float, word: str, seen: dict[str, float], stop: threading.Event) -> None:
    """Watches from another connection, as a second tab would."""
    library: Library | None = None
    while not stop.is_set():
        if library is None and (folder / "kilde.db").exists():
            library = Library.open(folder, work=False)
        if library is not None and library.search(word, meaning=False).hits:
            seen["findable"] = time.monotonic() - began
            break
        time.sleep(0.01)
    if library is not None:
        library.close()


def indexed(pdf: Path, folder: Path) -> dict[str, Any]:
    """Index with the app's worker in this process, and with a stopwatch."""
    with Library.open(folder) as library:
        library.embedding_model().load_in_background()
        while library.embedding_model().status.state not in ("ready", "failed"):
            time.sleep(0.05)
        warm = time.monotonic()
        library.documents.add(pdf.name, pdf.read_bytes())
        accepted = time.monotonic()
        while not library.search("printer", meaning=False).hits:
            time.sleep(0.005)
        findable = time.monotonic()
        library.wait()
        ready = time.monotonic()
        (document,) = library.documents.all()
        assert document.state is State.READY
        return {
            "pages": document.pages,
            "chunks": document.chunks,
            "accepted_s": round(accepted - warm, 3),
            "findable_s": round(findable - accepted, 3),
            "ready_s": round(ready - accepted, 2),
            "chunks_per_second": round(document.chunks / (ready - findable), 2),
        }


def parsed(pdf: Path) -> dict[str, float]:
    """Pages a second of parsing alone, in a child process with limits as always; the median of READ times."""
    seconds = []
    for _ in range(READ):
        began = time.perf_counter()
        pages = len(load(pdf, PDF, pdf.name).pages)
        seconds.append(time.perf_counter() - began)
    return {"seconds": round(statistics.median(seconds), 2), "pages_per_s": round(pages / statistics.median(seconds))}


def command_line(*arguments: str, data: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "rag", *arguments, "--data", str(data)], capture_output=True, text=True, check=False
    )


def cold_index(pdf: Path, folder: Path) -> dict[str, float]:
    """`python -m rag index` in a folder that has never been used: unpacks the model as well."""
    began = time.monotonic()
    seen: dict[str, float] = {}
    stop = threading.Event()
    watcher = threading.Thread(target=time_to_findable, args=(folder, began, "printer", seen, stop))
    watcher.start()
    result = command_line("index", str(pdf), data=folder)
    seconds = time.monotonic() - began
    stop.set()
    watcher.join()
    if result.returncode:
        raise SystemExit(result.stderr)
    return {"findable_s": round(seen.get("findable", float("nan")), 2), "ready_s": round(seconds, 2)}


def asked(folder: Path) -> dict[str, Any]:
    """The questions through `python -m rag ask --questions`."""
    questions = [json.loads(line) for line in QUESTIONS.read_text(encoding="utf-8").splitlines() if line.strip()]
    result = command_line("ask", "--questions", str(QUESTIONS), "-k", str(K), data=folder)
    if result.returncode:
        raise SystemExit(result.stderr)
    answers = [json.loads(line) for line in result.stdout.splitlines()]
    rows = []
    for question, answer in zip(questions, answers, strict=True):
        pages = question["pages"] if "pages" in question else [question["page"]]
        found = [hit["page"] for hit in answer["hits"]]
        quoted = " ".join(s["text"] for s in answer["sentences"])
        rows.append(
            {
                "q": question["q"],
                "pages": pages,
                "found": found,
                "hit": bool(set(pages) & set(found)),
                "first": bool(pages) and found[:1] == [p for p in found[:1] if p in pages],
                "answered": answer["answered"],
                "quoted": bool(pages) and _plain(question["answer"]) in _plain(quoted),
                "ms": answer["timings_ms"]["total"],
            }
        )
    answerable = [row for row in rows if row["pages"]]
    other = [row for row in rows if not row["pages"]]
    times = sorted(row["ms"] for row in rows)
    return {
        "questions": len(answerable),
        "page_in_top_4": sum(row["hit"] for row in answerable),
        "page_first": sum(row["first"] for row in answerable),
        "answered": sum(row["answered"] for row in answerable),
        "answer_in_quotes": sum(row["quoted"] for row in answerable),
        "unanswerable": len(other),
        "refused": sum(not row["answered"] for row in other),
        "ms_median": times[len(times) // 2],
        "ms_max": times[-1],
        "rows": rows,
    }


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()


def main() -> None:
    """Measure, print a table, and keep the figures under results/."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pdf", type=Path, help="the manual, where it is already here")
    options = parser.parse_args()
    pdf = options.pdf or fetched()
    taken = Taken()
    with tempfile.TemporaryDirectory() as temporary:
        cold = cold_index(pdf, Path(temporary) / "cold")
        questions = asked(Path(temporary) / "cold")
        os.rename(Path(temporary) / "cold" / "models", Path(temporary) / "models")
        (Path(temporary) / "warm").mkdir()
        os.rename(Path(temporary) / "models", Path(temporary) / "warm" / "models")
        warm = indexed(pdf, Path(temporary) / "warm")
    reading = parsed(pdf)
    result = {
        "machine": f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}",
        "command_line_fresh": cold,
        "model_loaded": warm,
        "parsed": reading,
        "taken_by_others": taken.share(),
        "questions": questions,
    }
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    for row in questions["rows"]:
        mark = "hit " if row["hit"] else ("refused" if not row["answered"] else "miss")
        print(f"{mark:8} {row['pages']!s:12} {row['found']!s:22} {row['q']}")
    del questions["rows"]
    print(json.dumps(result, indent=1, ensure_ascii=False))


if __name__ == "__main__":
    main()
