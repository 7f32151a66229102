"""A few cases of each fault, in two programs of their own; `python -m tests.faults` runs them all."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from subprocess import PIPE
from typing import Any

import pytest

from tests.faults.__main__ import ROWS

ROOT = Path(__file__).resolve().parents[2]
NAMES = [name for name in ROWS if name != "cost"]
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="fork, /proc and mount are used as Linux has them")


@pytest.fixture(scope="module")
def rows() -> Iterator[dict[str, dict[str, Any]]]:
    command = [sys.executable, "-m", "tests.faults", "--quick", "--json"]
    # each case mostly waits for the one before it, or for a disk: two programs take half as long
    # a folder that anybody may enter: one row reads as nobody. What a killed program leaves there goes with it
    with tempfile.TemporaryDirectory(prefix="kilde-faults-", ignore_cleanup_errors=True) as place:
        Path(place).chmod(0o755)
        here = os.environ | {"TMPDIR": place}
        halves = ([*command, *half] for half in (NAMES[::2], NAMES[1::2]))
        runs = [subprocess.Popen(half, cwd=ROOT, env=here, stdout=PIPE, stderr=PIPE, text=True) for half in halves]
        found: dict[str, dict[str, Any]] = {}
        try:
            for run in runs:
                said, faults = run.communicate(timeout=110)
                assert said, faults
                found |= json.loads(said)
        finally:
            for run in runs:
                _end(run)
        yield found


def _end(run: subprocess.Popen[str]) -> None:
    """Interrupted, so that it can unmount and tidy up; killed if it does not end."""
    if run.poll() is None:
        run.send_signal(signal.SIGINT)
        try:
            run.wait(timeout=5)
        except subprocess.TimeoutExpired:
            run.kill()
            run.wait()


@pytest.mark.parametrize("name", NAMES)
def test_nothing_goes_wrong(rows: dict[str, dict[str, Any]], name: str) -> None:
    row = rows[name]
    if row["not_run"]:
        pytest.skip(row["not_run"])
    assert row["good"], row
