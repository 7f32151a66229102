"""The results of reading as tables in Markdown. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from benchmarks.reading.scoring import ALL

OURS = "kilde"
BEFORE = "kilde, before"
NOTHING = "–"
LOSES = "◀"
ORDER = (
    "pdf",
    "docx",
    "pptx",
    "xlsx",
    "csv",
    "tsv",
    "html",
    "epub",
    "eml",
    "msg",
    "txt",
    "md",
    "odt",
    "ods",
    "odp",
    "rtf",
    "zip",
    "png",
    "jpg",
    "tiff",
)

Summed = Mapping[str, Mapping[str, Any]]
"""What `benchmarks.reading.scoring.summed` makes, of one reader."""


def formats(readers: Mapping[str, Summed]) -> list[str]:
    """Those there are files of, in the usual order, and last the row of all."""
    there = {name for summed in readers.values() for name in summed} - {ALL}
    return [*(name for name in ORDER if name in there), *sorted(there - set(ORDER)), ALL]


def shares(readers: Mapping[str, Summed]) -> Iterator[Sequence[str]]:
    """Rows: format, files, then for each reader what it keeps of what must stand there, and how often it made
    something up. A mark stands where one keeps more, or makes up less, than Kilde.
    """
    for name in formats(readers):
        ours = readers.get(OURS, {}).get(name)
        yield [
            name,
            str(max(one[name]["files"] for one in readers.values() if name in one)),
            *(_cell(one.get(name), ours) for one in readers.values()),
        ]


def _cell(found: Mapping[str, Any] | None, ours: Mapping[str, Any] | None) -> str:
    if found is None or not reads(found):
        return NOTHING
    better = (
        ours is not None and found is not ours and (_kept(found) > _kept(ours) or found["invented"] < ours["invented"])
    )
    return (
        f"{percent(found['must'] - found['lost'], found['must'])}, {found['invented']}{f' {LOSES}' if better else ''}"
    )


def _kept(found: Mapping[str, Any]) -> float:
    return (found["must"] - found["lost"]) / found["must"] if found["must"] else 1.0


def reads(found: Mapping[str, Any]) -> bool:
    """Whether a reader reads the format at all."""
    return bool(found["failed"] < found["files"])


def percent(part: int, of: int) -> str:
    return f"{100 * part / of:.1f} %" if of else NOTHING


def of_kilde(summed: Summed) -> Iterator[Sequence[str]]:
    """Rows: format, files, files with nothing wrong, kept, made up, noticed, sentences whole, seconds."""
    for name in formats({OURS: summed}):
        one = summed[name]
        yield [
            name,
            str(one["files"]),
            str(one["right"]),
            f"{one['must'] - one['lost']} of {one['must']}" if one["must"] else "",
            f"{one['invented']} of {one['must_not']}" if one["must_not"] else "",
            f"{one['noticed'] - one['unnoticed']} of {one['noticed']}" if one.get("noticed") else "",
            f"{one['whole'] - one['cut']} of {one['whole']}" if one.get("whole") else "",
            f"{one['seconds']:.1f}",
        ]


SHARES_HEAD = ("format", "files")
KILDE_HEAD = ("format", "files", "nothing wrong", "kept", "made up", "left out and said", "sentences whole", "s")


def misses(files: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """A line for each thing that was not right."""
    words = {"lost": "lost", "invented": "made up", "unnoticed": "not said", "cut": "cut"}
    for name, one in files.items():
        if "failed" in one:
            yield f"{name}: {one['failed']}"
        for wrong, word in words.items():
            for miss in one.get(wrong, ()):
                yield f"{name}: {word}: {miss}"
