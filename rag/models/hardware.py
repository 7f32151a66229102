"""The memory, cores and speed of this machine, and which sizes of language models it can run."""

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
"""Memory of Kilde besides the language model: Python, torch, the embedding model and its index."""
KV_SHARE = 0.12
"""Keys and values of 4096 tokens in fp16, as a share of a 4-bit file: 2 x layers x heads x 128 x 2 bytes a token are
0.12 GB for Qwen2.5 1.5B (1.1 GB), 0.54 GB for Llama 3.1 8B (4.9 GB) and 0.8 GB for Qwen2.5 14B (9.0 GB)."""
ROOMY = 0.8
"""Share of memory beyond which other programs are swapped out."""
EFFICIENCY = 0.45
"""Share of the memory bandwidth that generation reaches: 0.48 measured with Qwen2.5 1.5B Q4_K_M (11.4 tokens/s at
26.5 GB/s) and 0.31 with Gemma 3 270M, on two cores."""
AS_FAST_AS_READING = 5.0
"""Tokens a second: 238 words a minute (Brysbaert, 2019) of 1.3 tokens."""
_UNLIMITED = 1 << 60
_COPY_BYTES = 128 * 1024 * 1024  # larger than the caches
_COPIES = 4
_MEASURING = threading.Lock()


@dataclass(frozen=True, slots=True)
class Machine:
    """memory_bytes: limit of the machine or its container; free_memory: of it, currently available.

    cores: available to this process. features: those of "avx2", "avx512" and "bf16" known to be supported. free_disk:
    bytes on the disk of the models. bandwidth: of the memory, bytes per second.
    """

    memory_bytes: int
    free_memory: int
    cores: int
    features: frozenset[str]
    free_disk: int
    bandwidth: float

    def tokens_per_second(self, size: int, measured: Sequence[tuple[int, float]] = ()) -> float:
        """The expected generation speed of a model of `size` bytes.

        Each token reads all weights once, so that memory bandwidth is the limit (Williams, Waterman and Patterson:
        Roofline, 2009). measured: size and speed of models tried here, which override the rule. The one with the
        highest bandwidth counts, as others were small, or the machine was busy.
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
    """The largest model file, in bytes, that writes at reading speed."""
    return min(largest(machine), round(machine.tokens_per_second(1, measured) / AS_FAST_AS_READING))


def machine(models_folder: Path) -> Machine:
    """The current machine. The first call measures the memory bandwidth, which takes some tenths of a second."""
    import psutil

    memory = psutil.virtual_memory()
    limit, used = _container()
    total = min(int(memory.total), limit)
    free = min(int(memory.available), total - used if limit < _UNLIMITED else total)
    with _MEASURING:
        speed = _bandwidth()
    return Machine(total, max(0, free), _cores(), _features(), free_disk(models_folder), speed)


def free_disk(folder: Path) -> int:
    """Free bytes on the disk of `folder`, which need not exist; 0 if unknown."""
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
    """(limit, used) in bytes, of this process's control group; a limit beyond 2**60 means none."""
    for limit_name, used_name in (
        ("memory.max", "memory.current"),
        ("memory.limit_in_bytes", "memory.usage_in_bytes"),
    ):
        limit, used = _words("memory", limit_name), _words("memory", used_name)
        if limit and limit[0].isdigit() and int(limit[0]) < _UNLIMITED:
            return int(limit[0]), int(used[0]) if used and used[0].isdigit() else 0
    return _UNLIMITED, 0


def _words(controller: str, name: str) -> list[str]:
    """The words in a file of this process's control group, version 2 or 1; empty without one."""
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
    """ "bfloat16" if this processor supports it natively, else "float32". Loads torch.

    With AMX on two cores a language model of 0.4B parameters read its prompt 1.5 to 3.9 times as fast in bfloat16 as in
    float32, wrote as fast, and took half the memory; multilingual-e5-small embedded 2.5 times as fast (cosine 0.9999).
    Without AVX512-BF16, AMX or Arm's BF16 each number has to be converted to float32 first. Processor features decide,
    not a measurement, as the same answer must be reproducible on a busy machine.
    """
    import torch

    # the features that torch itself dispatches on: torch/cpu/__init__.py
    capabilities = torch.cpu.get_capabilities()
    return "bfloat16" if any(capabilities.get(name) for name in ("amx_bf16", "avx512_bf16", "bf16")) else "float32"


@cache
def _bandwidth() -> float:
    """Bytes per second, read and written, as STREAM counts a copy (McCalpin, 1995).

    All cores copy at once, each timed by its own CPU clock, so that waiting for other programs does not count.
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
