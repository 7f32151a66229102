"""Objects inside an OpenDocument file: charts, formulas, and what is said of pictures."""

from typing import Any

from rag.documents.loaders.html.formulas import linear
from rag.documents.loaders.odf.package import Package, find, find_all, name_of
from rag.documents.loaders.odf.tables import table_lines
from rag.documents.loaders.page_builder import one_line


def description(drawing: Any) -> str:
    """The alternative text of a picture, a shape or an object: its title and description."""
    parts = [
        one_line("".join(part.itertext()))
        for name in ("svg:title", "svg:desc")
        if (part := find(drawing, name)) is not None
    ]
    return ". ".join(dict.fromkeys(filter(None, parts)))


def formula(package: Package, frame: Any) -> str:
    """The formula in a frame, in one line; "" where there is none."""
    holder = find(frame, "draw:object")
    root = None if holder is None else package.object(holder)
    return linear(root) if root is not None and name_of(root) == "math:math" else ""


def chart_lines(root: Any, *, values: bool = True) -> list[str]:
    """The title, the names of the axes and, where the chart has them itself, the values of a chart, row by row."""
    if next(find_all(root, "chart:chart"), None) is None:
        return []
    names = [one_line("".join(part.itertext())) for part in find_all(root, "chart:title", "chart:subtitle")]
    table = next(find_all(root, "table:table"), None) if values else None
    lines = [] if table is None else table_lines(table, lambda cell: one_line(" ".join(cell.itertext())), header=True)
    return [*filter(None, names), *filter(None, lines or [])]
