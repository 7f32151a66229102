"""One peer with one model on one set: runs it in processes of its own and makes figures of what they say."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import statistics
import subprocess
import threading
import time
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from benchmarks.machine import Taken, pace_ms
from benchmarks.metrics import figures, percentiles
from benchmarks.peers.environments import python_of, versions
from benchmarks.peers.judging import Judged, judged
from benchmarks.peers.protocol import Answered, Model, Task, passage
from benchmarks.peers.sets import Files
from benchmarks.question_sets import CACHE, Question

K = 10
REOPENED = 3
SAMPLED_S = 0.05
STATES = CACHE / "peers" / "states"
ROOT = Path(__file__).parent.parent.parent
MIB = 2**20
SPLITS = ("dev", "test")
OFFLINE = {
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "HAYSTACK_TELEMETRY_ENABLED": "False",
    "ANONYMIZED_TELEMETRY": "False",
    "DO_NOT_TRACK": "1",
}
PACKAGES = (
    "apsw",
    "chromadb",
    "faiss-cpu",
    "haystack-ai",
    "langchain-community",
    "langchain-core",
    "llama-index-core",
    "sentence-transformers",
    "torch",
    "transformers",
    "txtai",
)


def measured(peer: str, model: Model, files: Files, lock: Path | None = None) -> dict[str, Any]:
    """All figures as JSON; the ranks of all questions, in the order of the set, as text.

    lock: held while the processes run, so that others who hold it do not disturb. Raises ChildFailed.
    """
    python = python_of(peer)
    state = STATES / f"{peer}-{model.name}-{files.name}"
    shutil.rmtree(state, ignore_errors=True)
    state.mkdir(parents=True)
    questions = tuple(question.text for question in files.questions)
    task = Task(peer, model, str(files.folder), str(state), K, questions)
    again = Task(task.peer, task.model, task.files, task.state, K, questions[:1], reopen=True)
    with held(lock):
        load, pace, taken = os.getloadavg()[0], pace_ms(), Taken()
        events, _ = run(python, task)
        on_disk, originals = size(state)
        share = taken.share()
        reopened = [run(python, again) for _ in range(REOPENED)]
    answers = [Answered.from_event(event) for event in events if event["event"] == "answered"]
    starts = []
    for said, began in reopened:
        (first,) = (event for event in said if event["event"] == "first_search")
        starts.append(first["at"] - began)
        same = [passage(one).text for one in first["passages"]] == [one.text for one in answers[0].passages]
        assert same, f"{peer} finds other passages after it was opened again"
    shutil.rmtree(state)
    return {
        "versions": versions(peer, PACKAGES),
        "load_before": round(load, 2),
        "pace_ms": pace,
        "taken_by_others": share,
        **_quality(files, answers),
        **_costs(events, answers),
        "disk_mib": round(on_disk / MIB, 2),
        "of_it_originals_mib": round(originals / MIB, 2),
        "start_to_first_search_s": round(statistics.median(starts), 2),
        "starts_s": [round(one, 2) for one in starts],
    }


class ChildFailed(Exception):
    """A peer's process ended with an error, which it has printed."""


def run(python: Path, task: Task) -> tuple[list[dict[str, Any]], float]:
    """The child's events, and when it was started on the clock that it reads too. Raises ChildFailed."""
    command = [str(python), "-m", "benchmarks.peers.child"]
    began = time.monotonic()
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env={**os.environ, **OFFLINE},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as child:
        helpers = Helpers(child.pid)
        said, _ = child.communicate(task.to_line() + "\n")
        helpers.stop()
    if child.returncode:
        raise ChildFailed(f"{task.peer}: exit code {child.returncode}")
    events = [json.loads(line) for line in said.splitlines()]
    return [*events, {"event": "helpers", "peak_mib": helpers.peak / MIB}], began


class Helpers:
    """Watches how much memory the processes have that a process starts; a child's own account holds its parent's."""

    def __init__(self, pid: int) -> None:
        self.peak = 0
        self._pid = pid
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._stopped.wait(SAMPLED_S):
            self.peak = max(self.peak, sum(map(resident, descendants(self._pid))))


def descendants(pid: int) -> list[int]:
    """The processes that a process started, and those that they did; without those that have ended.

    One that has not got its own program yet still shares its parent's memory, and is left out.
    """
    found: list[int] = []
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):
            for child in map(int, path.read_text(encoding="ascii").split()):
                if _command(child) != _command(pid):
                    found += [child, *descendants(child)]
    return found


def _command(pid: int) -> bytes:
    return Path(f"/proc/{pid}/cmdline").read_bytes()


def resident(pid: int) -> int:
    """Bytes that a process has in memory; 0 where it has ended."""
    with suppress(OSError, ProcessLookupError):
        return int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return 0


@contextmanager
def held(lock: Path | None) -> Iterator[None]:
    """Nothing without a file; with one it is locked for whoever uses flock on it."""
    if lock is None:
        yield
        return
    with lock.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def size(state: Path) -> tuple[int, int]:
    """Bytes of all that a peer keeps, and of them those of copies of the files themselves, which only Kilde keeps."""
    sizes = {path: path.stat().st_size for path in state.rglob("*") if path.is_file()}
    return sum(sizes.values()), sum(n for path, n in sizes.items() if path.is_relative_to(state / "files"))


def clusters(questions: Sequence[Question]) -> list[Hashable]:
    """What questions share, as in `benchmarks.retrieval`: the document, in one with pages the first that answers."""
    return [(question.document, *(page for page, _ in question.stands[:1])) for question in questions]


def _quality(files: Files, answers: Sequence[Answered]) -> dict[str, Any]:
    found = [judged(q, a.passages, files.texts) for q, a in zip(files.questions, answers, strict=True)]
    result = {
        "questions": len(found),
        "quality": _figures([one.rank for one in found], files.questions),
        "lost_passages": sum(one.lost for one in found),
        "characters_in_top_4": round(statistics.mean(sum(len(p.text) for p in a.passages[:4]) for a in answers)),
        "ranks": _text(one.rank for one in found),
    }
    if any(question.stands for question in files.questions):
        result["page"] = _figures([one.page_rank for one in found], files.questions)
        result["page_ranks"] = _text(one.page_rank for one in found)
    splits = _splits(files.questions, found)
    return {**result, **({"splits": splits} if splits else {})}


def _splits(questions: Sequence[Question], found: Sequence[Judged]) -> dict[str, Any]:
    result = {}
    for split in SPLITS:
        places = [at for at, question in enumerate(questions) if question.split == split]
        if places:
            own = _figures([found[at].rank for at in places], [questions[at] for at in places])
            result[split] = {"questions": len(places), "quality": own}
    return result


def _figures(ranks: Sequence[int], questions: Sequence[Question]) -> dict[str, Any]:
    return {name: one.rounded() for name, one in figures(ranks, clusters(questions)).items()}


def _costs(events: Sequence[Mapping[str, Any]], answers: Sequence[Answered]) -> dict[str, Any]:
    (loaded,) = (event for event in events if event["event"] == "loaded")
    (indexed,) = (event for event in events if event["event"] == "indexed")
    (helpers,) = (event for event in events if event["event"] == "helpers")
    after_indexing, after_all = (event for event in events if event["event"] == "memory")
    return {
        "threads": loaded["threads"],
        "load_s": round(loaded["seconds"], 2),
        "chunks": indexed["chunks"],
        "index_s": round(indexed["seconds"] + indexed["save_s"], 2),
        "of_it_save_s": round(indexed["save_s"], 3),
        "search_ms": {name: round(ms, 2) for name, ms in percentiles([one.ms for one in answers]).items()},
        "rss_loaded_mib": round(loaded["rss_mib"]),
        "rss_indexed_mib": round(after_indexing["rss_mib"]),
        "peak_mib": round(after_all["peak_mib"]),
        "helpers_peak_mib": round(helpers["peak_mib"]),
    }


def _text(ranks: Iterable[int]) -> str:
    return " ".join(map(str, ranks))
