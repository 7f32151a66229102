"""OpenDocument files for tests, as LibreOffice writes them."""

from __future__ import annotations

from collections.abc import Mapping

from tests.files import zipped

_ODF = "urn:oasis:names:tc:opendocument:xmlns:"
_SAME = ("office", "style", "text", "table", "chart", "form", "presentation")
_NAMES = " ".join(
    [
        *(f'xmlns:{name}="{_ODF}{name}:1.0"' for name in _SAME),
        f'xmlns:draw="{_ODF}drawing:1.0"',
        f'xmlns:fo="{_ODF}xsl-fo-compatible:1.0"',
        f'xmlns:svg="{_ODF}svg-compatible:1.0"',
        'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xlink="http://www.w3.org/1999/xlink"',
        'xmlns:math="http://www.w3.org/1998/Math/MathML"',
    ]
)
LOOKS = """
<style:style style:name="Op" style:family="text"><style:text-properties style:text-position="super 58%"/></style:style>
<style:style style:name="Ned" style:family="text"><style:text-properties style:text-position="sub 58%"/></style:style>
<style:style style:name="Streg" style:family="text"><style:text-properties style:text-line-through-style="solid"/>
</style:style>
<style:style style:name="Gammel" style:family="paragraph"><style:text-properties style:text-line-through-type="single"/>
</style:style>
<style:style style:name="Skjult" style:family="text"><style:text-properties text:display="none"/></style:style>
<style:style style:name="Arvet" style:family="text" style:parent-style-name="Streg"/>
<text:list-style style:name="Tal">
<text:list-level-style-number text:level="1" style:num-format="1" style:num-suffix="."/>
<text:list-level-style-number text:level="2" style:num-format="a" style:num-suffix=")"/></text:list-style>
<text:list-style style:name="Punkt"><text:list-level-style-bullet text:level="1" text:bullet-char="•"/>
</text:list-style>
"""
OUTLINE = """<text:outline-style style:name="Outline">
<text:outline-level-style text:level="1" style:num-format="1"/>
<text:outline-level-style text:level="2" style:num-format="1" text:display-levels="2"/></text:outline-style>"""


def open_document(
    kind: str, body: str, *, styles: str = "", parts: Mapping[str, str] | None = None, looks: str = LOOKS
) -> bytes:
    """kind: "text", "spreadsheet" or "presentation". styles: what styles.xml holds. parts: others, by name."""
    return zipped(
        {
            "mimetype": f"application/vnd.oasis.opendocument.{kind}",
            "content.xml": part(
                "document-content",
                f"<office:automatic-styles>{looks}</office:automatic-styles>"
                f"<office:body><office:{kind}>{body}</office:{kind}></office:body>",
            ),
            "styles.xml": part("document-styles", styles),
            "META-INF/manifest.xml": f'<manifest:manifest xmlns:manifest="{_ODF}manifest:1.0"/>',
            **(parts or {}),
        }
    )


def part(name: str, inside: str) -> str:
    return f'<?xml version="1.0" encoding="UTF-8"?><office:{name} {_NAMES}>{inside}</office:{name}>'


def p(*runs: str, style: str = "") -> str:
    return f'<text:p text:style-name="{style}">{"".join(runs)}</text:p>'


def span(text: str, style: str) -> str:
    return f'<text:span text:style-name="{style}">{text}</text:span>'


def cells(*texts: str, header: bool = False) -> str:
    """A row. texts: of cells, or their elements where they begin with "<table:"."""
    made = "".join(
        t if t.startswith("<table:") else f"<table:table-cell>{p(t) if t else ''}</table:table-cell>" for t in texts
    )
    row = f"<table:table-row>{made}</table:table-row>"
    return f"<table:table-header-rows>{row}</table:table-header-rows>" if header else row


def table(*rows: str, name: str = "Ark1", inside: str = "", style: str = "") -> str:
    return f'<table:table table:name="{name}" table:style-name="{style}">{inside}{"".join(rows)}</table:table>'


def frame(inside: str, attributes: str = "") -> str:
    return f"<draw:frame {attributes}>{inside}</draw:frame>"


def text_box(text: str, attributes: str = "") -> str:
    return frame(f"<draw:text-box>{p(text)}</draw:text-box>", attributes)


def chart(title: str, *rows: str) -> str:
    return part(
        "document-content",
        f"<office:body><office:chart><chart:chart><chart:title>{p(title)}</chart:title><chart:plot-area/>"
        f"{table(*rows, name='local-table')}</chart:chart></office:chart></office:body>",
    )
