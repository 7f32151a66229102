"""What files of several formats have in them: charts and SmartArt in parts of their own, a picture, a filing."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from PIL import Image

PICTURE = r"picture|image|drawing|figure|graphic"
"""What a notice calls a picture."""
FILING = (
    ("", "", "2026", "", "", "2025", ""),
    ("Revenue", "$", "5,112", "", "$", "4,870", ""),
    ("Cost of sales", "", "2,204", "", "", "2,118", ""),
    ("Other loss, net", "", "(318", ")", "", "(277", ")"),
)
"""As annual reports set their figures: the currency and the closing bracket in cells of their own."""
_DRAWING = "http://schemas.openxmlformats.org/drawingml/2006"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_TYPES = "application/vnd.openxmlformats-officedocument.drawingml"


class Kind(NamedTuple):
    """What the part is called where it is kept and where it is shown."""

    content_type: str
    relation: str
    uri: str


CHART = Kind(f"{_TYPES}.chart+xml", f"{_RELATIONS}/chart", f"{_DRAWING}/chart")
SMARTART = Kind(f"{_TYPES}.diagramData+xml", f"{_RELATIONS}/diagramData", f"{_DRAWING}/diagram")


def chart_xml(title: str, series: str, values: Mapping[str, int]) -> str:
    """A bar chart of one series with its cached values."""
    points = "".join(f'<c:pt idx="{n}"><c:v>{{}}</c:v></c:pt>' for n in range(len(values)))
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><c:chartSpace xmlns:c="{_DRAWING}/chart" xmlns:a="{_DRAWING}/main"><c:chart>'
        f"<c:title><c:tx><c:rich><a:bodyPr/><a:p><a:r><a:t>{title}</a:t></a:r></a:p></c:rich></c:tx></c:title><c:plotArea>"
        '<c:barChart><c:barDir val="col"/><c:ser><c:idx val="0"/><c:order val="0"/><c:tx><c:strRef><c:f>A!$B$1</c:f>'
        f'<c:strCache><c:ptCount val="1"/><c:pt idx="0"><c:v>{series}</c:v></c:pt></c:strCache></c:strRef></c:tx>'
        f'<c:cat><c:strRef><c:f>A!$A$2</c:f><c:strCache><c:ptCount val="{len(values)}"/>{points.format(*values)}'
        "</c:strCache></c:strRef></c:cat><c:val><c:numRef><c:f>A!$B$2</c:f><c:numCache><c:formatCode>General</c:formatCode>"
        f'<c:ptCount val="{len(values)}"/>{points.format(*values.values())}</c:numCache></c:numRef></c:val></c:ser>'
        "</c:barChart></c:plotArea></c:chart></c:chartSpace>"
    )


def smartart_xml(texts: Sequence[str]) -> str:
    """The data of a list of steps."""
    points = "".join(
        f'<dgm:pt modelId="{n + 2}"><dgm:prSet/><dgm:spPr/><dgm:t><a:bodyPr/><a:p><a:r><a:t>{text}</a:t></a:r></a:p></dgm:t></dgm:pt>'
        for n, text in enumerate(texts)
    )
    links = "".join(
        f'<dgm:cxn modelId="{n + 90}" srcId="1" destId="{n + 2}" srcOrd="{n}" destOrd="0"/>' for n in range(len(texts))
    )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><dgm:dataModel xmlns:dgm="{_DRAWING}/diagram" xmlns:a="{_DRAWING}/main">'
        f'<dgm:ptLst><dgm:pt modelId="1" type="doc"><dgm:prSet/></dgm:pt>{points}</dgm:ptLst><dgm:cxnLst>{links}</dgm:cxnLst>'
        "</dgm:dataModel>"
    )


def picture(color: tuple[int, int, int] = (40, 90, 160)) -> io.BytesIO:
    out = io.BytesIO()
    Image.new("RGB", (120, 80), color).save(out, "PNG")
    out.seek(0)
    return out


def with_parts(
    data: bytes, parts: Mapping[str, str | bytes], changed: Mapping[str, tuple[str, str]] | None = None
) -> bytes:
    """A zipped file with parts added, and texts in others exchanged: {part: (old, new)}."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = old.read(name)
            if changed and name in changed:
                content = content.replace(*(text.encode() for text in changed[name]))
            new.writestr(name, content)
        for name, added in parts.items():
            new.writestr(name, added)
    return out.getvalue()
