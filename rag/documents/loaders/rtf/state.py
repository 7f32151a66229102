"""What an RTF reader knows while it reads: the state of a group, the text that a group goes into, the styles."""

import re
from dataclasses import dataclass, field

from rag.documents.loaders.blocks import Block
from rag.documents.loaders.page_builder import one_line
from rag.documents.loaders.rtf.tables import RtfCell, RtfRow, lines_of

_HEADING = re.compile(r"(?:heading|overskrift|rubrik|überschrift|titre|título)\s?(\d)$", re.IGNORECASE)
_TITLE = re.compile(r"(?:title|titel)$", re.IGNORECASE)
CONTENTS = re.compile(r"(?:toc|indholdsfortegnelse|contents)\s?\d?$", re.IGNORECASE)


@dataclass(slots=True)
class State:
    """Of one group; groups inside begin with a copy.

    skip: how many characters after a Unicode one stand for it in older programs. place: 1 for raised, -1 for lowered.
    """

    destination: str = ""
    font: int = -1
    skip: int = 1
    place: int = 0
    struck: bool = False
    hidden: bool = False
    deleted: bool = False
    bold: bool = False

    def copy(self) -> "State":
        return State(
            self.destination, self.font, self.skip, self.place, self.struck, self.hidden, self.deleted, self.bold
        )

    def plain(self) -> None:
        r"""As \plain sets it: the properties of characters go back to none."""
        self.place, self.struck, self.hidden, self.deleted, self.bold = 0, False, False, False, False


@dataclass(slots=True)
class Style:
    """name: in lower case. level: of a heading, 0 for other text."""

    name: str = ""
    level: int = 0
    struck: bool = False

    def named(self, name: str) -> None:
        """Take a name, by which Word and other programs know their headings."""
        self.name = name
        match = _HEADING.match(name)
        if match and not self.level:
            self.level = int(match[1])
        elif _TITLE.match(name):
            self.level = 1


@dataclass
class Flow:
    """A text that goes on by itself: the body, a note, a text box. parts: of the paragraph that is being read."""

    kind: str = ""
    blocks: list[Block] = field(default_factory=list)
    parts: list[str] = field(default_factory=list)
    beside: list[Block] = field(default_factory=list)
    mark: str = ""
    level: int = 0
    depth: int = 0
    in_table: bool = False
    is_contents: bool = False
    cell_parts: list[str] = field(default_factory=list)
    bold: list[bool] = field(default_factory=list)
    cells: list[tuple[str, bool]] = field(default_factory=list)
    rows: list[RtfRow] = field(default_factory=list)
    beside_table: list[Block] = field(default_factory=list)
    definition: RtfRow = field(default_factory=RtfRow)

    def begin_paragraph(self) -> None:
        r"""As \pard sets it."""
        self.level, self.depth, self.in_table, self.is_contents = 0, 0, False, False

    def end_paragraph(self) -> None:
        text = "".join(self.parts)
        self.parts = []
        mark, self.mark = self.mark, ""
        beside, self.beside = self.beside, []
        if self.in_table:
            self.beside_table += beside
            self.cell_parts.append(f"{mark} {text}" if len(mark) > 1 else text)
            return
        self.end_table()
        if one_line(text) and not self.is_contents:
            if self.level:
                self.blocks.append(Block("heading", f"{mark} {text}" if mark and mark != "•" else text, self.level))
            elif mark:
                self.blocks.append(Block("item", text, self.depth, mark))
            else:
                self.blocks.append(Block("paragraph", text))
        self.blocks += beside

    def end_cell(self) -> None:
        self.in_table = True
        self.end_paragraph()
        text = one_line(" ".join(self.cell_parts)).rstrip(";, ")
        self.cells.append((text, bool(self.bold) and all(self.bold)))
        self.cell_parts, self.bold = [], []

    def end_row(self) -> None:
        row = RtfRow(start=self.definition.start, is_header=self.definition.is_header)
        last = self.definition.start
        for n, (text, bold) in enumerate(self.cells):
            defined = self.definition.cells[n] if n < len(self.definition.cells) else RtfCell(last + 1000)
            last = max(defined.end, last + 1)
            row.cells.append(RtfCell(last, text, bold, defined.joined))
        self.cells = []
        if row.cells:
            self.rows.append(row)

    def end_table(self) -> None:
        if self.cells:
            self.end_row()
        if not self.rows:
            return
        lines = lines_of(self.rows)
        if lines is None:
            self.blocks += [Block("paragraph", cell.text) for row in self.rows for cell in row.cells if cell.text]
        else:
            self.blocks.append(Block("rows", "\n".join(lines)))
        self.blocks += self.beside_table
        self.rows, self.beside_table = [], []

    def end(self) -> None:
        """Finish the last paragraph and the last table."""
        self.in_table = False
        self.end_paragraph()
        self.end_table()

    def line(self) -> str:
        """All of it in one line."""
        return " ".join(f"{b.mark} {one_line(b.text)}" if len(b.mark) > 1 else one_line(b.text) for b in self.blocks)
