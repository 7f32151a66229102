"""Real files of the documents in `sources`: the same bytes every time.

What has text inside is written here, office files and PDFs by the libraries that are there for them.
"""

from __future__ import annotations

import html
import io
import re
import zipfile
import zlib
from collections.abc import Callable, Mapping
from email.message import EmailMessage
from pathlib import Path

from benchmarks.everyday.office import docx, pptx, xlsx
from benchmarks.everyday.pdf import pdf
from benchmarks.everyday.sources import Block, Source

_CLOCK = (2026, 1, 5, 8, 0, 0)
_CHANGED = re.compile(rb"(<dcterms:(created|modified)[^>]*>)[^<]*")
_PARTS = (".docx", ".pptx", ".xlsx")


def written(sources: Mapping[str, Source], folder: Path) -> dict[str, Path]:
    """The documents as files in a folder, by name; what else lay there stays."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, source in sources.items():
        (folder / name).write_bytes(content(source))
    return {name: folder / name for name in sources}


def content(source: Source) -> bytes:
    """The bytes of its file."""
    data = _WRITERS[source.suffix](source)
    return _settled(data) if source.name.endswith(_PARTS) else data


def text(source: Source) -> str:
    """Everything that its file says, a line for each paragraph and each row."""
    return "\n".join(line for block in source.blocks for line in block.lines() if line)


def _settled(data: bytes) -> bytes:
    """An office file whose parts and properties do not tell when they were written."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.namelist():
            inside = _CHANGED.sub(rb"\g<1>2026-01-05T08:00:00Z", old.read(part))
            new.writestr(zipfile.ZipInfo(part, _CLOCK), inside, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _markdown(source: Source) -> bytes:
    lines: list[str] = []
    before = ""
    for block in source.body():
        if lines and not (block.kind == before == "item"):
            lines.append("")
        before = block.kind
        if block.kind == "heading":
            lines.append(f"{'#' * block.level} {block.text}")
        elif block.kind == "table":
            head, *rows = block.rows
            lines += [f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *rows)]
        elif block.kind == "fields":
            lines += [f"- **{label}:** {value}" for label, value in block.rows]
        elif block.kind == "bold":
            lines.append(f"**{block.text}**")
        else:
            lines.append(f"- {block.text}" if block.kind == "item" else block.text)
    return ("\n".join(lines) + "\n").encode()


def _plain(source: Source) -> bytes:
    lines: list[str] = []
    for block in source.body():
        if lines and block.kind not in ("item", "text"):
            lines.append("")
        if block.kind == "heading":
            lines += [block.text, ("=" if block.level == 1 else "-") * len(block.text)]
        elif block.kind in ("table", "fields"):
            widths = [max(map(len, column)) + 3 for column in zip(*block.rows, strict=True)]
            colon = ":" * (block.kind == "fields")
            for first, *others in block.rows:
                cells = [f"{first}{colon}".ljust(widths[0])]
                cells += [cell.ljust(width) for cell, width in zip(others, widths[1:], strict=True)]
                lines.append("".join(cells).rstrip())
        else:
            lines.append(f"- {block.text}" if block.kind == "item" else block.text)
    return ("\n".join(lines) + "\n").encode()


def _delimited(source: Source) -> bytes:
    sign = source.options.get("sep", ";")
    rows = [row for block in source.body() for row in block.rows]
    return ("\r\n".join(sign.join(f'"{c}"' if sign in c else c for c in row) for row in rows) + "\r\n").encode()


def _html_body(blocks: list[Block]) -> str:
    parts = []
    for block in blocks:
        said = html.escape(block.text)
        if block.kind == "heading":
            parts.append(f"<h{block.level}>{said}</h{block.level}>")
        elif block.kind == "item":
            parts.append(f"<ul><li>{said}</li></ul>")
        elif block.kind == "table":
            rows = [
                "".join(f"<{tag}>{html.escape(cell)}</{tag}>" for cell in row)
                for tag, row in zip(["th"] + ["td"] * len(block.rows), block.rows, strict=False)
            ]
            parts.append(f"<table>{''.join(f'<tr>{row}</tr>' for row in rows)}</table>")
        elif block.kind == "fields":
            pairs = (f"<dt>{html.escape(a)}</dt><dd>{html.escape(b)}</dd>" for a, b in block.rows)
            parts.append(f"<dl>{''.join(pairs)}</dl>")
        else:
            parts.append(f"<p><strong>{said}</strong></p>" if block.kind == "bold" else f"<p>{said}</p>")
    return "\n".join(parts).replace("</ul>\n<ul>", "\n")


def _html(source: Source) -> bytes:
    title = next((block.text for block in source.body() if block.kind == "heading"), source.name)
    links = "".join(f'<li><a href="#">{html.escape(one)}</a></li>' for one in source.running("head").split(" / "))
    return (
        f'<!DOCTYPE html>\n<html lang="{source.options["language"]}"><head><meta charset="utf-8">'
        f"<title>{html.escape(title)}</title></head>\n<body><header><nav><ul>{links}</ul></nav></header>\n<main>\n"
        f"{_html_body(source.body())}\n</main>\n<footer><p>{html.escape(source.running('foot'))}</p></footer></body></html>\n"
    ).encode()


def _mail(source: Source) -> bytes:
    head, *blocks = source.body()
    message = EmailMessage()
    for name, value in head.rows:
        message[name] = value
    message["Message-ID"] = f"<{zlib.crc32(source.name.encode())}@mail.example>"
    message.set_content(_plain(Source(source.name, {}, blocks)).decode(), cte="8bit")
    if source.options.get("body") == "html":
        message.add_alternative(f"<html><body>{_html_body(blocks)}</body></html>", subtype="html", cte="8bit")
        message.set_boundary("=_everyday")
    return message.as_bytes()


def _chapters(source: Source) -> list[tuple[str, list[Block]]]:
    found: list[tuple[str, list[Block]]] = [("", [])]
    for block in source.body():
        if block.kind == "page":
            found.append((block.text, []))
        else:
            found[-1][1].append(block)
    return [(title, blocks) for title, blocks in found if blocks]


def _zip(parts: Mapping[str, str], media_type: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(zipfile.ZipInfo("mimetype", _CLOCK), media_type, zipfile.ZIP_STORED)
        for name, inside in parts.items():
            archive.writestr(zipfile.ZipInfo(name, _CLOCK), inside, zipfile.ZIP_DEFLATED)
    return out.getvalue()


_CONTAINER = (
    '<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles><rootfile '
    'full-path="book.opf" media-type="application/oebps-package+xml"/></rootfiles></container>'
)


def _epub(source: Source) -> bytes:
    """Each page a chapter."""
    chapters = _chapters(source)
    title = html.escape(source.name.rpartition(".")[0])
    places = "".join(f'<itemref idref="c{n}"/>' for n in range(len(chapters)))
    kind = 'media-type="application/xhtml+xml"'
    items = "".join(f'<item id="c{n}" href="c{n}.xhtml" {kind}/>' for n in range(len(chapters)))
    described = f"<dc:identifier id='id'>{title}</dc:identifier><dc:title>{title}</dc:title>"
    book = (
        '<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="id">'
        f'<metadata xmlns:dc="http://purl.org/dc/elements/1.1/">{described}'
        f"<dc:language>{source.options['language']}</dc:language></metadata>"
        f"<manifest>{items}</manifest><spine>{places}</spine></package>"
    )
    parts = {"META-INF/container.xml": _CONTAINER, "book.opf": book}
    for n, (heading, blocks) in enumerate(chapters):
        head = f"<h1>{html.escape(heading)}</h1>" if heading else ""
        parts[f"c{n}.xhtml"] = (
            '<?xml version="1.0" encoding="utf-8"?><html xmlns="http://www.w3.org/1999/xhtml"><head><title>'
            f"{html.escape(heading) or title}</title></head><body>{head}{_html_body(blocks)}</body></html>"
        )
    return _zip(parts, "application/epub+zip")


def _odt(source: Source) -> bytes:
    named = ("office", "text", "table")
    spaces = " ".join(f'xmlns:{one}="urn:oasis:names:tc:opendocument:xmlns:{one}:1.0"' for one in named)
    parts = []
    for block in source.body():
        said = html.escape(block.text)
        if block.kind in ("heading", "page"):
            level = max(block.level, 1)
            parts.append(f'<text:h text:outline-level="{level}">{said}</text:h>')
        elif block.kind == "item":
            parts.append(f"<text:list><text:list-item><text:p>{said}</text:p></text:list-item></text:list>")
        elif block.rows:
            cells = (
                "".join(f"<table:table-cell><text:p>{html.escape(cell)}</text:p></table:table-cell>" for cell in row)
                for row in block.rows
            )
            columns = f'<table:table-column table:number-columns-repeated="{len(block.rows[0])}"/>'
            rows = "".join(f"<table:table-row>{row}</table:table-row>" for row in cells)
            parts.append(f"<table:table>{columns}{rows}</table:table>")
        else:
            parts.append(f"<text:p>{said}</text:p>")
    kind = "application/vnd.oasis.opendocument.text"
    body = f"<office:body><office:text>{''.join(parts)}</office:text></office:body>"
    listed = "".join(
        f'<m:file-entry m:full-path="{path}" m:media-type="{media_type}"/>'
        for path, media_type in (("/", kind), ("content.xml", "text/xml"))
    )
    manifest = "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"
    return _zip(
        {
            "content.xml": f'<office:document-content {spaces} office:version="1.3">{body}</office:document-content>',
            "META-INF/manifest.xml": f'<m:manifest xmlns:m="{manifest}" m:version="1.3">{listed}</m:manifest>',
        },
        kind,
    )


def _rtf(source: Source) -> bytes:
    def escaped(said: str) -> str:
        plain = re.sub(r"([\\{}])", r"\\\1", said)
        return "".join(c if ord(c) < 128 else f"\\u{ord(c)}?" for c in plain)

    parts = []
    for block in source.body():
        if block.kind in ("heading", "bold", "page"):
            parts.append(rf"\pard\b\fs{32 - 4 * block.level} {escaped(block.text)}\b0\fs22\par")
        elif block.rows:
            width = 9000 // len(block.rows[0])
            ends = "".join(rf"\cellx{width * (n + 1)}" for n in range(len(block.rows[0])))
            for row in block.rows:
                cells = "".join(rf"\pard\intbl {escaped(cell)}\cell" for cell in row)
                parts.append(rf"\trowd{ends}{cells}\row")
        else:
            parts.append(rf"\pard {'- ' * (block.kind == 'item')}{escaped(block.text)}\par")
    return ("{\\rtf1\\ansi\\deff0{\\fonttbl{\\f0 Calibri;}}\\fs22\n" + "\n".join(parts) + "\n}\n").encode("ascii")


_WRITERS: Mapping[str, Callable[[Source], bytes]] = {
    "pdf": pdf,
    "docx": docx,
    "pptx": pptx,
    "xlsx": xlsx,
    "csv": _delimited,
    "html": _html,
    "eml": _mail,
    "txt": _plain,
    "md": _markdown,
    "epub": _epub,
    "odt": _odt,
    "rtf": _rtf,
}
