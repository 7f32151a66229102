"""The bytes of an HTML page -> its tree."""

import codecs
import re
from typing import Any

from lxml import etree
from lxml import html as lxml_html

from rag.core.errors import DamagedFile, EmptyFile
from rag.documents.loaders.text import decode

_DECLARED = re.compile(
    rb"<meta\b[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w.:-]+)|<\?xml\b[^>]{0,100}?encoding\s*=\s*[\"']([\w.:-]+)",
    re.IGNORECASE,
)
_DECLARED_WITHIN = 4096
# the encodings that browsers use for these names (WHATWG Encoding, 4.2)
_BROWSERS = {"iso8859-1": "cp1252", "ascii": "cp1252", "utf-16": "utf-8", "utf-16-le": "utf-8", "utf-16-be": "utf-8"}


def decoded(data: bytes, charset: str = "") -> str:
    """The text of a page, decoded by its byte order mark, by `charset`, by its own declaration, or by its bytes.

    charset: of the mail that the page is part of. Raises DamagedFile where no encoding fits.
    """
    has_bom = data.startswith((codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    declaration = _DECLARED.search(data, 0, _DECLARED_WITHIN)
    name = charset or ((declaration[1] or declaration[2]).decode("ascii", "replace") if declaration else "")
    if name and not has_bom:
        try:
            codec = codecs.lookup(name).name
            return data.decode(_BROWSERS.get(codec, codec))
        except (LookupError, UnicodeError):
            pass
    return decode(data)


def parsed(text: str) -> Any:
    """The root of a page. Raises EmptyFile, DamagedFile."""
    text = text.replace("\x00", "")
    if not text.strip():
        raise EmptyFile()
    parser = lxml_html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, no_network=True)
    try:
        root = lxml_html.document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except (etree.LxmlError, ValueError) as error:
        raise DamagedFile() from error
    return root


def body_of(root: Any) -> Any:
    """The part of a page that is shown."""
    body = root.find("body")
    return root if body is None else body
