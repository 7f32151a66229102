"""What lies on a sheet or beside its cells in parts of its own: text boxes, charts, pictures, threads of comments."""

import posixpath
import zipfile
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO, NamedTuple

from lxml import etree

from rag.documents.loaders.drawingml.charts import CHART, NEWER_CHART, chart_lines
from rag.documents.loaders.drawingml.diagrams import DIAGRAM, diagram_items
from rag.documents.loaders.drawingml.text import (
    MC,
    RELATED,
    A,
    alt_text,
    box_line,
    connections,
    emu,
    is_label,
    may_hold_text,
    paragraphs,
)
from rag.documents.loaders.omissions import Omissions
from rag.documents.loaders.page_builder import one_line

_SHEET_DRAWING = "{http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing}"
_FAULTS = (AttributeError, KeyError, RuntimeError, TypeError, ValueError, etree.LxmlError, zipfile.BadZipFile)
_OBJECTS = ("oleobject", "package", "control")
_MAX_PART = 64 << 20  # bytes


class Related(NamedTuple):
    """A relation of a part. kind: the last word of its type, such as "drawing"."""

    kind: str
    target: str


class Package:
    """The parts of a workbook's archive."""

    def __init__(self, file: BinaryIO) -> None:
        self._archive = zipfile.ZipFile(file)
        self._names = {name.lower(): name for name in self._archive.namelist()}

    def close(self) -> None:
        self._archive.close()

    def root(self, name: str) -> Any:
        """The root element of a part. Raises one of `_FAULTS`."""
        entry = self._archive.getinfo(self._names[name.lower()])
        if entry.file_size > _MAX_PART:
            raise ValueError("the part is too large")
        parser = etree.XMLParser(resolve_entities=False, no_network=True)
        return etree.fromstring(self._archive.read(entry), parser=parser)

    def related(self, name: str) -> dict[str, Related]:
        """The relations of a part by id; {} where it has none."""
        folder, base = posixpath.split(name)
        try:
            root = self.root(posixpath.join(folder, "_rels", f"{base}.rels"))
        except _FAULTS:
            return {}
        return {
            relation.get("Id", ""): Related(
                relation.get("Type", "").rsplit("/", 1)[-1].lower(),
                posixpath.normpath(posixpath.join(folder, relation.get("Target", ""))).lstrip("/"),
            )
            for relation in root
            if relation.get("TargetMode") != "External"
        }

    def of_kind(self, name: str, kind: str) -> Iterator[Any]:
        """The roots of the parts that a part refers to by relations of one kind, as far as they can be read."""
        for relation in self.related(name).values():
            if relation.kind == kind:
                try:
                    yield self.root(relation.target)
                except _FAULTS:
                    continue


def has_drawing(package: Package, sheet: str) -> bool:
    """Whether anything lies on a sheet, by its part's name: a picture or an object, however small."""
    kinds = {relation.kind for relation in package.related(sheet).values()}
    return not kinds.isdisjoint(_OBJECTS) or any(len(root) for root in package.of_kind(sheet, "drawing"))


def drawing_lines(package: Package, sheet: str, picture: str, omissions: Omissions, page: int) -> list[str]:
    """The lines of all that is drawn on a sheet, by its part's name. picture: the word before an alternative text."""
    lines: list[str] = []
    for relation in package.related(sheet).values():
        if relation.kind == "drawing":
            try:
                lines += _Drawing(package, relation.target, picture, omissions, page).lines()
            except _FAULTS:
                omissions.add("drawings", page)
    return lines


class _Drawing:
    def __init__(self, package: Package, name: str, picture: str, omissions: Omissions, page: int) -> None:
        self._package, self._picture, self._omissions, self._page = package, picture, omissions, page
        self._root = package.root(name)
        self._related = package.related(name)
        self._boxes: dict[str, list[str]] = {}

    def lines(self) -> list[str]:
        found = list(self._walk(self._root))
        return found + connections(self._root, self._boxes)

    def _walk(self, parent: Any) -> Iterator[str]:
        for element in parent:
            if element.tag == f"{_SHEET_DRAWING}sp":
                yield from self._shape(element)
            elif element.tag == f"{_SHEET_DRAWING}graphicFrame":
                yield from self._frame(element)
            elif element.tag == f"{_SHEET_DRAWING}pic":
                yield from self._image(element, parent.find(f"{_SHEET_DRAWING}ext"))
            elif element.tag != f"{MC}Fallback":
                yield from self._walk(element)

    def _shape(self, shape: Any) -> Iterator[str]:
        body = shape.find(f"{_SHEET_DRAWING}txBody")
        texts = [] if body is None else paragraphs(body, self._omissions, self._page)
        properties = shape.find(f".//{_SHEET_DRAWING}cNvPr")
        if properties is not None:
            self._boxes[properties.get("id", "")] = texts
        yield from [box_line(texts)] if is_label(texts) else filter(None, map(one_line, texts))

    def _frame(self, frame: Any) -> Iterator[str]:
        for chart in frame.iter(f"{CHART}chart", f"{NEWER_CHART}chart"):
            yield from self._part(chart.get(f"{RELATED}id", ""), chart_lines, "charts")
        for ids in frame.iter(f"{DIAGRAM}relIds"):
            yield from self._part(ids.get(f"{RELATED}dm", ""), self._items, "drawings")

    def _items(self, root: Any) -> list[str]:
        return [f"{'  ' * min(depth, 8)}• {text}" for depth, text in diagram_items(root, self._omissions, self._page)]

    def _part(self, name: str, read: Callable[[Any], list[str]], kind: str) -> list[str]:
        try:
            found = read(self._package.root(self._related[name].target))
        except _FAULTS:
            found = []
        if not found:
            self._omissions.add(kind, self._page)
        return found

    def _image(self, image: Any, anchored: Any) -> Iterator[str]:
        """anchored: the size that its anchor gives it, if any."""
        properties, extent = image.find(f".//{_SHEET_DRAWING}cNvPr"), image.find(f".//{A}xfrm/{A}ext")
        extent = anchored if extent is None else extent
        if properties is None:
            return
        if text := alt_text(properties):
            yield f"{self._picture}: {text}"
        elif extent is not None and may_hold_text(properties, emu(extent.get("cx")), emu(extent.get("cy"))):
            self._omissions.add("pictures", self._page)


def threads(package: Package, workbook: str, sheet: str) -> dict[str, list[str]]:
    """The comments of a sheet that are threads, by cell: "Note (Ida Holm): …" for each and for each reply."""
    people = {
        person.get("id", ""): one_line(person.get("displayName", ""))
        for root in package.of_kind(workbook, "person")
        for person in root.iter("{*}person")
    }
    notes: dict[str, list[str]] = {}
    for root in package.of_kind(sheet, "threadedcomment"):
        for comment in root.iter("{*}threadedComment"):
            text = one_line(comment.findtext("{*}text") or "")
            author = people.get(comment.get("personId", ""), "")
            if text:
                said = f"Note ({author}): {text}" if author else f"Note: {text}"
                notes.setdefault(comment.get("ref", ""), []).append(said)
    return notes
