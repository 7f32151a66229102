"""All self-made files: contents in many formats, and what only some formats have."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.reading.forms import WRITERS
from benchmarks.reading.grids import FIELDS, GRIDS
from benchmarks.reading.judging import Sample
from benchmarks.reading.own import libre, mails, pages, plain, scans, sheets, slides, web, word
from benchmarks.reading.texts import CLAUSES, SHIFTED


def own() -> Iterator[Sample]:
    """In an order that stays; no two have the same name."""
    yield from shared()
    for module in (word, slides, sheets, pages, scans, web, mails, plain, libre):
        yield from module.samples()


def shared() -> Iterator[Sample]:
    """Each content in each format that it is written in."""
    for content in (*SHIFTED, *GRIDS, *FIELDS, *CLAUSES):
        for form in content.formats:
            yield Sample(
                f"{form}/{content.name}.{form}",
                WRITERS[form](content.blocks),
                content.must,
                content.must_not,
                content.noticed,
                content.whole,
            )
