"""MSG, a mail as Outlook keeps it -> what EML is read as: the mail is put together as one (MS-OXMSG, MS-OXPROPS)."""

import hashlib
import mimetypes
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from email import policy
from email.message import EmailMessage
from email.parser import HeaderParser
from email.utils import format_datetime, formataddr
from functools import partial

import compressed_rtf
from olefile import OleFileIO
from oxmsg.domain import constants as c
from oxmsg.properties import Properties
from oxmsg.storage import Storage

from rag.core.errors import DamagedFile, EmptyFile
from rag.documents.loaders.html import loader
from rag.documents.loaders.mail import eml
from rag.documents.loaders.mail.parts import FAULTS, MISSING, tried
from rag.documents.loaders.page_builder import one_line
from rag.documents.loaders.sandbox.child import Send
from rag.documents.loaders.text import decode

_MESSAGE, _INNER_MESSAGE, _OTHER = 32, 24, 8
"""Bytes in front of the properties of a mail, of one inside a mail, and of a recipient or an attachment."""
_RTF = 0x1009
_RECIPIENT_TYPE = 0x0C15
_RECIPIENTS = {1: "To", 2: "Cc"}
_DELIVERED = 0x0E06
_VALUE = "__substg1.0_"
"""What the name of a stream with a value begins with."""
_INNER = "__substg1.0_3701000D"
"""The storage in an attachment that is a mail."""


def read(send: Send, path: str, pages: int, characters: int) -> None:
    """Sends what `rag.documents.loaders.mail.eml.read` does.

    Raises EmptyFile, PasswordProtected for an encrypted one, ParsingLimit; any other error means a damaged file.
    """
    with OleFileIO(path) as container:
        storage = Storage.from_ole(container)
    try:
        eml.write(send, _mail(storage, _MESSAGE), characters)
    except EmptyFile:
        if any(stream.bytes_ for stream in storage.streams if stream.name.startswith(_VALUE)):
            raise DamagedFile() from None
        raise


def _mail(storage: Storage, offset: int) -> EmailMessage:
    """A mail, with its text and its attachments, out of the storage that it has in the container."""
    properties = Properties(storage, offset)
    message = EmailMessage()
    for name, value in _headers(storage, properties):
        with suppress(*FAULTS):
            message[name] = value
    plain, html, rtf = _body(storage, properties, c.PID_BODY), _html(storage, properties), _binary(properties, _RTF)
    message.set_content(plain or "")
    if html:
        message.add_alternative(html, subtype="html")
    if rtf and not html and not plain.strip():
        data = tried(lambda: compressed_rtf.decompress(rtf))
        message.add_attachment(data or rtf, "application", "rtf", filename="mail.rtf")
    for attachment in storage.iter_attachment_storages():
        _attach(message, attachment)
    # none by chance: the same mail inside a mail must be the same bytes each time
    mark = hashlib.sha256(f"{plain}{html}".encode("utf-8", "replace")).hexdigest()[:24]
    for number, part in enumerate(part for part in message.walk() if part.is_multipart()):
        if part.get_content_maintype() == "multipart" and part.get_boundary() is None:
            part.set_boundary(f"={number}={mark}")
    return message


def _headers(storage: Storage, properties: Properties) -> Iterator[tuple[str, str]]:
    """From, To, Cc, Date and Subject: as they came over the net, else out of the properties."""
    came = HeaderParser(policy=policy.default).parsestr(_text(properties, c.PID_TRANSPORT_MESSAGE_HEADERS))
    recipients: dict[str, list[str]] = {"To": [], "Cc": []}
    for recipient in storage.iter_recipient_storages():
        of_recipient = Properties(recipient, _OTHER)
        header = _RECIPIENTS.get(_number(of_recipient, _RECIPIENT_TYPE) or 1)
        if header:
            recipients[header].append(
                _address(of_recipient, c.PID_DISPLAY_NAME, c.PID_SMTP_ADDRESS, c.PID_EMAIL_ADDRESS)
            )
    sent = _date(properties, c.PID_CLIENT_SUBMIT_TIME) or _date(properties, _DELIVERED)
    own = {
        "From": _address(properties, c.PID_SENDER_NAME, c.PID_SENDER_SMTP_ADDRESS, c.PID_SENDER_EMAIL_ADDRESS)
        or _text(properties, c.PID_SENT_REPRESENTING_NAME),
        **{header: ", ".join(filter(None, addresses)) for header, addresses in recipients.items()},
        "Date": format_datetime(sent) if sent else "",
        "Subject": _text(properties, c.PID_SUBJECT),
    }
    for name, value in own.items():
        said = one_line(str(tried(partial(came.get, name)) or "")) or one_line(value)
        if said:
            yield name, said


def _attach(message: EmailMessage, storage: Storage) -> None:
    inner = next((one for one in storage.storages if one.name == _INNER), None)
    if inner is not None:
        message.add_attachment(_mail(inner, _INNER_MESSAGE))
        return
    properties = Properties(storage, _OTHER)
    name = _text(properties, c.PID_ATTACH_LONG_FILENAME) or _text(properties, c.PID_ATTACH_FILENAME)
    kind = _text(properties, c.PID_ATTACH_MIME_TAG) or mimetypes.guess_type(name)[0] or ""
    main, _, sub = kind.partition("/")
    content_id = one_line(_text(properties, c.PID_ATTACH_CONTENT_ID))
    data = _binary(properties, c.PID_ATTACH_DATA_BINARY)
    if data is None:  # a file that is elsewhere, and only linked
        main, sub = MISSING.split("/")
    message.add_attachment(
        data or b"",
        *((main, sub) if sub and main not in ("text", "multipart", "message") else ("application", "octet-stream")),
        filename=one_line(name) or None,
        disposition="inline" if content_id else "attachment",
        cid=f"<{content_id}>" if content_id else None,
    )


def _html(storage: Storage, properties: Properties) -> str:
    data = properties.binary_prop_value(c.PID_HTML)
    if data:
        return loader.decoded(data, tried(lambda: properties.body_encoding) or "")
    return _body(storage, properties, c.PID_BODY_HTML)


def _body(storage: Storage, properties: Properties, number: int) -> str:
    """A text that the mail is about: unlike a header line, it is not passed over where it is damaged."""
    try:
        return properties.str_prop_value(number) or ""
    except UnicodeError:  # it is in another encoding than the mail says
        return decode(storage.property_stream_bytes(number, c.PTYP_STRING8))


def _text(properties: Properties, number: int) -> str:
    return tried(lambda: properties.str_prop_value(number)) or ""


def _binary(properties: Properties, number: int) -> bytes | None:
    return tried(lambda: properties.binary_prop_value(number))


def _number(properties: Properties, number: int) -> int | None:
    return tried(lambda: properties.int_prop_value(number))


def _date(properties: Properties, number: int) -> datetime | None:
    return tried(lambda: properties.date_prop_value(number))


def _address(properties: Properties, name: int, *addresses: int) -> str:
    """Name and address; an address inside Exchange, which is a path, is passed over where there is a name."""
    said = one_line(_text(properties, name))
    address = next((one for number in addresses if "@" in (one := one_line(_text(properties, number)))), "")
    return (tried(lambda: formataddr((said, address))) or said) if address and said != address else said or address
