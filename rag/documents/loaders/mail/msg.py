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
from oxmsg.domain.encodings import encoding_from_codepage
from oxmsg.domain.model import UnrecognizedCodePageError, UnsupportedEncodingError
from oxmsg.properties import Properties
from oxmsg.storage import Storage

from rag.core.errors import DamagedFile, EmptyFile
from rag.documents.loaders.html import loader
from rag.documents.loaders.mail import eml
from rag.documents.loaders.mail.parts import FAULTS, MISSING, tried
from rag.documents.loaders.page_builder import one_line
from rag.documents.loaders.sandbox.child import Send

_MESSAGE, _INNER_MESSAGE, _OTHER = 32, 24, 8
"""Bytes in front of the properties of a mail, of one inside a mail, and of a recipient or an attachment."""
_RTF = 0x1009
_SINGLE_BYTE = ("cp125", "windows-125", "iso-8859", "iso8859", "latin", "ascii", "us-ascii")
_RECIPIENT_TYPE = 0x0C15
_RECIPIENTS = {1: "To", 2: "Cc"}
_DELIVERED = 0x0E06
_VALUE = "__substg1.0_"
"""What the name of a stream with a value begins with."""
_INNER = "__substg1.0_3701000D"
"""The storage in an attachment that is a mail."""


class _Values(Properties):
    """The properties of a mail, a recipient or an attachment, with texts in the encoding that they are really in."""

    # those that the library decodes texts with, before anything can be asked: a code page that it does not know would
    # make the whole mail unreadable. Texts that they matter for are decoded here.
    body_encoding = "latin-1"
    _str_prop_encoding = "latin-1"

    def __init__(self, storage: Storage, offset: int) -> None:
        super().__init__(storage, offset)
        self._streams = {stream.name: stream for stream in storage.streams}

    def text(self, number: int) -> str:
        """A text; "" where there is none. Raises an error where it is damaged."""
        stream = self._streams.get(f"{_VALUE}{number:04X}{c.PTYP_STRING8:04X}")
        return self.str_prop_value(number) or "" if stream is None else self.decoded(stream.bytes_)

    def decoded(self, data: bytes) -> str:
        """Decode by the code page that the properties name, or by the text itself where they name none.

        Many programs name the code page of Windows and write UTF-8; what can be read as UTF-8 is hardly ever another's.
        """
        pages = map(self.int_prop_value, (c.PID_INTERNET_CODEPAGE, c.PID_MESSAGE_CODEPAGE))
        page = next((page for page in pages if page is not None), None)
        encoding = ""
        with suppress(UnrecognizedCodePageError, UnsupportedEncodingError, *FAULTS):
            encoding = "" if page is None else encoding_from_codepage(page)
        if encoding.startswith(_SINGLE_BYTE):
            with suppress(UnicodeDecodeError):
                return data.decode("utf-8")
        return loader.decoded(data, encoding)


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
    properties = _Values(storage, offset)
    message = EmailMessage()
    for name, value in _headers(storage, properties):
        with suppress(*FAULTS):
            message[name] = value
    plain, html, rtf = properties.text(c.PID_BODY), _html(properties), _binary(properties, _RTF)
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


def _headers(storage: Storage, properties: _Values) -> Iterator[tuple[str, str]]:
    """From, To, Cc, Date and Subject: as they came over the net, else out of the properties."""
    came = HeaderParser(policy=policy.default).parsestr(_text(properties, c.PID_TRANSPORT_MESSAGE_HEADERS))
    recipients: dict[str, list[str]] = {"To": [], "Cc": []}
    for recipient in storage.iter_recipient_storages():
        of_recipient = _Values(recipient, _OTHER)
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
    properties = _Values(storage, _OTHER)
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


def _html(properties: _Values) -> str:
    data = properties.binary_prop_value(c.PID_HTML)
    return properties.decoded(data) if data else properties.text(c.PID_BODY_HTML)


def _text(properties: _Values, number: int) -> str:
    return tried(lambda: properties.text(number)) or ""


def _binary(properties: _Values, number: int) -> bytes | None:
    return tried(lambda: properties.binary_prop_value(number))


def _number(properties: _Values, number: int) -> int | None:
    return tried(lambda: properties.int_prop_value(number))


def _date(properties: _Values, number: int) -> datetime | None:
    return tried(lambda: properties.date_prop_value(number))


def _address(properties: _Values, name: int, *addresses: int) -> str:
    """Name and address; an address inside Exchange, which is a path, is passed over where there is a name."""
    said = one_line(_text(properties, name))
    address = next((one for number in addresses if "@" in (one := one_line(_text(properties, number)))), "")
    return (tried(lambda: formataddr((said, address))) or said) if address and said != address else said or address
