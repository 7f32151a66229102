"""What a Word document holds in parts beside its text: charts, SmartArt, pictures, objects and whole documents."""

import io
import re
from collections.abc import Callable, Iterator
from typing import Any

from docx.opc.part import Part, PartFactory
from docx.oxml.parser import parse_xml

from rag.core.errors import KildeError
from rag.documents.loaders.docx.blocks import Block
from rag.documents.loaders.drawingml.charts import CHART, NEWER_CHART, chart_lines
from rag.documents.loaders.drawingml.diagrams import DIAGRAM, diagram_items
from rag.documents.loaders.drawingml.text import RELATED, alt_text, emu, is_description, may_hold_text
from rag.documents.loaders.omissions import Omissions
from rag.documents.loaders.page_builder import Budget, PageBuilder, one_line
from rag.documents.loaders.sandbox import archive_checks

_CHUNK = "/aFChunk"
_DRAWING = "{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}"
_PICTURE = "{http://schemas.openxmlformats.org/drawingml/2006/picture}pic"
_OBJECT = "{urn:schemas-microsoft-com:office:office}OLEObject"
_FAULTS = (AttributeError, IndexError, KeyError, SyntaxError, TypeError, ValueError)
_VML = "{urn:schemas-microsoft-com:vml}"
_SIZE = re.compile(r"(?<![-\w])(width|height):(\d{1,5}(?:\.\d{1,5})?)pt")
_SMALLEST = 71  # points: as in `may_hold_text`
_DEEPEST = 3
"""Documents within documents that are opened."""

ReadDocument = Callable[[io.BytesIO, int], list[Block]]
"""The blocks of a Word document, by its bytes and how deep it lies in others."""


_class_by_library = PartFactory.part_class_selector


def _part_class(content_type: str, relation_type: str) -> type[Part] | None:
    """A document inside the document is kept as bytes: python-docx would take it for the main one, and fail."""
    if relation_type.endswith(_CHUNK):
        return Part
    return None if _class_by_library is None else _class_by_library(content_type, relation_type)


PartFactory.part_class_selector = _part_class


class Drawings:
    """part: the one whose elements are read, such as the main document or a header; set it before reading another."""

    def __init__(self, part: Any, omissions: Omissions, picture: str, read: ReadDocument, depth: int) -> None:
        """picture: the word before an alternative text; read: reads a document inside this one; depth: of this one."""
        self.part = part
        self._omissions = omissions
        self._picture = picture
        self._read = read
        self._depth = depth

    def blocks(self, drawing: Any) -> Iterator[Block]:
        """The blocks of a w:drawing, w:pict or w:object, its text boxes left out."""
        for chart in drawing.iter(f"{CHART}chart", f"{NEWER_CHART}chart"):
            lines = self._parsed(chart.get(f"{RELATED}id", ""), chart_lines, "charts")
            yield from (Block("row", line) for line in lines)
            yield Block("paragraph", "")  # so that rows of two charts are not one table
        for ids in drawing.iter(f"{DIAGRAM}relIds"):
            items = self._parsed(
                ids.get(f"{RELATED}dm", ""), lambda root: diagram_items(root, self._omissions), "drawings"
            )
            yield from (Block("item", text, depth, "•") for depth, text in items)
        for words in drawing.iter(f"{_VML}textpath"):  # WordArt, such as a watermark
            yield Block("paragraph", words.get("string", ""))
        if next(drawing.iter(_OBJECT), None) is not None:
            self._omissions.add("objects")
        else:
            yield from self._older_pictures(drawing)
        yield from self._pictures(drawing)

    def _older_pictures(self, drawing: Any) -> Iterator[Block]:
        for image in drawing.iter(f"{_VML}imagedata"):
            shape = image.getparent()
            sizes = dict(_SIZE.findall(shape.get("style", "")))
            if (text := one_line(shape.get("alt", ""))) and is_description(text):
                yield Block("paragraph", f"{self._picture}: {text}")
            elif len(sizes) == 2 and min(map(float, sizes.values())) >= _SMALLEST:
                self._omissions.add("pictures")

    def _pictures(self, drawing: Any) -> Iterator[Block]:
        is_picture = next(drawing.iter(_PICTURE), None) is not None
        for frame in (element for kind in ("inline", "anchor") for element in drawing.iter(f"{_DRAWING}{kind}")):
            properties, extent = frame.find(f"{_DRAWING}docPr"), frame.find(f"{_DRAWING}extent")
            if properties is None:
                continue
            if text := alt_text(properties):
                yield Block("paragraph", f"{self._picture}: {text}")
                continue
            width, height = ("", "") if extent is None else (extent.get("cx"), extent.get("cy"))
            if is_picture and may_hold_text(properties, emu(width), emu(height)):
                self._omissions.add("pictures")

    def _parsed(self, name: str, read: Callable[[Any], list[Any]], kind: str) -> list[Any]:
        """What `read` makes of a part by its relation's id; counted as left out where it is not to be read."""
        try:
            found = read(parse_xml(self.part.rels[name].target_part.blob))
        except _FAULTS:
            found = []
        if not found:
            self._omissions.add(kind)
        return found

    def chunk(self, element: Any) -> Iterator[Block]:
        """The blocks of a w:altChunk: a document of HTML, text or Word that Word shows in its place."""
        blocks: list[Block] = []
        try:
            part = self.part.rels[element.get(f"{RELATED}id", "")].target_part
            kind, data = str(part.content_type), bytes(part.blob)
            if "wordprocessingml" in kind and self._depth < _DEEPEST:
                archive_checks.check(io.BytesIO(data))
                blocks = self._read(io.BytesIO(data), self._depth + 1)
            elif "html" in kind:
                blocks = _of_html(data, self._omissions)
            elif kind.startswith("text/plain"):
                text = data.decode("utf-8-sig", "replace")
                blocks = [Block("paragraph", part) for part in text.split("\n\n")]
        except (*_FAULTS, KildeError, OSError):
            blocks = []
        if not any(block.text.strip() for block in blocks):
            self._omissions.add("objects")
        yield from blocks


def _of_html(data: bytes, omissions: Omissions) -> list[Block]:
    from rag.documents.loaders.html import loader

    page = PageBuilder(Budget(len(data) * 4))
    loader.write(loader.parsed(loader.decoded(data)), page, omissions=omissions)
    return [Block("row" if " | " in part else "paragraph", part) for part in page.text.split("\n\n")]
