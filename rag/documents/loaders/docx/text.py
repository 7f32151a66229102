"""What the elements of a Word document say: the text of a paragraph, and the blocks that it is part of."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from rag.documents.loaders.docx.numbering import Numbers, W
from rag.documents.loaders.docx.styles import Style, count, is_on, with_properties
from rag.documents.loaders.symbol_fonts import has_signs, shown
from rag.documents.loaders.table_text import Cell, Row, cell_of, row_lines

PAGE_BREAK = "\f"
_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_MATH = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
# what only wraps what it holds
_INLINE = frozenset(
    f"{W}{name}"
    for name in [
        "hyperlink",
        "ins",
        "moveTo",
        "smartTag",
        "sdt",
        "sdtContent",
        "fldSimple",
        "customXml",
        "dir",
        "bdo",
        "ruby",
        "rubyBase",
    ]
)
_BLOCKS = frozenset(f"{W}{name}" for name in ("customXml", "ins", "moveTo", "sdtContent"))
_DELETED = frozenset((f"{W}del", f"{W}moveFrom"))
_DRAWN = frozenset((f"{W}drawing", f"{W}pict", f"{W}object"))
_SIGNS = {f"{W}tab": "\t", f"{W}cr": "\n", f"{W}noBreakHyphen": "-", f"{W}lastRenderedPageBreak": PAGE_BREAK}
_REFERENCES = {f"{W}footnoteReference": "footnotes", f"{W}endnoteReference": "endnotes"}
_CONTENTS = re.compile(r"(?:toc \d|toc heading|table of figures|table of authorities)$", re.IGNORECASE)
_SUPERSCRIPT = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True, slots=True)
class Block:
    """kind: "paragraph", "heading", "title", "item" or "row". level: of a heading, or the depth of an item."""

    kind: str
    text: str
    level: int = 0
    mark: str = ""


@dataclass
class Text:
    """Reads one document. styles: by id; notes: the text of each by kind and id; tracked: whether changes were met."""

    styles: dict[str, Style]
    numbers: Numbers
    notes: dict[tuple[str, str], str] = field(default_factory=dict)
    tracked: bool = False
    _notes_met: int = 0

    def blocks(self, parent: Any) -> Iterator[Block]:
        """What stands in a body, a cell, a text box, a header, in order."""
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
            elif tag in _DELETED:
                self.tracked = True

    def _paragraph(self, element: Any) -> Iterator[Block]:
        style = self._style(element)
        if _CONTENTS.match(style.name):
            return
        boxes: list[Any] = []
        notes: list[str] = []
        text = "".join(self._inline(element, boxes, notes))
        said = text.replace(PAGE_BREAK, "").strip()
        mark = self.numbers.mark(style.list_id, style.depth) if said and style.list_id else ""
        if style.level and said:
            yield Block("heading", f"{mark} {text}" if mark else text, style.level)
        elif style.name.lower() == "title" and said:
            yield Block("title", text, 1)
        elif mark:
            yield Block("item", text, style.depth, mark)
        elif text:
            yield Block("paragraph", text)
        for note in notes:
            yield Block("paragraph", note)
        for box in boxes:
            yield from self.blocks(box)

    def _style(self, paragraph: Any) -> Style:
        properties = paragraph.find(f"{W}pPr")
        if properties is None:
            return self.styles.get("", Style())
        named = properties.find(f"{W}pStyle")
        style = self.styles.get("" if named is None else named.get(f"{W}val", ""), Style())
        return with_properties(style, properties)

    def _inline(self, parent: Any, boxes: list[Any], notes: list[str]) -> Iterator[str]:
        for element in parent:
            tag = element.tag
            if tag == f"{W}r":
                properties = element.find(f"{W}rPr")
                if properties is None or not is_on(properties.find(f"{W}vanish")):
                    yield from self._run(element, boxes, notes, _font(properties))
            elif tag in _INLINE:
                self.tracked = self.tracked or tag in (f"{W}ins", f"{W}moveTo")
                yield from self._inline(element, boxes, notes)
            elif tag in _DELETED:
                self.tracked = True
            elif tag in (f"{_MATH}oMath", f"{_MATH}oMathPara"):
                yield " " + "".join(part.text or "" for part in element.iter(f"{_MATH}t")) + " "
            elif tag == f"{_MC}AlternateContent":
                yield from self._run(element.findall(f"{_MC}Choice")[:1], boxes, notes)

    def _run(self, run: Any, boxes: list[Any], notes: list[str], font: str | None = None) -> Iterator[str]:
        for element in run:
            tag = element.tag
            if tag == f"{W}t":
                yield shown(element.text or "", font)
            elif tag in _SIGNS:
                yield _SIGNS[tag]
            elif tag == f"{W}sym":
                yield _sign(element)
            elif tag == f"{W}fldChar":
                yield _box(element)
            elif tag == f"{W}br":
                yield "\n" if element.get(f"{W}type") != "page" else ""
            elif tag in _REFERENCES:
                yield self._note(_REFERENCES[tag], element.get(f"{W}id", ""), notes)
            elif tag == f"{_MC}AlternateContent":
                # the same drawn in two ways: the newer, which stands first
                yield from self._run(element.findall(f"{_MC}Choice")[:1], boxes, notes, font)
            elif tag == f"{_MC}Choice":
                yield from self._run(element, boxes, notes, font)
            elif tag in _DRAWN:
                boxes += _outermost_boxes(element)

    def _note(self, kind: str, note_id: str, notes: list[str]) -> str:
        text = self.notes.pop((kind, note_id), "")
        if not text:
            return ""
        self._notes_met += 1
        number = str(self._notes_met).translate(_SUPERSCRIPT)
        notes.append(f"{number} {text}")
        return f" {number}"  # apart, so that the word stays one

    def _table(self, table: Any) -> Iterator[Block]:
        elements = list(_rows(table))
        # a frame around text; seen before anything is read, for what is read twice on each level takes for ever
        if all(len(list(_cells(element))) <= 1 for element in elements):
            for element in elements:
                for cell in _cells(element):
                    yield from self.blocks(cell)
            return
        rows: list[Row] = []
        breaks: list[tuple[int, int]] = []  # pages that end before and inside each row
        above: dict[int, Cell] = {}
        headers = set()
        for n, element in enumerate(elements):
            cells, before, inside = self._row(element, above)
            rows.append({column: cell for column, cell in cells.items() if cell.text})
            breaks.append((before, inside))
            if is_on(element.find(f"{W}trPr/{W}tblHeader")):
                headers.add(n)
        look = table.find(f"{W}tblPr/{W}tblLook")
        if look is not None and len(rows) > 1 and len(rows[0]) > 2 and _marks_first_row(look):
            headers.add(0)
        for line, (before, inside) in zip(row_lines(rows, headers), breaks, strict=True):
            yield Block("row", PAGE_BREAK * before + line + PAGE_BREAK * inside)

    def _row(self, row: Any, above: dict[int, Cell]) -> tuple[dict[int, Cell], int, int]:
        """Its cells by column, those of merged columns repeated; and the page breaks before and in it."""
        cells: dict[int, Cell] = {}
        before = inside = 0
        column = count(row.find(f"{W}trPr/{W}gridBefore"), 0)
        for element in _cells(row):
            properties = element.find(f"{W}tcPr")
            width = max(count(None if properties is None else properties.find(f"{W}gridSpan"), 1), 1)
            merged = None if properties is None else properties.find(f"{W}vMerge")
            if merged is not None and merged.get(f"{W}val") != "restart":
                cell = above.get(column, Cell(""))
            else:
                text = " ".join(block.text for block in self.blocks(element))
                leads = text.lstrip(" \t\n").startswith(PAGE_BREAK)
                before = max(before, int(leads))
                inside = max(inside, text.count(PAGE_BREAK) - leads)
                cell = cell_of(text.replace(PAGE_BREAK, ""), bold=_is_bold(element))
            above[column] = cell
            for place in range(column, column + width):
                cells[place] = cell if place == column else Cell(cell.text, cell.figure, cell.bold, spread=True)
            column += width
        return cells, before, inside


def _font(properties: Any) -> str | None:
    """The font that a run is set in by itself; a style's font is one for letters."""
    fonts = None if properties is None else properties.find(f"{W}rFonts")
    return None if fonts is None else fonts.get(f"{W}ascii") or fonts.get(f"{W}hAnsi")


def _sign(element: Any) -> str:
    """What an inserted symbol shows (ECMA-376-1, 17.3.3.30)."""
    code, font = element.get(f"{W}char", ""), element.get(f"{W}font")
    if not re.fullmatch(r"[0-9A-Fa-f]{1,4}", code):
        return ""
    sign = chr(int(code, 16))
    if has_signs(font):
        return shown(sign, font)
    return sign if sign.isprintable() else ""


def _box(field: Any) -> str:
    """A box to tick where a form's field is one, as Word shows it (ECMA-376-1, 17.16.7); else nothing."""
    box = field.find(f"{W}ffData/{W}checkBox")
    if box is None:
        return ""
    ticked = box.find(f"{W}checked")
    return "☒" if is_on(box.find(f"{W}default") if ticked is None else ticked) else "☐"


def _is_contents(element: Any) -> bool:
    gallery = element.find(f"{W}sdtPr/{W}docPartObj/{W}docPartGallery")
    return gallery is not None and "table of contents" in gallery.get(f"{W}val", "").lower()


def _outermost_boxes(drawn: Any) -> list[Any]:
    """The text boxes of a drawing, but not those inside others, and of two ways to draw one only the first."""
    found: list[Any] = []
    waiting = [drawn]
    while waiting:
        element = waiting.pop()
        if element.tag == f"{W}txbxContent":
            found.append(element)
        elif element.tag == f"{_MC}AlternateContent":
            waiting += element.findall(f"{_MC}Choice")[:1]
        else:
            waiting += reversed(list(element))
    return found


def _rows(table: Any) -> Iterator[Any]:
    for element in table:
        if element.tag == f"{W}tr":
            if element.find(f"{W}trPr/{W}del") is None:
                yield element
        elif element.tag in _INLINE:
            yield from _rows(element)


def _cells(row: Any) -> Iterator[Any]:
    for element in row:
        if element.tag == f"{W}tc":
            yield element
        elif element.tag in _INLINE:
            yield from _cells(element)


def _is_bold(cell: Any) -> bool:
    runs = [run for run in cell.iter(f"{W}r") if run.find(f"{W}t") is not None]
    return bool(runs) and all(is_on(run.find(f"{W}rPr/{W}b")) for run in runs)


def _marks_first_row(look: Any) -> bool:
    """tblLook says it by itself or, as older Word does, in the bits of `val` (ECMA-376-1, 17.4.56)."""
    said = look.get(f"{W}firstRow")
    if said is not None:
        return said in ("1", "true", "on")
    bits = look.get(f"{W}val", "")
    return bool(re.fullmatch(r"[0-9A-Fa-f]{1,4}", bits)) and bool(int(bits, 16) & 0x20)
