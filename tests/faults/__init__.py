"""Faults on purpose: programs killed, disks that are full, bits that flip; see `python -m tests.faults --help`.

Each row of the table is one kind of fault: so many cases, of which each ended well or is counted as what went wrong.
"""

from __future__ import annotations
