"""On what something was measured, for the results: processor, cores, Python, the packages that matter, and its pace."""

from __future__ import annotations

import hashlib
import os
import platform
import statistics
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

PACKAGES = ("apsw", "faiss-cpu", "numpy", "sentence-transformers", "torch", "transformers")
PACED = 16 << 20
PACES = 9
CPUINFO = Path("/proc/cpuinfo")


def machine(packages: tuple[str, ...] = PACKAGES) -> dict[str, Any]:
    """{"processor", "cores", "memory_gib", "python", "packages": {name: version}}; packages not here are left out."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {
        "processor": processor(),
        "cores": os.cpu_count(),
        "memory_gib": round(memory, 1),
        "python": platform.python_version(),
        "packages": {name: found for name in packages if (found := _version(name)) is not None},
    }


def pace_ms() -> float:
    """Milliseconds that a fixed piece of work takes now, the median of some: where machines are shared, one is at times
    half as fast, which its own load does not tell. Two figures can be compared where this is about the same.
    """
    data, spent = bytes(PACED), []
    for _ in range(PACES):
        began = time.perf_counter()
        hashlib.blake2b(data).digest()
        spent.append((time.perf_counter() - began) * 1000)
    return round(statistics.median(spent), 1)


def processor() -> str:
    """The processor's own name, or the kind of machine where the system does not tell."""
    lines = CPUINFO.read_text(encoding="utf-8").splitlines() if CPUINFO.is_file() else []
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.machine())


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
