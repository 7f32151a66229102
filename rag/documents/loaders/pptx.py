"""PPTX -> a page for each slide: its title, its text, tables and charts, and the speaker's notes."""

from collections.abc import Iterable, Iterator
from typing import Any

import pptx
from pptx.enum.shapes import MSO_SHAPE_TYPE, PP_PLACEHOLDER
from pptx.exc import PythonPptxError
from pptx.oxml import parse_xml

from rag.core.errors import DamagedFile, EmptyFile, NoText, TooManyPages
from rag.documents.loaders.omissions import ranges
from rag.documents.loaders.page_builder import Budget, HeadingRow, PageBuilder, is_english, one_line, title_of
from rag.documents.loaders.sandbox import archive_checks
from rag.documents.loaders.sandbox.child import Send
from rag.documents.loaders.symbol_fonts import has_signs, translate
from rag.documents.loaders.table_text import Cell, Row, cell_of, row_lines
from rag.documents.loaders.xlsx.cell_format import plain_number

_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_DIAGRAM = "{http://schemas.openxmlformats.org/drawingml/2006/diagram}"
_MATH = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_RELATED = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_HOLDERS = frozenset(
    f"{{http://schemas.openxmlformats.org/presentationml/2006/main}}{name}" for name in ("spTree", "grpSp")
)
# placeholders that are the same on every slide, or say only which slide it is
_BOILERPLATE = (PP_PLACEHOLDER.SLIDE_NUMBER, PP_PLACEHOLDER.DATE, PP_PLACEHOLDER.FOOTER, PP_PLACEHOLDER.HEADER)
_LISTS = (PP_PLACEHOLDER.BODY, PP_PLACEHOLDER.OBJECT, PP_PLACEHOLDER.VERTICAL_BODY, PP_PLACEHOLDER.VERTICAL_OBJECT)
_CHART_FAULTS = (AttributeError, IndexError, KeyError, NotImplementedError, TypeError, ValueError)


def read(send: Send, path: str, pages: int, characters: int) -> None:
    """Sends a frame {page, of, text, label} for each slide, then one {headings, title, notices}.

    Raises as `archive_checks.check`, and DamagedFile, TooManyPages, ParsingLimit, NoText, EmptyFile.
    """
    archive_checks.check(path)
    try:
        presentation = pptx.Presentation(path)
        slides = list(presentation.slides)
    except (PythonPptxError, KeyError, ValueError, AttributeError, SyntaxError, OSError) as error:
        raise DamagedFile() from error
    if len(slides) > pages:
        raise TooManyPages(pages=len(slides), limit=pages)
    for slide in slides:
        _keep_newer_shapes(slide.shapes._spTree)
        _translate_symbols(slide.shapes._spTree)
    budget = Budget(characters)
    page_builders = [PageBuilder(budget) for _ in slides]
    pictures, hidden = [], []
    for number, (slide, page) in enumerate(zip(slides, page_builders, strict=True), 1):
        _write(slide, page)
        if not page.text and _has_picture(slide.shapes):
            pictures.append(number)
        if slide._element.get("show") in ("0", "false"):
            hidden.append(number)
    if not any(page.text for page in page_builders) and not any(map(_notes, slides)):
        raise NoText(pages=ranges(pictures)) if pictures else EmptyFile()
    name = "Notes" if is_english("\n".join(page.text for page in page_builders)) else "Noter"
    headings: list[HeadingRow] = []
    for number, (slide, page) in enumerate(zip(slides, page_builders, strict=True), 1):
        if notes := _notes(slide):
            page.paragraph(f"{name}: {notes}")
        headings += [(number, *heading) for heading in page.headings]
        send(page=number, of=len(slides), text=page.text, label=None)
    numbers_by_code = [("slides_without_text", pictures), ("hidden_slides", hidden)]
    notices: list[Any] = [[code, {"pages": ranges(numbers)}] for code, numbers in numbers_by_code if numbers]
    if comments := sum(map(_comments, slides)):
        notices.append(["comments_not_read", {"count": comments}])
    send(
        headings=headings,
        title=title_of(presentation.core_properties.title) or (headings[0][2] if headings else None),
        notices=notices,
    )


def _keep_newer_shapes(tree: Any) -> None:
    """Replace shapes that are stored in two ways by the newer one, which PowerPoint shows: the library ignores both.

    Text boxes with a formula in them are stored so.
    """
    for alternatives in list(tree.iter(f"{_MC}AlternateContent")):
        newer = alternatives.find(f"{_MC}Choice")
        parent = alternatives.getparent()
        if newer is not None and parent is not None and parent.tag in _HOLDERS:
            for shape in list(newer):
                alternatives.addprevious(shape)
            parent.remove(alternatives)


def _translate_symbols(tree: Any) -> None:
    """Replace text in a symbol font by the signs that it shows: the arrow that PowerPoint makes of "-->" is an "à"."""
    for run in tree.iter(f"{_A}r", f"{_A}fld"):
        properties, text = run.find(f"{_A}rPr"), run.find(f"{_A}t")
        if properties is None or text is None or not text.text:
            continue
        letters, signs = (_typeface(properties, name) for name in ("latin", "sym"))
        if has_signs(letters):
            text.text = translate(text.text, letters)
        else:  # the run may have letters as well, in the font for letters
            text.text = translate(text.text, signs, private=len(text.text.strip()) > 1)


def _typeface(properties: Any, kind: str) -> str | None:
    font = properties.find(f"{_A}{kind}")
    return None if font is None else font.get("typeface")


def _comments(slide: Any) -> int:
    """The number of comments on a slide, of the old kind (p:cm) or the new one (p188:cm)."""
    parts = [rel.target_part for rel in slide.part.rels.values() if not rel.is_external]
    return sum(
        1
        for part in parts
        if "comments" in str(part.content_type).lower()
        for element in parse_xml(part.blob).iter()
        if str(element.tag).endswith("}cm")
    )


def _write(slide: Any, page: PageBuilder) -> None:
    title = slide.shapes.title
    if title is not None and not title.has_text_frame:  # a picture in the title's place
        title = None
    if title is not None:
        page.heading(1, title.text_frame.text)
    for shape in _shapes(slide.shapes):
        if title is not None and shape._element is title._element:
            continue
        if shape.is_placeholder and shape.placeholder_format.type in _BOILERPLATE:
            continue
        if getattr(shape, "has_table", False):
            page.rows(_table(shape.table))
        elif getattr(shape, "has_chart", False):
            _chart(shape, page)
        elif shape.has_text_frame:
            _text(shape, page)
        else:
            _diagram(slide, shape, page)


def _shapes(shapes: Iterable[Any]) -> Iterator[Any]:
    """All shapes in reading order, those of a group in the group's place."""
    stack = list(shapes)[::-1]
    while stack:
        shape = stack.pop()
        if shape.shape_type == MSO_SHAPE_TYPE.GROUP:
            stack += list(shape.shapes)[::-1]
        else:
            yield shape


def _text(shape: Any, page: PageBuilder) -> None:
    paragraphs = [(_paragraph_text(paragraph), paragraph.level) for paragraph in shape.text_frame.paragraphs]
    paragraphs = [(text, level) for text, level in paragraphs if one_line(text)]
    is_list = shape.is_placeholder and shape.placeholder_format.type in _LISTS and len(paragraphs) > 1
    for text, level in paragraphs:
        if is_list:
            page.item(text, depth=level)
        else:
            page.paragraph(text)


def _paragraph_text(paragraph: Any) -> str:
    """The text of a paragraph, formulas included."""
    element = paragraph._p
    if element.find(f".//{_MATH}t") is None:
        return str(paragraph.text)
    return "".join(part.text or "" for part in element.iter(f"{_A}t", f"{_MATH}t"))


def _table(table: Any) -> list[str]:
    rows: list[Row] = []
    for row_number, row in enumerate(table.rows):
        cells: dict[int, Cell] = {}
        for column, cell in enumerate(row.cells):
            if cell.is_spanned:
                left_cell = cells.get(column - 1)
                cell_above = rows[row_number - 1].get(column) if row_number else None
                # a merged cell goes on from above in its first column, and from the left in the others
                if (column and row.cells[column - 1]._tc.gridSpan > 1) or (left_cell is not None and left_cell.spread):
                    cells[column] = Cell(left_cell.text if left_cell else "", spread=True)
                elif cell_above is not None:
                    cells[column] = cell_above
            elif text := one_line(cell.text):
                cells[column] = cell_of(text)
        rows.append({column: cell for column, cell in cells.items() if cell.text})
    return row_lines(rows, [0] if table.first_row and len(rows) > 1 and len(rows[0]) > 1 else [])


def _chart(shape: Any, page: PageBuilder) -> None:
    try:
        chart = shape.chart
        if chart.has_title and chart.chart_title.has_text_frame:
            page.paragraph(chart.chart_title.text_frame.text)
        for plot in chart.plots:
            names = [one_line(str(category)) for category in plot.categories]
            series = list(plot.series)
            rows: list[Row] = [
                {
                    n: Cell(one_line(str(data_series.name)))
                    for n, data_series in enumerate(series, 1)
                    if data_series.name
                }
            ]
            for position, name in enumerate(names):
                row = {0: Cell(name)} if name else {}
                for n, data_series in enumerate(series, 1):
                    values = data_series.values
                    if position < len(values) and values[position] is not None:
                        row[n] = Cell(plain_number(float(values[position])), figure=True)
                rows.append(row)
            page.rows(row_lines(rows, [0])[1:])
    except _CHART_FAULTS:
        return  # a kind that the library does not know has no text, as a picture has none


def _diagram(slide: Any, shape: Any, page: PageBuilder) -> None:
    """Add the words of a SmartArt drawing, which are in a part of their own."""
    ids = shape._element.find(f".//{_DIAGRAM}relIds")
    related = None if ids is None else slide.part.rels.get(ids.get(f"{_RELATED}dm", ""))
    if related is None or related.is_external:
        return
    for point in parse_xml(related.target_part.blob).iter(f"{_DIAGRAM}pt"):
        page.item(" ".join(part.text or "" for part in point.iter(f"{_A}t")))


def _notes(slide: Any) -> str:
    frame = slide.notes_slide.notes_text_frame if slide.has_notes_slide else None
    return "" if frame is None else frame.text.strip()


def _has_picture(shapes: Iterable[Any]) -> bool:
    return any(shape._element.find(f".//{_A}blip") is not None for shape in _shapes(shapes))
