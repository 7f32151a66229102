"""What is made sure of before a library opens a zipped document (DOCX, PPTX, XLSX, EPUB).

Everything is unpacked once, to nowhere, and counted: what the headers claim of sizes is not believed. Archives inside
the archive are never opened. Nothing is written, so names lead nowhere; those that try to are a reason to refuse.
"""

from __future__ import annotations

import re
import stat
import zipfile
import zlib
from pathlib import PurePosixPath
from xml.parsers import expat

from rag.core.errors import DamagedFile, ParsingLimit, PasswordProtected, UnsafeFile
from rag.core.file_types import MOST_ENTRIES, MOST_RATIO, MOST_UNPACKED

_RATIO_FROM = 4 << 20
"""Bytes unpacked below which the ratio is nobody's problem."""
_PIECE = 1 << 20
_DRIVE = re.compile(r"[A-Za-z]:")
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
# markup that is shown and never read as XML by us or a library
_NOT_READ = (".svg", ".html", ".htm", ".xhtml")


def check(path: str, *, doctype: bool = False) -> None:
    """Goes through all of an archive; returns where nothing speaks against opening it.

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
    seen: set[str] = set()
    for entry in entries:
        _check_entry(entry)
        name = entry.filename.casefold()  # names of parts are compared without regard to case (ECMA-376-2, 9.1.1)
        if name in seen:
            raise UnsafeFile(what="doubles")
        seen.add(name)
    total = 0
    for entry in entries:
        total += _unpacked(archive, entry, total, doctype)


def _check_entry(entry: zipfile.ZipInfo) -> None:
    # orig_filename: what is written there, before Python turns separators and cuts at a NUL
    name = entry.orig_filename
    parts = PurePosixPath(name.replace("\\", "/")).parts
    if name.startswith(("/", "\\")) or _DRIVE.match(name) or ".." in parts or "\x00" in name:
        raise UnsafeFile(what="paths")
    if stat.S_ISLNK(entry.external_attr >> 16):
        raise UnsafeFile(what="links")
    if entry.flag_bits & 0x1:
        raise PasswordProtected()
    if entry.compress_type not in _METHODS:
        raise UnsafeFile(what="compression")


def _unpacked(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, before: int, doctype: bool) -> int:
    """The bytes that an entry really unpacks to."""
    size = 0
    prolog: Prolog | None = None
    with archive.open(entry) as stream:
        while piece := stream.read(_PIECE):
            if not size and _looks_like_markup(piece) and not entry.filename.lower().endswith(_NOT_READ):
                prolog = Prolog(doctype)
            size += len(piece)
            if before + size > MOST_UNPACKED:
                raise ParsingLimit(limit="unpacked")
            if size > _RATIO_FROM and size > MOST_RATIO * max(entry.compress_size, 1):
                raise ParsingLimit(limit="ratio")
            if prolog is not None and not prolog.is_over:
                prolog.feed(piece)
    return size


def _looks_like_markup(piece: bytes) -> bool:
    start = piece[:64].lstrip(b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n")
    return start.startswith(b"<")


class Prolog:
    """Reads XML up to its first element, where alone a document type can be declared.

    Raises UnsafeFile for a declaration of entities, or where `doctype` is False for any document type, and DamagedFile
    where that cannot be told, as with an encoding that is not one of XML's.
    """

    def __init__(self, doctype: bool = False) -> None:
        self.is_over = False
        self._parser = expat.ParserCreate()
        self._parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
        self._parser.StartElementHandler = self._begun
        self._parser.EntityDeclHandler = _refuse
        self._parser.StartDoctypeDeclHandler = _nothing_inside if doctype else _refuse

    def feed(self, data: bytes) -> None:
        try:
            self._parser.Parse(data, False)
        except expat.ExpatError as error:
            if self.is_over:  # of what follows the library judges: nothing can be declared there any more
                return
            raise DamagedFile() from error

    def _begun(self, *_: object) -> None:
        self.is_over = True
        self._parser.StartElementHandler = None


def _refuse(*_: object) -> None:
    raise UnsafeFile(what="entities")


def _nothing_inside(name: str, system: str | None, public: str | None, inside: bool) -> None:
    if inside:
        raise UnsafeFile(what="entities")
