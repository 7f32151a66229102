"""The checks on a zipped document (DOCX, PPTX, XLSX, EPUB) before a library opens it.

Everything is unpacked once and counted, since headers can lie about sizes; nothing is written to disk. An archive
inside the archive is not opened here: a loader that does so has it checked in the same way. A name that would lead
outside the archive is a reason to refuse the file.
"""

import re
import stat
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import IO
from xml.parsers import expat

from rag.core.errors import DamagedFile, ParsingLimit, PasswordProtected, UnsafeFile
from rag.core.file_types import MOST_ENTRIES, MOST_RATIO, MOST_UNPACKED

_RATIO_FROM = 4 << 20
"""Bytes unpacked up to which any ratio is harmless."""
_PIECE = 1 << 20
_DRIVE = re.compile(r"[A-Za-z]:")
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
# markup that neither we nor a library parse as XML
_NOT_READ = (".svg", ".html", ".htm", ".xhtml")


def check(path: str | IO[bytes], *, doctype: bool = False) -> None:
    """Go through all of an archive, by its path or as an open file; return where it is safe to open.

    doctype: whether its XML may name a document type, as parts of an EPUB do; entities are refused in any case.
    Raises ParsingLimit (entries, unpacked, ratio), UnsafeFile (paths, links, doubles, compression, entities),
    PasswordProtected, DamagedFile.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            _check(archive, doctype)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError, OSError) as error:
        raise DamagedFile() from error


def _check(archive: zipfile.ZipFile, doctype: bool) -> None:
    entries = archive.infolist()
    if len(entries) > MOST_ENTRIES:
        raise ParsingLimit(limit="entries")
    names: set[str] = set()
    for entry in entries:
        _check_entry(entry)
        name = entry.filename.casefold()  # names of parts are compared without regard to case (ECMA-376-2, 9.1.1)
        if name in names:
            raise UnsafeFile(what="doubles")
        names.add(name)
    total = 0
    for entry in entries:
        total += _unpacked_size(archive, entry, total, doctype)


def _check_entry(entry: zipfile.ZipInfo) -> None:
    check_place(entry)
    if is_encrypted(entry):
        raise PasswordProtected()
    if entry.compress_type not in _METHODS:
        raise UnsafeFile(what="compression")


def check_place(entry: zipfile.ZipInfo) -> None:
    """Raises UnsafeFile for an entry that would lead out of the archive (paths, links)."""
    # orig_filename: as it is stored, before Python changes separators and cuts at a NUL
    name = entry.orig_filename
    parts = PurePosixPath(name.replace("\\", "/")).parts
    if name.startswith(("/", "\\")) or _DRIVE.match(name) or ".." in parts or "\x00" in name:
        raise UnsafeFile(what="paths")
    if stat.S_ISLNK(entry.external_attr >> 16):
        raise UnsafeFile(what="links")


def is_encrypted(entry: zipfile.ZipInfo) -> bool:
    """Whether it takes a password to unpack an entry (APPNOTE 4.4.4)."""
    return bool(entry.flag_bits & 0x1)


def _unpacked_size(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, unpacked_before: int, doctype: bool) -> int:
    """The number of bytes that an entry really unpacks to."""
    size = 0
    prolog: Prolog | None = None
    for piece in pieces(archive, entry, unpacked_before):
        if not size and _looks_like_markup(piece) and not entry.filename.lower().endswith(_NOT_READ):
            prolog = Prolog(doctype)
        size += len(piece)
        if prolog is not None and not prolog.is_over:
            prolog.feed(piece)
    return size


def pieces(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, unpacked_before: int) -> Iterator[bytes]:
    """What an entry unpacks to. unpacked_before: bytes of the entries before. Raises ParsingLimit (unpacked, ratio)."""
    size = 0
    with archive.open(entry) as stream:
        while piece := stream.read(_PIECE):
            size += len(piece)
            if unpacked_before + size > MOST_UNPACKED:
                raise ParsingLimit(limit="unpacked")
            if size > _RATIO_FROM and size > MOST_RATIO * max(entry.compress_size, 1):
                raise ParsingLimit(limit="ratio")
            yield piece


def _looks_like_markup(piece: bytes) -> bool:
    start = piece[:64].lstrip(b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n")
    return start.startswith(b"<")


class Prolog:
    """Reads XML up to its first element: a document type can only be declared in front of that.

    Raises UnsafeFile for a declaration of entities, or for any document type where `doctype` is False, and DamagedFile
    where the prolog cannot be parsed, as with an encoding that XML does not have.
    """

    def __init__(self, doctype: bool = False) -> None:
        self.is_over = False
        self._parser = expat.ParserCreate()
        self._parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
        self._parser.StartElementHandler = self._first_element
        self._parser.EntityDeclHandler = _refuse
        self._parser.StartDoctypeDeclHandler = _refuse_internal_subset if doctype else _refuse

    def feed(self, data: bytes) -> None:
        try:
            self._parser.Parse(data, False)
        except expat.ExpatError as error:
            if self.is_over:  # the library judges the rest, in which nothing can be declared any more
                return
            raise DamagedFile() from error

    def _first_element(self, *_: object) -> None:
        self.is_over = True
        self._parser.StartElementHandler = None


def _refuse(*_: object) -> None:
    raise UnsafeFile(what="entities")


def _refuse_internal_subset(name: str, system: str | None, public: str | None, has_internal_subset: bool) -> None:
    if has_internal_subset:
        raise UnsafeFile(what="entities")
