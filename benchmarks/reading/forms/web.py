"""Web pages, e-books and mails."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from email.message import EmailMessage
from html import escape

from benchmarks.reading.blocks import Block, Heading, Paragraph, placed, runs

_TAGS = {"": "{}", "raised": "<sup>{}</sup>", "lowered": "<sub>{}</sub>", "struck": "<s>{}</s>"}


def marked_up(text: str) -> str:
    return "".join(_TAGS[run.shift].format(escape(run.text)) for run in runs(text)).replace("\n", "<br/>")


def body(blocks: Sequence[Block]) -> str:
    """The blocks as elements that are good XML as well."""
    parts = []
    for block in blocks:
        if isinstance(block, Heading):
            parts.append(f"<h1>{escape(block.text)}</h1>")
        elif isinstance(block, Paragraph):
            parts.append(f"<p>{marked_up(block.text)}</p>")
        else:
            rows = []
            for n, row in enumerate(block.rows):
                tag = "th" if n < block.bold else "td"
                cells = (
                    f'<{tag} colspan="{width}">{marked_up(text)}</{tag}>'
                    if width > 1
                    else f"<{tag}>{marked_up(text)}</{tag}>"
                    for _, width, text in placed(row)
                )
                rows.append(f"<tr>{''.join(cells)}</tr>")
            parts.append(f"<table>{''.join(rows)}</table>")
    return "\n".join(parts)


def page(inside: str, title: str = "") -> bytes:
    """title: "" for a page that has none."""
    head = f"<title>{escape(title)}</title>" if title else ""
    return f'<!DOCTYPE html><html><head><meta charset="utf-8"/>{head}</head><body>{inside}</body></html>'.encode()


def html(blocks: Sequence[Block]) -> bytes:
    return page(body(blocks), "Side")


def epub(blocks: Sequence[Block]) -> bytes:
    return book({"kapitel": body(blocks)})


def book(chapters: Mapping[str, str], extra: Mapping[str, str | bytes] | None = None) -> bytes:
    """An EPUB of chapters by name, each the inside of a body. extra: further parts below OEBPS."""
    items = "".join(f'<item id="{n}" href="{n}.xhtml" media-type="application/xhtml+xml"/>' for n in chapters)
    order = "".join(f'<itemref idref="{n}"/>' for n in chapters)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/epub+zip", zipfile.ZIP_STORED)
        archive.writestr(
            "META-INF/container.xml",
            '<?xml version="1.0"?><container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container">'
            '<rootfiles><rootfile full-path="OEBPS/content.opf" media-type="application/oebps-package+xml"/></rootfiles>'
            "</container>",
        )
        archive.writestr(
            "OEBPS/content.opf",
            '<?xml version="1.0"?><package version="3.0" unique-identifier="id" xmlns="http://www.idpf.org/2007/opf">'
            '<metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:identifier id="id">x-1</dc:identifier>'
            f"<dc:title>Bog</dc:title><dc:language>da</dc:language></metadata><manifest>{items}</manifest>"
            f"<spine>{order}</spine></package>",
        )
        for name, inside in chapters.items():
            archive.writestr(
                f"OEBPS/{name}.xhtml",
                '<?xml version="1.0" encoding="utf-8"?><html xmlns="http://www.w3.org/1999/xhtml"><head><title>x</title>'
                f"</head><body>{inside}</body></html>",
            )
        for name, content in (extra or {}).items():
            archive.writestr(f"OEBPS/{name}", content)
    return out.getvalue()


def message(subject: str = "Til orientering", sender: str = "Yrsa Holt <yrsa@nybo.example>") -> EmailMessage:
    mail = EmailMessage()
    mail["From"] = sender
    mail["To"] = "Kaj Brun <kaj@nybo.example>"
    mail["Date"] = "Tue, 02 Feb 2027 08:15:00 +0100"
    mail["Subject"] = subject
    return mail


def eml(blocks: Sequence[Block]) -> bytes:
    """As mail programs write it: the same as plain text is left out, so that the HTML has to be read."""
    mail = message()
    mail.set_content(page(body(blocks)).decode(), subtype="html")
    return mail.as_bytes()
