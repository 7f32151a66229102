"""The memory, cores and speed of this machine, and which sizes of language models it can run."""

from __future__ import annotations

import os
import shutil
import sys
import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

Carried = Literal["well", "slowly", "not"]

REST_BYTES = 1_500_000_000
"""What Kilde takes beside the language model: Python, torch, the embedding model and its index."""
KV_SHARE = 0.12
"""Keys and values of 4096 tokens in fp16, as a share of a 4-bit file: 2 x layers x heads x 128 x 2 bytes a token are
0.12 GB for Qwen2.5 1.5B (1.1 GB), 0.54 GB for Llama 3.1 8B (4.9 GB) and 0.8 GB for Qwen2.5 14B (9.0 GB)."""
ROOMY = 0.8
"""Beyond this share of the memory, other programs are pushed out to the disk."""
EFFICIENCY = 0.45
"""Of the memory's speed that writing reaches: 0.48 measured with Qwen2.5 1.5B Q4_K_M (11.4 tokens/s at 26.5 GB/s) and
0.31 with Gemma 3 270M, on two cores."""
AS_FAST_AS_READING = 5.0
"""Tokens a second: 238 words a minute (Brysbaert, 2019) of 1.3 tokens."""
_UNLIMITED = 1 << 60
_COPY_BYTES = 128 * 1024 * 1024  # larger than the caches
_COPIES = 4
_MEASURING = threading.Lock()


@dataclass(frozen=True, slots=True)
class Machine:
    """memory_bytes: what this program may use, by the machine or its container; free_memory: of it, now.

    cores: that this program may run on. features: of "avx2", "avx512" and "bf16" those that are known to be there.
    free_disk: bytes where models are kept. bandwidth: bytes a second that memory moves.
    """

    memory_bytes: int
    free_memory: int
    cores: int
    features: frozenset[str]
    free_disk: int
    bandwidth: float

    def tokens_per_second(self, size: int, measured: Sequence[tuple[int, float]] = ()) -> float:
        """What a model of `size` bytes is expected to write.

        Each token reads all weights once, so that memory is what limits it (Williams, Waterman and Patterson: Roofline,
        2009). measured: size and speed of models that were tried here. They count more than the rule, and of them the
        one that moved most: the others were small, or the machine was busy.
        """
        moved = [bytes_ * speed for bytes_, speed in measured if bytes_ > 0 and speed > 0]
        return max(moved, default=self.bandwidth * EFFICIENCY) / max(1, size)


def needed_memory(size: int) -> int:
    """Bytes of memory that a model file of `size` bytes takes together with the rest of Kilde."""
    return round(size * (1 + KV_SHARE)) + REST_BYTES


def carries(size: int, machine: Machine, measured: Sequence[tuple[int, float]] = ()) -> Carried:
    """Whether a model file of `size` bytes runs here: "well", "slowly" (below reading, or in tight memory) or "not"."""
    needed = needed_memory(size)
    if needed > machine.memory_bytes:
        return "not"
    if needed > ROOMY * machine.memory_bytes or machine.tokens_per_second(size, measured) < AS_FAST_AS_READING:
        return "slowly"
    return "well"


def largest(machine: Machine) -> int:
    """The largest model file, in bytes, that fits into the memory; 0 where none does."""
    return max(0, round((machine.memory_bytes - REST_BYTES) / (1 + KV_SHARE)))


def as_fast_as_reading(machine: Machine, measured: Sequence[tuple[int, float]] = ()) -> int:
    """The largest model file, in bytes, that writes as fast as one reads."""
    return min(largest(machine), round(machine.tokens_per_second(1, measured) / AS_FAST_AS_READING))


def machine(models_folder: Path) -> Machine:
    """This machine as it is now. The first call takes some tenths of a second: it measures the memory's speed."""
    import psutil

    memory = psutil.virtual_memory()
    limit, used = _container()
    total = min(int(memory.total), limit)
    free = min(int(memory.available), total - used if limit < _UNLIMITED else total)
    with _MEASURING:
        speed = _bandwidth()
    return Machine(total, max(0, free), _cores(), _features(), free_disk(models_folder), speed)


def free_disk(folder: Path) -> int:
    """Bytes free where `folder` is, or would be made; 0 where that cannot be told."""
    for place in (folder, *folder.absolute().parents):
        if place.is_dir():
            return shutil.disk_usage(place).free
    return 0


def _cores() -> int:
    cores = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
    quota = _words("cpu", "cpu.max")
    if len(quota) == 2 and quota[0].isdigit() and int(quota[1]) > 0:
        cores = min(cores, max(1, round(int(quota[0]) / int(quota[1]))))
    return cores


def _container() -> tuple[int, int]:
    """(limit, used) in bytes, of the control group that this process is in; a limit beyond 2**60 is none."""
    for limit_name, used_name in (
        ("memory.max", "memory.current"),
        ("memory.limit_in_bytes", "memory.usage_in_bytes"),
    ):
        limit, used = _words("memory", limit_name), _words("memory", used_name)
        if limit and limit[0].isdigit() and int(limit[0]) < _UNLIMITED:
            return int(limit[0]), int(used[0]) if used and used[0].isdigit() else 0
    return _UNLIMITED, 0


def _words(controller: str, name: str) -> list[str]:
    """What a file of this process's control group says, version 2 or 1; nothing where there is none."""
    for folder in _groups(controller):
        try:
            return (folder / name).read_text(encoding="ascii").split()
        except (OSError, ValueError):
            continue
    return []


@cache
def _groups(
    controller: str, root: Path = Path("/sys/fs/cgroup"), source: Path = Path("/proc/self/cgroup")
) -> list[Path]:
    try:
        lines = [line.split(":", 2) for line in source.read_text(encoding="utf-8").splitlines()]
    except (OSError, ValueError):
        return []
    folders: list[Path] = []
    for _, controllers, path in (line for line in lines if len(line) == 3):
        if controllers == "":
            folders += [root / path.strip("/"), root]
        elif controller in controllers.split(","):
            folders += [root / controller / path.strip("/"), root / controller]
    return folders


@cache
def _features(source: Path = Path("/proc/cpuinfo")) -> frozenset[str]:
    try:
        lines = source.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return frozenset()
    flags = next(
        (set(line.partition(":")[2].split()) for line in lines if line.startswith(("flags", "Features"))), set()
    )
    instructions: Iterable[tuple[str, set[str]]] = (
        ("avx2", {"avx2"}),
        ("avx512", {"avx512f"}),
        ("bf16", {"avx512_bf16", "amx_bf16", "bf16"}),
    )
    return frozenset(name for name, any_of in instructions if flags & any_of)


@cache
def cpu_precision() -> Literal["bfloat16", "float32"]:
    """ "bfloat16" where this processor multiplies it itself, else "float32". Loads torch.

    With AMX on two cores a language model of 0.4B parameters read its prompt 1.5 to 3.9 times as fast in bfloat16 as in
    float32, wrote as fast, and took half the memory; multilingual-e5-small embedded 2.5 times as fast (cosine 0.9999).
    Without AVX512-BF16, AMX or Arm's BF16 each number has to be turned into a float32 first. By what the processor says
    it can, and not by a measurement at the start: the same answer has to come again on a day when the machine is busy.
    """
    import torch

    # what torch itself dispatches by: torch/cpu/__init__.py
    capabilities = torch.cpu.get_capabilities()
    return "bfloat16" if any(capabilities.get(name) for name in ("amx_bf16", "avx512_bf16", "bf16")) else "float32"


@cache
def _bandwidth() -> float:
    """Bytes a second, those read and those written, as STREAM counts a copy (McCalpin, 1995).

    All cores copy at once, each on its own clock: one that had to wait for another program is not told as slow.
    """
    import numpy as np

    threads = min(_cores(), 8)
    count = _COPY_BYTES // threads // 8
    best = [0.0] * threads

    def copy(number: int) -> None:
        source, into = np.ones(count), np.zeros(count)
        for _ in range(_COPIES):
            began = time.thread_time()
            np.copyto(into, source)
            best[number] = max(best[number], 2 * 8 * count / max(1e-6, time.thread_time() - began))

    workers = [threading.Thread(target=copy, args=(number,)) for number in range(threads)]
    for thread in workers:
        thread.start()
    for thread in workers:
        thread.join()
    return sum(best)
