"""ZIP -> one page that lists what is in it. Its files are sent along, to be documents of their own."""

import zipfile
import zlib

from rag.core.errors import DamagedFile, EmptyFile, ParsingLimit, PasswordProtected
from rag.core.file_types import MOST_ENTRIES
from rag.core.names import is_owner_file
from rag.documents.loaders.attached import AttachedFiles
from rag.documents.loaders.page_builder import Budget, PageBuilder
from rag.documents.loaders.sandbox.archive_checks import check_place, is_encrypted, pieces
from rag.documents.loaders.sandbox.child import Send

_UTF8 = 0x800  # flag: the name is in UTF-8 (APPNOTE 4.4.4)
_DOS = "cp437"  # what Python decodes all other names by
_WESTERN = "cp850"  # what Windows writes them in where Danish is spoken
_FAULTS = (zipfile.BadZipFile, zlib.error, EOFError, ValueError, RuntimeError, OSError)


def read(send: Send, path: str, pages: int, characters: int) -> None:
    """Sends a frame {file, refused} for each file, {page, of, text, label} and {headings, title, notices}.

    Raises EmptyFile for an archive without files, PasswordProtected where all of them are, ParsingLimit (entries,
    unpacked, ratio), UnsafeFile (paths, links), DamagedFile.
    """
    try:
        archive = zipfile.ZipFile(path)
    except _FAULTS as error:
        raise DamagedFile() from error
    with archive:
        _read(send, archive, characters)


def _read(send: Send, archive: zipfile.ZipFile, characters: int) -> None:
    if len(archive.infolist()) > MOST_ENTRIES:
        raise ParsingLimit(limit="entries")
    for entry in archive.infolist():
        check_place(entry)
    named = [(name, entry) for entry in archive.infolist() if not entry.is_dir() and (name := _name(entry))]
    named = [(name, entry) for name, entry in named if not is_owner_file(name)]
    if not named:
        raise EmptyFile()
    if all(is_encrypted(entry) for _, entry in named):
        raise PasswordProtected()
    page = PageBuilder(Budget(characters))
    files = AttachedFiles(send)
    unpacked = 0
    for name, entry in named:
        page.item(name)
        if is_encrypted(entry):
            files.refuse(name, "protected")
        elif files.wants(name, entry.file_size):
            unpacked += _send(files, archive, name, entry, unpacked)
    send(page=1, of=1, text=page.text, label=None)
    send(headings=[], title=None, notices=[])


def _send(files: AttachedFiles, archive: zipfile.ZipFile, name: str, entry: zipfile.ZipInfo, unpacked: int) -> int:
    """Send one file of an archive. Returns how many bytes it unpacked to. Raises ParsingLimit."""
    try:
        data = b"".join(pieces(archive, entry, unpacked))
    except NotImplementedError:
        files.refuse(name, "compression")
        return 0
    except _FAULTS:
        files.refuse(name, "damaged")
        return 0
    files.add(name, data)
    return len(data)


def _name(entry: zipfile.ZipInfo) -> str:
    """The name of an entry; of one that does not say its encoding, as macOS or Windows writes it."""
    name = entry.filename
    if entry.flag_bits & _UTF8:
        return name
    stored = name.encode(_DOS, "replace")
    try:
        return stored.decode("utf-8")
    except UnicodeDecodeError:
        return stored.decode(_WESTERN)
