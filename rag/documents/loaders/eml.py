"""EML -> one page: who wrote to whom, when and about what, and the text. Attachments are named, not opened."""

from __future__ import annotations

import re
from email import policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.parser import BytesParser
from email.utils import parsedate_to_datetime
from pathlib import Path

from rag.core.errors import DamagedFile, EmptyFile, PasswordProtected
from rag.documents.loaders.html import loader
from rag.documents.loaders.page_builder import Budget, PageBuilder, is_english, one_line, title_of
from rag.documents.loaders.sandbox.child import Send
from rag.documents.loaders.text import decode
from rag.documents.loaders.xlsx.cell_format import MONTHS

_NAMES = (("From", "Fra"), ("To", "Til"), ("Cc", "Cc"), ("Date", "Dato"), ("Attachments", "Vedhæftet"))
_FAULTS = (AttributeError, IndexError, KeyError, LookupError, TypeError, ValueError)
"""What the standard library raises for headers that are not as they should be."""
_BLANK = re.compile(r"\n[ \t]*\n")


def read(send: Send, path: str, pages: int, characters: int) -> None:
    """Sends one frame {page, of, text, label} and {headings, title, notices}.

    Raises EmptyFile, DamagedFile where it is no mail, PasswordProtected where it is encrypted, ParsingLimit.
    """
    message = BytesParser(policy=policy.default).parsebytes(Path(path).read_bytes())
    assert isinstance(message, EmailMessage)
    if not {"from", "to", "subject", "date", "received"} & {name.lower() for name, _ in message.raw_items()}:
        raise DamagedFile()
    read_alone = PageBuilder(Budget(characters))
    _body(message, read_alone)
    attached = _attached(message)
    if not read_alone.text and any(part.get_content_type() == "application/pkcs7-mime" for part in message.walk()):
        raise PasswordProtected()
    subject = _header(message, "Subject")
    english = is_english(f"{subject}\n{read_alone.text}")
    page = PageBuilder(Budget(characters))
    page.heading(1, subject)
    names = [pair[not english] for pair in _NAMES]
    people = [_header(message, name) for name in ("From", "To", "Cc")]
    said = zip(names, [*people, _date(message, english), ", ".join(attached)], strict=True)
    page.paragraph("\n".join(f"{name}: {value}" for name, value in said if value))
    _body(message, page)
    if not page.text:
        raise EmptyFile()
    send(page=1, of=1, text=page.text, label=None)
    send(
        headings=[[1, *heading] for heading in page.headings],
        title=title_of(subject),
        notices=[["attachments_not_read", {"names": ", ".join(attached)}]] if attached else [],
    )


def _body(message: EmailMessage, page: PageBuilder) -> None:
    """Its text, or where it has none or an empty one, what its HTML says."""
    before = len(page.text)
    for kind in ("plain", "html"):
        try:
            part = message.get_body(preferencelist=(kind,))
        except _FAULTS:
            part = None
        if part is None:
            continue
        data = part.get_payload(decode=True)
        if not isinstance(data, bytes) or not data.strip():
            continue
        charset = str(part.get_param("charset") or "")
        if kind == "html":
            loader.write(loader.parsed(loader.decoded(data, charset)), page, below=1)
        else:
            text = _decoded(data, charset).replace("\r\n", "\n")
            for paragraph in _BLANK.split(text):
                page.paragraph(paragraph)
        if len(page.text) > before:
            return


def _decoded(data: bytes, charset: str) -> str:
    try:
        return data.decode(charset or "utf-8")
    except (LookupError, UnicodeError):
        return decode(data)


def _attached(message: EmailMessage) -> list[str]:
    """The names of what is attached; pictures that are part of the text are not."""
    names = []
    try:
        parts = list(message.iter_attachments())
    except _FAULTS:
        parts = [part for part in message.walk() if part.get_filename()]
    for part in parts:
        if part.get("Content-ID") and part.get_content_maintype() == "image":
            continue
        name = part.get_filename() or ""
        if not name and part.get_content_type() == "message/rfc822":
            inner = part.get_payload()
            first = inner[0] if isinstance(inner, list) and inner else None
            name = str(first.get("Subject") or "") if isinstance(first, EmailMessage) else ""
        names.append(one_line(name) or part.get_content_type())
    return names


def _header(message: EmailMessage, name: str) -> str:
    try:
        value = message.get(name)
        return one_line("" if value is None else str(value))
    except _FAULTS:
        pass
    raw = next((value for key, value in message.raw_items() if key.lower() == name.lower()), "")
    try:
        return one_line(str(make_header(decode_header(str(raw)))))
    except _FAULTS:
        return one_line(str(raw))


def _date(message: EmailMessage, english: bool) -> str:
    written = _header(message, "Date")
    try:
        when = parsedate_to_datetime(written)
    except _FAULTS:
        return written
    if english:
        return f"{when.day} {when:%B %Y, %H:%M}"
    return f"{when.day}. {MONTHS[when.month - 1]} {when.year} kl. {when:%H.%M}"
