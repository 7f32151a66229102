"""The text of OpenDocument elements as blocks: paragraphs, headings, items, rows, and what is drawn beside them."""

from collections.abc import Iterator
from typing import Any

from rag.documents.loaders.blocks import Block
from rag.documents.loaders.bracketed import bracketed, described, noted
from rag.documents.loaders.odf import objects
from rag.documents.loaders.odf.fields import Fields
from rag.documents.loaders.odf.numbering import Counters, Numbering
from rag.documents.loaders.odf.package import Package, attribute, find, find_all, name_of
from rag.documents.loaders.odf.styles import Look, Styles
from rag.documents.loaders.odf.tables import table_lines
from rag.documents.loaders.omissions import Omissions
from rag.documents.loaders.page_builder import is_english, one_line
from rag.documents.loaders.raised import note_mark, subscript, superscript

_CONTENTS = frozenset(("text:table-of-content", "text:illustration-index", "text:table-index", "text:object-index"))
_NOT_TEXT = frozenset((
    "text:tracked-changes", "office:forms", "text:sequence-decls", "text:variable-decls", "text:user-field-decls",
    "office:annotation-end", "text:script", "office:event-listeners", "table:shapes", "presentation:notes", "svg:title",
    "svg:desc", "draw:glue-point", "text:dde-connection-decls", "text:hidden-paragraph", "text:page-continuation",
))  # fmt: skip
_SHAPES = frozenset(f"draw:{kind}" for kind in (
    "custom-shape", "rect", "ellipse", "circle", "polygon", "regular-polygon", "path", "line", "polyline", "connector",
    "caption", "measure", "page-thumbnail",
))  # fmt: skip
_DRAWN = _SHAPES | {"draw:frame", "draw:g", "draw:control", "draw:a"}
_MAX_CELL = 400
"""Characters; a table with a longer cell only lays out the text."""


class Text:
    """Reads the elements of one document. number: of the page that is being read, for what is left out on it."""

    def __init__(self, package: Package, omissions: Omissions) -> None:
        self.package = package
        self.omissions = omissions
        self.number = 1
        self.styles = Styles(package.styles, package.content)
        self.language = "en" if is_english("".join(package.content.itertext())[:20_000]) else "da"
        self._numbering = Numbering(package.styles, package.content)
        self._fields = Fields(package.content, self.language)
        self._is_struck = False  # the text before was struck as well, so that it counts as one

    def blocks(self, parent: Any, look: Look = Look()) -> Iterator[Block]:  # noqa: B008 - Look is frozen
        """The blocks of a body, a cell, a text box or a note, in order."""
        for element in parent:
            yield from self._block(element, look)

    def _block(self, element: Any, look: Look) -> Iterator[Block]:
        name = name_of(element)
        if name in ("text:p", "text:h"):
            yield from self._paragraph(element, look)
        elif name == "text:list":
            style = attribute(element, "text:style-name")
            yield from self._list(element, look, 0, self._numbering.counters(element, style))
        elif name == "table:table":
            yield from self._table(element, look)
        elif name in _DRAWN:
            yield from self._drawn(element)
        elif name in ("text:section", "text:index-body") and attribute(element, "text:display") == "none":
            if one_line("".join(element.itertext())):
                self.omissions.add("hidden", self.number)
        elif name == "office:annotation":
            yield Block("paragraph", self.annotation(element))
        elif name and name not in _CONTENTS and name not in _NOT_TEXT:
            yield from self.blocks(element, look)

    def _paragraph(self, element: Any, look: Look, mark: str = "", depth: int = -1) -> Iterator[Block]:
        """depth: of the list that the paragraph is in, -1 outside lists."""
        style = attribute(element, "text:style-name")
        beside: list[Block] = []
        self._is_struck = False
        text = "".join(self._inline(element, self.styles.look("paragraph", style).over(look), beside))
        names = self.styles.names("paragraph", style)
        level = attribute(element, "text:outline-level", "1") if name_of(element) == "text:h" else ""
        if "Title" in names:
            level = "1"
        if one_line(text):
            if level and len(level) < 3 and level.isdecimal():
                if depth < 0 and name_of(element) == "text:h" and attribute(element, "text:is-list-header") != "true":
                    mark = self._outline_mark(element, int(level))
                yield Block("heading", f"{mark} {text}" if mark and mark != "•" else text, int(level))
            elif depth >= 0:
                yield Block("item", text, depth, mark)
            else:
                yield Block("paragraph", text)
        yield from beside

    def _outline_mark(self, heading: Any, level: int) -> str:
        if level not in self._numbering.outline.levels:
            return ""
        start = attribute(heading, "text:start-value", "1")
        is_restarted = attribute(heading, "text:restart-numbering") == "true" and start.isdecimal() and len(start) < 7
        return self._numbering.outline.mark(level - 1, int(start) if is_restarted else None)

    def _list(self, element: Any, look: Look, depth: int, counters: Counters) -> Iterator[Block]:
        for item in element:
            is_header = name_of(item) == "text:list-header"
            start = attribute(item, "text:start-value")
            is_counted = is_header
            for child in item:
                if name_of(child) in ("text:p", "text:h"):
                    mark = ""
                    if not is_counted and (one_line("".join(child.itertext())) or len(child)):
                        mark = counters.mark(depth, int(start) if start.isdecimal() and len(start) < 7 else None)
                        is_counted = True
                    yield from self._paragraph(child, look, mark, depth)
                elif name_of(child) == "text:list":
                    style = attribute(child, "text:style-name")
                    yield from self._list(child, look, depth + 1, self._numbering.restyled(counters, style))
                else:
                    yield from self._block(child, look)

    def _inline(self, parent: Any, look: Look, beside: list[Block]) -> Iterator[str]:
        """The text of a paragraph. beside: gets what stands below or beside it, such as notes and text boxes."""
        yield self._shown(parent.text, look)
        for element in parent:
            name = name_of(element)
            if name == "text:span":
                style = attribute(element, "text:style-name")
                yield from self._inline(element, self.styles.look("text", style).over(look), beside)
            elif name == "text:s":
                yield " "
            elif name == "text:tab":
                yield "\t"
            elif name == "text:line-break":
                yield "\n"
            elif name == "text:note":
                yield self._note(element, beside)
            elif name == "office:annotation":
                beside.append(Block("paragraph", self.annotation(element)))
            elif name == "text:placeholder":
                yield bracketed("".join(element.itertext()).strip("<> "), "unfilled", self.language)
            elif name == "text:hidden-text" and attribute(element, "text:is-hidden") == "true":
                self.omissions.add("hidden", self.number)
            elif name == "draw:frame" and (formula := objects.formula(self.package, element)):
                yield f" {formula} "
            elif name == "draw:control":
                yield self._fields.text(element)
            elif name in _DRAWN:
                beside.extend(self._drawn(element))
            elif name == "text:ruby":
                yield from self._inline(element, look, beside)
            elif name == "text:ruby-text":
                yield f" ({one_line(''.join(element.itertext()))})"
            elif name and name not in _NOT_TEXT:
                yield from self._inline(element, look, beside)
            yield self._shown(element.tail, look)

    def _shown(self, text: str | None, look: Look) -> str:
        if not text:
            return ""
        if look.hidden and text.strip():
            self.omissions.add("hidden", self.number)
            return ""
        if look.struck:
            if text.strip() and not self._is_struck:
                self.omissions.add("struck", self.number)
                self._is_struck = True
            return " " if text != text.strip() else ""
        if text.strip():
            self._is_struck = False
        # white space is collapsed before signs are exchanged (ODF 1.3, 6.1.2)
        return superscript(text) if look.place == 1 else subscript(text) if look.place == -1 else text

    def _note(self, note: Any, beside: list[Block]) -> str:
        citation, body = find(note, "text:note-citation"), find(note, "text:note-body")
        mark = note_mark("" if citation is None else "".join(citation.itertext()))
        text = "" if body is None else self.line(body)
        if text:
            beside.append(Block("paragraph", f"{mark.strip()} {text}"))
        return mark

    def annotation(self, element: Any) -> str:
        """A comment as a text that is told from the document's own."""
        author = next((one_line("".join(part.itertext())) for part in find_all(element, "dc:creator")), "")
        said = [self.line([part]) for part in element if name_of(part) in ("text:p", "text:list")]
        text = " ".join(filter(None, said))
        return noted(text, author) if text else ""

    def line(self, parent: Any, look: Look = Look()) -> str:  # noqa: B008 - Look is frozen
        """The blocks of an element in one line."""
        blocks = self.blocks(parent, look)
        return " ".join(f"{b.mark} {one_line(b.text)}" if len(b.mark) > 1 else one_line(b.text) for b in blocks).strip()

    def _table(self, table: Any, look: Look) -> Iterator[Block]:
        def cell_text(cell: Any) -> str:
            style = attribute(cell, "table:style-name")
            return self.line(cell, self.styles.look("table-cell", style).over(look))

        lines = table_lines(table, cell_text, _MAX_CELL)
        if lines is None:
            for cell in find_all(table, "table:table-cell"):
                if next(cell.iterancestors(table.tag)) is table:
                    yield from self.blocks(cell, look)
        elif lines:
            yield Block("rows", "\n".join(lines))

    def _drawn(self, element: Any) -> Iterator[Block]:
        """What is drawn: text boxes, shapes with text, charts and the descriptions of pictures."""
        name = name_of(element)
        if name in ("draw:g", "draw:a"):
            for child in element:
                if name_of(child) in _DRAWN:
                    yield from self._drawn(child)
            return
        if name == "draw:control":
            if text := self._fields.text(element):
                yield Block("paragraph", text)
            return
        description = objects.description(element)
        if name in _SHAPES:
            found = list(self.blocks([child for child in element if name_of(child) in ("text:p", "text:list")]))
            yield from found
            if description and not found:
                yield Block("paragraph", described(description, self.language))
            return
        yield from self._framed(element, description)

    def _framed(self, frame: Any, description: str) -> Iterator[Block]:
        children = {name_of(child): child for child in reversed(frame) if name_of(child)}
        if "draw:text-box" in children:
            yield from self.blocks(children["draw:text-box"])
        elif "table:table" in children:
            yield from self._table(children["table:table"], Look())
        elif "draw:object" in children:
            root = self.package.object(children["draw:object"])
            formula = objects.formula(self.package, frame)
            inside = [] if root is None else self._inside(root)
            yield from [Block("paragraph", formula)] if formula else inside
            if description and not formula:
                yield Block("paragraph", described(description, self.language))
            elif not formula and not inside:
                self.omissions.add("objects", self.number)
        elif description:
            yield Block("paragraph", described(description, self.language))
        elif "draw:object-ole" in children or "draw:floating-frame" in children:
            self.omissions.add("objects", self.number)
        elif "draw:plugin" in children:
            self.omissions.add("media", self.number)
        elif "draw:image" in children:
            self.omissions.add("pictures", self.number)

    def _inside(self, root: Any) -> list[Block]:
        """What a chart, a sheet or a text inside the document says."""
        if lines := objects.chart_lines(root):
            return [Block("rows", "\n".join(lines))]
        bodies = find_all(root, "office:spreadsheet", "office:text")
        return [block for body in bodies for block in self.blocks(body)]
