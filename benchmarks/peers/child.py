"""Measures one peer in its own environment and process: python -m benchmarks.peers.child < TASK

Started by the runner; see `benchmarks.peers.protocol`. What libraries print goes to stderr.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any, TextIO

from benchmarks.peers.protocol import Adapter, Passage, Task

WARM_UP = "Where is the key?"
MIB = 1024  # kilobytes


def main() -> None:
    """Do the task that stands on standard input."""
    lines = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # a library's own output must not get between the lines
    task = Task.from_line(sys.stdin.readline())
    began = time.perf_counter()
    adapter: Adapter = importlib.import_module(f"benchmarks.peers.{task.peer}").ADAPTER
    adapter.load(task.model)
    say(lines, "loaded", seconds=time.perf_counter() - began, rss_mib=memory("VmRSS"), threads=threads())
    if task.reopen:
        reopen(adapter, task, lines)
    else:
        measure(adapter, task, lines)
    adapter.close()


def reopen(adapter: Adapter, task: Task, lines: TextIO) -> None:
    """The first search of a new process; `at` is on the clock of the whole machine, as the runner's is."""
    adapter.open(Path(task.state))
    found = adapter.search(task.questions[0], task.k)
    say(lines, "first_search", at=time.monotonic(), passages=plain(found))


def measure(adapter: Adapter, task: Task, lines: TextIO) -> None:
    """Index, then ask every question; what was found is kept until the end, so that nothing is written meanwhile."""
    began = time.perf_counter()
    chunks = adapter.index(Path(task.files), Path(task.state))
    indexed = time.perf_counter()
    adapter.save(Path(task.state))
    say(lines, "indexed", seconds=indexed - began, save_s=time.perf_counter() - indexed, chunks=chunks)
    say(lines, "memory", rss_mib=memory("VmRSS"), peak_mib=memory("VmHWM"))
    adapter.search(WARM_UP, task.k)
    answers: list[tuple[float, list[Passage]]] = []
    for question in task.questions:
        asked = time.perf_counter()
        found = adapter.search(question, task.k)
        answers.append(((time.perf_counter() - asked) * 1000, found))
    say(lines, "memory", rss_mib=memory("VmRSS"), peak_mib=memory("VmHWM"))
    for ms, found in answers:
        say(lines, "answered", ms=ms, passages=plain(found))


def plain(found: list[Passage]) -> list[dict[str, Any]]:
    return [asdict(one) for one in found]


def say(lines: TextIO, event: str, **values: Any) -> None:
    lines.write(json.dumps({"event": event, **values}) + "\n")
    lines.flush()


def memory(name: str) -> float:
    """MiB: VmRSS, what the process has in memory now, or VmHWM, the most it ever had."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) / MIB
    raise AssertionError(f"no {name}")


def threads() -> int:
    """Of torch."""
    import torch

    return int(torch.get_num_threads())


if __name__ == "__main__":
    main()
