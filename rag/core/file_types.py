"""What kind of file something is, by its name and by its first bytes.

The signatures are few and strong on purpose: a text that happens to begin with "BM" or "MZ" is a text.
"""

import io
import re
import zipfile
import zlib
from collections.abc import Iterable
from pathlib import PurePath
from typing import NamedTuple

from rag.core.errors import DamagedFile, EmptyFile, OldFormat, ParsingLimit, PasswordProtected, UnknownType, WrongType

_OFFICE = "application/vnd.openxmlformats-officedocument."
_OPEN = "application/vnd.oasis.opendocument."

PDF, TEXT, MARKDOWN, CSV, HTML = "application/pdf", "text/plain", "text/markdown", "text/csv", "text/html"
DOCX = _OFFICE + "wordprocessingml.document"
PPTX = _OFFICE + "presentationml.presentation"
XLSX = _OFFICE + "spreadsheetml.sheet"
ODT, ODS, ODP, RTF = f"{_OPEN}text", f"{_OPEN}spreadsheet", f"{_OPEN}presentation", "application/rtf"
EPUB, EML = "application/epub+zip", "message/rfc822"
MSG, ZIP = "application/vnd.ms-outlook", "application/zip"
TIFF = "image/tiff"
"""What scanners write; the other pictures are photographs and pictures of screens."""


class FileType(NamedTuple):
    """A kind of file that Kilde reads. A further one is a row in FILE_TYPES and a loader.

    name: as users know it. media_type: as the library stores it. loader: the module in `rag.documents.loaders` whose
    function `read` makes pages of such a file. suffixes: in lower case, the usual one first. content: what the bytes
    must turn out to be, by the names of `_content`; "" for any text. pages: what its pages are, "page", "slide",
    "sheet" or "section". rows: each line of a page is a row, the first of a page its row 1. loader_version: to be
    raised when the loader reads more or otherwise than before; documents that an earlier one read are then offered to
    be read again.
    """

    name: str
    media_type: str
    loader: str
    suffixes: tuple[str, ...]
    content: str = ""
    pages: str = "page"
    rows: bool = False
    loader_version: int = 2


FILE_TYPES = (
    FileType("PDF", PDF, "pdf.loader", (".pdf",), "PDF"),
    FileType("DOCX", DOCX, "docx.loader", (".docx",), "Word"),
    FileType("PPTX", PPTX, "pptx.loader", (".pptx",), "PowerPoint", pages="slide"),
    FileType("XLSX", XLSX, "xlsx.loader", (".xlsx",), "Excel", pages="sheet", rows=True),
    FileType("ODT", ODT, "odf.odt", (".odt",), "ODT"),
    FileType("ODP", ODP, "odf.odp", (".odp",), "ODP", pages="slide"),
    FileType("ODS", ODS, "odf.ods", (".ods",), "ODS", pages="sheet", rows=True),
    FileType("RTF", RTF, "rtf.loader", (".rtf",), "RTF"),
    FileType("CSV", CSV, "csv", (".csv", ".tsv", ".tab"), rows=True),
    FileType("HTML", HTML, "html.loader", (".html", ".htm", ".xhtml")),
    FileType("EPUB", EPUB, "epub", (".epub",), "EPUB", pages="section"),
    FileType("EML", EML, "mail.eml", (".eml",)),
    FileType("MSG", MSG, "mail.msg", (".msg",), "Outlook"),
    FileType("ZIP", ZIP, "zip", (".zip",), "ZIP"),
    FileType("TXT", TEXT, "text", (".txt", ".text")),
    FileType("Markdown", MARKDOWN, "markdown", (".md", ".markdown")),
    FileType("PNG", "image/png", "picture", (".png",), "PNG"),
    FileType("JPEG", "image/jpeg", "picture", (".jpg", ".jpeg", ".jfif"), "JPEG"),
    FileType("TIFF", TIFF, "picture", (".tif", ".tiff"), "TIFF"),
    FileType("HEIC", "image/heic", "picture", (".heic", ".heif"), "HEIC"),
    FileType("WebP", "image/webp", "picture", (".webp",), "WEBP"),
    FileType("BMP", "image/bmp", "picture", (".bmp",), "BMP"),
)
"""In the order in which they are listed to users."""
BY_SUFFIX = {suffix: file_type for file_type in FILE_TYPES for suffix in file_type.suffixes}
BY_MEDIA_TYPE = {file_type.media_type: file_type for file_type in FILE_TYPES}
MEDIA_TYPES = {suffix: file_type.media_type for suffix, file_type in BY_SUFFIX.items()}
NAMES = {file_type.media_type: file_type.name for file_type in FILE_TYPES}
PICTURES = frozenset(file_type.media_type for file_type in FILE_TYPES if file_type.loader == "picture")
SPREADSHEETS = frozenset(file_type.media_type for file_type in FILE_TYPES if file_type.rows)

_INSTEAD = {
    **dict.fromkeys((".doc", ".dot", ".docm", ".dotx", ".pages", ".wpd"), "DOCX"),
    **dict.fromkeys((".xls", ".xlt", ".xlsm", ".xlsb", ".xltx", ".numbers"), "XLSX"),
    **dict.fromkeys((".ppt", ".pps", ".pptm", ".ppsx", ".potx", ".key"), "PPTX"),
    **dict.fromkeys((".ott", ".fodt", ".sxw"), "ODT"),
    **dict.fromkeys((".ots", ".fods", ".sxc"), "ODS"),
    **dict.fromkeys((".otp", ".fodp", ".sxi"), "ODP"),
    **dict.fromkeys((".mbox", ".oft"), "EML"),
    **dict.fromkeys((".7z", ".rar", ".tar", ".tgz", ".gz"), "ZIP"),
    **dict.fromkeys((".mobi", ".azw", ".azw3"), "EPUB"),
    **dict.fromkeys((".mht", ".mhtml"), "HTML"),
}
"""By suffix: a kind that Kilde reads, and that the program which wrote the file can save it as."""

MOST_ENTRIES = 20_000
"""A hundred slides are about 1,000 entries, a large EPUB 5,000."""
MOST_UNPACKED = 400 << 20
"""Bytes, of all entries together: with what is made of them, less than the child's memory."""
MOST_RATIO = 300
"""Unpacked to packed. XML of a real sheet comes to 10 to 60; deflate reaches 1,032 on zeros."""
EPUB_CONTAINER = "META-INF/container.xml"
"""The part that says where the list of a book's parts is (OCF 4.2.6.3.1)."""
_ENTRY = b"PK\x01\x02"  # begins each entry of a zip archive's directory

# the names mean the same in Danish and in English
_SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"PK\x03\x04", "ZIP"),
    (b"PK\x05\x06", "ZIP"),
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"GIF87a", "GIF"),
    (b"GIF89a", "GIF"),
    (b"II*\x00", "TIFF"),
    (b"MM\x00*", "TIFF"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "Microsoft Office 97-2003"),
    (b"{\\rtf", "RTF"),
    (b"Rar!\x1a\x07", "RAR"),
    (b"7z\xbc\xaf\x27\x1c", "7-Zip"),
    (b"\x1f\x8b\x08", "GZIP"),
    (b"BZh91AY&SY", "BZIP2"),
    (b"\xfd7zXZ\x00", "XZ"),
    (b"\x28\xb5\x2f\xfd", "ZSTD"),
    (b"\x7fELF", "Linux-program"),
    (b"SQLite format 3\x00", "SQLite"),
    (b"OggS\x00", "OGG"),
    (b"ID3\x03", "MP3"),
    (b"ID3\x04", "MP3"),
    (b"%!PS-Adobe", "PostScript"),
)
_ZIPPED = (("word/", "Word"), ("xl/", "Excel"), ("ppt/", "PowerPoint"))
_ZIPPED_BY_TYPE = {ODT.encode(): "ODT", ODS.encode(): "ODS", ODP.encode(): "ODP", EPUB.encode(): "EPUB"}
_OLE = "Microsoft Office 97-2003"
# the stream that holds an encrypted document, as the directory of its container writes the name (MS-OFFCRYPTO, 1.3)
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
# the stream with the properties of a mail, named as in the directory of the same kind of container (MS-OXMSG, 2.4)
_MAIL = "__properties_version1.0".encode("utf-16-le")
_OUTLOOK = "Outlook"
_BOMS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")
_HTML = re.compile(rb"\s*<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE)
_STRICT_NAMES = b"http://purl.oclc.org/ooxml/"
_LONGEST_BEGINNING = 8192  # bytes
_PDF = re.compile(rb"%PDF-\d\.\d")
# readers accept the header anywhere in the first 1024 bytes (PDF 32000-1, annex H, note 13)
_PDF_WITHIN = 1024 + len(b"%PDF-1.4")
_HEIC = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")  # brands of ISO 23008-12
_CONTROLS = frozenset(range(32)) - frozenset(b"\t\n\v\f\r\x1b\x1a")


def has_too_many(data: bytes) -> bool:
    """Whether a zip archive lists more entries than Kilde opens. It is quick: none of them is parsed."""
    return data.count(_ENTRY) > MOST_ENTRIES


def top_of(names: Iterable[str], part: str) -> str | None:
    """The folder, with its slash, below which an archive has a part; None where it is in no folder or in several.

    The standards have the part at the top: "". A document that was zipped together with the folder around it is read
    all the same, as are the EPUBs of Debian's manuals.
    """
    tops = {name.removesuffix(part) for name in names if name == part or name.endswith(f"/{part}")}
    if "" in tops:
        return ""
    return tops.pop() if len(tops) == 1 and min(tops).count("/") == 1 else None


def kind_of(name: str, data: bytes) -> str:
    """The media type of a file whose name and content agree.

    Raises EmptyFile for no bytes or only white space, UnknownType for a suffix that Kilde does not read and OldFormat
    where a newer one of it is read, WrongType where the content is something else than the name says,
    PasswordProtected, ParsingLimit for an archive with too many entries, and DamagedFile for a file that is noise or
    cut short.
    """
    file_type = BY_SUFFIX.get(PurePath(name).suffix.lower())
    if file_type is None:
        raise unknown_type(name)
    if not data.strip(b" \t\r\n\v\f\x00\xef\xbb\xbf\xff\xfe"):
        raise EmptyFile()
    content = _content(data)
    if not file_type.content:
        if content not in ("text", "HTML"):
            raise WrongType(expected=file_type.name, found=content or "binary")
    elif content != file_type.content and not (file_type.media_type == ZIP and data.startswith(b"PK")):
        if content == _OLE and _ENCRYPTED in data:
            raise PasswordProtected()
        if content is None or (file_type.media_type != PDF and content == "ZIP" and not _has_entries(data)):
            raise DamagedFile()
        raise WrongType(expected=file_type.name, found=content)
    return file_type.media_type


def is_strict(archive: zipfile.ZipFile) -> bool:
    """Whether an Office file names its parts as ISO 29500 Strict does, which the libraries do not read."""
    return _STRICT_NAMES in _beginning(archive, "_rels/.rels")


def unknown_type(name: str) -> UnknownType:
    """The refusal of a file of this name."""
    suffix = PurePath(name).suffix.lower()
    kinds = " / ".join(NAMES.values())
    if suffix in _INSTEAD:
        return OldFormat(suffix=suffix, instead=_INSTEAD[suffix], known=kinds)
    return UnknownType(suffix=suffix or name, known=kinds)


def _content(data: bytes) -> str | None:
    """What the bytes are: a name out of the tables above, "PDF", "HTML" or "text"; None for unknown binary data."""
    for signature, name in _SIGNATURES:
        if data.startswith(signature):
            return _zipped(data) if name == "ZIP" else _OUTLOOK if name == _OLE and _MAIL in data else name
    if data[:4] == b"RIFF" and data[8:12] in (b"WEBP", b"WAVE", b"AVI "):
        return data[8:12].decode().strip()
    if data[4:8] == b"ftyp":
        return "HEIC" if data[8:12] in _HEIC else "MP4"
    text = _is_text(data)
    if _PDF.match(data) or (not text and _PDF.search(data, 0, _PDF_WITHIN)):
        return "PDF"
    if text:
        if _PDF.search(data, 0, _PDF_WITHIN) and b"startxref" in data[-2048:]:
            return "PDF"
        return "HTML" if _HTML.match(data) else "text"
    if data.startswith(b"MZ"):
        return "EXE"
    return "BMP" if data.startswith(b"BM") else None


def _is_text(data: bytes) -> bool:
    if data.startswith(_BOMS):
        return True
    sample = data[:65536]
    if b"\x00" in data:
        return False
    return sum(byte in _CONTROLS for byte in sample) <= len(sample) // 100


def _zipped(data: bytes) -> str:
    if has_too_many(data):
        raise ParsingLimit(limit="entries")
    # these formats hold their type uncompressed as the first entry: "mimetype", then the type (ODF 1.2, 3.3; OCF 4.3)
    if name := _by_type(data[38:150] if data[30:38] == b"mimetype" else b""):
        return name
    archive = _archive(data)
    if archive is None:
        return "ZIP"
    if name := _by_type(_beginning(archive, "mimetype")):  # packed again, by a program that did not know this
        return name
    names = archive.namelist()
    for folder, name in _ZIPPED:
        if any(entry.startswith(folder) for entry in names):
            return name
    return "EPUB" if top_of(names, EPUB_CONTAINER) is not None else "ZIP"


def _by_type(mimetype: bytes) -> str:
    return next((name for mark, name in _ZIPPED_BY_TYPE.items() if mimetype.startswith(mark)), "")


def _archive(data: bytes) -> zipfile.ZipFile | None:
    """None where the directory of entries, which is at the end of the file, is missing or cut short."""
    try:
        return zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
        return None


def _has_entries(data: bytes) -> bool:
    archive = _archive(data)
    return archive is not None and bool(archive.namelist())


def _beginning(archive: zipfile.ZipFile, name: str) -> bytes:
    """The first bytes of an entry; none where it is missing or cannot be read."""
    try:
        with archive.open(name) as entry:
            return entry.read(_LONGEST_BEGINNING)
    except (zipfile.BadZipFile, zlib.error, EOFError, KeyError, ValueError, NotImplementedError, RuntimeError, OSError):
        return b""
