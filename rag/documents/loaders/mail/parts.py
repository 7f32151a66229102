"""What is in a mail: the blocks of its text, part by part, and the files that are attached to it."""

import base64
import binascii
import io
import re
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from email import policy
from email.generator import BytesGenerator
from email.message import EmailMessage, Message
from email.parser import BytesParser
from email.policy import EmailPolicy
from pathlib import PurePath
from typing import Any, TypeVar

from rag.core.errors import DamagedFile, EmptyFile
from rag.core.file_types import BY_SUFFIX, NAMES
from rag.documents.loaders.html import loader
from rag.documents.loaders.mail import calendars
from rag.documents.loaders.mail.blocks import Block, Source, of_text
from rag.documents.loaders.mail.calendars import Appointment
from rag.documents.loaders.omissions import Omissions
from rag.documents.loaders.page_builder import one_line
from rag.documents.loaders.text import decode

Value = TypeVar("Value")

FAULTS = (AttributeError, IndexError, KeyError, LookupError, TypeError, ValueError, RecursionError)
"""Errors of the standard library for headers and parts that are malformed."""
_SMALL_PICTURE = 48 << 10
"""Bytes up to which a picture inside the text is taken for a logo or a signature."""
_SIGNATURES = frozenset(
    f"application/{name}" for name in ("pkcs7-signature", "x-pkcs7-signature", "pgp-signature", "pgp-keys")
)
MISSING = "application/x-missing"
"""Stands for the kind of an attachment whose content the mail has lost, or only links to."""
_MAILS = ("message/rfc822", "message/global")
_ENCRYPTED = frozenset(("application/pkcs7-mime", "application/x-pkcs7-mime", "application/pgp-encrypted"))
_DIFFERS = 0.05
"""Share of its words that a part of several alternatives must have alone to be the one that is read."""
_STUB = (re.compile(r"\bhtml\b", re.IGNORECASE), 60)
"""What a part says that only asks for a program that shows HTML, and the words that it has at most."""
_WORD = re.compile(r"\w+")
_SIGNS = re.compile(r"[\w?]+")
_LINK = re.compile(r"<?\b(?:https?|mailto|cid):\S+")


class _Lenient(EmailPolicy):
    """The standard policy, but for header lines with bytes beyond ASCII, which programs write though few may."""

    def header_fetch_parse(self, name: str, value: str) -> Any:
        if any("\udc80" <= character <= "\udcff" for character in value):
            with suppress(DamagedFile, UnicodeError):
                value = decode(value.encode("utf-8", "surrogateescape"))
        return super().header_fetch_parse(name, value)


POLICY = _Lenient()


@dataclass
class Contents:
    """files: name and part of each, for `file_bytes`. encrypted: whether a part is.

    omissions: of the parts that are read. html: their HTML, with what is left out of the blocks and how text looks.
    """

    blocks: list[Block] = field(default_factory=list)
    omissions: Omissions = field(default_factory=Omissions)
    files: list[tuple[str, Message]] = field(default_factory=list)
    appointments: list[Appointment] = field(default_factory=list)
    encrypted: bool = False
    html: list[Source] = field(default_factory=list)


def contents(message: EmailMessage, characters: int) -> Contents:
    """All text parts in order, the richest where several say the same, and all attachments.

    characters: that the text may have. Raises DamagedFile, ParsingLimit.
    """
    found = Contents()
    _add(message, found, characters)
    return found


def tried(call: Callable[[], Value]) -> Value | None:
    """The value, or None where the standard library fails at something malformed."""
    try:
        return call()
    except FAULTS:
        return None


def _add(part: Message, found: Contents, characters: int, *, is_related: bool = False) -> None:
    """is_related: whether the part stands beside the text that shows it."""
    kind = part.get_content_type()
    main = part.get_content_maintype()
    if kind == "multipart/alternative":
        best = Contents()
        for child in _children(part):
            inner = Contents()
            _add(child, inner, characters)
            best = _richer(best, inner)
            found.files += inner.files
            found.appointments += inner.appointments
            found.encrypted |= inner.encrypted
        found.blocks += best.blocks
        found.html += best.html
        found.omissions.add_all(best.omissions)
    elif main == "multipart":
        for child in _children(part):
            _add(child, found, characters, is_related=kind == "multipart/related")
    elif kind in _SIGNATURES:
        return
    elif kind in _ENCRYPTED:
        found.encrypted = True
    elif kind == "message/delivery-status":
        for child in _children(part):
            found.blocks += of_text("\n".join(f"{name}: {value}" for name, value in child.items()), characters)
    elif kind in ("text/plain", "text/html") and not _is_file(part):
        found.blocks += _text_blocks(part, characters, found)
    elif kind in calendars.KINDS and (dates := _appointments(part)):
        found.appointments += dates
    elif not (main == "image" and _is_decoration(part, is_related)) and kind != "text/x-amp-html":
        found.files.append((_file_name(part), part))


def _children(part: Message) -> list[Message]:
    payload = part.get_payload()
    children = [child for child in payload if isinstance(child, Message)] if isinstance(payload, list) else []
    return [*children, *_behind_the_end(part)]


def _behind_the_end(part: Message) -> list[Message]:
    """Parts that stand behind the end of theirs, as where a program gave the parts inside a part the same boundary."""
    boundary, rest = tried(part.get_boundary), part.epilogue
    if not boundary or not rest or f"--{boundary}" not in rest:
        return []
    head = f'Content-Type: multipart/mixed; boundary="{boundary}"\r\n\r\n'
    inner = BytesParser(policy=POLICY).parsebytes((head + rest).encode("utf-8", "surrogateescape"))
    return _children(inner)


def _is_file(part: Message) -> bool:
    disposition = tried(part.get_content_disposition)
    return disposition == "attachment" or (disposition == "inline" and bool(tried(part.get_filename)))


def _is_decoration(part: Message, is_related: bool) -> bool:
    """Whether a picture is a small one that the text shows itself, such as a logo below a signature."""
    has_id = bool(tried(lambda: part.get("Content-ID")))
    is_shown = has_id and (is_related or tried(part.get_content_disposition) != "attachment")
    return is_shown and len(file_bytes(part) or b"") <= _SMALL_PICTURE


def _text_blocks(part: Message, characters: int, found: Contents) -> list[Block]:
    data = tried(lambda: part.get_payload(decode=True))
    if not isinstance(data, bytes) or not data.strip():
        return []
    charset = str(tried(lambda: part.get_param("charset")) or "")
    if part.get_content_type() == "text/html":
        try:
            source = Source(loader.decoded(data, charset))
            blocks = source.blocks(characters, found.omissions)
        except EmptyFile:
            return []
        found.html.append(source)
        return blocks
    flowed = str(tried(lambda: part.get_param("format")) or "").lower() == "flowed"
    delete_space = str(tried(lambda: part.get_param("delsp")) or "").lower() == "yes"
    return of_text(_decoded(data, charset), characters, flowed=flowed, delete_space=delete_space)


def _appointments(part: Message) -> list[Appointment]:
    data = tried(lambda: part.get_payload(decode=True))
    if not isinstance(data, bytes):
        return []
    text = _decoded(data, str(tried(lambda: part.get_param("charset")) or ""))
    return tried(lambda: calendars.appointments(text)) or []


def _decoded(data: bytes, charset: str) -> str:
    try:
        return data.decode(charset or "utf-8")
    except (LookupError, UnicodeError):
        return decode(data)


def _richer(first: Contents, second: Contents) -> Contents:
    """Of two alternatives the one that says more: the first one where both say the same, unless a table is laid out.

    A mail is often sent as plain text and again as HTML. The plain one may be a stub, or a table of it run into lines;
    it cannot strike or raise a text, and may have lost the letters that its encoding lacks.
    """
    if not first.blocks or not second.blocks:
        return first if first.blocks else second
    if _shows_more(first, second):
        return first
    if _shows_more(second, first):
        return second
    first_words, second_words = _words(first.blocks), _words(second.blocks)
    only_first, only_second = (first_words - second_words).total(), (second_words - first_words).total()
    has_table = any(block.kind == "rows" for block in second.blocks) and not any(
        block.kind == "rows" for block in first.blocks
    )
    is_stub = first_words.total() <= _STUB[1] and any(_STUB[0].search(block.text) for block in first.blocks)
    says_more = is_stub or (only_second > only_first and only_second > _DIFFERS * second_words.total())
    lays_out = has_table and only_first <= max(only_second, _DIFFERS * first_words.total())
    return second if says_more or lays_out else first


def _shows_more(rich: Contents, plain: Contents) -> bool:
    """Whether a part has the words of one without HTML, and strikes or raises some, or has the letters it lost."""
    if plain.html or not rich.html:
        return False
    words = _words(plain.blocks, _SIGNS)
    lost = words - _words_of(rich)
    if any(source.marks for source in rich.html) and lost.total() <= _DIFFERS * words.total():
        return True
    has_lost = any(re.search(r"\w[?\ufffd]+\w|\ufffd", block.text) for block in plain.blocks)
    bare = _words(plain.blocks, _SIGNS, ascii_only=True)
    return has_lost and (bare - _words_of(rich, ascii_only=True)).total() <= _DIFFERS * bare.total() < lost.total()


def _words_of(rich: Contents, *, ascii_only: bool = False) -> Counter[str]:
    """The words of all HTML, each cut by its elements and not: either may be what the plain text has."""
    whole = ["".join(source.texts) for source in rich.html] + [" ".join(source.texts) for source in rich.html]
    blocks = [Block("paragraph", text) for text in whole]
    return _words(blocks, _SIGNS, ascii_only=ascii_only)


def _words(blocks: list[Block], pattern: re.Pattern[str] = _WORD, *, ascii_only: bool = False) -> Counter[str]:
    """ascii_only: with a question mark for each other letter, as a text is that was saved in too small an encoding."""
    texts = (_LINK.sub(" ", block.text.casefold()) for block in blocks)
    if ascii_only:
        texts = (text.encode("ascii", "replace").decode("ascii") for text in texts)
    return Counter(word for text in texts for word in pattern.findall(text))


def file_bytes(part: Message) -> bytes | None:
    """An attached file; None where it is damaged or not in the mail. A mail keeps its header lines as they came."""
    if part.get_content_type() == MISSING:
        return None
    if part.get_content_type() not in _MAILS:
        payload = tried(lambda: part.get_payload(decode=True))
        return payload if isinstance(payload, bytes) else None
    inner = _inner_mail(part)
    return None if inner is None else tried(lambda: _bytes_of(inner))


def _file_name(part: Message) -> str:
    """The name of an attachment, with a suffix that fits; a mail in the mail is named by its subject."""
    kind = part.get_content_type()
    name = one_line(str(tried(part.get_filename) or ""))
    suffix = next((suffix for suffix, file_type in BY_SUFFIX.items() if file_type.media_type == kind), "")
    if kind in _MAILS:
        inner, suffix = _inner_mail(part), ".eml"
        subject = tried(lambda: inner["Subject"]) if inner is not None else None
        name = name or one_line(str(subject or "")) or "mail"
    name = name or NAMES.get(kind, kind)
    return name if PurePath(name).suffix.lower() in BY_SUFFIX else name + suffix


def _inner_mail(part: Message) -> Message | None:
    children = _children(part)
    if not children:
        return None
    inner = children[0]
    if not inner.keys() and str(part.get("Content-Transfer-Encoding") or "").strip().lower() == "base64":
        # no standard allows it, and the parser takes the letters for the text of a mail without header
        try:
            data = base64.b64decode(str(inner.get_payload()))
        except (binascii.Error, ValueError):
            return None
        return BytesParser(policy=POLICY).parsebytes(data)
    return inner


def _bytes_of(message: Message) -> bytes:
    out = io.BytesIO()
    BytesGenerator(out, mangle_from_=False, policy=policy.compat32).flatten(message)
    return out.getvalue()
