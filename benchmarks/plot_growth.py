"""How time and memory grow with the number of chunks, drawn from `scale.json` and `words.json`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from benchmarks.plot_style import curves, figure, save, title

Result = Mapping[str, Any]
Lines = dict[str, tuple[list[float], list[float]]]
HEIGHT = 2.3  # inches of one panel, about

SEARCHED: Mapping[str, tuple[str, ...]] = {
    "p50": ("search", "search", "p50_ms"),
    "p99": ("search", "search", "p99_ms"),
    "p50 while indexing": ("search", "search_indexing", "p50_ms"),
    "p99 while indexing": ("search", "search_indexing", "p99_ms"),
}
PARTS: Mapping[str, tuple[str, ...]] = {
    "embedding the question": ("search", "embedding_of_question", "p50_ms"),
    "meaning": ("search", "vectors", "p50_ms"),
    "words": ("search", "words", "p50_ms"),
}
OPENED: Mapping[str, tuple[str, ...]] = {
    "with a snapshot": ("open", "first_hits_s"),
    "without one": ("fresh", "first_hits_s"),
    "after a crash": ("crash", "killed_putting", "first_hits_s"),
}
SIZES: Mapping[str, tuple[str, ...]] = {
    "memory of the vectors": ("open", "rss_first_hits_mb"),
    "database": ("fresh", "database_mb"),
    "snapshot": ("fresh", "snapshot_mb"),
}
ENGINES = {"kilde": "Kilde", "fts5": "FTS5", "postings": "index before FTS5", "tantivy": "Tantivy", "bm25s": "bm25s"}


def growth(result: Result, folder: Path) -> Iterator[Path]:
    """The store from a thousand chunks to a million. Nothing as long as there is one size alone: it does not grow."""
    if len(result["sizes"]) < 2:
        return
    panels = {
        "A search, from question to hits, ms": (SEARCHED, ("p50",), "ms"),
        "Its parts, p50, ms": (PARTS, (), "ms"),
        "From opening to the first hits, s": (OPENED, ("with a snapshot",), "s"),
        "Memory and disk, MB": (SIZES, ("memory of the vectors",), "MB"),
    }
    made, axes = figure(11.5, 2.2 + 2 * HEIGHT, 2, 2)
    for place, (heading, (paths, ours, unit)) in zip(axes.flat, panels.items(), strict=True):
        found = lines_of(result["sizes"], paths)
        if found:
            curves(place, found, ours, unit, HEIGHT)
        place.set_title(heading)
        place.set_xlabel("chunks")
    title(made, "How time and memory grow", "Both axes logarithmic; one process, two cores.")
    yield save(made, folder / "growth.svg")


def words(result: Result, folder: Path) -> Iterator[Path]:
    """Keyword search beside other engines."""
    panels: dict[str, tuple[Callable[[Result], float], str]] = {
        "A search, p50, ms": (lambda row: float(row["p50_cpu_ms"]), "ms"),
        "A search, p99, ms": (lambda row: float(row["p99_cpu_ms"]), "ms"),
        "Building, s": (lambda row: float(row["build_cpu_s"]), "s"),
        "On disk, MB": (lambda row: float(row["disk_mb"]), "MB"),
    }
    made, axes = figure(11.5, 2.2 + 2 * HEIGHT, 2, 2)
    for place, (heading, (value, unit)) in zip(axes.flat, panels.items(), strict=True):
        found: Lines = {}
        for engine, label in ENGINES.items():
            rows = sorted((one for one in result["rows"] if one["engine"] == engine), key=lambda one: one["chunks"])
            if rows:
                found[label] = ([row["chunks"] for row in rows], [max(value(row), 0.01) for row in rows])
        curves(place, found, ("Kilde",), unit, HEIGHT)
        place.set_title(heading)
        place.set_xlabel("chunks")
    title(
        made,
        "Searching by words: Kilde beside other engines",
        "Same stems, same questions; processor time; axes logarithmic.",
    )
    yield save(made, folder / "words.svg")


def lines_of(sizes: list[Any], paths: Mapping[str, tuple[str, ...]]) -> Lines:
    """By name the sizes measured, and the figures there; a name without any is left out."""
    found: Lines = {}
    for name, path in paths.items():
        points = [(row["chunks"], value) for row in sizes if (value := figure_at(row, path)) is not None]
        if points:
            found[name] = ([float(x) for x, _ in points], [max(y, 0.001) for _, y in points])
    return found


def figure_at(row: Any, path: tuple[str, ...]) -> float | None:
    """What stands there, None where it has not been measured."""
    for key in path:
        row = row.get(key) if isinstance(row, Mapping) else None
    return None if row is None else float(row)
