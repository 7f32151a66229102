"""Office files in Strict Open XML (ISO 29500-1), given the names of the transitional kind.

The libraries know no others. Both kinds say the same of a text: the values that only a strict file has, such as dates
in ISO 8601 and lengths with units, are read by the libraries and loaders.
"""

import io
import re
import zipfile
from pathlib import Path
from typing import BinaryIO

from rag.core.file_types import is_strict

_NAME = re.compile(rb"http://purl\.oclc\.org/ooxml/(\w+)/(\w+)((?:/\w+)?)")
_HYPHENATED = {b"extendedProperties": b"extended-properties", b"customProperties": b"custom-properties"}
_MARKUP = (".xml", ".rels")


def transitional(path: str) -> BinaryIO:
    """The open file, or where it is a strict one, a copy with the other names. It has been checked before."""
    with zipfile.ZipFile(path) as archive:
        if not is_strict(archive):
            return Path(path).open("rb")
        copy = io.BytesIO()
        with zipfile.ZipFile(copy, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as renamed:
            for entry in archive.infolist():
                data = archive.read(entry)
                is_markup = entry.filename.lower().endswith(_MARKUP)
                renamed.writestr(entry.filename, _NAME.sub(_known, data) if is_markup else data)
    copy.seek(0)
    return copy


def _known(name: re.Match[bytes]) -> bytes:
    area, kind, of_relation = name.groups()
    kind, of_relation = _HYPHENATED.get(kind, kind), _HYPHENATED.get(of_relation[1:], of_relation[1:])
    return b"http://schemas.openxmlformats.org/%b/2006/%b%b" % (area, kind, b"/" + of_relation if of_relation else b"")
