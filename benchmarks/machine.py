"""On what something was measured, for the results: processor, cores, Python, the packages that matter, and its pace."""

from __future__ import annotations

import hashlib
import os
import platform
import statistics
import time
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, TypeVar

import psutil

Measured = TypeVar("Measured")

PACKAGES = ("apsw", "faiss-cpu", "numpy", "sentence-transformers", "torch", "transformers")
PACED = 16 << 20
PACES = 9
QUIET = 0.03
"""Of the processor time that was wanted: as little as this taken by others makes no difference to what is measured."""
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


class Taken:
    """How much of the processor others get, who share the machine below this one (in a virtual machine: steal time)."""

    def __init__(self) -> None:
        self._before = psutil.cpu_times()

    def share(self) -> float:
        """Since this was made, of the processor time that was wanted here, 0..1; 0 where the system does not tell."""
        now = psutil.cpu_times()
        spent = {
            name: getattr(now, name, 0.0) - getattr(self._before, name, 0.0)
            for name in ("user", "nice", "system", "irq", "softirq", "steal")
        }
        # user time holds that of guests already
        wanted = sum(spent.values())
        return round(spent["steal"] / wanted, 3) if wanted > 0 else 0.0


def least_disturbed(measure: Callable[[], Measured], attempts: int) -> tuple[Measured, float]:
    """What was measured when others took the least, and their share. Measures until that is QUIET, at most `attempts`
    times. The choice looks at nothing of what was measured.
    """
    best: tuple[Measured, float] | None = None
    for _ in range(max(1, attempts)):
        taken = Taken()
        measured = measure()
        share = taken.share()
        if best is None or share < best[1]:
            best = (measured, share)
        if share <= QUIET:
            break
    assert best is not None
    return best


def processor() -> str:
    """The processor's own name, or the kind of machine where the system does not tell."""
    lines = CPUINFO.read_text(encoding="utf-8").splitlines() if CPUINFO.is_file() else []
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.machine())


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
