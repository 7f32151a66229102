"""EML -> one page: sender, recipients, date, subject and text. Attachments are named, and not opened."""

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
"""Errors of the standard library for headers that are malformed."""
_BLANK = re.compile(r"\n[ \t]*\n")


def read(send: Send, path: str, pages: int, characters: int) -> None:
    """Sends one frame {page, of, text, label} and {headings, title, notices}.

    Raises EmptyFile, DamagedFile for what is no mail, PasswordProtected for an encrypted one, ParsingLimit.
    """
    message = BytesParser(policy=policy.default).parsebytes(Path(path).read_bytes())
    assert isinstance(message, EmailMessage)
    if not {"from", "to", "subject", "date", "received"} & {name.lower() for name, _ in message.raw_items()}:
        raise DamagedFile()
    body = PageBuilder(Budget(characters))
    _body(message, body)
    attachment_names = _attachment_names(message)
    if not body.text and any(part.get_content_type() == "application/pkcs7-mime" for part in message.walk()):
        raise PasswordProtected()
    subject = _header(message, "Subject")
    english = is_english(f"{subject}\n{body.text}")
    page = PageBuilder(Budget(characters))
    page.heading(1, subject)
    names = [pair[not english] for pair in _NAMES]
    people = [_header(message, name) for name in ("From", "To", "Cc")]
    header_values = zip(names, [*people, _date(message, english), ", ".join(attachment_names)], strict=True)
    page.paragraph("\n".join(f"{name}: {value}" for name, value in header_values if value))
    _body(message, page)
    if not page.text:
        raise EmptyFile()
    send(page=1, of=1, text=page.text, label=None)
    send(
        headings=[[1, *heading] for heading in page.headings],
        title=title_of(subject),
        notices=[["attachments_not_read", {"names": ", ".join(attachment_names)}]] if attachment_names else [],
    )


def _body(message: EmailMessage, page: PageBuilder) -> None:
    """Write the text of a mail into `page`, or its HTML where it has no text or an empty one."""
    length_before = len(page.text)
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
            loader.write(loader.parsed(loader.decoded(data, charset)), page, base_level=1)
        else:
            text = _decoded(data, charset).replace("\r\n", "\n")
            for paragraph in _BLANK.split(text):
                page.paragraph(paragraph)
        if len(page.text) > length_before:
            return


def _decoded(data: bytes, charset: str) -> str:
    try:
        return data.decode(charset or "utf-8")
    except (LookupError, UnicodeError):
        return decode(data)


def _attachment_names(message: EmailMessage) -> list[str]:
    """The names of the attachments, without pictures that are part of the text."""
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
            inner_message = inner[0] if isinstance(inner, list) and inner else None
            name = str(inner_message.get("Subject") or "") if isinstance(inner_message, EmailMessage) else ""
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
    header = _header(message, "Date")
    try:
        when = parsedate_to_datetime(header)
    except _FAULTS:
        return header
    if english:
        return f"{when.day} {when:%B %Y, %H:%M}"
    return f"{when.day}. {MONTHS[when.month - 1]} {when.year} kl. {when:%H.%M}"
