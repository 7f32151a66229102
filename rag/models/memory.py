"""Returns freed memory of this process to the operating system."""

from __future__ import annotations

import ctypes
import sys


def release_freed_memory() -> None:
    """Return memory that the C library retains for later allocations, if it supports that.

    A tokenizer of 250,000 pieces is millions of small allocations. glibc keeps their pages after they are freed, and
    the next model does not fit into the gaps: each model loaded and dropped would leave 0.1 GB behind.
    """
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # musl has none
        if trim is not None:
            trim(0)
