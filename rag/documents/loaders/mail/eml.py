"""EML -> one page: subject, header lines and text, with quotes told apart. Attached files are sent along."""

from email.header import decode_header, make_header
from email.message import EmailMessage
from email.parser import BytesParser
from email.utils import parseaddr, parsedate_to_datetime
from pathlib import Path

from rag.core.errors import DamagedFile, EmptyFile, PasswordProtected
from rag.core.names import is_owner_file
from rag.documents.loaders.attached import AttachedFiles
from rag.documents.loaders.mail import quotes
from rag.documents.loaders.mail.dates import moment
from rag.documents.loaders.mail.parts import FAULTS, POLICY, contents, file_bytes
from rag.documents.loaders.omissions import NoticeRow
from rag.documents.loaders.page_builder import Budget, PageBuilder, is_english, one_line, title_of
from rag.documents.loaders.sandbox.child import Send

_NAMES = (("From", "Fra"), ("To", "Til"), ("Cc", "Cc"), ("Date", "Dato"), ("Attachments", "Vedhæftet"))
_MARKS = frozenset(("from", "to", "subject", "date", "received"))
"""Header lines, of which every mail has some."""


def read(send: Send, path: str, pages: int, characters: int) -> None:
    """Sends a frame {file, refused} for each attachment, {page, of, text, label} and {headings, title, notices}.

    Raises EmptyFile, DamagedFile for what is no mail, PasswordProtected for an encrypted one, ParsingLimit.
    """
    message = BytesParser(policy=POLICY).parsebytes(Path(path).read_bytes())
    assert isinstance(message, EmailMessage)
    if not _MARKS & {name.lower() for name, _ in message.raw_items()}:
        raise DamagedFile()
    write(send, message, characters)


def write(send: Send, message: EmailMessage, characters: int) -> None:
    """What `read` sends, for a mail from anywhere. Raises EmptyFile, PasswordProtected, ParsingLimit."""
    found = contents(message, characters)
    if found.encrypted and not found.blocks:
        raise PasswordProtected()
    subject = _header(message, "Subject")
    own_text = one_line(" ".join(block.text for block in found.blocks))
    said = [f"{one.name} {one.description}" for one in found.appointments]
    english = is_english(" ".join([subject, own_text, *said]))
    page = PageBuilder(Budget(characters))
    page.heading(1, subject)
    names = [pair[not english] for pair in _NAMES]
    people = [_header(message, name) for name in ("From", "To", "Cc")]
    values = [*people, _date(message, english), ", ".join(name for name, _ in found.files if not is_owner_file(name))]
    page.paragraph("\n".join(f"{name}: {value}" for name, value in zip(names, values, strict=True) if value))
    for appointment in dict.fromkeys(found.appointments):  # many mails bring theirs twice, in the text and as a file
        page.paragraph("\n".join(appointment.lines(english, own_text)))
    sender, address = parseaddr(people[0])
    quotes.write(found.blocks, page, sender or address or people[0], english)
    if not page.text:
        raise EmptyFile()
    files = AttachedFiles(send)
    for name, part in found.files:
        name = name.replace("/", "-")
        if not files.wants(name):
            continue
        try:
            data = file_bytes(part)
        except MemoryError:  # the mail is read all the same
            files.refuse(name, "too_large")
            continue
        if data is None:
            files.refuse(name, "missing")
        else:
            files.add(name, data)
    notices: list[NoticeRow] = [("part_encrypted", {})] if found.encrypted else []
    # pictures in mails are mostly decoration
    notices += [row for row in found.omissions.notices() if row[0] == "left_out_struck"]
    send(page=1, of=1, text=page.text, label=None)
    send(
        headings=[[1, *heading] for heading in page.headings],
        title=title_of(subject),
        notices=notices,
    )


def _header(message: EmailMessage, name: str) -> str:
    try:
        value = message.get(name)
        return one_line("" if value is None else str(value))
    except FAULTS:
        pass
    raw = next((value for key, value in message.raw_items() if key.lower() == name.lower()), "")
    try:
        return one_line(str(make_header(decode_header(str(raw)))))
    except FAULTS:
        return one_line(str(raw))


def _date(message: EmailMessage, english: bool) -> str:
    header = _header(message, "Date")
    try:
        when = parsedate_to_datetime(header)
    except FAULTS:
        return header
    return moment(when, english)
