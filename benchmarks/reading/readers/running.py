"""Runs one of the others over files: in its environment, each file with a time limit."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks.peers.environments import installed
from benchmarks.question_sets import CACHE
from benchmarks.reading.judging import Reading

REQUIREMENTS = Path(__file__).parent
ENVIRONMENTS = CACHE / "reading"
OURS = "plain"
"""Runs in Kilde's own environment."""
LIMIT_S = 30
"""For one file."""
LOADING_S = 240
ROOT = Path(__file__).resolve().parents[3]
_OFFLINE = {
    "HF_HUB_OFFLINE": "1",
    "UNSTRUCTURED_DISABLE_NOTICE": "1",
    "DO_NOT_TRACK": "true",
    "TOKENIZERS_PARALLELISM": "false",
}


class NotInstalled(Exception):
    """The reader's environment could not be made, or the library not be loaded."""


def readings(reader: str, paths: Sequence[Path]) -> Iterator[Reading]:
    """What the reader makes of each file, in order. Raises NotInstalled."""
    try:
        python = (
            Path(sys.executable) if reader == OURS else installed(ENVIRONMENTS / reader, REQUIREMENTS / f"{reader}.txt")
        )
    except (subprocess.CalledProcessError, OSError) as error:
        raise NotInstalled(f"{reader}: {error}") from error
    child: subprocess.Popen[str] | None = None
    try:
        for path in paths:
            if child is None:
                child = _started(python, reader)
            assert child.stdin is not None
            print(path, file=child.stdin, flush=True)
            answer = _answer(child, LIMIT_S)
            if answer is None:  # it hangs or has died: the next file gets a new process
                _ended(child)
                child = None
                yield Reading("", LIMIT_S, failed=f"gave no answer within {LIMIT_S} s")
            else:
                yield Reading(answer.get("text", ""), answer["seconds"], failed=answer.get("failed", ""))
    finally:
        if child is not None:
            _ended(child)


def version(reader: str) -> str:
    """As it is pinned; "" for those that have none of their own."""
    pinned = REQUIREMENTS / f"{reader}.txt"
    lines = pinned.read_text(encoding="utf-8").splitlines() if pinned.is_file() else []
    return next((line.partition("==")[2] for line in lines if line.startswith(f"{reader}==")), "")


def _started(python: Path, reader: str) -> subprocess.Popen[str]:
    child = subprocess.Popen(
        [str(python), "-m", "benchmarks.reading.readers.child", reader],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        bufsize=1,
        env={**os.environ, **_OFFLINE, "PYTHONPATH": str(ROOT)},
        cwd=ROOT,
    )
    if _answer(child, LOADING_S) is None:
        _ended(child)
        raise NotInstalled(f"{reader}: could not be loaded")
    return child


def _answer(child: subprocess.Popen[str], within: float) -> dict[str, Any] | None:
    """The next line, which is written all at once; None where there is none in time."""
    assert child.stdout is not None
    if not select.select([child.stdout], [], [], within)[0]:
        return None
    line = child.stdout.readline()
    found: dict[str, Any] | None = json.loads(line) if line else None
    return found


def _ended(child: subprocess.Popen[str]) -> None:
    child.kill()
    child.communicate()
