"""The store from a thousand chunks to a million: python -m benchmarks.scale [--sizes 1000,10000,100000,1000000]

Of each size: building, opening with a snapshot and without, memory, searching real questions idle and beside an
indexing job, the vectors and the words alone, recall of the vectors against brute force, deleting and replacing, and
opening after `kill -9`. Each step runs in a process of its own; what has been measured is not measured again unless
--anew says so. A million chunks take about 9 GB on the disk, and go at the end unless --keep says otherwise.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.big_store import MADE, make
from benchmarks.machine import least_disturbed, machine, pace_ms
from benchmarks.scale_steps import CHILDREN, STEPS

RESULT = Path(__file__).parent / "results" / "scale.json"
LARGE = 1_000_000
REPEATED = {"open", "search"}
"""Steps that leave the store as it was."""


def main() -> None:
    """Measure what has not been measured yet."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="1000,10000,100000,1000000")
    parser.add_argument("--only", default=",".join(STEPS), help="steps")
    parser.add_argument("--attempts", type=int, default=3, help="at searching, until others leave it alone (3)")
    parser.add_argument("--anew", action="store_true", help="measure again")
    parser.add_argument("--keep", action="store_true", help="keep a store of a million chunks")
    parser.add_argument("--step", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    sizes = [int(size) for size in arguments.sizes.split(",")]
    if arguments.step:
        print(json.dumps({**STEPS, **CHILDREN}[arguments.step](sizes[0])))
        return
    for n in sizes:
        measured = _known().get(n, {"chunks": n})
        folder = make(n)
        measured["make"] = json.loads((folder / MADE).read_text(encoding="utf-8")) or measured.get("make", {})
        for step in arguments.only.split(","):
            if step in measured and not arguments.anew:
                continue
            began = time.perf_counter()
            pace = pace_ms()
            attempts = arguments.attempts if step in REPEATED else 1
            found, taken = least_disturbed(partial(_run, step, n), attempts)
            measured[step] = {**found, "pace_ms": pace, "taken_by_others": taken}
            print(f"{n} {step} ({time.perf_counter() - began:.0f} s): {json.dumps(measured[step])}", flush=True)
            _write(measured)
        if n >= LARGE and not arguments.keep:
            shutil.rmtree(folder)
    print(table())


def _run(step: str, n: int) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.scale", "--step", step, "--sizes", str(n)]
    said = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    result: dict[str, Any] = json.loads(said.splitlines()[-1])
    return result


def _known() -> dict[int, dict[str, Any]]:
    if not RESULT.exists():
        return {}
    return {row["chunks"]: row for row in json.loads(RESULT.read_text(encoding="utf-8"))["sizes"]}


def _write(measured: dict[str, Any]) -> None:
    rows = {**_known(), measured["chunks"]: measured}
    result = {"machine": machine(), "sizes": [rows[n] for n in sorted(rows)]}
    RESULT.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


def table() -> str:
    """What was measured, one line for each size."""
    head = "chunks | search p50/p99 | while indexing | vectors | recall@10 | words | open | without snapshot | index MB"
    lines = [head, "-|" * 8 + "-"]
    for row in _known().values():
        search, fresh, opened = (row.get(step, {}) for step in ("search", "fresh", "open"))
        cells = [f"{row['chunks']:,}"]
        cells += [_pair(search.get(name)) for name in ("search", "search_indexing", "vectors")]
        cells += [str(search.get("recall_10", "")), _pair(search.get("words"))]
        cells += [f"{step.get('first_hits_s', '')} s" for step in (opened, fresh)]
        cells += [f"{fresh.get('index', {}).get('bytes', 0) / 1e6:.0f}"]
        lines.append(" | ".join(cells))
    return "\n".join(lines)


def _pair(spent: dict[str, float] | None) -> str:
    return "" if spent is None else f"{spent['p50_ms']:.1f}/{spent['p99_ms']:.1f} ms"


if __name__ == "__main__":
    main()
