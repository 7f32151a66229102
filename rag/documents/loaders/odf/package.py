"""The parts of an OpenDocument file, and names in its XML without their long namespaces."""

import functools
import zipfile
from collections.abc import Iterator
from typing import IO, Any

from lxml import etree

from rag.core.errors import DamagedFile, PasswordProtected
from rag.documents.loaders.odf.mending import mended
from rag.documents.loaders.sandbox import archive_checks

_ODF = "urn:oasis:names:tc:opendocument:xmlns:"
_SAME = ("office", "style", "text", "table", "chart", "form", "presentation", "manifest")
_URIS = {
    **{name: f"{_ODF}{name}:1.0" for name in _SAME},
    "draw": f"{_ODF}drawing:1.0",
    "fo": f"{_ODF}xsl-fo-compatible:1.0",
    "svg": f"{_ODF}svg-compatible:1.0",
    "number": f"{_ODF}datastyle:1.0",
    "meta": f"{_ODF}meta:1.0",
    "dc": "http://purl.org/dc/elements/1.1/",
    "xlink": "http://www.w3.org/1999/xlink",
    "math": "http://www.w3.org/1998/Math/MathML",
    "xml": "http://www.w3.org/XML/1998/namespace",
}  # fmt: skip
_PREFIXES = {uri: prefix for prefix, uri in _URIS.items()}


def name_of(element: Any) -> str:
    """The name of an element with the usual prefix: "text:p"; "" for what is no element."""
    return _short(element.tag) if isinstance(element.tag, str) else ""


def attribute(element: Any, name: str, default: str = "") -> str:
    """The value of an attribute by its name with the usual prefix: "text:style-name"."""
    return str(element.get(_long(name), default))


def find_all(element: Any, *names: str) -> Iterator[Any]:
    """The descendants of an element with these names, in order."""
    return iter(element.iter(*map(_long, names)))


def find(element: Any, name: str) -> Any:
    """The first child with this name, or None."""
    return element.find(_long(name))


@functools.cache
def _long(name: str) -> str:
    prefix, _, local = name.partition(":")
    return f"{{{_URIS[prefix]}}}{local}"


@functools.lru_cache(maxsize=2000)
def _short(tag: str) -> str:
    uri, _, local = tag[1:].partition("}") if tag.startswith("{") else ("", "", tag)
    return f"{_PREFIXES.get(uri, '')}:{local}"


class Package:
    """An OpenDocument file that was opened.

    Raises as `archive_checks.check`, and PasswordProtected, DamagedFile.
    """

    def __init__(self, path: str) -> None:
        source: str | IO[bytes] = path
        try:
            archive_checks.check(path, doctype=True)
        except DamagedFile:
            source = mended(path)
            archive_checks.check(source, doctype=True)
        with zipfile.ZipFile(source) as archive:
            self._parts = {
                info.filename: archive.read(info) for info in archive.infolist() if info.filename.endswith(".xml")
            }
        manifest = self.part_if_sound("META-INF/manifest.xml")
        if manifest is not None and next(find_all(manifest, "manifest:encryption-data"), None) is not None:
            raise PasswordProtected()
        content = self.part("content.xml")
        if content is None:
            raise DamagedFile()
        self.content = content
        self.styles = self.part_if_sound("styles.xml")

    def body(self, kind: str) -> Any:
        """The element of the body that holds a document of this kind: "text", "spreadsheet" or "presentation"."""
        body = next(find_all(self.content, f"office:{kind}"), None)
        if body is None:
            raise DamagedFile()
        return body

    def title(self) -> str:
        """The title in the document's properties."""
        meta = self.part_if_sound("meta.xml")
        element = None if meta is None else next(find_all(meta, "dc:title"), None)
        return "" if element is None else "".join(element.itertext())

    def object(self, frame_object: Any) -> Any:
        """The content of an object inside the document, such as a chart or a formula; None where there is none."""
        if len(frame_object):
            return frame_object[0]
        folder = attribute(frame_object, "xlink:href").removeprefix("./").strip("/")
        return self.part_if_sound(f"{folder}/content.xml")

    def part(self, name: str) -> Any:
        """The root of a part; None where the file has none of that name. Raises DamagedFile."""
        if name not in self._parts:
            return None
        safe = {"resolve_entities": False, "no_network": True, "load_dtd": False, "huge_tree": False}
        parser = etree.XMLParser(remove_comments=True, remove_pis=True, **safe)
        try:
            return etree.fromstring(self._parts[name], parser)
        except (etree.XMLSyntaxError, ValueError) as error:
            raise DamagedFile() from error

    def part_if_sound(self, name: str) -> Any:
        """The root of a part that the text can do without; None where it is missing or damaged."""
        try:
            return self.part(name)
        except DamagedFile:
            return None
