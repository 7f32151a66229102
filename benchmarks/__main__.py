"""All measurements, then the plots and the tables: python -m benchmarks [NAME ...] [--fresh]

One after another, each in a process of its own. What was done is noted: after a run that was cut off, or in which some
failed, the same command goes on with what is left; --fresh, or a run that came to its end, begins anew. One that fails
does not keep the others from running; it is named at the end, and the exit code is 1. The order: what others build on
comes first, what takes hours last.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path

from benchmarks.kept import CACHE

NOTE = CACHE / "bench.json"
STEPS: Mapping[str, tuple[str, ...]] = {
    "start": (),
    "manual": (),
    "retrieval": (),
    "relevance": (),
    "second_stage": (),
    "quotes": (),
    "quoting_weights": (),
    "answerability": (),
    "everyday": ("--both",),
    "followups": (),
    "grounding": ("--sample", "300"),
    "injections": (),
    "gguf": (),
    "indexing": (),
    "words": (),
    "index_choice": (),
    "vector_search": (),
    "scale": (),
    "peers": (),
    "reading": (),
}
"""The arguments of each. Screenshots are no figures, and `answer_language` needs a model that is not here."""
LAST = ("plots", "report")


def missing(names: Sequence[str]) -> list[str]:
    """Those of which there is no module."""
    return [name for name in names if find_spec(f"benchmarks.{name}") is None]


def left(note: Path, names: Sequence[str]) -> list[str]:
    """Those that the note does not call done, in order."""
    done = json.loads(note.read_text(encoding="utf-8")) if note.is_file() else []
    return [name for name in names if name not in done]


def mark(note: Path, name: str) -> None:
    """Note that one is done."""
    done = json.loads(note.read_text(encoding="utf-8")) if note.is_file() else []
    note.parent.mkdir(parents=True, exist_ok=True)
    note.write_text(json.dumps([*done, name]), encoding="utf-8")


def run_all(names: Sequence[str], note: Path, run: Callable[[str], bool]) -> list[str]:
    """Run what is left of `names`, noting what is done; then plots and report. Returns the names of those that failed.

    run: runs one, and tells whether it went well.
    """
    failed = []
    for name in left(note, names):
        if run(name):
            mark(note, name)
        else:
            failed.append(name)
    if not failed:
        note.unlink(missing_ok=True)
    return failed + [name for name in LAST if not run(name)]


def run(name: str) -> bool:
    """Run one as a process; what it says goes where this one's words go."""
    command = [sys.executable, "-m", f"benchmarks.{name}", *STEPS.get(name, ())]
    print(f"\n== {' '.join(command[1:])}", flush=True)
    began = time.monotonic()
    code = subprocess.run(command, check=False).returncode
    print(
        f"== {name}: {'done' if code == 0 else f'FAILED ({code})'} after {time.monotonic() - began:.0f} s", flush=True
    )
    return code == 0


def main() -> None:
    """Run all, or those that are named."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(STEPS)}; default: all")
    parser.add_argument("--fresh", action="store_true", help="forget what a run that was cut off had done")
    given = parser.parse_args()
    unknown = [name for name in given.names if name not in STEPS]
    if unknown:
        parser.error(f"unknown: {', '.join(unknown)}")
    if given.fresh:
        NOTE.unlink(missing_ok=True)
    if given.names:  # what is named is run, whatever was done before
        failed = [name for name in (*given.names, *LAST) if not run(name)]
    else:
        absent = missing(list(STEPS))
        failed = run_all([name for name in STEPS if name not in absent], NOTE, run) + absent
    if failed:
        raise SystemExit(f"failed: {', '.join(failed)}")


if __name__ == "__main__":
    main()
