"""Verdicts of files to the figures of the result. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from benchmarks.reading.judging import Reading, Sample, Verdict

ALL = "all"
"""The row of all formats."""


def row(sample: Sample, reading: Reading, verdict: Verdict) -> dict[str, Any]:
    """What is kept of one file: how much was asked of it, and what was not right."""
    kept: dict[str, Any] = {
        "must": len(sample.must),
        "must_not": len(sample.must_not),
        "seconds": round(reading.seconds, 2),
    }
    if reading.sentences is not None:
        kept |= {"noticed": len(sample.noticed), "whole": len(sample.whole)}
    for name in ("lost", "invented", "unnoticed", "cut"):
        misses = getattr(verdict, name)
        if misses and (reading.sentences is not None or name in ("lost", "invented")):
            kept[name] = list(misses)
    if reading.failed or not reading.text.strip():
        kept["failed"] = reading.failed or "no text"
    return kept


def summed(files: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """By format, and for ALL: {"files", "failed", "must", "lost", "must_not", "invented", …, "seconds"}.

    files: rows by the names of the files. A format of which a reader failed on every file is one that it does not read.
    """
    formats: dict[str, list[Mapping[str, Any]]] = {ALL: list(files.values())}
    for name, one in files.items():
        formats.setdefault(name.partition("/")[0], []).append(one)
    return {name: _sum(rows) for name, rows in formats.items()}


def _sum(rows: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    rows = list(rows)
    told: dict[str, Any] = {"files": len(rows), "failed": sum("failed" in one for one in rows)}
    told["right"] = sum(not {"lost", "invented", "unnoticed", "cut"} & one.keys() for one in rows)
    for asked in ("must", "must_not", "noticed", "whole"):
        if any(asked in one for one in rows):
            told[asked] = sum(one.get(asked, 0) for one in rows)
    for wrong in ("lost", "invented", "unnoticed", "cut"):
        told[wrong] = sum(len(one.get(wrong, ())) for one in rows)
    return {**told, "seconds": round(sum(one["seconds"] for one in rows), 1)}
