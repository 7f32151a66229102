"""The text of a Word document's elements: paragraphs, tables, text boxes and notes as blocks."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from rag.documents.loaders.docx.blocks import PAGE_BREAK, Block
from rag.documents.loaders.docx.drawings import Drawings
from rag.documents.loaders.docx.numbering import Numbers, W
from rag.documents.loaders.docx.signs import font_of, form_field, sign_of
from rag.documents.loaders.docx.styles import Look, Style, count, is_on, look_of, with_properties
from rag.documents.loaders.docx.tables import INLINE, cells_of, is_bold, looks_headed, rows_of
from rag.documents.loaders.drawingml.text import box_line, is_label
from rag.documents.loaders.omissions import Omissions
from rag.documents.loaders.omml import FORMULAS, linear
from rag.documents.loaders.page_builder import one_line
from rag.documents.loaders.raised import note_mark
from rag.documents.loaders.runs import FORMULA, Run, joined
from rag.documents.loaders.symbol_fonts import translate
from rag.documents.loaders.table_text import Cell, Row, cell_of, may_head, row_lines

_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_BLOCKS = frozenset(f"{W}{name}" for name in ("customXml", "ins", "moveTo", "sdtContent"))
_DELETED = frozenset((f"{W}del", f"{W}moveFrom"))
_DRAWN = frozenset((f"{W}drawing", f"{W}pict", f"{W}object"))
_SIGNS = {
    f"{W}tab": "\t",
    f"{W}ptab": "\t",
    f"{W}cr": "\n",
    f"{W}noBreakHyphen": "-",
    f"{W}lastRenderedPageBreak": PAGE_BREAK,
}
_REFERENCES = {f"{W}footnoteReference": "footnotes", f"{W}endnoteReference": "endnotes"}
_CONTENTS = re.compile(r"(?:toc \d|toc heading|table of figures|table of authorities)$", re.IGNORECASE)


@dataclass
class _Met:
    """What a paragraph holds beside its own text: text boxes, texts of notes and of comments, lines of drawings."""

    boxes: list[Any] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)
    drawings: list[Block] = field(default_factory=list)
    struck: bool = False


@dataclass
class Text:
    """Reads one document. styles: by id; notes: texts by kind and id; tracked: whether it has tracked changes.

    comments: "Note (author): …" by id; drawings: reads charts, pictures and the like; omissions: what is left out.
    """

    styles: dict[str, Style]
    numbers: Numbers
    drawings: Drawings
    omissions: Omissions = field(default_factory=Omissions)
    notes: dict[tuple[str, str], str] = field(default_factory=dict)
    comments: dict[str, str] = field(default_factory=dict)
    tracked: bool = False
    _notes_met: int = 0

    def blocks(self, parent: Any) -> Iterator[Block]:
        """The blocks of a body, a cell, a text box or a header, in order."""
        for element in parent:
            tag = element.tag
            if tag == f"{W}p":
                yield from self._paragraph(element)
            elif tag == f"{W}tbl":
                yield from self._table(element)
            elif tag == f"{W}sdt":
                if not _is_contents(element):
                    yield from self.blocks(element.findall(f"{W}sdtContent"))
            elif tag in _BLOCKS:
                yield from self.blocks(element)
            elif tag == f"{_MC}AlternateContent":
                yield from self.blocks(element.findall(f"{_MC}Choice")[:1])
            elif tag == f"{_MC}Choice":
                yield from self.blocks(element)
            elif tag == f"{W}altChunk":
                yield from self.drawings.chunk(element)
            elif tag in FORMULAS:
                yield Block("paragraph", linear(element).strip())
            elif tag in _DELETED:
                self.tracked = True

    def _paragraph(self, element: Any) -> Iterator[Block]:
        style = self._style(element)
        if _CONTENTS.match(style.name):
            return
        met = _Met()
        runs = self._inline(element, met, style.look)
        if element.find(f"{W}pPr/{W}framePr[@{W}dropCap]") is not None:  # a large first letter, lowered to fit
            runs = ((text, "") for text, _ in runs)
        text = joined(runs)
        visible_text = text.replace(PAGE_BREAK, "").strip()
        # a paragraph that is struck has its number all the same
        mark = self.numbers.mark(style.list_id, style.depth) if style.list_id and (visible_text or met.struck) else ""
        if style.level and visible_text:
            yield Block("heading", f"{mark} {text}" if mark else text, style.level)
        elif style.name.lower() == "title" and visible_text:
            yield Block("title", text, 1)
        elif mark and visible_text:
            yield Block("item", text, style.depth, mark)
        elif text:
            yield Block("paragraph", text)
        for note in met.notes:
            yield Block("paragraph", note)
        for comment in met.comments:
            yield Block("comment", comment)
        for box in met.boxes:
            yield from _as_label(list(self.blocks(box)))
        yield from met.drawings

    def _style(self, paragraph: Any) -> Style:
        properties = paragraph.find(f"{W}pPr")
        if properties is None:
            return self.styles.get("", Style())
        style_name = properties.find(f"{W}pStyle")
        style = self.styles.get("" if style_name is None else style_name.get(f"{W}val", ""), Style())
        return with_properties(style, properties)

    def _look(self, properties: Any, below: Look) -> Look:
        """How the letters of a run stand, by its own properties, its style and its paragraph's."""
        if properties is None:
            return below
        style = properties.find(f"{W}rStyle")
        named = Style() if style is None else self.styles.get(style.get(f"{W}val", ""), Style())
        return look_of(properties).over(named.look).over(below)

    def _inline(self, parent: Any, met: _Met, below: Look) -> Iterator[Run]:
        for element in parent:
            tag = element.tag
            if tag == f"{W}r":
                properties = element.find(f"{W}rPr")
                look = self._look(properties, below)
                if look.hidden:
                    continue
                text = "".join(self._run(element, met, font_of(properties)))
                if look.struck and text.strip():
                    met.struck = True
                    self.omissions.add("struck")
                    text = "".join(sign for sign in text if sign == PAGE_BREAK)
                # the mark of a note is written as one that is raised already
                has_mark = any(child.tag in _REFERENCES for child in element)
                yield text, "" if has_mark else look.raised or ""
            elif tag in INLINE:
                self.tracked = self.tracked or tag in (f"{W}ins", f"{W}moveTo")
                yield from self._inline(element, met, below)
            elif tag in _DELETED:
                self.tracked = True
            elif tag in FORMULAS:
                yield linear(element).strip(), FORMULA
            elif tag == f"{_MC}AlternateContent":
                yield "".join(self._run(element.findall(f"{_MC}Choice")[:1], met)), ""

    def _run(self, run: Any, met: _Met, font: str | None = None) -> Iterator[str]:
        for element in run:
            tag = element.tag
            if tag == f"{W}t":
                yield translate(element.text or "", font)
            elif tag in _SIGNS:
                yield _SIGNS[tag]
            elif tag == f"{W}sym":
                yield sign_of(element)
            elif tag == f"{W}fldChar":
                yield form_field(element)
            elif tag == f"{W}br":
                yield "\n" if element.get(f"{W}type") != "page" else ""
            elif tag in _REFERENCES:
                yield self._note(_REFERENCES[tag], element.get(f"{W}id", ""), met)
            elif tag == f"{W}commentReference":
                met.comments += filter(None, [self.comments.pop(element.get(f"{W}id", ""), "")])
            elif tag == f"{_MC}AlternateContent":
                # one drawing stored in two ways: the newer one comes first
                yield from self._run(element.findall(f"{_MC}Choice")[:1], met, font)
            elif tag == f"{_MC}Choice":
                yield from self._run(element, met, font)
            elif tag in _DRAWN:
                met.boxes += _outermost_boxes(element)
                met.drawings += self.drawings.blocks(element)

    def _note(self, kind: str, note_id: str, met: _Met) -> str:
        text = self.notes.pop((kind, note_id), "")
        if not text:
            return ""
        self._notes_met += 1
        mark = note_mark(str(self._notes_met))
        met.notes.append(f"{mark.strip()} {text}")
        return mark

    def _table(self, table: Any) -> Iterator[Block]:
        elements = list(rows_of(table))
        # a frame around text: told before reading, since reading twice on each level of nesting would take for ever
        if all(len(list(cells_of(element))) <= 1 for element in elements):
            for element in elements:
                for cell in cells_of(element):
                    yield from self.blocks(cell)
            return
        rows: list[Row] = []
        breaks: list[tuple[int, int]] = []  # page breaks before and inside each row
        cells_above: dict[int, Cell] = {}
        headers = set()
        for n, element in enumerate(elements):
            cells, breaks_before, breaks_inside = self._row(element, cells_above)
            rows.append({column: cell for column, cell in cells.items() if cell.text})
            breaks.append((breaks_before, breaks_inside))
            if is_on(element.find(f"{W}trPr/{W}tblHeader")):
                headers.add(n)
        look = table.find(f"{W}tblPr/{W}tblLook")
        if look is not None and len(rows) > 1 and len(rows[0]) > 2 and looks_headed(look) and may_head(rows):
            headers.add(0)
        for line, (breaks_before, breaks_inside) in zip(row_lines(rows, headers), breaks, strict=True):
            yield Block("row", PAGE_BREAK * breaks_before + line + PAGE_BREAK * breaks_inside)

    def _row(self, row: Any, cells_above: dict[int, Cell]) -> tuple[dict[int, Cell], int, int]:
        """The cells of a row by column, merged ones repeated, and the numbers of page breaks before and inside it."""
        cells: dict[int, Cell] = {}
        breaks_before = breaks_inside = 0
        column = count(row.find(f"{W}trPr/{W}gridBefore"), 0)
        for element in cells_of(row):
            properties = element.find(f"{W}tcPr")
            width = max(count(None if properties is None else properties.find(f"{W}gridSpan"), 1), 1)
            if _goes_on(properties, "vMerge"):
                cell = cells_above.get(column, Cell("")).below
            elif column - 1 in cells and _goes_on(properties, "hMerge"):
                cell = cells[column - 1].right
            else:
                blocks = list(self.blocks(element))
                text = " ".join(block.text for block in blocks if block.kind != "comment")
                note = " ".join(block.text for block in blocks if block.kind == "comment")
                begins_with_break = text.lstrip(" \t\n").startswith(PAGE_BREAK)
                breaks_before = max(breaks_before, int(begins_with_break))
                breaks_inside = max(breaks_inside, text.count(PAGE_BREAK) - begins_with_break)
                cell = cell_of(text.replace(PAGE_BREAK, ""), bold=is_bold(element), note=one_line(note))
            cells_above[column] = cell
            for place in range(column, column + width):
                cells[place] = cell if place == column else cell.right
            column += width
        return cells, breaks_before, breaks_inside


def _goes_on(properties: Any, name: str) -> bool:
    """Whether a cell is a further part of a merged one: the attribute may be left out (ECMA-376-1, 17.4.84)."""
    merged = None if properties is None else properties.find(f"{W}{name}")
    return merged is not None and merged.get(f"{W}val") != "restart"


def _as_label(blocks: list[Block]) -> list[Block]:
    """The blocks of a text box, as one where they are a name and its label."""
    texts = [block.text.replace(PAGE_BREAK, "") for block in blocks]
    if any(block.kind != "paragraph" for block in blocks) or not is_label(texts):
        return blocks
    return [Block("paragraph", box_line(texts) + PAGE_BREAK * sum(block.text.count(PAGE_BREAK) for block in blocks))]


def _is_contents(element: Any) -> bool:
    gallery = element.find(f"{W}sdtPr/{W}docPartObj/{W}docPartGallery")
    return gallery is not None and "table of contents" in gallery.get(f"{W}val", "").lower()


def _outermost_boxes(drawing: Any) -> list[Any]:
    """The text boxes of a drawing that are not inside others; of two ways to draw one, only the first."""
    boxes: list[Any] = []
    stack = [drawing]
    while stack:
        element = stack.pop()
        if element.tag == f"{W}txbxContent":
            boxes.append(element)
        elif element.tag == f"{_MC}AlternateContent":
            stack += element.findall(f"{_MC}Choice")[:1]
        else:
            stack += reversed(list(element))
    return boxes
