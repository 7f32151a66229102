"""All hostile inputs: python -m tests.hostile_inputs [--examples N] [--seed N] [--only WORD] [--write]

Every file of the corpus is read in the sandbox and cut; those of up to 300 kB are together dropped on one library, which
has to answer from its earlier documents as before; then the fuzzing, with N values each. Prints a table and exits with 1 where there was a fault.
--write: keeps the table as benchmarks/results/hostile.json, from which SECURITY.md is written
(`python -m benchmarks.report`). With --only, what was kept of the others with the same seed and N stays.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tempfile
import time
import traceback
from collections import Counter
from pathlib import Path
from typing import Any

from benchmarks.machine import machine
from benchmarks.security_tables import KINDS
from rag.core.errors import KildeError
from rag.core.types import Scope, State
from tests.hostile_inputs.checks import CHECKS, answer_of, answered, asked_library
from tests.hostile_inputs.files import HostileFile, corpus
from tests.hostile_inputs.reading import ending

RESULT = Path(__file__).resolve().parents[2] / "benchmarks" / "results" / "hostile.json"


LARGEST = 300_000
"""Bytes of a file that is dropped on the library: the model is a fake, and slower than a real one with long texts."""


def read_all(files: list[HostileFile], faults: list[str]) -> dict[str, Any]:
    """Each file by itself, in the sandbox and cut."""
    rows: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        for file in files:
            row = rows.setdefault(
                file.kind, {"files": 0, "documents": 0, "refusals": {}, "faults": 0, "slowest_s": 0.0}
            )
            row["files"] += 1
            began = time.monotonic()
            try:
                end = ending(file.file, file.make(), Path(folder))
            except Exception as error:  # noqa: BLE001 - this is what is looked for
                row["faults"] += 1
                faults.append(f"{file.name}: {_told(error)}")
                print(f"  FAULT {file.name} after {time.monotonic() - began:.1f} s: {error!r:.200}", flush=True)
                continue
            if end.is_document:
                row["documents"] += 1
            else:
                row["refusals"][end.how] = row["refusals"].get(end.how, 0) + 1
            if end.seconds > row["slowest_s"]:
                row["slowest_s"], row["slowest"] = round(end.seconds, 1), file.file
            if end.seconds > 3:
                print(f"  {file.name}: {end.how} after {end.seconds:.1f} s", flush=True)
    return rows


def dropped_on_one_library(files: list[HostileFile], faults: list[str]) -> dict[str, Any]:
    """All of them on one library: it stays up, each has an end, and the documents from before answer as before.

    Asked of all documents, the answer may be another one: many of the files speak of the same.
    """
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder, asked_library(Path(folder) / "store") as (library, _):
        old = Scope(tuple(document.id for document in library.documents.all()))
        before, states, dropped = answer_of(answered(library, scope=old)), Counter[str](), 0
        for file in files:
            data = file.make()
            if len(data) > LARGEST:
                continue
            dropped += 1
            try:
                library.documents.add(file.name, data)
            except KildeError as error:
                states[f"refused at once: {type(error).__name__}"] += 1
        done = library.wait(600)
        if not done:
            faults.append(f"one library: not done after 600 s; {library.documents.progress()}")
        for document in library.documents.all():
            states[document.state.value] += 1
            if document.state is State.FAILED and not document.notices:
                faults.append(f"{document.name}: failed, and says nothing of why")
        after = answer_of(answered(library, scope=old))
        if after != before:
            faults.append(f"one library: the answer is another now: {before} -> {after}")
        problems = library.maintenance.verify().problems
        faults += [f"one library: {problem}" for problem in problems]
    seconds = round(time.monotonic() - began, 1)
    return {"files": dropped, "ends": dict(states), "seconds": seconds, "answer_as_before": after == before,
            "problems": len(problems)}  # fmt: skip


def fuzzed(names: list[str], examples: int, seed: int, faults: list[str]) -> dict[str, Any]:
    """Each check with so many values."""
    rows: dict[str, Any] = {}
    for name in names:
        began = time.monotonic()
        try:
            rows[name] = {"said": dict(CHECKS[name](examples, seed)), "faults": 0}
        except Exception as error:  # noqa: BLE001 - this is what is looked for
            rows[name] = {"said": {}, "faults": 1}
            faults.append(f"{name}: {_told(error)}")
        rows[name]["seconds"] = round(time.monotonic() - began, 1)
        print(f"  {name}: {rows[name]}", flush=True)
    return rows


def _told(error: Exception) -> str:
    return "".join(traceback.format_exception(error))[-3000:]


def table(result: dict[str, Any]) -> str:
    lines = [f"{'hostile files':44} files  documents  refused  faults  slowest"]
    for kind, row in result["files"].items():
        refused = sum(row["refusals"].values())
        lines.append(f"{KINDS.get(kind, kind):44} {row['files']:5} {row['documents']:10} {refused:8} {row['faults']:7}"
                     f"  {row['slowest_s']:5.1f} s {row.get('slowest', '')}")  # fmt: skip
    for name, row in result["values"].items():
        lines.append(f"{name:44} {sum(row['said'].values()):5} values, {row['faults']} faults: {row['said']}")
    return "\n".join(lines)


def _with_kept(result: dict[str, Any]) -> dict[str, Any]:
    """With the parts that were not run now, where they were made with as many examples and the same seed."""
    kept: dict[str, Any] = json.loads(RESULT.read_text(encoding="utf-8")) if RESULT.is_file() else {}
    if (kept.get("seed"), kept.get("examples")) != (result["seed"], result["examples"]):
        return result
    made = {**result, "library": result["library"] or kept["library"]}
    for part in ("files", "values"):
        made[part] = {**kept[part], **result[part]}
    made["faults"] = sum(row["faults"] for part in ("files", "values") for row in made[part].values())
    made["faults"] += 0 if not made["library"] or made["library"]["answer_as_before"] else 1
    return made


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--examples", type=int, default=300, help="values for each check of the fuzzing")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="files and checks whose name this has; 'library': that step alone")
    parser.add_argument("--write", action="store_true", help="keep the result for SECURITY.md")
    given = parser.parse_args()
    files = corpus()
    faults: list[str] = []
    only = given.only
    some = [file for file in files if re.search(only, file.name)]
    result: dict[str, Any] = {"seed": given.seed, "examples": given.examples, "machine": machine()}
    print(f"{len(files)} hostile files, seed {given.seed}", flush=True)
    result["files"] = read_all(some, faults)
    result["library"] = dropped_on_one_library(files, faults) if only == "" or only.endswith("library") else {}
    names = [name for name in CHECKS if re.search(only, name)]
    result["values"] = fuzzed(names, given.examples, given.seed, faults)
    result["faults"] = len(faults)
    print(table(result))
    print(json.dumps(result["library"]))
    for fault in faults:
        print(f"\nFAULT {fault}")
    if given.write:
        RESULT.write_text(json.dumps(_with_kept(result), indent=1) + "\n", encoding="utf-8")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
