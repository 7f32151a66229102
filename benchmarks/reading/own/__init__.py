"""Files with what only some formats have: text boxes, charts, notes, attachments, scans ... One module for each group."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from benchmarks.reading.judging import Sample

Samples = Callable[[], Iterator[Sample]]
