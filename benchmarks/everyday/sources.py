"""The documents of the everyday questions as they are kept: text in `benchmarks/data/everyday/`, many to a file.

    === Offer 2291.pdf | split=dev language=da group=offers rules=none
    @head Nordvej Tag ApS            running head; @foot is the running foot
    # Heading                        ## and ### below it
    A paragraph is a line.           **A line between stars** is bold
    - an item of a list
    Offer no. :: 2291                lines with :: are a list of fields
    |Item|Price|                     rows of a table; the first has the names of the columns
    --- Terms                        a new page, slide, sheet or chapter
    %% a note of the speaker

Of a mail the first lines are its headers. Files that share a `group` are asked together.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Literal

SOURCES = Path(__file__).parent.parent / "data" / "everyday"
START, PAGE, FIELD = "=== ", "--- ", " :: "
MARKS = {"# ": 1, "## ": 2, "### ": 3}

Kind = Literal["heading", "text", "bold", "item", "fields", "table", "page", "note", "head", "foot", "mail"]


@dataclass(slots=True)
class Block:
    """A piece of a document. level: of a heading. rows: of a table, or pairs of label and value."""

    kind: Kind
    text: str = ""
    level: int = 0
    rows: list[list[str]] = field(default_factory=list)

    def lines(self) -> list[str]:
        """What it says, a line for each row."""
        return [" | ".join(row) for row in self.rows] if self.rows else [self.text]


@dataclass(frozen=True, slots=True)
class Source:
    """A document. name: of the file to be made. options: what stands behind the name: split, language, group ..."""

    name: str
    options: dict[str, str]
    blocks: list[Block]

    @property
    def suffix(self) -> str:
        return self.name.rpartition(".")[2].lower()

    def running(self, kind: Literal["head", "foot"]) -> str:
        """The text at the head or foot of every page; "" where there is none."""
        return next((block.text for block in self.blocks if block.kind == kind), "")

    def body(self) -> list[Block]:
        return [block for block in self.blocks if block.kind not in ("head", "foot")]


def parse(text: str) -> Iterator[Source]:
    """The documents of one file of sources."""
    name, options, lines = "", dict[str, str](), list[str]()
    for line in [*text.splitlines(), START]:
        if not line.startswith(START):
            lines.append(line)
            continue
        if name:
            yield Source(name, options, list(_blocks(lines, mail=name.endswith(".eml"))))
        name, _, given = line.removeprefix(START).partition(" | ")
        options = dict(pair.split("=", 1) for pair in given.split())
        lines = []


@lru_cache(maxsize=1)
def sources() -> dict[str, Source]:
    """All documents by name, in order. Raises ValueError where two have one name."""
    found: dict[str, Source] = {}
    for path in sorted(SOURCES.glob("*.txt")):
        for source in parse(path.read_text(encoding="utf-8")):
            if source.name in found:
                raise ValueError(f"{source.name} is there twice")
            found[source.name] = source
    return found


def _blocks(lines: list[str], *, mail: bool) -> Iterator[Block]:
    open_block: Block | None = None
    for line in lines:
        if mail:
            if open_block is None:
                open_block = Block("mail")
            if ": " in line:
                open_block.rows.append(line.split(": ", 1))
                continue
            yield open_block
            mail, open_block = False, None
        block = _block(line)
        if open_block and (block is None or block.kind != open_block.kind):
            yield open_block
            open_block = None
        if block and block.rows:
            if open_block:
                open_block.rows += block.rows
            else:
                open_block = block
        elif block:
            yield block
    if open_block:
        yield open_block


def _block(line: str) -> Block | None:
    """What one line is; None of an empty one."""
    if not line.strip():
        return None
    for mark, level in MARKS.items():
        if line.startswith(mark):
            return Block("heading", line.removeprefix(mark), level)
    if line.startswith(("@head ", "@foot ")):
        return Block("head" if line[1] == "h" else "foot", line[6:])
    if line.startswith(PAGE):
        return Block("page", line.removeprefix(PAGE))
    if line.startswith("%% "):
        return Block("note", line[3:])
    if line.startswith("- "):
        return Block("item", line[2:])
    if line.startswith("|"):
        return Block("table", rows=[[cell.strip() for cell in line.strip()[1:-1].split("|")]])
    if FIELD in line:
        return Block("fields", rows=[[part.strip() for part in line.split(FIELD, 1)]])
    if line.startswith("**") and line.endswith("**"):
        return Block("bold", line[2:-2])
    return Block("text", line)
