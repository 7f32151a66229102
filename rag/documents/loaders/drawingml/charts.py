"""Charts as rows: "1. kvartal | Salg: 12,5 | Køb: 3", from the values that the chart's part keeps of its sheet."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from rag.documents.loaders.drawingml.text import A
from rag.documents.loaders.page_builder import one_line
from rag.documents.loaders.table_text import Cell, Row, row_lines
from rag.documents.loaders.xlsx.cell_format import format_value
from rag.documents.loaders.xlsx.format_code import sections

CHART = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
NEWER_CHART = "{http://schemas.microsoft.com/office/drawing/2014/chartex}"
_MAX_POINTS = 5_000
_PLOTS = "Chart"
_EPOCH = datetime(1899, 12, 30)


def chart_lines(root: Any) -> list[str]:
    """The title, the titles of the axes and a row for each category of a chart; [] where it shows no text or value."""
    if root.tag.startswith(NEWER_CHART):
        return _newer_lines(root)
    titles = [_title(element) for element in root.iter(f"{CHART}title")]
    lines = list(dict.fromkeys(filter(None, titles)))
    chart_title = root.find(f"{CHART}chart/{CHART}title")
    name = _title(chart_title) if chart_title is not None else ""
    plots = [element for element in root.iter() if isinstance(element.tag, str) and element.tag.endswith(_PLOTS)]
    by_categories: dict[tuple[str, ...], list[tuple[str, dict[int, str]]]] = {}
    for plot in plots:
        for series in plot.findall(f"{CHART}ser"):
            categories = _texts(series, "cat") or _texts(series, "xVal")
            values = _texts(series, "val") or _texts(series, "yVal")
            labels = tuple(categories.get(n, "") for n in range(max([*categories, *values], default=-1) + 1))
            by_categories.setdefault(labels, []).append((_series_name(series) or name, values))
    for labels, columns in by_categories.items():
        lines += _rows(labels, columns)
    return lines


def _rows(labels: tuple[str, ...], columns: list[tuple[str, dict[int, str]]]) -> list[str]:
    rows: list[Row] = [{n: Cell(name) for n, (name, _) in enumerate(columns, 1) if name}]
    for place, label in enumerate(labels):
        row = {0: Cell(label)} if label else {}
        row |= {n: Cell(values[place], figure=True) for n, (_, values) in enumerate(columns, 1) if values.get(place)}
        rows.append(row)
    return list(filter(None, row_lines(rows, [0])[1:]))


def _title(title: Any) -> str:
    rich = " ".join(_paragraph(p) for p in title.iter(f"{A}p"))
    return one_line(rich or " ".join(value.text or "" for value in title.iter(f"{CHART}v")))


def _paragraph(paragraph: Any) -> str:
    return "".join(part.text or "" for part in paragraph.iter(f"{A}t"))


def _series_name(series: Any) -> str:
    named = series.find(f"{CHART}tx")
    return "" if named is None else one_line(" ".join(value.text or "" for value in named.iter(f"{CHART}v")))


def _texts(series: Any, name: str) -> dict[int, str]:
    """The texts of the categories or values of a series, by their place."""
    holder = series.find(f"{CHART}{name}")
    if holder is None:
        return {}
    levels = list(holder.iter(f"{CHART}lvl"))
    if levels:  # categories in groups: the innermost level comes first, and an outer one names those that follow it
        return _grouped([dict(_points(level, "")) for level in levels])
    return dict(_points(holder, holder.findtext(f".//{CHART}formatCode") or "General"))


def _grouped(levels: list[dict[int, str]]) -> dict[int, str]:
    texts = {}
    for place in levels[0]:
        outer = [next((level[n] for n in sorted(level, reverse=True) if n <= place), "") for level in levels[1:]]
        texts[place] = " ".join(filter(None, [*reversed(outer), levels[0][place]]))
    return texts


def _points(holder: Any, code: str) -> Iterator[tuple[int, str]]:
    for point in holder.iter(f"{CHART}pt"):
        place = point.get("idx", "")
        if place.isdecimal() and len(place) < 6 and int(place) < _MAX_POINTS:
            text = point.findtext(f"{CHART}v") or ""
            yield int(place), _shown(text, point.get("formatCode") or code)


def _shown(text: str, code: str) -> str:
    try:
        value = float(text)
    except ValueError:
        return one_line(text)
    if not code:
        return one_line(text)
    try:
        if sections(code)[0].is_of_dates():
            return format_value(_EPOCH + timedelta(days=value), code)
        return format_value(value, code) or one_line(text)
    except (OverflowError, ValueError):
        return one_line(text)


def _newer_lines(root: Any) -> list[str]:
    """A waterfall, funnel, treemap … of Office 2016: its values stand in cx:data, by the id that its series name."""
    lines = [one_line(_paragraph(p)) for title in root.iter(f"{NEWER_CHART}title") for p in title.iter(f"{A}p")]
    names = {
        series.find(f"{NEWER_CHART}dataId").get("val"): one_line(
            " ".join(v.text or "" for tx in series.findall(f"{NEWER_CHART}tx") for v in tx.iter(f"{NEWER_CHART}v"))
        )
        for series in root.iter(f"{NEWER_CHART}series")
        if series.find(f"{NEWER_CHART}dataId") is not None
    }
    for data in root.iter(f"{NEWER_CHART}data"):
        words = [dict(_newer_points(level)) for level in data.findall(f"{NEWER_CHART}strDim/{NEWER_CHART}lvl")]
        values = [dict(_newer_points(level)) for level in data.findall(f"{NEWER_CHART}numDim/{NEWER_CHART}lvl")]
        categories = _grouped(words) if words else {}
        length = max([*categories, *(place for level in values for place in level)], default=-1) + 1
        columns = [(names.get(data.get("id")) or "", level) for level in values]
        lines += _rows(tuple(categories.get(n, "") for n in range(length)), columns)
    return [line for line in lines if line]


def _newer_points(level: Any) -> Iterator[tuple[int, str]]:
    for point in level.findall(f"{NEWER_CHART}pt"):
        place = point.get("idx", "")
        if place.isdecimal() and len(place) < 6 and int(place) < _MAX_POINTS:
            yield int(place), _shown(point.text or "", level.get("formatCode", "") or "General")
