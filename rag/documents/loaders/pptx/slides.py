"""The shapes of a slide as blocks of a page."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from pptx.enum.shapes import MSO_SHAPE_TYPE, PP_PLACEHOLDER
from pptx.oxml import parse_xml

from rag.documents.loaders.drawingml.charts import CHART, NEWER_CHART, chart_lines
from rag.documents.loaders.drawingml.diagrams import DIAGRAM, diagram_items
from rag.documents.loaders.drawingml.text import (
    MC,
    RELATED,
    A,
    alt_text,
    box_line,
    connections,
    is_label,
    may_hold_text,
    paragraph,
    paragraphs,
)
from rag.documents.loaders.omissions import Omissions
from rag.documents.loaders.page_builder import PageBuilder, one_line
from rag.documents.loaders.pptx.stacks import stacks_of
from rag.documents.loaders.table_text import Cell, Row, cell_of, may_head, row_lines

_HOLDERS = frozenset(
    f"{{http://schemas.openxmlformats.org/presentationml/2006/main}}{name}" for name in ("spTree", "grpSp")
)
_OLE = "{http://schemas.openxmlformats.org/presentationml/2006/main}oleObj"
# placeholders that say only which slide it is, or when it was shown
_COUNTERS = (PP_PLACEHOLDER.SLIDE_NUMBER, PP_PLACEHOLDER.DATE)
_RUNNING = (PP_PLACEHOLDER.FOOTER, PP_PLACEHOLDER.HEADER)
_LISTS = (PP_PLACEHOLDER.BODY, PP_PLACEHOLDER.OBJECT, PP_PLACEHOLDER.VERTICAL_BODY, PP_PLACEHOLDER.VERTICAL_OBJECT)
_FAULTS = (AttributeError, IndexError, KeyError, SyntaxError, TypeError, ValueError)


def keep_newer_shapes(tree: Any) -> None:
    """Replace shapes that are stored in two ways by the newer one, which PowerPoint shows: the library ignores both.

    Text boxes with a formula in them are stored so.
    """
    for alternatives in list(tree.iter(f"{MC}AlternateContent")):
        newer = alternatives.find(f"{MC}Choice")
        parent = alternatives.getparent()
        if newer is not None and parent is not None and parent.tag in _HOLDERS:
            for shape in list(newer):
                alternatives.addprevious(shape)
            parent.remove(alternatives)


def has_picture(shapes: Iterable[Any]) -> bool:
    """Whether any of the shapes shows a picture."""
    return any(shape._element.find(f".//{A}blip") is not None for shape in _flat(shapes))


class Slides:
    """Writes slides one after another. What runs along all of them, such as a footer, is written once."""

    def __init__(self, omissions: Omissions, picture: str) -> None:
        """picture: the word before an alternative text."""
        self._omissions = omissions
        self._picture = picture
        self._running: set[str] = set()

    def write(self, slide: Any, page: PageBuilder, number: int) -> None:
        """number: of the slide, from 1."""
        title = slide.shapes.title
        if title is not None and not title.has_text_frame:  # a picture in the title's place
            title = None
        if title is not None:
            page.heading(1, " ".join(self._paragraphs(title, number)))
        texts: dict[str, list[str]] = {}
        shapes = list(_whole_boxes(slide.shapes))
        stacks = {id(stack[0]): stack for stack in stacks_of(shapes)}
        stacked = {id(shape) for stack in stacks.values() for shape in stack}
        for shape in shapes:
            if id(shape) in stacks:
                self._stack(stacks[id(shape)], page, number)
            elif id(shape) not in stacked and (title is None or shape._element is not title._element):
                self._shape(slide, shape, page, number)
        for shape in _flat(slide.shapes):
            if shape.has_text_frame:
                texts[str(shape.shape_id)] = paragraphs(shape.text_frame._txBody, Omissions())
        for line in connections(slide.shapes._spTree, texts):
            page.paragraph(line)

    def count_pictures(self, slide: Any, number: int) -> None:
        """Count the pictures without an alternative text that may hold text."""
        for shape in _flat(slide.shapes):
            properties = shape._element.find(".//{*}cNvPr")
            if properties is None or shape._element.find("{*}blipFill") is None or alt_text(properties):
                continue
            if may_hold_text(properties, shape.width or 0, shape.height or 0):
                self._omissions.add("pictures", number)

    def _shape(self, slide: Any, shape: Any, page: PageBuilder, number: int) -> None:
        kind = shape.placeholder_format.type if shape.is_placeholder else None
        if kind in _COUNTERS:
            return
        if kind in _RUNNING and shape.has_text_frame:
            text = one_line(" ".join(self._paragraphs(shape, number)))
            if text not in self._running:
                self._running.add(text)
                page.paragraph(text)
        elif shape.shape_type == MSO_SHAPE_TYPE.GROUP:
            page.paragraph(box_line(line for part in _flat([shape]) for line in self._paragraphs(part, number)))
        elif getattr(shape, "has_table", False):
            page.rows(self._table(shape.table, number))
        elif shape.has_text_frame:
            self._text(shape, page, number)
        else:
            self._drawn(slide, shape, page, number)

    def _paragraphs(self, shape: Any, number: int) -> list[str]:
        return paragraphs(shape.text_frame._txBody, self._omissions, number) if shape.has_text_frame else []

    def _text(self, shape: Any, page: PageBuilder, number: int) -> None:
        levels = [
            (paragraph(element._p, self._omissions, number), element.level) for element in shape.text_frame.paragraphs
        ]
        levels = [(text, level) for text, level in levels if one_line(text)]
        is_list = shape.is_placeholder and shape.placeholder_format.type in _LISTS and len(levels) > 1
        if not is_list and is_label(text for text, _ in levels):
            page.paragraph(box_line(text for text, _ in levels))
            return
        for text, level in levels:
            if is_list:
                page.item(text, depth=level)
            else:
                page.paragraph(text)

    def _stack(self, shapes: Iterable[Any], page: PageBuilder, number: int) -> None:
        """Add boxes that stand below each other as one line: "Formand: Ida Lund"."""
        texts = [box_line(self._paragraphs(shape, number)) for shape in shapes]
        first, *others = [text for text in texts if text] or [""]
        page.paragraph(f"{first.rstrip(' :')}: {', '.join(others)}" if others else first)

    def _table(self, table: Any, number: int) -> list[str]:
        rows: list[Row] = []
        for row_number, row in enumerate(table.rows):
            cells: dict[int, Cell] = {}
            for column, cell in enumerate(row.cells):
                if cell.is_spanned:
                    left_cell = cells.get(column - 1)
                    cell_above = rows[row_number - 1].get(column) if row_number else None
                    # a merged cell goes on from above in its first column, and from the left in the others
                    if (column and row.cells[column - 1]._tc.gridSpan > 1) or (
                        left_cell is not None and left_cell.spread
                    ):
                        cells[column] = (left_cell or Cell("")).right
                    elif cell_above is not None:
                        cells[column] = cell_above.below
                else:
                    texts = paragraphs(cell._tc.txBody, self._omissions, number) if cell._tc.txBody is not None else []
                    if text := one_line(" ".join(texts)):
                        cells[column] = cell_of(text)
            rows.append({column: cell for column, cell in cells.items() if cell.text})
        return row_lines(rows, [0] if table.first_row and rows and may_head(rows) else [])

    def _drawn(self, slide: Any, shape: Any, page: PageBuilder, number: int) -> None:
        """Add a chart, a SmartArt drawing, or the alternative text of a picture or an object."""
        element = shape._element
        for chart in element.iter(f"{CHART}chart", f"{NEWER_CHART}chart"):
            page.rows(self._part(slide, chart.get(f"{RELATED}id", ""), chart_lines, "charts", number))
        for ids in element.iter(f"{DIAGRAM}relIds"):

            def items(root: Any) -> list[tuple[int, str]]:
                return diagram_items(root, self._omissions, number)

            for depth, text in self._part(slide, ids.get(f"{RELATED}dm", ""), items, "drawings", number):
                page.item(text, depth=depth)
        properties = element.find(".//{*}cNvPr")
        text = "" if properties is None else alt_text(properties)
        if text:
            page.paragraph(f"{self._picture}: {text}")
        elif element.find(f".//{_OLE}") is not None:
            self._omissions.add("objects", number)

    def _part(self, slide: Any, name: str, read: Callable[[Any], list[Any]], kind: str, number: int) -> list[Any]:
        """What `read` makes of a related part; counted as left out where it cannot be read."""
        try:
            found = read(parse_xml(slide.part.rels[name].target_part.blob))
        except _FAULTS:
            found = []
        if not found:
            self._omissions.add(kind, number)
        return found


def _flat(shapes: Iterable[Any]) -> Iterator[Any]:
    """All shapes in reading order, those of a group in the group's place."""
    stack = list(shapes)[::-1]
    while stack:
        shape = stack.pop()
        if shape.shape_type == MSO_SHAPE_TYPE.GROUP:
            stack += list(shape.shapes)[::-1]
        else:
            yield shape


def _whole_boxes(shapes: Iterable[Any]) -> Iterator[Any]:
    """As `_flat`, but a group that is one box with a label and a name is left whole."""
    stack = list(shapes)[::-1]
    while stack:
        shape = stack.pop()
        if shape.shape_type == MSO_SHAPE_TYPE.GROUP and not _is_box(shape):
            stack += list(shape.shapes)[::-1]
        else:
            yield shape


def _is_box(group: Any) -> bool:
    shapes = list(_flat([group]))
    texts = [shape.text_frame.text for shape in shapes if shape.has_text_frame and shape.text_frame.text.strip()]
    is_only_text = all(shape.has_text_frame for shape in shapes)
    return is_only_text and all("\n" not in text and "\v" not in text for text in texts) and is_label(texts)
