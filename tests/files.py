"""Files for the tests of the loaders, made by hand where no library would make them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping
from email.message import EmailMessage
from pathlib import Path
from xml.sax.saxutils import escape

from rag.core.types import Parsed
from rag.documents.loaders import kind_of, load

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006"
_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml"

Read = Callable[[str, bytes], Parsed]


def read(folder: Path, name: str, data: bytes) -> Parsed:
    """As the app does it: told what it is by name and bytes, and read in the sandbox."""
    media_type = kind_of(name, data)
    path = folder / "file"
    path.write_bytes(data)
    return load(path, media_type, name)


def zipped(parts: Mapping[str, str | bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def saved(document: object) -> bytes:
    """What a library's document writes."""
    out = io.BytesIO()
    document.save(out)  # type: ignore[attr-defined]
    return out.getvalue()


def with_part(data: bytes, name: str, content: str | bytes) -> bytes:
    """An archive with one part exchanged or added."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts: dict[str, str | bytes] = {part: archive.read(part) for part in archive.namelist()}
    return zipped({**parts, name: content})


def word(body: str, *, pages: int | None = None, parts: Mapping[str, str] | None = None) -> bytes:
    """A DOCX of the elements of a body. parts: "footnotes", "numbering" ... with what is in their root element."""
    styles = "".join(
        f'<w:style w:type="paragraph" w:styleId="{style}"><w:name w:val="{name}"/>{properties}</w:style>'
        for style, name, properties in (
            ("Overskrift1", "heading 1", ""),
            ("Overskrift2", "heading 2", ""),
            ("Egen", "Vores overskrift", '<w:basedOn w:val="Overskrift2"/>'),
            ("Titel", "Title", ""),
            ("Indhold1", "toc 1", ""),
        )
    )
    roots = {"footnotes": "footnotes", "endnotes": "endnotes", "numbering": "numbering", "styles": "styles"}
    contents = {"styles": styles, **(parts or {})}
    overrides = "".join(
        f'<Override PartName="/word/{name}.xml" ContentType="{_WORD}.{name}+xml"/>' for name in contents
    )
    related = "".join(
        f'<Relationship Id="r{n}" Type="{_OFFICE}/relationships/{name}" Target="{name}.xml"/>'
        for n, name in enumerate(contents)
    )
    members = {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/word/document.xml" ContentType="{_WORD}.document.main+xml"/>{overrides}</Types>',
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="a" Type="{_OFFICE}/relationships/officeDocument" Target="word/document.xml"/>'
        f'<Relationship Id="b" Type="{_OFFICE}/relationships/extended-properties" Target="docProps/app.xml"/>'
        "</Relationships>",
        "word/_rels/document.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">{related}</Relationships>',
        "word/document.xml": f'<w:document xmlns:w="{W}"><w:body>{body}</w:body></w:document>',
        "docProps/app.xml": f'<Properties xmlns="{_OFFICE}/extended-properties">'
        f"{'' if pages is None else f'<Pages>{pages}</Pages>'}</Properties>",
        **{
            f"word/{name}.xml": f'<w:{roots[name]} xmlns:w="{W}">{inside}</w:{roots[name]}>'
            for name, inside in contents.items()
        },
    }
    return zipped(members)


def paragraph(*runs: str, style: str = "", properties: str = "") -> str:
    """runs: text, or elements where they begin with "<"."""
    style_element = f'<w:pStyle w:val="{style}"/>' if style else ""
    inside = "".join(run if run.startswith("<") else text(run) for run in runs)
    return f"<w:p><w:pPr>{style_element}{properties}</w:pPr>{inside}</w:p>"


def text(content: str, properties: str = "") -> str:
    return f'<w:r><w:rPr>{properties}</w:rPr><w:t xml:space="preserve">{escape(content)}</w:t></w:r>'


def table(*rows: tuple[str, ...], properties: str = "") -> str:
    """cells: text, or what is in the cell where it begins with "<"."""

    def cell(content: str) -> str:
        return f"<w:tc>{content if content.startswith('<') else paragraph(content)}</w:tc>"

    inside = "".join(f"<w:tr>{''.join(map(cell, row))}</w:tr>" for row in rows)
    return f"<w:tbl><w:tblPr>{properties}</w:tblPr>{inside}</w:tbl>"


def mail(subject: str = "Garanti på batteriet") -> EmailMessage:
    message = EmailMessage()
    message["From"] = "Mette Ørsted <mette@example.dk>"
    message["To"] = "Bo <bo@example.dk>, info@example.dk"
    message["Date"] = "Sun, 03 May 2026 14:05:00 +0200"
    message["Subject"] = subject
    return message
