"""An OpenDocument file whose text is sound in an archive that is not, as where a byte of a preview was lost."""

import io
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from rag.core.errors import DamagedFile
from rag.documents.loaders.sandbox.archive_checks import pieces

_HEADER, _LENGTH = b"PK\x03\x04", 30  # in front of the name of an entry (APPNOTE 4.3.7)
_MOST = 200
"""Parts with XML; a document has ten, and some more for each object in it."""


def mended(path: str) -> io.BytesIO:
    """An archive of all parts with XML, found where they stand instead of where the directory says.

    It has to be checked as any other. Raises DamagedFile where one of the parts is damaged, ParsingLimit.
    """
    data = Path(path).read_bytes()
    out = io.BytesIO()
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as whole:
            entries = [entry for entry in archive.infolist() if entry.filename.endswith(".xml")]
            if len(entries) > _MOST:
                raise DamagedFile()
            size = 0
            for entry in entries:
                part = _part(archive, entry, data, size)
                size += len(part)
                whole.writestr(entry.filename, part)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, RuntimeError) as error:
        raise DamagedFile() from error
    out.seek(0)
    return out


def _part(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, data: bytes, unpacked_before: int) -> bytes:
    for place in _places(entry.orig_filename.encode("utf-8"), data):
        entry.header_offset = place
        try:
            return b"".join(pieces(archive, entry, unpacked_before))  # which compares the checksum
        except (zipfile.BadZipFile, zlib.error, EOFError):
            continue
    raise DamagedFile()


def _places(name: bytes, data: bytes) -> Iterator[int]:
    at = data.find(name, _LENGTH)
    while at >= 0:
        if data.startswith(_HEADER, at - _LENGTH):
            yield at - _LENGTH
        at = data.find(name, at + 1)
