"""E-books, made part by part."""

from __future__ import annotations

from collections.abc import Mapping

from tests.files import zipped

CONTAINER = (
    '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
    '<rootfile full-path="OEBPS/content.opf" media-type="application/oebps-package+xml"/></rootfiles></container>'
)


NCX = (
    '<!DOCTYPE ncx PUBLIC "-//NISO//DTD ncx 2005-1//EN" "http://www.daisy.org/z3986/2005/ncx-2005-1.dtd">'
    '<ncx xmlns="http://www.daisy.org/z3986/2005/ncx/"><navMap><navPoint><navLabel><text>Forord</text></navLabel>'
    '<content src="text/forord.xhtml#top"/></navPoint></navMap></ncx>'
)


def chapter(body: str) -> str:
    return f'<?xml version="1.0"?><!DOCTYPE html><html xmlns="http://www.w3.org/1999/xhtml"><head><title>x</title></head><body>{body}</body></html>'


def book(chapters: Mapping[str, str], spine: list[str], extra_files: Mapping[str, str | bytes] | None = None) -> bytes:
    items = "".join(f'<item id="{n}" href="text/{n}.xhtml" media-type="application/xhtml+xml"/>' for n in chapters)
    order = "".join(f'<itemref idref="{name}"/>' for name in spine)
    package = (
        '<package xmlns="http://www.idpf.org/2007/opf"><metadata xmlns:dc="http://purl.org/dc/elements/1.1/">'
        "<dc:title>Hjulets historie</dc:title></metadata><manifest>"
        '<item id="ncx" href="toc.ncx" media-type="application/x-dtbncx+xml"/>'
        f'<item id="cover" href="cover.jpg" media-type="image/jpeg"/>{items}</manifest>'
        f'<spine toc="ncx">{order}</spine></package>'
    )
    return zipped(
        {
            "mimetype": "application/epub+zip",
            "META-INF/container.xml": CONTAINER,
            "OEBPS/content.opf": package,
            "OEBPS/toc.ncx": NCX,
            **{f"OEBPS/text/{name}.xhtml": chapter(body) for name, body in chapters.items()},
            **(extra_files or {}),
        }
    )


CHAPTERS = {
    "to": "<h1>Egeren</h1><p>Egeren kom til omkring år 2000 før vor tid.</p>",
    "forord": "<p>Denne bog handler om hjul på Ærø.</p>",
    "omslag": '<img src="../cover.jpg" alt=""/>',
    "et": "<h1>Hjulet</h1><h2>De første</h2><p>De første hjul var af træ.</p><script>x()</script>",
}


SPINE = ["omslag", "forord", "et", "to"]
