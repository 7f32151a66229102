"""The results of reading as rows of tables. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from benchmarks.reading.scoring import ALL

OURS = "kilde"
BEFORE = "kilde, before"
READ = "all that it reads"
NOTHING = "–"
LOSES = "◀"
ORDER = "pdf docx pptx xlsx csv tsv html epub eml msg txt md odt ods odp rtf zip png jpg tiff".split()  # noqa: SIM905 - a list to read
SHARES_HEAD = ("format", "files")
KILDE_HEAD = ("format", "files", "nothing wrong", "kept", "made up", "left out and said", "sentences whole", "s")

Summed = Mapping[str, Mapping[str, Any]]
"""What `benchmarks.reading.scoring.summed` makes, of one reader."""


def formats(readers: Mapping[str, Summed]) -> list[str]:
    """Those there are files of, in the usual order, and last the row of all."""
    there = {name for summed in readers.values() for name in summed} - {ALL}
    return [*(name for name in ORDER if name in there), *sorted(there - set(ORDER)), ALL]


def shares(readers: Mapping[str, Summed]) -> Iterator[Sequence[str]]:
    """Rows: format, files, then for each reader what it keeps of what must stand there, and how often it made
    something up. A mark stands behind what is better than Kilde's.
    """
    for name in formats(readers):
        ours = readers.get(OURS, {}).get(name)
        files = max(one[name]["files"] for one in readers.values() if name in one)
        yield [name, str(files), *(_cell(one.get(name), ours) for one in readers.values())]
    yield [READ, "", *(_cell(_of_read(one), None) for one in readers.values())]


def _cell(found: Mapping[str, Any] | None, ours: Mapping[str, Any] | None) -> str:
    if found is None or not reads(found):
        return NOTHING
    other = ours is not None and found is not ours
    more, less = (f" {LOSES}" if other and better else "" for better in _better(found, ours or found))
    return f"{percent(found['must'] - found['lost'], found['must'])}{more}, {found['invented']}{less}"


def _better(found: Mapping[str, Any], ours: Mapping[str, Any]) -> tuple[bool, bool]:
    return found["lost"] < ours["lost"], found["invented"] < ours["invented"]


def _of_read(summed: Summed) -> Mapping[str, Any]:
    """Of the formats that a reader reads, together."""
    read = [one for name, one in summed.items() if name != ALL and reads(one)]
    return {key: sum(one[key] for one in read) for key in ("files", "failed", "must", "lost", "invented")}


def reads(found: Mapping[str, Any]) -> bool:
    """Whether a reader reads the format at all: it does not where it failed on every file."""
    return bool(found["failed"] < found["files"])


def percent(part: int, of: int) -> str:
    return f"{100 * part / of:.1f} %" if of else NOTHING


def of_kilde(summed: Summed) -> Iterator[Sequence[str]]:
    """Rows: format, files, files with nothing wrong, kept, made up, left out and said, sentences whole, seconds."""
    for name in formats({OURS: summed}):
        one = summed[name]
        pairs = (("must", "lost"), ("noticed", "unnoticed"), ("whole", "cut"))
        kept, said, whole = (
            f"{one[asked] - one[wrong]} of {one[asked]}" if one.get(asked) else "" for asked, wrong in pairs
        )
        made_up = f"{one['invented']} of {one['must_not']}" if one["must_not"] else ""
        yield [name, str(one["files"]), str(one["right"]), kept, made_up, said, whole, f"{one['seconds']:.1f}"]


def misses(files: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """A line for each thing that was not right."""
    words = {"lost": "lost", "invented": "made up", "unnoticed": "not said", "cut": "cut"}
    for name, one in files.items():
        if "failed" in one:
            yield f"{name}: {one['failed']}"
        for wrong, word in words.items():
            for miss in one.get(wrong, ()):
                yield f"{name}: {word}: {miss}"
