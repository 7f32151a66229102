"""Files of LibreOffice, written part by part."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from html import escape

from benchmarks.reading.blocks import Block, Heading, Paragraph, Table, placed, runs

_NAMES = (
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0" '
    'xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0" '
    'xmlns:presentation="urn:oasis:names:tc:opendocument:xmlns:presentation:1.0" '
    'xmlns:number="urn:oasis:names:tc:opendocument:xmlns:datastyle:1.0" '
    'xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:dc="http://purl.org/dc/elements/1.1/" '
    'xmlns:svg="urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0" '
    'xmlns:fo="urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0"'
)
_MASTER = '<style:master-page style:name="Standard" style:page-layout-name="pm1"/>'
_STYLES = (
    '<style:style style:name="raised" style:family="text"><style:text-properties style:text-position="super 58%"/>'
    '</style:style><style:style style:name="lowered" style:family="text"><style:text-properties'
    ' style:text-position="sub 58%"/></style:style><style:style style:name="struck" style:family="text">'
    '<style:text-properties style:text-line-through-style="solid" style:text-line-through-type="single"/></style:style>'
    '<style:style style:name="bold" style:family="paragraph"><style:text-properties fo:font-weight="bold"/></style:style>'
)


def package(kind: str, inside: str, parts: Mapping[str, str | bytes] | None = None, styles: str = "") -> bytes:
    """kind: "text", "spreadsheet" or "presentation". inside: of the body. styles: further automatic ones."""
    media_type = f"application/vnd.oasis.opendocument.{kind}"
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {_NAMES} office:version="1.3">'
        f"<office:automatic-styles>{_STYLES}{styles}</office:automatic-styles><office:body><office:{kind}>{inside}"
        f"</office:{kind}></office:body></office:document-content>"
    )
    members = {"content.xml": content, "styles.xml": styles_part(_MASTER), **(parts or {})}
    listed = "".join(
        f'<manifest:file-entry manifest:full-path="{name}" manifest:media-type="text/xml"/>' for name in members
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", media_type, zipfile.ZIP_STORED)
        archive.writestr(
            "META-INF/manifest.xml",
            '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"'
            ' manifest:version="1.3"><manifest:file-entry manifest:full-path="/" manifest:version="1.3"'
            f' manifest:media-type="{media_type}"/>{listed}</manifest:manifest>',
        )
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


def styles_part(master: str) -> str:
    """styles.xml with master pages: headers and footers."""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-styles {_NAMES} office:version="1.3"><office:styles/>'
        '<office:automatic-styles><style:page-layout style:name="pm1"/></office:automatic-styles>'
        f"<office:master-styles>{master}</office:master-styles></office:document-styles>"
    )


def spans(text: str) -> str:
    parts = []
    for run in runs(text):
        inside = escape(run.text).replace("\n", "<text:line-break/>")
        parts.append(f'<text:span text:style-name="{run.shift}">{inside}</text:span>' if run.shift else inside)
    return "".join(parts)


def table(block: Table, name: str = "Tabel1") -> str:
    rows = []
    for n, row in enumerate(block.rows):
        cells = []
        for _, width, text in placed(row):
            spanned = f' table:number-columns-spanned="{width}"' if width > 1 else ""
            style = ' text:style-name="bold"' if n < block.bold else ""
            inside = f"<text:p{style}>{spans(text)}</text:p>" if text else ""
            cells.append(f'<table:table-cell office:value-type="string"{spanned}>{inside}</table:table-cell>')
            cells.append("<table:covered-table-cell/>" * (width - 1))
        rows.append(f"<table:table-row>{''.join(cells)}</table:table-row>")
    return (
        f'<table:table table:name="{name}"><table:table-column table:number-columns-repeated="{block.columns}"/>'
        f"{''.join(rows)}</table:table>"
    )


def odt(blocks: Sequence[Block]) -> bytes:
    return package("text", "".join(map(_in_text, blocks)))


def _in_text(block: Block) -> str:
    if isinstance(block, Heading):
        return f'<text:h text:outline-level="1">{escape(block.text)}</text:h>'
    return f"<text:p>{spans(block.text)}</text:p>" if isinstance(block, Paragraph) else table(block)


def ods(blocks: Sequence[Block]) -> bytes:
    """All blocks in one sheet, a paragraph as a row of one cell."""
    rows: list[tuple[object, ...]] = []
    bold = 0
    for block in blocks:
        if isinstance(block, Table):
            rows += block.rows
            bold = max(bold, block.bold)
        else:
            rows += [(block.text,), ("",)]
    return package("spreadsheet", table(Table(tuple(rows), bold), "Ark1"))  # type: ignore[arg-type]


def odp(blocks: Sequence[Block]) -> bytes:
    frames = "".join(
        f'<draw:frame svg:x="1cm" svg:y="{1 + 3 * n}cm" svg:width="22cm" svg:height="2cm">'
        + (table(block) if isinstance(block, Table) else f"<draw:text-box>{_in_text(block)}</draw:text-box>")
        + "</draw:frame>"
        for n, block in enumerate(blocks)
    )
    return package("presentation", f'<draw:page draw:name="Side 1">{frames}</draw:page>')
