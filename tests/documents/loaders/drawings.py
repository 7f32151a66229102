"""Charts and SmartArt as the three office formats store them."""

from __future__ import annotations

from collections.abc import Sequence
from xml.sax.saxutils import escape

CHART = "http://schemas.openxmlformats.org/drawingml/2006/chart"
SMART_ART = "http://schemas.openxmlformats.org/drawingml/2006/diagram"
A = "http://schemas.openxmlformats.org/drawingml/2006/main"


def chart_xml(title: str, series: str, categories: Sequence[str], values: Sequence[str], code: str = "#,##0.0") -> str:
    """A column chart of one series."""

    def points(texts: Sequence[str]) -> str:
        return "".join(f'<c:pt idx="{n}"><c:v>{escape(text)}</c:v></c:pt>' for n, text in enumerate(texts))

    return (
        f'<c:chartSpace xmlns:c="{CHART}" xmlns:a="{A}"><c:chart><c:title><c:tx><c:rich><a:p><a:r>'
        f"<a:t>{escape(title)}</a:t></a:r></a:p></c:rich></c:tx></c:title><c:plotArea><c:barChart><c:ser>"
        f"<c:tx><c:strRef><c:strCache>{points([series])}</c:strCache></c:strRef></c:tx>"
        f"<c:cat><c:strRef><c:strCache>{points(categories)}</c:strCache></c:strRef></c:cat><c:val><c:numRef><c:numCache>"
        f"<c:formatCode>{code}</c:formatCode>{points(values)}</c:numCache></c:numRef></c:val></c:ser></c:barChart>"
        "</c:plotArea></c:chart></c:chartSpace>"
    )


def smart_art_xml() -> str:
    """An organisation of three: one box with a name and a label above two others."""

    def point(name: str, *lines: str, kind: str = "node") -> str:
        texts = "".join(f"<a:p><a:r><a:t>{line}</a:t></a:r></a:p>" for line in lines)
        return f'<d:pt modelId="{name}" type="{kind}"><d:t>{texts}</d:t></d:pt>'

    def connection(above: str, below: str, order: int) -> str:
        return f'<d:cxn modelId="c{below}" srcId="{above}" destId="{below}" srcOrd="{order}"/>'

    points = (
        point("0", kind="doc"),
        point("3", "Bo Dal"),
        point("2", "Ida Lund", "Produktchef"),
        point("1", "Mette Holm", "Direktør"),
        point("9", "skjult", kind="pres"),
    )
    connections = (connection("0", "1", 0), connection("1", "3", 1), connection("1", "2", 0))
    return (
        f'<d:dataModel xmlns:d="{SMART_ART}" xmlns:a="{A}"><d:ptLst>{"".join(points)}</d:ptLst>'
        f"<d:cxnLst>{''.join(connections)}</d:cxnLst></d:dataModel>"
    )
