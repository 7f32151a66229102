"""The real server of llama.cpp, as xllamacpp brings it, on loopback with a small real model."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.models.servers import Server

CONTEXT = 512


@pytest.fixture(scope="module", name="llama")
def llama(gemma: Path) -> Iterator[Server]:
    from xllamacpp import CommonParams
    from xllamacpp import Server as Llama

    params = CommonParams()
    params.model.path = str(gemma)
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.n_ctx = CONTEXT
    params.n_parallel = 1
    params.cpuparams.n_threads = 1  # two would wait for each other on a busy machine
    params.warmup = False
    running = Llama(params)
    try:
        yield Server("llama", running.listening_address)
    finally:
        del running  # which ends it
